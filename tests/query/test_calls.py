"""Every operator and function of OGC 18-088, tables 22 and 23, on values of every kind."""

import itertools

import pytest

from ssclab_data.errors import QueryError
from ssclab_data.model.values import Duration, Instant, Interval, Time, end_of, start_of
from ssclab_data.query import ast
from ssclab_data.query.bind import bind
from ssclab_data.query.calls import call
from ssclab_data.query.evaluate import evaluate
from ssclab_data.query.functions import FUNCTIONS
from ssclab_data.query.odata import parse_options
from ssclab_data.query.temporal import RELATIONS

HOUR = Duration.parse("PT1H")
AT = Instant.parse("2020-01-01T10:00:00Z")
SPAN = Interval.parse("2020-01-01T10:00:00Z/2020-01-01T12:00:00Z")
SQUARE = "geography'POLYGON((4 51,5 51,5 52,4 52,4 51))'"
VALUES: dict[str, object] = {
    "phenomenonTime": SPAN,
    "resultTime": Instant.parse("2020-01-31T23:59:58.250Z"),
    "result": 7,
    "resultQuality": "Mu\u0308ller \U0001f600",
    "parameters": {"text": " Sensor Things ", "half": -2.5, "huge": 2**70, "vast": 10**400, "line": None},
}


class Row:
    """An Observation of the test."""

    def value(self, segments: tuple[str, ...]) -> object:
        """Give a value, or a member of one."""
        value: object = VALUES.get(segments[0])
        for name in segments[1:]:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def members(self, path: tuple[str, ...]) -> tuple["Row", ...]:
        """Give none."""
        return ()


