"""Make series of the Observations of SensorThings documents."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec

from ssclab_data.errors import MissingZoneError, ValueParseError
from ssclab_data.model.entity import Navigation
from ssclab_data.model.multi import VIEWS
from ssclab_data.model.series import Series
from ssclab_data.model.values import (
    Duration,
    Instant,
    Interval,
    Time,
    end_of,
    has_finer_digits,
    is_finite,
    parse_time,
    start_of,
)
from ssclab_data.sources.declaration.times import Stamp
from ssclab_data.sources.numbers import Linear, parse_number
from ssclab_data.sources.sensorthings.shapes import ID
from ssclab_data.sources.sensorthings.streams import Stream, Streams
from ssclab_data.sources.sensorthings.taking import Found, Taking

_PROPERTIES = {part.name for part in VIEWS["Observation"].properties}
_NO_VALUE = ("", "nan", "null", "none", "n/a")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One Observation as it is stored."""

    found: Found
    datastream: str
    feature: str
    time: Time
    result: Any
    result_time: int | None = None
    quality: Any = None
    parameters: dict[str, Any] | None = None
    valid: Interval | None = None


class Observing:
    """The Observations of a payload."""

    def __init__(self, taking: Taking, streams: Streams, features: set[str]) -> None:
        self.taking = taking
        self.streams = streams
        self.features = features
        self.rows: list[Row] = []
        for one in taking.found:
            if one.kept and one.kind == "Observation":
                self._observe(one)
        self._drop_echoes()

    def series(self) -> Iterator[Series]:
        """Give one Series per Datastream and FeatureOfInterest, by time."""
        groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.rows:
            groups[row.datastream, row.feature].append(row)
        for rows in groups.values():
            rows.sort(key=lambda row: (start_of(row.time).us, end_of(row.time).us))
            yield _series(rows)

    def _observe(self, one: Found) -> None:
        self._account(one)
        datastream = next((one.links[name][0] for name in ("Datastream", "MultiDatastream") if one.links.get(name)), "")
        if not datastream:
            return self._refuse(one, "no-datastream")
        if not one.id and not one.document.get("phenomenonTime"):
            return self._refuse(one, "raw-echo")
        stream = self.streams.stream(datastream, one.service)
        time = self._time(one, stream)
        if time is None:
            return self._refuse(one)
        try:
            result = _result(one.document.get("result"), stream)
        except ValueParseError:
            return self._refuse(one, "not-a-number", "result")
        if result is None:
            one.missing += 1
            return None
        self.rows.append(self._row(one, datastream, time=time, result=result))
        return None

    def _account(self, one: Found) -> None:
        view = VIEWS["Observation"]
        for name, given in one.document.items():
            if name in _PROPERTIES or name == ID or isinstance(view.by_name.get(name), Navigation):
                one.mapped += 1
            elif "@" in name:
                one.ignored += 1
            else:
                one.rejected += 1
                self.taking.find(one, "unknown-field", name, given)

    def _refuse(self, one: Found, rule: str = "", field: str = "") -> None:
        if rule:
            self.taking.find(one, rule, field, one.document.get(field) if field else None)
        one.kept = False

    def _time(self, one: Found, stream: Stream) -> Time | None:
        given = one.document.get("phenomenonTime") or one.document.get("resultTime")
        text = given if isinstance(given, str) else str(given)
        try:
            time = parse_time(text)
            one.digits_cut += any(map(has_finer_digits, text.split("/")))
            return _marked(time, stream)
        except MissingZoneError:
            self.taking.find(one, "zone-missing", "phenomenonTime", text)
        except ValueParseError as error:
            self.taking.find(one, "bad-time", "phenomenonTime", str(error))
        return None

    def _row(self, one: Found, datastream: str, *, time: Time, result: Any) -> Row:
        feature = next(iter(one.links.get("FeatureOfInterest", ())), "")
        result_time = self._part(one, "resultTime")
        valid = self._part(one, "validTime")
        parameters = one.document.get("parameters")
        return Row(
            found=one,
            datastream=datastream,
            feature=feature if feature in self.features else "",
            time=time,
            result=result,
            result_time=start_of(result_time).us if result_time is not None else None,
            quality=one.document.get("resultQuality"),
            parameters=parameters if isinstance(parameters, dict) else None,
            valid=valid if isinstance(valid, Interval) else None,
        )

    def _part(self, one: Found, name: str) -> Time | None:
        """Read a time that an Observation can be without."""
        given = one.document.get(name)
        if given is None:
            return None
        try:
            return parse_time(given if isinstance(given, str) else str(given))
        except ValueParseError as error:
            one.mapped, one.rejected = one.mapped - 1, one.rejected + 1
            self.taking.find(one, "wrong-value", name, str(error))
            return None

    def _drop_echoes(self) -> None:
        """Drop what was sent where what was stored of it is there too: the one with an id holds."""
        stored = {_same(row) for row in self.rows if row.found.id}
        for row in self.rows:
            if not row.found.id and _same(row) in stored:
                self._refuse(row.found, "raw-echo")
        self.rows = [row for row in self.rows if row.found.kept]


def _same(row: Row) -> tuple[str, Time, str]:
    return row.datastream, row.time, repr(row.result)


def _marked(time: Time, stream: Stream) -> Time:
    """Make the period of a stamp that marks an edge of one."""
    rule = stream.rule
    if rule is None or rule.stamp is Stamp.INSTANT or isinstance(time, Interval):
        return time
    length = Duration.parse(rule.period).us
    start = time.us if rule.stamp is Stamp.START else time.us - length
    return Interval(Instant(start), Instant(start + length))


def _result(value: Any, stream: Stream) -> Any:
    """Read a result; None where there is none.

    Raises:
        ValueParseError: it is no number where it has to be.
    """
    if value is None or (isinstance(value, str) and value.strip().lower() in _NO_VALUE and stream.numeric is not False):
        return None
    if stream.numeric is False or (stream.numeric is None and not _is_number_text(value)):
        if not is_finite(value):
            raise ValueParseError(str(value)[:80], "a JSON value")
        return value
    number = parse_number(value)
    if stream.rule is not None and any(number == one or value == one for one in stream.rule.missing):
        return None
    if stream.line != Linear():
        return stream.line(number)
    return number if isinstance(number, int) else float(number)


def _is_number_text(value: Any) -> bool:
    """Tell whether a text is a number that is written as numbers are: `007` is a code."""
    if not isinstance(value, str):
        return False
    try:
        return value in (str(parse_number(value)), repr(float(parse_number(value))))
    except ValueParseError:
        return False


def _series(rows: list[Row]) -> Series:
    return Series(
        datastream=rows[0].datastream,
        feature=rows[0].feature,
        start=tuple(start_of(row.time).us for row in rows),
        end=_column([end_of(row.time).us if isinstance(row.time, Interval) else None for row in rows]),
        result=tuple(row.result for row in rows),
        result_time=_column([row.result_time for row in rows]),
        result_quality=_column([row.quality for row in rows]),
        parameters=_column([row.parameters for row in rows]),
        valid_start=_column([row.valid.start.us if row.valid else None for row in rows]),
        valid_end=_column([row.valid.end.us if row.valid else None for row in rows]),
    )


def _column[T](values: list[T | None]) -> tuple[T | None, ...] | None:
    """Give a column, None where it is absent everywhere."""
    return None if all(value is None for value in values) else tuple(values)
