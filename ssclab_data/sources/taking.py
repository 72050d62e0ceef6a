"""Read the values of one record: each field becomes a result, is missing, is ignored, or is refused with a finding."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.model.finding import Finding, Severity
from ssclab_data.model.values import Instant, JsonObject, Time
from ssclab_data.sources.base import Tally
from ssclab_data.sources.decoders import GROUP_DECODERS
from ssclab_data.sources.describing import Strand
from ssclab_data.sources.findings import Refusal, found
from ssclab_data.sources.flags import Mark, merge_quality
from ssclab_data.sources.numbers import parse_number, whole
from ssclab_data.sources.place import Position
from ssclab_data.sources.plan import Plan, Shape
from ssclab_data.sources.quantities import Channel, Quantity, Reading
from ssclab_data.sources.reading import Record
from ssclab_data.sources.register import Unit
from ssclab_data.sources.times import Clock, Moment, Span


class Taken(msgspec.Struct):
    """What one record gave, before places are settled.

    Attributes:
        fields: of the record, with those that are known from outside it.
        results: by the property and series that they are of.
        kept: whether anything of the record is kept.
        complete: whether it has what its values need.
        spoilt: fields beside the values that could not be read.
        registered: what the lab's registry says of the unit, None where it does not know it.
        passed: fields that the device does not have according to it.
    """

    record: Record
    where: str
    fields: Mapping[str, Any]
    unit: str = ""
    sensor: str = ""
    moment: Moment | None = None
    time: Time | None = None
    result_time: Instant | None = None
    position: Position | None = None
    results: dict[tuple[str, str], "Result"] = msgspec.field(default_factory=dict)
    findings: list[Finding] = msgspec.field(default_factory=list)
    mapped: int = 0
    ignored: int = 0
    rejected: int = 0
    missing: int = 0
    digits_cut: int = 0
    kept: bool = True
    complete: bool = True
    spoilt: set[str] = msgspec.field(default_factory=set)
    registered: Unit | None = None
    passed: list[str] = msgspec.field(default_factory=list)

    def find(self, rule: str, field: str = "", value: Any = None, *, limits: str = "") -> None:
        """Add a finding."""
        number = self.record.number
        self.findings.append(found(rule, where=self.where, record=number, field=field, value=value, limits=limits))

    def refuse(self, refusal: Refusal) -> None:
        """Add what a refusal says as a finding."""
        self.find(refusal.rule, refusal.field, refusal.value, limits=refusal.limits)

    @property
    def has_error(self) -> bool:
        """Whether something of it was kept out."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    @property
    def tally(self) -> Tally:
        """What became of it and of its fields."""
        bad = self.has_error
        return Tally(
            records_read=1,
            records_mapped=int(self.kept and not bad),
            records_partly=int(self.kept and bad),
            records_rejected=int(not self.kept),
            fields_read=len(self.record.fields),
            fields_mapped=self.mapped,
            fields_ignored=self.ignored,
            fields_rejected=self.rejected,
            fields_missing=self.missing,
            digits_cut=self.digits_cut,
        )


class Result(msgspec.Struct, frozen=True):
    """One result of a record.

    Attributes:
        field: name of the field that it is from.
        time: phenomenonTime, None where the record has none.
    """

    field: str
    strand: Strand
    value: float
    time: Time | None
    quality: JsonObject | None = None


def take_values(one: Taken, plan: Plan, clock: Clock) -> None:
    """Account for every field of a record."""
    spoilt = one.record.fields.keys() & (one.spoilt | {fault.field for fault in one.record.faults})
    names = tuple(name for name in one.record.fields if name not in spoilt) if spoilt else tuple(one.record.fields)
    shape = plan.shape(one.record.form, names)
    _count(one, shape, len(spoilt))
    if not one.complete:
        one.ignored += len(shape.values) + sum(len(here) for _, here in shape.groups)
        return
    for key, here in shape.groups:
        if _has(one, key):
            _group(one, plan, key=key, here=here)
        else:
            one.ignored += len(here)
    for name, channel, span in shape.values:
        if _has(one, name):
            _value(one, plan, name=name, channel=channel, time=_time(one, clock, span))
        else:
            one.ignored += 1


