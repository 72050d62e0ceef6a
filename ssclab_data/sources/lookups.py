"""Join what tables beside a payload tell to its records, by keys that the mapping declares."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from ssclab_data.errors import SourceError, ValueParseError
from ssclab_data.sources.declaration import Lookup, MappingFile, Match
from ssclab_data.sources.listing import Line, read_lines
from ssclab_data.sources.reading import records_of
from ssclab_data.sources.validity import ALWAYS, Validity, parse_validity

type Moment = Callable[[], int | None]
"""Gives when a record is of, microseconds UTC, None where it does not say; asked only where a table needs it."""


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a join, as the facts of a finding.

    Attributes:
        rule: of the findings of sources.
        field: of the record, or the name of the table.
    """

    rule: str
    field: str
    value: Any
    limits: str = ""


class Joined(msgspec.Struct, frozen=True):
    """What a record gets.

    Attributes:
        fields: by `<lookup>.<field>`.
        faults: what is wrong.
        refused: whether the record cannot be without what was not found.
    """

    fields: Mapping[str, str]
    faults: tuple[Fault, ...] = ()
    refused: bool = False


_NOTHING = Joined({})


class Lookups:
    """The tables of a mapping, read for one payload.

    Attributes:
        faults: what is wrong with the tables themselves.
    """

    def __init__(self, mapping: MappingFile, tables: Mapping[str, bytes]) -> None:
        self.faults: list[Fault] = []
        self._tables = {name: self._table(mapping, name, tables.get(name)) for name in mapping.lookups}

    def join(self, fields: Mapping[str, Any], moment: Moment) -> Joined:
        """Give what the tables tell about a record."""
        found = [table.join(fields, moment) for table in self._tables.values()]
        if not found:
            return _NOTHING
        return Joined(
            {name: value for one in found for name, value in one.fields.items()},
            tuple(fault for one in found for fault in one.faults),
            any(one.refused for one in found),
        )

    def _table(self, mapping: MappingFile, name: str, content: bytes | None) -> "_Table":
        lookup = mapping.lookups[name]
        if content is None:
            if not lookup.required:  # else each record says so
                self.faults.append(Fault("table-not-given", name, name))
            return _Table(name, lookup, None)
        try:
            lines = _lines(mapping, lookup, content, name)
        except SourceError as error:
            self.faults.append(Fault("wrong-table", name, str(error)))
            return _Table(name, lookup, None)
        rows = [row for line in lines if (row := self._row(name, lookup, line)) is not None]
        return _Table(name, lookup, rows)

    def _row(self, name: str, lookup: Lookup, line: Line) -> "_Row | None":
        key = line.fields.get(lookup.key, "").strip()
        try:
            if not key:
                raise ValueParseError(key, f"a {lookup.key}")
            validity = _validity(lookup, line)
        except ValueParseError as error:
            self.faults.append(Fault("wrong-row", f"{name}:{line.number}", str(error)))
            return None
        return _Row(line.number, key, line.fields, validity)


def lookup_fields(mapping: MappingFile) -> set[str]:
    """Give the names of the fields of records by which tables are joined."""
    return {name for lookup in mapping.lookups.values() for name in (*lookup.on.split("|"), *lookup.within.values())}


def with_tables_inside(mapping: MappingFile, payload: bytes, tables: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Add the tables that are a part of the payload itself to those that are given beside it."""
    wanted = {name: one for name, one in mapping.lookups.items() if one.inside and name not in tables}
    return {**tables, **{name: payload for name, one in wanted.items() if _is_inside(mapping, one, payload, name)}}


def _is_inside(mapping: MappingFile, lookup: Lookup, payload: bytes, name: str) -> bool:
    try:
        return bool(_lines(mapping, lookup, payload, name))
    except SourceError:
        return False


class _Row(msgspec.Struct, frozen=True):
    number: int
    key: str
    fields: Mapping[str, str]
    validity: Validity


class _Table:
    """One table; without rows where it was not given."""

    def __init__(self, name: str, lookup: Lookup, rows: Sequence[_Row] | None) -> None:
        self.name = name
        self.lookup = lookup
        self.rows = rows
        self._by_key: dict[str, list[_Row]] = defaultdict(list)
        for row in rows or ():
            self._by_key[row.key].append(row)

    def join(self, fields: Mapping[str, Any], moment: Moment) -> Joined:
        """Give what the row of a record tells."""
        name = next((name for name in self.lookup.on.split("|") if name in fields), self.lookup.on)
        text = _text(fields.get(name))
        required = self._is_required(text)
        if self.rows is None:
            faults = (Fault("table-not-given-required", self.name, self.name),) if required else ()
            return Joined({}, faults, required)
        if name not in fields and not required:
            return _NOTHING
        rows = self._valid(self._within(self._matching(text), fields), moment)
        if not rows:
            rule = "no-match-required" if required else "no-match"
            return Joined({}, (Fault(rule, name, text, self.name),), required)
        if len(rows) > 1:
            shown = ", ".join(f"{row.key} (line {row.number})" for row in rows[:2])
            return Joined({}, (Fault("ambiguous-key", name, text, shown),), refused=True)
        return Joined({f"{self.name}.{name}": value for name, value in self._told(rows[0])})

    def _is_required(self, text: str) -> bool:
        pattern = self.lookup.required_for
        return self.lookup.required or bool(pattern and re.fullmatch(pattern, text))

    def _matching(self, text: str) -> list[_Row]:
        if not text:
            return []
        found = self._by_key.get(text, [])
        if found or self.lookup.match is Match.EXACT:
            return found
        return [row for key, rows in self._by_key.items() if key.endswith(text) for row in rows]

    def _within(self, rows: list[_Row], fields: Mapping[str, Any]) -> list[_Row]:
        """Keep the rows that agree in the further fields that the record has."""
        given = {column: _text(fields.get(name)) for column, name in self.lookup.within.items()}
        return [
            row
            for row in rows
            if all(not text or row.fields.get(column, "").strip() == text for column, text in given.items())
        ]

    def _valid(self, rows: list[_Row], moment: Moment) -> list[_Row]:
        """Keep the rows that hold at the time of the record; the newest ones where it has none."""
        if all(row.validity == ALWAYS for row in rows):
            return rows
        when = moment()
        if when is not None:
            return [row for row in rows if row.validity.holds(when)]
        newest = max(row.validity.since for row in rows)
        return [row for row in rows if row.validity.since == newest]

    def _told(self, row: _Row) -> list[tuple[str, str]]:
        wanted = self.lookup.fields or tuple(row.fields)
        return [(name, value) for name in wanted if (value := row.fields.get(name, "").strip())]


def _lines(mapping: MappingFile, lookup: Lookup, content: bytes, name: str) -> Sequence[Line]:
    """Read a table by a form of the mapping, or as CSV with a header line.

    Raises:
        SourceError: it cannot be read.
    """
    if not lookup.form:
        return read_lines(content, name)
    forms = tuple(form for form in mapping.forms if form.name == lookup.form)
    records = records_of(msgspec.structs.replace(mapping, forms=forms), content, name)
    return [Line(one.number + 1, {key: _text(value) for key, value in one.fields.items()}) for one in records]


def _validity(lookup: Lookup, line: Line) -> Validity:
    since, until = (line.fields.get(name, "") if name else "" for name in (lookup.since, lookup.until))
    return parse_validity(since, until)


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, (list, dict)) else str(value).strip()
