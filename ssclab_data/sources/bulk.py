"""Map records of one shape by column; what is not plain is left to the engine, record by record."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.sources.base import Tally
from ssclab_data.sources.cells import Cells, read_cells, read_groups
from ssclab_data.sources.collecting import Block, Collector
from ssclab_data.sources.describing import Describer, Strand, Subject
from ssclab_data.sources.moments import ABSENT, ManyStamps, Moments
from ssclab_data.sources.place import Position
from ssclab_data.sources.plan import Plan, Shape
from ssclab_data.sources.reading import Record, Sheet, Sheets
from ssclab_data.sources.register import Unit
from ssclab_data.sources.templates import text_of
from ssclab_data.sources.times import Span

type Rows = NDArray[np.int64]
type Mask = NDArray[np.bool_]
type Edges = tuple[Rows, Rows]
type Settled = Mapping[str, Mapping[str, Position]]
"""For each unit the position that stands for each cell."""

LEAST = 16
"""How many records of one shape are worth the while of columns."""


class Origin(msgspec.Struct, frozen=True):
    """What records say of where they come from.

    Attributes:
        registered: row of the registry.
        plain: whether there is nothing to be found in it.
    """

    unit: str = ""
    sensor: str = ""
    position: Position | None = None
    registered: Unit | None = None
    plain: bool = False


class Group(msgspec.Struct, frozen=True):
    """Records of one shape.

    Attributes:
        sheet: the records.
        origins: what tells a record from others, by number.
        codes: number of the origin of each record.
        plain: which records are mapped here.
        cells: values by field.
        edges: start and end of phenomenonTime, by what the stamp marks for a field.
        spans: what it marks for each of `cells`.
        cut: stamps of each record with digits that were cut.
        numbers: of the records.
        known: resultTime of each record, None where no record tells.
    """

    sheet: Sheet
    shape: Shape
    origins: Sequence[Origin]
    codes: Rows
    plain: Mask
    cells: Sequence[Cells]
    edges: Mapping[Span | None, Edges]
    spans: Sequence[Span | None]
    cut: Rows
    numbers: Rows
    known: Sequence[int | None] | None = None

    @property
    def ends(self) -> Rows:
        """When each record ends, by which the latest description is told."""
        return self.edges[None][1]

    @property
    def tally(self) -> Tally:
        """What became of the plain records."""
        count = int(np.count_nonzero(self.plain))
        width = len(self.sheet.columns)
        return Tally(
            records_read=count,
            records_mapped=count,
            fields_read=count * width,
            fields_mapped=count * (width - self.shape.ignored),
            fields_ignored=count * self.shape.ignored,
            fields_missing=sum(one.width * int(np.count_nonzero(one.missing & self.plain)) for one in self.cells),
            digits_cut=int(self.cut[self.plain].sum()),
        )

    def places(self) -> Iterator[tuple[str, Position]]:
        """Give unit and position of each origin that plain records have."""
        for code in np.unique(self.codes[self.plain]).tolist():
            origin = self.origins[code]
            if origin.position is not None:
                yield origin.unit, origin.position


def part(plan: Plan, read: Sheets, origin: Callable[[Record], Origin]) -> tuple[list[Group], list[Record]]:
    """Part records into groups of which the plain ones are mapped by column, and those that are left.

    Args:
        origin: tells of a record where it comes from.
    """
    groups: list[Group] = []
    left: list[Record] = []
    for sheet in (*read.sheets, *_alike(read.records)):
        group = _group(plan, sheet, origin) if len(sheet) >= LEAST else None
        rows = range(len(sheet)) if group is None else np.flatnonzero(~group.plain).tolist()
        left += map(sheet.record, rows)
        groups += [] if group is None else [group]
    return groups, sorted(left, key=lambda record: record.number)


def collect(group: Group, describer: Describer, collector: Collector, settled: Settled) -> None:
    """Put what the plain records of a group say where descriptions and rows are collected."""
    places = {}
    for code, rows in _parted(group.codes, np.flatnonzero(group.plain)):
        subject = _latest(group, rows)
        position = group.origins[code].position
        places[code] = "" if position is None else describer.place(subject, settled[subject.unit][position.cell])
        describer.thing(subject)
    for code, subject, strand, block in _blocks(group):
        collector.extend((describer.datastream(subject, strand), places[code]), block)


def _blocks(group: Group) -> Iterator[tuple[int, Subject, Strand, Block]]:
    """Give the rows of each series of each origin, with what the latest of them is of."""
    for cells, span in zip(group.cells, group.spans, strict=True):
        start, end = group.edges[span]
        rule = cells.channel.rule
        for one in cells.parts:
            for code, rows in _parted(group.codes[one.rows], np.flatnonzero(group.plain[one.rows])):
                here = one.rows[rows]
                subject = _latest(group, here)
                series = cells.channel.series(cells.name, subject.fields) or rule.period
                block = Block(
                    numbers=group.numbers[here],
                    start=start[here],
                    end=end[here],
                    spans=start is not end,
                    result=one.result[rows],
                    known=None if group.known is None else [group.known[row] for row in here.tolist()],
                    quality=None if one.quality is None else [one.quality[row] for row in rows.tolist()],
                )
                yield code, subject, Strand(one.quantity, rule, series), block


def _alike(records: Sequence[Record]) -> Iterator[Sheet]:
    """Put records with the same form and fields side by side; those with a fault alone."""
    groups: dict[tuple[str, ...], list[Record]] = {}
    for record in records:
        if record.repeated or record.faults:
            yield Sheet.of([record])
        else:
            groups.setdefault((record.form.name, *record.fields), []).append(record)
    yield from map(Sheet.of, groups.values())


def _group(plan: Plan, sheet: Sheet, origin: Callable[[Record], Origin]) -> Group | None:
    """Read records of one shape; None where the shape itself is not plain."""
    form = sheet.form
    shape = plan.shape(form, tuple(sheet.columns))
    if not form.observes or form.needs or shape.unknown or not _is_apart(shape, plan):
        return None
    stamps = ManyStamps(plan.clock(form))
    moments = stamps.read(sheet.columns, len(sheet))
    codes, origins = _origins(sheet, plan, origin)
    cells = [read_cells(sheet, name, channel=channel, flags=plan.flags) for name, channel, _ in shape.values]
    cells += [read_groups(sheet, key, channel=plan.channels[key], members=here) for key, here in shape.groups]
    spans = [*(span for _, _, span in shape.values), *(None for _ in shape.groups)]
    plain = moments.good & np.array([one.plain for one in origins], np.bool_)[codes]
    edges: dict[Span | None, Edges] = {}
    for span in {None, *spans}:
        *edge, good = stamps.edges(moments, span)
        edges[span], plain = (edge[0], edge[1]), plain & good
    for one in cells:
        plain &= one.plain
    return Group(
        sheet,
        shape,
        origins,
        codes,
        plain,
        cells,
        edges,
        spans,
        moments.cut,
        np.asarray(sheet.numbers),
        _known(moments),
    )


def _known(moments: Moments) -> list[int | None] | None:
    """Give the resultTimes of records, None where none has one."""
    if (moments.known == ABSENT).all():
        return None
    return [None if one == ABSENT else one for one in moments.known.tolist()]


def _is_apart(shape: Shape, plan: Plan) -> bool:
    """Tell whether no two fields can give a result of the same series."""
    channels = [*(channel for _, channel, _ in shape.values), *(plan.channels[key] for key, _ in shape.groups)]
    series: dict[str, list[str]] = {}
    for channel in channels:
        rule = channel.rule
        for id_ in {rule.property, *rule.by_unit.values()}:
            series.setdefault(id_, []).append(rule.series or rule.period)
    several = [names for names in series.values() if len(names) > 1]
    return all(
        len(set(names)) == len(names) and not any("{" in one or "*" in one for one in names) for names in several
    )


def _origins(sheet: Sheet, plan: Plan, origin: Callable[[Record], Origin]) -> tuple[Rows, list[Origin]]:
    """Number the origins of records: records that say the same in these fields come from the same."""
    names = plan.telling(sheet.form, lambda name: _is_filled(sheet.columns.get(name, [None])))
    told = (sheet.columns[name] for name in names if name in sheet.columns)
    columns = [column for column in told if not _is_constant(column)]
    if not columns:
        return np.zeros(len(sheet), np.int64), [origin(sheet.record(0))]
    texts = all(set(map(type, column)) == {str} for column in columns)
    keys: Iterable[Any] = zip(*columns, strict=True)
    known: dict[Any, int] = {}
    origins: list[Origin] = []
    codes = np.empty(len(sheet), np.int64)
    for row, key in enumerate(keys if texts else map(repr, keys)):
        code = known.get(key)
        if code is None:
            code = known[key] = len(origins)
            origins.append(origin(sheet.record(row)))
        codes[row] = code
    return codes, origins


def _is_constant(column: Sequence[Any]) -> bool:
    """Tell whether a column has one value all through, of one kind."""
    return len(set(map(type, column))) == 1 and column.count(column[0]) == len(column)


def _is_filled(column: Sequence[Any]) -> bool:
    """Tell whether each value of a column names something."""
    return set(map(type, column)) <= {str, int} and all(map(text_of, set(column)))


def _parted(codes: Rows, rows: NDArray[np.intp]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Part rows by their codes."""
    if not len(rows):
        return
    order = rows[np.argsort(codes[rows], kind="stable")]
    found, starts = np.unique(codes[order], return_index=True)
    yield from zip(found.tolist(), np.split(order, starts[1:]), strict=True)


def _latest(group: Group, rows: Rows | NDArray[np.intp]) -> Subject:
    """Give what the latest of some records of one origin is of."""
    row = int(rows[np.argmax(group.ends[rows])])
    sheet, origin = group.sheet, group.origins[int(group.codes[row])]
    at = int(group.ends[row])
    return Subject(origin.unit, origin.sensor, sheet.fields(row), sheet.form.describes, at, origin.registered)