def _has(one: Taken, name: str) -> bool:
    """Tell whether the device of a record has a channel; what it has not, it sends as 0 or noise."""
    if one.registered is None or not one.registered.channels or name in one.registered.channels:
        return True
    one.passed.append(name)
    return False


def _count(one: Taken, shape: Shape, spoilt: int) -> None:
    """Account for the fields that are no values."""
    misplaced = len(shape.position) if any(finding.rule == "bad-position" for finding in one.findings) else 0
    one.mapped += shape.structural - misplaced
    one.ignored += shape.ignored
    one.rejected += spoilt + misplaced + len(shape.unknown)
    for name in shape.unknown:
        one.find("unknown-field", name, one.fields[name])


def check_complete(one: Taken) -> None:
    """Find the fields that are not there without which a record has no values; an object is there by what it holds."""
    for name, reason in one.record.form.needs.items():
        held = any(inner.startswith(f"{name}.") for inner in one.fields)
        if one.fields.get(name) in (None, "") and not held:
            one.complete = False
            one.find("incomplete-message", name, reason)


def _time(one: Taken, clock: Clock, span: Span | None) -> Time | Refusal | None:
    """Give the phenomenonTime of a field, which may have a period of its own."""
    if span is None or one.moment is None:
        return one.time
    try:
        return clock.time(one.moment, span)
    except Refusal as refusal:
        return refusal


def _value(one: Taken, plan: Plan, *, name: str, channel: Channel, time: Time | Refusal | None) -> None:
    try:
        if isinstance(time, Refusal):
            raise Refusal(time.rule, name, time.value)
        mark = plan.flags.mark(name, one.fields) if plan.flags.names else None
        if mark is not None and not mark.usable:
            one.find("flagged-by-source", name, mark.text)
        read = channel.read(name, one.fields, one.record.form.decimal) if mark is None or mark.usable else None
        if read is None:
            one.missing += 1
        else:
            _keep(one, _result(one, name, channel, read=read, time=time, mark=mark))
        one.mapped += 1
    except Refusal as refusal:
        one.rejected += 1
        one.refuse(refusal)


def read_together(channel: Channel, name: str, values: Sequence[Any]) -> Reading | None:
    """Decode values that belong together, None where there are none.

    Args:
        name: key of their rule, for messages.

    Raises:
        ValueParseError: they cannot be decoded.
        Refusal: what they say is outside the limits.
    """
    if channel.usual is None or all(map(channel.missing.has_text, values)):
        return None
    value = GROUP_DECODERS[channel.rule.decoder](
        [value if type(value) is int else whole(parse_number(value)) for value in values]
    )
    return channel.usual.read(value, name, value)


def _group(one: Taken, plan: Plan, *, key: str, here: tuple[str, ...]) -> None:
    channel = plan.channels[key]
    try:
        reading = read_together(channel, key, [one.fields[name] for name in here])
        if reading is None or channel.usual is None:
            one.missing += len(here)
        else:
            _keep(one, _result(one, key, channel, read=(channel.usual, reading), time=one.time, mark=None))
        one.mapped += len(here)
    except ValueParseError as error:
        one.rejected += len(here)
        one.find("cannot-decode", key, str(error))
    except Refusal as refusal:
        one.rejected += len(here)
        one.refuse(refusal)


def _result(
    one: Taken,
    name: str,
    channel: Channel,
    *,
    read: tuple[Quantity, Reading],
    time: Time | None,
    mark: Mark | None,
) -> Result:
    quantity, reading = read
    series = channel.series(name, one.fields)
    quality = reading.quality if mark is None else merge_quality(mark.quality, reading.quality)
    strand = Strand(quantity, channel.rule, series or channel.rule.period)
    return Result(name, strand, reading.result, time, quality)


def _keep(one: Taken, result: Result) -> None:
    """Keep a result, unless another field gave another one of the same series.

    Raises:
        Refusal: it did.
    """
    key = (result.strand.quantity.info.id, result.strand.series)
    known = one.results.setdefault(key, result)
    if known is not result and (known.value, known.time) != (result.value, result.time):
        raise Refusal("two-values", result.field, result.value, limits=known.field)
