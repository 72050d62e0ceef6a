"""Read the records of a JSON document as columns, where they are alike."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.reading.bounds import check_prefix, spend
from ssclab_data.sources.reading.json import Shape
from ssclab_data.sources.reading.paths import Kind, Spot
from ssclab_data.sources.reading.record import Payload, Record, named
from ssclab_data.sources.reading.shaping import leaves_of, member
from ssclab_data.sources.reading.sheet import Sheet, Sheets

type Columns = dict[str, list[Any]]

_MAX_DEPTH = 50

LEAST = 16
"""How many records are worth the while."""


def read_sheets(mapping: MappingFile, form: Form, payload: Payload) -> Sheets | None:
    """Read records as columns; None where the form, or the document, needs a look at each record by itself."""
    if not payload.looks_like_json or not _is_plain(form):
        return None
    shape = Shape(mapping, form)
    places = _places(shape, payload.decoded_document)
    if places is None or len(places.values) < LEAST or set(map(type, places.values)) != {dict}:
        return None
    reading = _Reading(mapping, form, shape, places)
    sheets = list(reading.sheets())
    fits = any(all(named(mapping, name) in sheet.columns or name in reading.folded for name in form.having)
               for sheet in sheets)  # fmt: skip
    return Sheets(sheets, [reading.record(row) for row in reading.left]) if fits else None


class _Places(msgspec.Struct, frozen=True):
    """Where the records of a document are.

    Attributes:
        nodes: the values on the way to the records.
        values: the records.
    """

    shape: Shape
    nodes: tuple[Any, ...]
    values: Sequence[Any]

    def spot(self, row: int) -> Spot:
        """Give the place of one record."""
        steps = len(self.shape.steps)
        return Spot((*self.nodes, self.values[row]), ("",) * steps, ({},) * steps)


def _places(shape: Shape, document: Any) -> _Places | None:
    """Find the records of a document that has them in one list; None for another."""
    nodes: tuple[Any, ...] = ()
    node = document
    for step in shape.steps[:-1]:
        if step.kind is not Kind.NAME or type(node) is not dict or step.name not in node:
            return None
        nodes, node = (*nodes, node), node[step.name]
    return _Places(shape, (*nodes, node), node) if type(node) is list else None


def _is_plain(form: Form) -> bool:
    special = (form.arrays, form.names, form.columns, form.decode, form.together, form.error, form.refused, form.only)
    return not any(special) and "{" not in form.records


class _Reading:
    """Records of one document.

    Attributes:
        left: records that are like no others, or hold something that a column cannot.
        folded: fields that became others.
    """

    def __init__(self, mapping: MappingFile, form: Form, shape: Shape, places: _Places) -> None:
        self.mapping, self.form, self.shape, self.places = mapping, form, shape, places
        self.folded = {name for name in (form.pairs, form.pair_key, form.pair_value) if name}
        self.left: list[int] = []

    def record(self, row: int) -> Record:
        """Make one record by itself."""
        record = next(iter(self.shape.items_at(self.places.spot(row)))).settled
        return msgspec.structs.replace(record, number=row)

    def sheets(self) -> Iterator[Sheet]:
        """Give the sheets of records that are alike."""
        alike: dict[tuple[str, ...], list[int]] = {}
        for row, names in enumerate(map(tuple, self.places.values)):
            alike.setdefault(names, []).append(row)
        for rows in alike.values():
            found = list(self._sheets(rows)) if len(rows) >= LEAST else None
            if found is None or any(sheet is None for sheet in found):
                self.left += rows
            else:
                yield from (sheet for sheet in found if sheet is not None)
        self.left.sort()

    def _sheets(self, rows: list[int]) -> Iterator[Sheet | None]:
        """Give the sheets of records with the same members; None where they are not alike all through."""
        columns = self._outer(rows)
        inner = _flat([self.places.values[row] for row in rows])
        if inner is None:
            yield None
            return
        for name, column in inner.items():
            columns.setdefault(name, []).extend(column)
        for some, part in self._folded(rows, columns):
            renamed = {named(self.mapping, name): column for name, column in part.items()}
            if len(renamed) < len(part) or any(len(column) != len(some) for column in renamed.values()):
                yield None
                return
            for name, value in self.form.defaults.items():
                renamed.setdefault(name, [value] * len(some))
            yield Sheet(self.form, renamed, some, lambda row, some=some: self.record(some[row]))  # type: ignore[misc]

    def _outer(self, rows: list[int]) -> Columns:
        """Give what enclosing objects tell."""
        columns: Columns = {}
        for kept in self.shape.keep:
            spot = self.places.spot(rows[0])
            try:
                value = kept.value(spot)
            except KeyError:
                continue
            leaves = list(leaves_of(value, f"{kept.name}.")) if isinstance(value, dict) else [(kept.name, value)]
            spend(len(leaves) * len(rows))
            columns.update((name, [leaf] * len(rows)) for name, leaf in leaves)
        return columns

    def _folded(self, rows: list[int], columns: Columns) -> Iterator[tuple[list[int], Columns]]:
        """Make fields of pairs: records whose pairs have the same names stay together."""
        form = self.form
        if not form.pair_key:
            yield rows, columns
            return
        others = {name: column for name, column in columns.items() if name not in self.folded}
        if form.pairs:
            lists = columns.get(form.pairs, [])
            alike = _alike_pairs(form, lists)
            if alike is not None and not alike.keys() & others.keys():
                yield rows, {**others, **alike}
                return
            folded = _pairs(form, lists)
        else:
            folded = [((name,), (value,)) for name, value in
                      zip(columns.get(form.pair_key, []), columns.get(form.pair_value, []), strict=False)]  # fmt: skip
        strings = folded is not None and all(type(name) is str for names, _ in folded for name in names)
        if folded is None or len(folded) != len(rows) or not strings:
            yield rows, {"": []}
            return
        by_names: dict[tuple[Any, ...], list[int]] = {}
        for place, (names, _) in enumerate(folded):
            by_names.setdefault(names, []).append(place)
        for names, places in by_names.items():
            if len(set(names)) < len(names) or {*names} & {*others}:
                yield [rows[place] for place in places], {"": []}
                return
            part = {name: [column[place] for place in places] for name, column in others.items()}
            values = zip(*(folded[place][1] for place in places), strict=True)
            part.update(zip(names, map(list, values), strict=True))
            yield [rows[place] for place in places], part


def _alike_pairs(form: Form, lists: Sequence[Any]) -> Columns | None:
    """Give the values of pairs by their names, where all records have the same names in the same order."""
    if not lists or set(map(type, lists)) != {list} or len(set(map(len, lists))) != 1 or "." in form.pair_key:
        return None
    columns: Columns = {}
    for place in range(len(lists[0])):
        pairs = [one[place] for one in lists]
        if not all(type(pair) is dict and form.pair_key in pair and form.pair_value in pair for pair in pairs):
            return None
        names = [pair[form.pair_key] for pair in pairs]
        if type(names[0]) is not str or names[0] in columns or names.count(names[0]) != len(names):
            return None
        columns[names[0]] = [pair[form.pair_value] for pair in pairs]
    return columns


def _pairs(form: Form, lists: Sequence[Any]) -> list[tuple[tuple[Any, ...], tuple[Any, ...]]] | None:
    """Give names and values of the pairs of each record; None where something is no list of pairs."""
    key, value = form.pair_key, form.pair_value
    try:
        if "." in key or "." in value:
            return [
                (tuple(member(pair, key) for pair in pairs), tuple(member(pair, value) for pair in pairs))
                for pairs in lists
            ]
        return [(tuple([pair[key] for pair in pairs]), tuple([pair[value] for pair in pairs])) for pairs in lists]
    except (KeyError, TypeError):
        return None


def _flat(values: Sequence[Mapping[str, Any]], prefix: str = "", depth: int = 0) -> Columns | None:
    """Give the values of objects with the same members by column; None where an object is where others have none."""
    columns: Columns = {}
    check_prefix(prefix)
    if depth > _MAX_DEPTH:
        return None
    for name in values[0]:
        column = [value[name] for value in values]
        kinds = set(map(type, column))
        if list in kinds and not _are_shallow(column):
            return None
        if dict not in kinds:
            if prefix + name in columns:
                return None
            columns[prefix + name] = column
            continue
        members = set(map(tuple, column)) if kinds == {dict} else set()
        inner = _flat(column, f"{prefix}{name}.", depth + 1) if len(members) == 1 else None
        if inner is None or inner.keys() & columns.keys():
            return None
        columns |= inner
    return columns


def _are_shallow(column: Sequence[Any]) -> bool:
    """Tell whether the lists of a column hold values, or objects of values: nothing that is nested deeply."""
    inner = [one for value in column if type(value) is list for one in value]
    kinds = set(map(type, inner))
    if dict in kinds:
        kinds = (kinds - {dict}) | {type(one) for value in inner if type(value) is dict for one in value.values()}
    return not kinds & {dict, list}
