"""Turn records into entities and series as a mapping declares."""

import re
from collections.abc import Iterator
from functools import reduce
from operator import add
from typing import Any

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant, Interval, Time, end_of, start_of
from ssclab_data.sources.base import MappedPayload, Rejected, SourceContext, Tally
from ssclab_data.sources.declaration import MappingFile, Named
from ssclab_data.sources.describing import Describer, Subject
from ssclab_data.sources.findings import Refusal, fold
from ssclab_data.sources.place import Position, position_fields, read_position, settle, unsure_order
from ssclab_data.sources.plan import Plan
from ssclab_data.sources.reading import Record
from ssclab_data.sources.taking import Result, Taken, check_complete, take_values
from ssclab_data.sources.templates import fill_all, text_of
from ssclab_data.sources.times import Clock

type Row = tuple[Result, Instant | None]


class Engine:
    """Map the records of one payload.

    Args:
        plan: the mapping, compiled, where it is known already.
    """

    def __init__(self, mapping: MappingFile, context: SourceContext, plan: Plan | None = None) -> None:
        self.mapping = mapping
        self.context = context
        self.plan = plan or Plan(mapping)
        self.describer = Describer(self.plan)
        self.columns: dict[tuple[str, str], list[Row]] = {}

    def map(self, records: list[Record]) -> MappedPayload:
        """Map all records."""
        taken = [self._take(record) for record in records]
        places = self._settle(taken)
        for one in taken:
            if one.kept and one.unit:
                self._describe(one, places.get(one.unit, {}))
        return MappedPayload(
            entities=tuple(self.describer.entities()),
            defaults=tuple(self.describer.defaults()),
            series=tuple(self._series()),
            findings=fold([finding for one in taken for finding in one.findings]),
            tally=reduce(add, (one.tally for one in taken), Tally()),
            rejected=tuple(
                Rejected(record=one.record.number, payload=one.record.payload, findings=tuple(one.findings))
                for one in taken
                if one.rejected or not one.kept
            ),
        )

    def _take(self, record: Record) -> Taken:
        """Read one record; what cannot be read becomes a finding."""
        record = self._folded(record)
        one = Taken(record, self.context.where, self._with_given(record))
        for fault in record.faults:
            one.find(fault.rule, fault.field, fault.value)
        for name in record.repeated:
            one.find("repeated-field", name)
        check_complete(one)
        spoilt = bool(record.repeated) or any(not fault.field for fault in record.faults)
        clock = self.plan.clock(record.form)
        if spoilt or not ((not one.complete or self._read_time(one, clock)) and self._read_ids(one)):
            one.kept, one.rejected = False, len(record.fields)
            return one
        one.position = self._position(one)
        take_values(one, self.plan, clock)
        return one

    def _folded(self, record: Record) -> Record:
        """Name the value of a pair by what is known from outside: an answer may not say what it is of."""
        form, fields = record.form, record.fields
        name = self.context.given.get(form.pair_key, "")
        if not name or form.pairs or form.pair_key in fields or form.pair_value not in fields:
            return record
        renamed = {name if key == form.pair_value else key: value for key, value in fields.items()}
        return msgspec.structs.replace(record, fields=renamed)

    def _with_given(self, record: Record) -> dict[str, Any]:
        """Add what is known of a payload from outside it, where a record has none of its own."""
        if not self.context.given:
            return record.fields
        own = {name: value for name, value in record.fields.items() if value not in (None, "")}
        return {**record.fields, **self.context.given, **own}

    def _read_ids(self, one: Taken) -> bool:
        form = one.record.form
        one.unit, one.sensor = self._id(one, self.mapping.thing), self._id(one, self.mapping.sensor)
        if one.unit or not (form.describes or form.observes):
            return True
        one.find("no-id")
        return False

    def _id(self, one: Taken, named: Named) -> str:
        for template in named.id:
            found = fill_all(template, one.fields) if "{" in template else text_of(one.fields.get(template))
            if found:
                return found
        pattern = one.record.form.id_in_name
        match = re.search(pattern, self.context.where) if pattern else None
        return match[0] if match else ""

    def _read_time(self, one: Taken, clock: Clock) -> bool:
        """Read when the values of a record are of; a resultTime that cannot be read is only left out."""
        if not one.record.form.observes:
            return True
        try:
            one.moment = clock.read(one.fields, self.context.received)
            one.time = clock.time(one.moment)
        except Refusal as refusal:
            one.refuse(refusal)
            return False
        one.digits_cut = one.moment.cut
        try:
            one.result_time = clock.result_time(one.fields)
        except Refusal as refusal:
            one.refuse(refusal)
        return True

    def _position(self, one: Taken) -> Position | None:
        rule, fields = self.plan.place(one.record.form), one.fields
        names = position_fields(rule)
        try:
            position = read_position(rule, fields)
        except ValueParseError as error:
            one.find("bad-position", names[0], str(error))
            return None
        given = [name for name in names if not self.plan.missing.has_text(fields.get(name))]
        if position is None and given:
            one.find("no-position", given[0], fields[given[0]])
        unsure = unsure_order(rule, fields)
        if unsure:
            one.find("axis-order", rule.crs_field, unsure, limits=rule.order)
        area = self.context.area
        if position is not None and area is not None and not area.contains(position.longitude, position.latitude):
            shown = f"{position.longitude}, {position.latitude}"
            swapped = "-unless-swapped" if area.contains(position.latitude, position.longitude) else ""
            one.find(f"outside-area{swapped}", self.context.municipality or "the area of the lab", shown)
        return position

    def _settle(self, taken: list[Taken]) -> dict[str, dict[str, Position]]:
        by_unit: dict[str, list[Position]] = {}
        for one in taken:
            if one.kept and one.position is not None:
                by_unit.setdefault(one.unit, []).append(one.position)
        return {unit: settle(positions) for unit, positions in by_unit.items()}

    def _describe(self, one: Taken, settled: dict[str, Position]) -> None:
        """Take what a record says of entities, and put its results into their columns."""
        at = 0 if one.time is None else end_of(one.time).us
        subject = Subject(one.unit, one.sensor, one.fields, one.record.form.describes, at)
        place = "" if one.position is None else self.describer.place(subject, settled[one.position.cell])
        self.describer.thing(subject)
        for result in one.results.values():
            datastream = self.describer.datastream(subject, result.strand)
            if result.time is not None:
                self.columns.setdefault((datastream, place), []).append((result, one.result_time))

    def _series(self) -> Iterator[Series]:
        for (datastream, feature), column in self.columns.items():
            column.sort(key=_edges)
            times = [result.time for result, _ in column if result.time is not None]
            intervals = any(isinstance(time, Interval) for time in times)
            known = any(moment is not None for _, moment in column)
            rated = any(result.quality is not None for result, _ in column)
            yield Series(
                datastream=datastream,
                feature=feature,
                start=tuple(start_of(time).us for time in times),
                end=tuple(end_of(time).us for time in times) if intervals else None,
                result=tuple(result.value for result, _ in column),
                result_time=tuple(None if moment is None else moment.us for _, moment in column) if known else None,
                result_quality=tuple(result.quality for result, _ in column) if rated else None,
            )


def _edges(row: Row) -> tuple[int, int]:
    time: Time | None = row[0].time
    return (0, 0) if time is None else (start_of(time).us, end_of(time).us)