def truth(text: str) -> object:
    bound = bind(parse_options("Observation", {"$filter": text}))
    assert bound.filter is not None
    return evaluate(bound.filter, Row())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("substringof('Things',parameters/text)", "the part comes first"),
        ("contains(parameters/text,'Things')", "the whole comes first, as in OData 4"),
        ("startswith(trim(parameters/text),'Sensor')", "start"),
        ("endswith(trim(parameters/text),'Things')", "end"),
        ("length(trim(parameters/text)) eq 13", "length"),
        ("indexof(parameters/text,'Sensor') eq 1", "from zero"),
        ("indexof(parameters/text,'x') eq -1", "not there"),
        ("substring(parameters/text,1) eq 'Sensor Things '", "to the end"),
        ("substring(parameters/text,2,4) eq 'enso'", "four of them"),
        ("substring(parameters/text,-5,99) eq parameters/text", "beyond both ends"),
        ("tolower(parameters/text) eq ' sensor things '", "lower"),
        ("toupper(parameters/text) eq ' SENSOR THINGS '", "upper"),
        ("concat(concat('a',', '),'b') eq 'a, b'", "concat"),
        ("resultQuality eq 'M\u00fcller \U0001f600'", "composed equals decomposed (FROST-Server#1901)"),
        ("startswith(resultQuality,'M\u00fc')", "also inside functions"),
        ("substringof('u\u0308l',resultQuality)", "and with the constant decomposed"),
        ("indexof(resultQuality,'ller') eq 2", "positions are those of the composed text"),
        ("length(resultQuality) eq 8", "an emoji is one character"),
        ("resultQuality in ('x','M\u00fcller \U0001f600')", "in compares as eq does"),
        ("resultQuality gt 'Mz'", "by code point: ü comes after z"),
        ("year(resultTime) eq 2020", "year"),
        ("month(resultTime) eq 1 and day(resultTime) eq 31", "month and day"),
        ("hour(resultTime) eq 23 and minute(resultTime) eq 59 and second(resultTime) eq 58", "clock"),
        ("fractionalseconds(resultTime) eq 0.25", "a part of one second"),
        ("hour(2020-01-01T00:30:00+01:00) eq 23", "times are read into UTC"),
        ("day('2020-01-01T00:30:00+01:00') eq 31", "also quoted ones"),
        ("totaloffsetminutes(2020-01-01T00:30:00+01:00) eq 0", "and have no offset then"),
        ("year(phenomenonTime) eq 2020 and hour(phenomenonTime) eq 10", "of an interval: its start"),
        ("date(resultTime) eq 2020-01-31", "a date"),
        ("date(resultTime) eq '2020-01-31'", "a quoted date"),
        ("date(resultTime) ne date(phenomenonTime)", "two dates"),
        ("time(phenomenonTime) eq 10:00:00", "a time of day"),
        ("time(phenomenonTime) lt '10:00:01' and time(phenomenonTime) ge '09:59'", "quoted times of day"),
        ("time(phenomenonTime) le time(1990-01-01T12:00:00Z)", "two times of day"),
        ("resultTime lt now() and resultTime gt mindatetime() and resultTime lt maxdatetime()", "now and bounds"),
        ("round(parameters/half) eq -3", "half away from zero"),
        ("round(9007199254740993) eq 9007199254740993", "whole numbers stay what they are"),
        ("floor(parameters/half) eq -3 and ceiling(parameters/half) eq -2", "floor and ceiling"),
        ("result add 1 eq 8 and result sub 8 eq -1 and result mul 2 eq 14", "arithmetic"),
        ("result div 2 eq 3.5 and result mod 4 eq 3 and -7 mod 4 eq -3 and 7.5 mod 2 eq 1.5", "division and rest"),
        ("9007199254740993 mod 2 eq 1", "the rest of whole numbers is exact"),
        ("-result eq -7 and -(-result) eq 7", "minus"),
        ("@iot.id mod 2 eq 0 or @iot.id eq null", "a handle is a number"),
        ("resultTime add duration'PT1S' eq 2020-01-31T23:59:59.250Z", "a time and a duration"),
        ("duration'PT1S' add resultTime eq 2020-01-31T23:59:59.250Z", "in either order"),
        ("phenomenonTime sub duration'PT1H' eq 2020-01-01T09:00:00Z/2020-01-01T11:00:00Z", "an interval is moved"),
        ("phenomenonTime sub 2020-01-01T09:00:00Z eq duration'PT1H'", "from start to start"),
        ("phenomenonTime sub 2020-01-01T09:00:00Z eq 'PT1H'", "a quoted duration"),
        ("duration'PT1H' add duration'PT30M' eq duration'P0DT90M'", "durations add up"),
        ("duration'PT1H' sub duration'PT90M' eq duration'-PT30M'", "and go below zero"),
        ("duration'PT1H' mul 1.5 eq duration'PT90M' and 2 mul duration'PT1H' eq duration'PT2H'", "times a number"),
        ("duration'PT1H' div 2 eq duration'PT30M'", "divided by a number"),
        ("geo.distance(geography'POINT(0 0)',geography'POINT(3 4)') eq 5", "degrees"),
        ("geo.length(geography'LINESTRING(0 0,3 4)') eq 5", "degrees"),
        (f"geo.intersects(geography'POINT(4 51)',{SQUARE})", "the edge counts"),
        (f"st_intersects({SQUARE},geography'SRID=4326;POINT(4 51)')", "EWKT of CRS84"),
        (f"st_within(geography'POINT(4.5 51.5)',{SQUARE}) and st_contains({SQUARE},geography'POINT(4.5 51.5)')", "in"),
        (f"st_disjoint(geography'POINT(9 9)',{SQUARE}) and st_touches(geography'POINT(4 51)',{SQUARE})", "out, edge"),
        (f"st_equals({SQUARE},{SQUARE}) and st_crosses(geography'LINESTRING(3 51.5,6 51.5)',{SQUARE})", "same, across"),
        (f"st_overlaps({SQUARE},geography'POLYGON((4.5 51,6 51,6 52,4.5 52,4.5 51))')", "in part"),
        (f"st_relate(geography'POINT(4.5 51.5)',{SQUARE},'T*F**F***')", "DE-9IM"),
        ("parameters/line eq null and parameters/none eq null and parameters/half ne null", "null and absent"),
        ("parameters/huge gt 1e21 and parameters/vast eq null", "numbers beyond 64 bits, and beyond double"),
        ("result in (1,7) and not (result in (1,2))", "in"),
        ("result eq '7' and result lt '8' and result in ('7','x')", "a result against a text is a text (ets-sta10)"),
        ("parameters/half in (null,-2.5) and parameters/line in (null,1)", "null in a list"),
    ],
)
def test_it_is_true(text: str, why: str) -> None:
    assert truth(text) is True, why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("result div 0 eq 1", "no number"),
        ("result mod 0 eq 1", "no number"),
        ("result mul 1e308 mul 1e308 gt 1", "beyond double precision"),
        ("result mul 9223372036854775807 mul 1e308 gt 1", "whole and beyond"),
        ("length(result) eq 1", "a number has no length"),
        ("substringof('a',parameters/line)", "absent"),
        ("not (parameters/none eq 1)", "not unknown is unknown"),
        ("parameters/none in (1,2)", "unknown in a list"),
        ("parameters/text gt 2020-01-01T00:00:00Z", "JSON has no times"),
        ("now() add duration'P3000000D' gt now()", "after the year 9999"),
        ("resultTime sub duration'P3000000D' lt now()", "before the year 1"),
        ("duration'P100000000D' mul 10000000 gt duration'PT1S'", "beyond 292,000 years"),
        ("geo.length(parameters) gt 1", "no geometry"),
        ("st_within(parameters/text,geography'POINT(1 2)')", "no geometry"),
    ],
)
def test_it_is_unknown(text: str, why: str) -> None:
    assert truth(text) is None, why


