"""Turn records into entities and series as a mapping declares."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.model.values import end_of
from ssclab_data.sources.areas import check_area, check_municipality
from ssclab_data.sources.base import MappedPayload, Rejected, SourceContext, Tally
from ssclab_data.sources.beside import Beside
from ssclab_data.sources.bulk import Group, Origin, collect, part
from ssclab_data.sources.collecting import Collector, Row
from ssclab_data.sources.declaration import MappingFile, Named
from ssclab_data.sources.describing import Describer, Subject
from ssclab_data.sources.findings import Refusal, fold
from ssclab_data.sources.place import Position, position_fields, read_position, settle, unsure_order
from ssclab_data.sources.plan import Plan
from ssclab_data.sources.reading import Record, Sheets
from ssclab_data.sources.register import TABLE
from ssclab_data.sources.taking import Taken, check_complete, take_values
from ssclab_data.sources.templates import fill_all, text_of
from ssclab_data.sources.times import Clock


class Engine:
    """Map the records of one payload.

    Args:
        plan: the mapping, compiled, where it is known already.
        by_column: whether plain records are mapped by column, which gives the same and is faster.
    """

    def __init__(
        self, mapping: MappingFile, context: SourceContext, plan: Plan | None = None, *, by_column: bool = True
    ) -> None:
        self.by_column = by_column
        self.mapping = mapping
        self.context = context
        self.plan = plan or Plan(mapping)
        self.beside = Beside(mapping, context)
        self.describer = Describer(self.plan, self.beside.register)
        self.collector = Collector()

    def map(self, read: Sheets) -> MappedPayload:
        """Map all records."""
        groups, left = part(self.plan, read, self._origin) if self.takes_columns else ([], read.each())
        taken = [self._take(record) for record in left]
        places = self._settle(taken, groups)
        for group in groups:
            collect(group, self.describer, self.collector, places)
        for one in taken:
            if one.kept and one.unit:
                self._describe(one, places.get(one.unit, {}))
        return MappedPayload(
            entities=tuple(self.describer.entities()),
            defaults=tuple(self.describer.defaults()),
            series=tuple(self.collector.series()),
            findings=fold([*self.beside.findings(), *(finding for one in taken for finding in one.findings)]),
            tally=Tally.total([*(group.tally for group in groups), *(one.tally for one in taken)]),
            rejected=tuple(
                Rejected(record=one.record.number, payload=one.record.payload, findings=tuple(one.findings))
                for one in taken
                if one.rejected or not one.kept
            ),
            tolerance=self.mapping.place.tolerance,
        )

    def _take(self, record: Record) -> Taken:
        """Read one record; what cannot be read becomes a finding."""
        record = _folded(record, self.context.given)
        one = Taken(record, self.context.where, self._with_given(record))
        for fault in record.faults:
            one.find(fault.rule, fault.field, fault.value)
        for name in record.repeated:
            one.find("repeated-field", name)
        check_complete(one)
        spoilt = bool(record.repeated) or any(not fault.field for fault in record.faults)
        clock = self.plan.clock(record.form)
        if spoilt or not (
            (not one.complete or self._read_time(one, clock)) and self.beside.join(one) and self._read_ids(one)
        ):
            one.kept, one.rejected = False, len(record.fields)
            return one
        self._name_value(one)
        one.registered = self.beside.find_unit(one)
        one.position = self._position(one)
        take_values(one, self.plan, clock)
        self.beside.passed(one)
        return one

    def _name_value(self, one: Taken) -> None:
        """Name the value of a pair by what a table beside the payload tells of it."""
        if "." in one.record.form.pair_key:
            one.record = _folded(one.record, one.fields)
            one.fields = {**one.fields, **one.record.fields}

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
            one.spoilt.add(refusal.field)
        return True

    def _position(self, one: Taken) -> Position | None:
        """Give where a record was made; what the registry says holds over what the unit sent."""
        registered = None if one.registered is None else one.registered.position
        position = registered or self._sent_position(one)
        if position is not None:
            properties = self.mapping.thing.properties
            for fault in (*check_area(position, self.context), *check_municipality(position, one.fields, properties)):
                one.find(fault.rule, fault.field, fault.value)
        return position

    def _sent_position(self, one: Taken) -> Position | None:
        rule, fields = self.plan.place(one.record.form), one.fields
        names = position_fields(rule)
        try:
            position, unsure = read_position(rule, fields), unsure_order(rule, fields)
        except ValueParseError as error:
            one.find("bad-position", names[0], str(error))
            return None
        given = [name for name in names if not self.plan.missing.has_text(fields.get(name))]
        if position is None and given:
            one.find("no-position", given[0], fields[given[0]])
        if unsure:
            one.find("axis-order", rule.crs_field, unsure, limits=rule.order)
        return position

    @property
    def takes_columns(self) -> bool:
        """Whether a record, with the one row of the registry that its unit has, says all there is to know of it."""
        return self.by_column and not (
            self.context.given or self.context.tables.keys() - {TABLE} or self.mapping.lookups
        )

    def _origin(self, record: Record) -> Origin:
        """Tell where a record comes from."""
        one = Taken(record, self.context.where, record.fields)
        named = self._read_ids(one)
        steady = self.beside.is_steady(one)
        one.registered = self.beside.find_unit(one) if steady else None
        position = self._position(one)
        plain = named and bool(one.unit) and steady and not one.findings
        return Origin(one.unit, one.sensor, position, one.registered, plain)

    def _settle(self, taken: list[Taken], groups: Sequence[Group]) -> dict[str, dict[str, Position]]:
        by_unit: dict[str, list[Position]] = {}
        for unit, position in (place for group in groups for place in group.places()):
            by_unit.setdefault(unit, []).append(position)
        for one in taken:
            if one.kept and one.position is not None:
                by_unit.setdefault(one.unit, []).append(one.position)
        return {unit: settle(positions) for unit, positions in by_unit.items()}

    def _describe(self, one: Taken, settled: dict[str, Position]) -> None:
        """Take what a record says of entities, and put its results into their columns."""
        at = 0 if one.time is None else end_of(one.time).us
        subject = Subject(one.unit, one.sensor, one.fields, one.record.form.describes, at, one.registered)
        place = "" if one.position is None else self.describer.place(subject, settled[one.position.cell])
        self.describer.thing(subject)
        for result in one.results.values():
            datastream = self.describer.datastream(subject, result.strand)
            if result.time is not None:
                row = Row(one.record.number, result.time, result.value, one.result_time, result.quality)
                self.collector.add((datastream, place), row)


def _folded(record: Record, told: Mapping[str, Any]) -> Record:
    """Name the value of a pair by what is known from outside: an answer may not say what it is of."""
    form, fields = record.form, record.fields
    name = text_of(told.get(form.pair_key))
    if not name or form.pairs or form.pair_key in fields or form.pair_value not in fields:
        return record
    renamed = {name if key == form.pair_value else key: value for key, value in fields.items()}
    return msgspec.structs.replace(record, fields=renamed)
