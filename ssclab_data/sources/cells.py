"""Read one field of many records, and mark where its value is plain: a number within its limits, or missing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.errors import ValueParseError
from ssclab_data.model.values import JsonObject
from ssclab_data.sources.columns import convert, read_numbers
from ssclab_data.sources.findings import Refusal
from ssclab_data.sources.flags import Flags, Mark
from ssclab_data.sources.quantities import Channel, Quantity
from ssclab_data.sources.reading import Sheet
from ssclab_data.sources.taking import read_together

type Mask = NDArray[np.bool_]
type Rows = NDArray[np.int64]


class Part(msgspec.Struct, frozen=True):
    """Results of one quantity.

    Attributes:
        rows: which records they are of.
        quality: resultQuality of each, or None.
    """

    quantity: Quantity
    rows: Rows
    result: NDArray[np.float64]
    quality: Sequence[JsonObject | None] | None = None


class Cells(msgspec.Struct, frozen=True):
    """The values of one field, or of fields that are decoded together.

    Attributes:
        name: of the field, or the key of the group.
        plain: records whose value is a plain number, or missing.
        missing: records that have none.
        width: how many fields of a record it accounts for.
    """

    name: str
    channel: Channel
    plain: Mask
    missing: Mask
    parts: Sequence[Part]
    width: int = 1


def read_cells(sheet: Sheet, name: str, *, channel: Channel, flags: Flags) -> Cells:
    """Read a field of records."""
    raw_values = sheet.columns[name]
    values = _pointed(raw_values, sheet.form.decimal)
    numbers = read_numbers(values)
    missing = np.zeros(len(values), np.bool_)
    for row in np.flatnonzero(~numbers.plain).tolist():
        missing[row] = channel.missing.has_text(raw_values[row])
    marks, known = _marks(sheet, name, flags)
    plain = (numbers.plain | missing) & known
    rows = np.flatnonzero(numbers.plain & plain)
    if channel.missing.numbers:
        none = np.isin(numbers.raw[rows], list(channel.missing.numbers))
        missing[rows[none]] = True
        rows = rows[~none]
    parts = []
    for quantity, here in _quantities(sheet, name, channel=channel, rows=rows):
        good = np.zeros(len(rows), np.bool_) if quantity is None else here & _usual(quantity, numbers.raw[rows])
        plain[rows[here & ~good]] = False
        if quantity is not None:
            taken = rows[good]
            parts.append(Part(quantity, taken, convert(numbers.at(taken), quantity.linear), _qualities(marks, taken)))
    return Cells(name, channel, plain, missing, parts)


def read_groups(sheet: Sheet, name: str, *, channel: Channel, members: Sequence[str]) -> Cells:
    """Read fields that are decoded together, record by record."""
    plain, missing = np.zeros(len(sheet), np.bool_), np.zeros(len(sheet), np.bool_)
    rows: list[int] = []
    results: list[float] = []
    for row, values in enumerate(zip(*(sheet.columns[member] for member in members), strict=True)):
        try:
            found = read_together(channel, name, values)
        except (ValueParseError, Refusal):
            continue
        if found is None:
            plain[row] = missing[row] = True
        elif found.quality is None:
            plain[row] = True
            rows.append(row)
            results.append(found.result)
    quantity = channel.usual
    parts = [] if quantity is None else [Part(quantity, np.array(rows, np.int64), np.array(results, np.float64))]
    return Cells(name, channel, plain, missing, parts, len(members))


def _pointed(values: Sequence[Any], decimal: str) -> Sequence[Any]:
    """Give texts with a point for their decimal mark; one that has a point already is no plain number then."""
    if decimal == ".":
        return values
    return [
        value if type(value) is not str else None if "." in value else value.replace(decimal, ".") for value in values
    ]


def _marks(sheet: Sheet, name: str, flags: Flags) -> tuple[list[Mark | None] | None, Mask]:
    """Give what the source says of each value, and for which records that is plain: nothing, or that it can be used."""
    known = np.ones(len(sheet), np.bool_)
    fields = sorted({rule.field for rule in flags.rules_for(name)} & sheet.columns.keys()) if flags.names else []
    if not fields and not (flags.names and flags.rules_for(name)):
        return None, known
    seen: dict[str, Mark | None | Refusal] = {}
    marks: list[Mark | None] = []
    for row, told in enumerate(_side_by_side(sheet, fields)):
        key = repr(told)
        if key not in seen:
            seen[key] = _mark(flags, name, dict(zip(fields, told, strict=True)))
        found = seen[key]
        known[row] = not isinstance(found, Refusal) and (found is None or found.usable)
        marks.append(found if isinstance(found, Mark) else None)
    return marks, known


def _side_by_side(sheet: Sheet, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Give the values of some fields by record."""
    if not names:
        return iter([()] * len(sheet))
    return zip(*(sheet.columns[name] for name in names), strict=True)


def _mark(flags: Flags, name: str, record: Mapping[str, Any]) -> Mark | None | Refusal:
    try:
        return flags.mark(name, record)
    except Refusal as refusal:
        return refusal


def _qualities(marks: list[Mark | None] | None, rows: Rows) -> list[JsonObject | None] | None:
    if marks is None:
        return None
    found = [marks[row] for row in rows.tolist()]
    return None if not any(found) else [None if mark is None else mark.quality for mark in found]


def _quantities(sheet: Sheet, name: str, *, channel: Channel, rows: Rows) -> Iterator[tuple[Quantity | None, Mask]]:
    """Give each quantity that rows are of, by the unit that their records tell; None where the unit is refused."""
    names = [one for one in channel.rule.unit_field.split("|") if one in sheet.columns]
    if not names:
        yield _told(channel, name, {}), np.ones(len(rows), np.bool_)
        return
    told = list(_side_by_side(sheet, names))
    texts = np.array([repr(told[row]) for row in rows.tolist()], object)
    by_text = {text: told[row] for text, row in zip(texts, rows.tolist(), strict=True)}
    found: dict[int, tuple[Quantity | None, Mask]] = {}
    for text, values in by_text.items():
        quantity = _told(channel, name, dict(zip(names, values, strict=True)))
        _, mask = found.get(id(quantity), (quantity, np.zeros(len(rows), np.bool_)))
        found[id(quantity)] = quantity, mask | (texts == text)
    yield from found.values()


def _told(channel: Channel, name: str, fields: Mapping[str, Any]) -> Quantity | None:
    try:
        return channel.told(name, fields)
    except Refusal:
        return None


def _usual(quantity: Quantity, raw: NDArray[np.float64]) -> Mask:
    """Mark the raw numbers that stand for nothing else and are well within the limits."""
    good = np.ones(len(raw), np.bool_)
    if quantity.special:
        good &= ~np.isin(raw, list(quantity.special))
    if quantity.minimum is not None:
        good &= raw >= quantity.minimum
    if quantity.maximum is not None:
        good &= raw <= quantity.maximum
    return good
