"""Read CSV as content to check: the columns that `ssclab export` writes, of which four are enough."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ssclab_data.errors import SourceError, ValueParseError
from ssclab_data.inspection.content import NAMESPACE, Content, Item, Stream
from ssclab_data.linked_data.sosa import Node
from ssclab_data.model import codelists
from ssclab_data.model import sensorthings as sta
from ssclab_data.model.finding import Finding
from ssclab_data.model.identity import iri
from ssclab_data.model.series import Series
from ssclab_data.model.units import resolve_unit
from ssclab_data.model.values import Instant, UnitOfMeasurement
from ssclab_data.validation.rules import RULES, Place, shown

NEEDED = ("datastream", "observed_property", "time_start", "result")
_WITHOUT_UNIT = UnitOfMeasurement(name="", symbol="")


class _Line(msgspec.Struct, frozen=True):
    start: int
    end: int | None
    result: Any


def read_table(content: bytes, *, where: str) -> Content:
    """Read one CSV file; a line that cannot be read is a finding with its number, and the others stay.

    Raises:
        SourceError: it is no UTF-8, or a column of `NEEDED` is missing.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"no UTF-8 at byte {error.start}", source="csv", where=where) from error
    rows = csv.DictReader(io.StringIO(text), strict=True)
    missing = [name for name in NEEDED if name not in (rows.fieldnames or ())]
    if missing:
        reason = f"column {', '.join(missing)} is missing; the header must have {', '.join(NEEDED)}"
        raise SourceError(reason, source="csv", where=where)
    return _Table(where).read(rows)


class _Table:
    """A table on its way in."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.findings: list[Finding] = []
        self.lines: dict[str, list[_Line]] = {}
        self.nodes: dict[str, Node] = {}
        self.rejected = 0

    def read(self, rows: Iterator[dict[str, str]]) -> Content:
        """Read all rows."""
        number = -1
        try:
            for number, row in enumerate(rows):
                self._row(number, row)
        except csv.Error as error:
            self._reject("line", "", str(error), number + 1)
        return Content(
            target=self.where,
            items=[Item(node) for node in self.nodes.values()],
            streams=[Stream(self.nodes[key], [_series(key, lines)]) for key, lines in self.lines.items()],
            findings=self.findings,
            records_read=number + 1,
            records_rejected=self.rejected,
        )

    def _row(self, number: int, row: Mapping[str, str | None]) -> None:
        column = "time_start"
        try:
            start = Instant.parse(row["time_start"] or "").us
            column = "time_end"
            end = Instant.parse(row["time_end"] or "").us if row.get("time_end") else None
        except ValueParseError as error:
            self._reject(column, row[column] or "", str(error), number)
            return
        key = row["datastream"] or ""
        if key not in self.nodes:
            self.nodes[key] = _node(key, row)
        self.lines.setdefault(key, []).append(_Line(start, end, _result(row["result"] or "")))

    def _reject(self, column: str, value: str, reason: str, number: int) -> None:
        self.rejected += 1
        facts = {"column": column, "value": shown(value), "reason": reason}
        self.findings.append(RULES["bad-cell"].finding(facts, Place(where=self.where, record=number, value=value)))


def _result(text: str) -> Any:
    """Read a result as it is exported: a number where it is one, JSON, or the text."""
    if not text:
        return None
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _series(key: str, lines: list[_Line]) -> Series:
    lines.sort(key=lambda line: line.start)
    ends = tuple(line.end for line in lines)
    return Series(
        datastream=key,
        start=tuple(line.start for line in lines),
        end=ends if any(end is not None for end in ends) else None,
        result=tuple(line.result for line in lines),
    )


def _node(key: str, row: Mapping[str, str | None]) -> Node:
    """Describe a Datastream by what its first row says."""
    entity = sta.Datastream(key=key, name=key, unit_of_measurement=_unit(row.get("unit") or ""))
    info = codelists.observed_properties().get(row["observed_property"] or "")
    definition = row.get("observed_property_iri") or (info.definition if info else row["observed_property"] or "")
    observed = sta.ObservedProperty(key=f"property/{row['observed_property']}", definition=definition)
    return Node(
        iri=iri(NAMESPACE, "target", entity_type="Datastream", key=key),
        entity=entity,
        links={"ObservedProperty": (Node(iri=definition, entity=observed),)},
    )


def _unit(text: str) -> UnitOfMeasurement:
    try:
        return resolve_unit(text).measurement if text else _WITHOUT_UNIT
    except ValueParseError:
        return UnitOfMeasurement(name=text, symbol=text)