def times() -> list[Time]:
    hours = [Instant(AT.us + HOUR.us * number) for number in range(4)]
    return [*hours, *(Interval(start, end) for start, end in itertools.combinations_with_replacement(hours, 2))]


def inside(time: Time) -> set[int]:
    """Give the half hours that a time holds: an instant its own, an interval all but its end."""
    if isinstance(time, Instant):
        return {time.us}
    return set(range(time.start.us, time.end.us, HOUR.us // 2))


@pytest.mark.parametrize("left", times(), ids=str)
@pytest.mark.parametrize("right", times(), ids=str)
def test_temporal_functions_by_what_a_time_holds(left: Time, right: Time) -> None:
    one, other = inside(left), inside(right)
    if one and other:
        assert RELATIONS["before"](left, right) == (max(one) < min(other))
        assert RELATIONS["after"](left, right) == (min(one) > max(other))
        assert RELATIONS["overlaps"](left, right) == bool(one & other)
    if isinstance(right, Interval) and one:
        assert RELATIONS["during"](left, right) == (one <= other)
    if isinstance(right, Instant):
        assert not RELATIONS["during"](left, right)
    ends = {(end_of(left), start_of(right)), (end_of(right), start_of(left))}
    assert RELATIONS["meets"](left, right) == any(end == start for end, start in ends)
    assert RELATIONS["starts"](left, right) == (start_of(left) == start_of(right))
    assert RELATIONS["finishes"](left, right) == (end_of(left) == end_of(right))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_takes_anything(name: str) -> None:
    """A value of another kind, which JSON may hold, makes it unknown, never an error."""
    odd = [None, True, 1, 1.5, "x", AT, SPAN, HOUR, {"type": "Point"}, {"a": 1}, [1], ast.WKT("POINT(1 2)"), 2**63 - 1]
    for args in itertools.product(odd, repeat=len(FUNCTIONS[name].takes)):
        call(name, args)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("substring(resultQuality,'1') eq 'x'", "substring takes a number here, not a text"),
        ("st_relate(FeatureOfInterest/feature,'POINT(1 2)',5)", "st_relate takes a text here, not a number"),
        ("phenomenonTime gt 5", "gt cannot compare a time with a number"),
        ("5 lt phenomenonTime", "lt cannot compare a number with a time"),
        ("resultTime eq true", "eq cannot compare a time with a bool"),
        ("resultTime in ('2020-01-01',5)", "in cannot compare a time with a number"),
        ("time(resultTime) eq '25:00'", "is not a time of the calendar"),
        ("time(resultTime) eq 'noon'", "is not a time of day"),
        ("date(resultTime) eq 'today'", "ISO 8601"),
        ("during(phenomenonTime,2020-01-01T00:00:00Z)", "nothing lasts during an instant"),
        ("during(phenomenonTime,resultTime)", "nothing lasts during an instant"),
        ("resultTime add resultTime gt now()", "add cannot take a time and a time"),
        ("resultTime mul 2 gt now()", "mul cannot take a time and a number"),
        ("resultTime add 5 gt now()", "add cannot take a time and a number"),
        ("duration'PT1H' mod 2 eq duration'PT1H'", "mod cannot take a duration and a number"),
        ("@iot.id eq true", "cannot compare a handle with a bool"),
        ("st_within(FeatureOfInterest/feature,geography'SRID=28992;POINT(1 2)')", "CRS84"),
        ("Datastream/unitOfMeasurement/unit eq 'x'", "no member 'unit'; known: name, symbol, definition"),
        ("Datastream/unitOfMeasurement/name eq 5", "cannot compare a text with a number"),
        ("Datastream/unitOfMeasurement/name/x eq 'x'", "unitOfMeasurement/name has no members"),
        ("Datastream/unitOfMeasurement eq 'x'", "compares a member"),
    ],
)
def test_what_can_never_hold_is_refused(text: str, words: str) -> None:
    with pytest.raises(QueryError, match=words):
        truth(text)
