"""Show that each rendering of columns says what the encoder of single entities says."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from ssclab_data.endpoints.sensorthings.binding import V1_1
from ssclab_data.endpoints.sensorthings.encode import Encoder
from ssclab_data.endpoints.sensorthings.links import Links
from ssclab_data.errors import UnknownNameError
from ssclab_data.model.columns import ABSENT, Columns, ResultKind, Results, column_of, take
from ssclab_data.model.sensorthings import ENTITY_TYPES, Observation
from ssclab_data.model.values import Instant, Interval, parse_time
from ssclab_data.query.ast import ID, Query
from ssclab_data.rendering import data_array, geojson, observations, table
from ssclab_data.stores.base import Row

BASE = 'https://lab.example/"v1.1'
ENCODER = Encoder(Links(BASE, b"secret"), V1_1)
COMPONENTS = ("id", "phenomenonTime", "result", "resultTime", "resultQuality", "validTime", "parameters")
TIMES = ("phenomenonTime", "resultTime", "validTime")
OPTIONAL = ("result_time", "valid_start", "valid_stop", "quality", "parameters", "feature")
GEOMETRY = {1: b'{"type":"Point","coordinates":[4.77,51.58]}', 2: b'{"type":"Point","coordinates":[4.78,51.59]}'}
YEAR_1, YEAR_1970, YEAR_9999 = -62_135_596_800_000_000, 0, 253_402_300_799_999_999


class One(msgspec.Struct, frozen=True):
    """One Observation, as the tests write it down; times in microseconds."""

    handle: int = 1
    start: int = 1_736_942_400_000_000
    stop: int | None = None
    result: Any = 12.5
    result_time: int | None = None
    quality: Any = UNSET
    valid: tuple[int, int] | None = None
    parameters: dict[str, Any] | UnsetType = UNSET
    feature: int = 0


def kind_of(value: Any) -> ResultKind:
    if value is None:
        return ResultKind.NULL
    kinds = {bool: ResultKind.BOOLEAN, int: ResultKind.INTEGER, float: ResultKind.FLOAT, str: ResultKind.TEXT}
    return kinds.get(type(value), ResultKind.JSON)


def objects(values: Sequence[bytes | None]) -> Any:
    column = np.empty(len(values), np.object_)
    column[:] = values
    return None if all(value is None for value in values) else column


def integers(values: Sequence[int], absent: int) -> Any:
    return None if all(value == absent for value in values) else np.array(values, np.int64)


def results_of(values: Sequence[Any]) -> Results:
    kinds = [kind_of(value) for value in values]
    whole = (ResultKind.BOOLEAN, ResultKind.INTEGER)
    return Results(
        kind=np.array(kinds, np.uint8),
        floats=np.array([value if type(value) is float else np.nan for value in values])
        if ResultKind.FLOAT in kinds
        else None,
        integers=np.array([int(value) if kind in whole else 0 for value, kind in zip(values, kinds, strict=True)])
        if set(whole) & set(kinds)
        else None,
        texts=objects(
            [msgspec.json.encode(v) if k > ResultKind.FLOAT else None for v, k in zip(values, kinds, strict=True)]
        ),
    )


def encoded(value: Any) -> bytes | None:
    return None if value is UNSET else msgspec.json.encode(value)


def columns_of(rows: Sequence[One]) -> Columns:
    span = np.array([row.stop is not None for row in rows], np.bool_)
    return Columns(
        handle=np.array([row.handle for row in rows], np.int64),
        start=np.array([row.start for row in rows], np.int64),
        stop=np.array([row.start if row.stop is None else row.stop for row in rows], np.int64),
        span=span if span.any() else None,
        result=results_of([row.result for row in rows]),
        result_time=integers([ABSENT if row.result_time is None else row.result_time for row in rows], ABSENT),
        valid_start=integers([row.valid[0] if row.valid else ABSENT for row in rows], ABSENT),
        valid_stop=integers([row.valid[1] if row.valid else ABSENT for row in rows], ABSENT),
        quality=objects([encoded(row.quality) for row in rows]),
        parameters=objects([encoded(row.parameters) for row in rows]),
        feature=integers([row.feature for row in rows], 0),
    )


def entity_of(row: One) -> Observation:
    return Observation(
        phenomenon_time=Instant(row.start) if row.stop is None else Interval(Instant(row.start), Instant(row.stop)),
        result=row.result,
        result_time=UNSET if row.result_time is None else Instant(row.result_time),
        result_quality=row.quality,
        valid_time=Interval(Instant(row.valid[0]), Instant(row.valid[1])) if row.valid else UNSET,
        parameters=row.parameters,
    )


def reference(rows: Sequence[One], select: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Encode rows as the endpoint encodes single entities."""
    query = Query(
        entity_type="Observation", select=tuple((ID if name == "@iot.id" else name,) for name in sorted(select))
    )
    return [ENCODER.entity(Row(lab="lab", handle=row.handle, entity=entity_of(row)), query) for row in rows]


def with_times(values: dict[str, Any]) -> dict[str, Any]:
    """Read the times, whose fraction digits may differ in number."""
    return {name: parse_time(value) if name in TIMES and value else value for name, value in values.items()}


def parsed(chunks: Any) -> list[Any]:
    return list(json.loads(b"[%b]" % b"".join(chunks)))


def same(got: Sequence[dict[str, Any]], expected: Sequence[dict[str, Any]]) -> bool:
    """Compare values, their types, the order of members and the sign of zero."""
    return list(map(repr, map(with_times, got))) == list(map(repr, map(with_times, expected)))


def array_of(row: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: row.get("@iot.id" if name == "id" else name) for name in names}


TEXT = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ("", "=1", "-1", "-x", "+1", "@a", "\t", '"', "a,b", "\n", "\r", "\0", "😀", "\\", "null", "\x7f")
)
NUMBERS = (
    st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**63), 2**63 - 1)
    | st.integers(-20, 20)
    | st.decimals(-100, 100, places=2).map(float)
    | st.sampled_from((-0.0, 5e-324, 1.7976931348623157e308, -1.7976931348623157e308, 1e22, 1e16, 5.0))
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=5
)
US = st.one_of(
    st.integers(YEAR_1, YEAR_9999),
    st.integers(YEAR_1 // 1_000_000, YEAR_9999 // 1_000_000).map(lambda second: second * 1_000_000),
    st.integers(1_700_000_000, 1_700_000_100).map(lambda second: second * 1_000_000),
    st.integers(1_700_000_000_000, 1_700_000_100_000).map(lambda milli: milli * 1_000),
)
SPANS = st.tuples(US, US).map(lambda pair: (min(pair), max(pair)))
HANDLES = (
    st.integers(0, 20)
    | st.integers(0, 2**62)
    | st.tuples(st.integers(1, 1_400), st.integers(0, 500)).map(lambda pair: pair[0] << 32 | pair[1])
    | st.integers((7 << 32), (7 << 32) + 10_000)
)


@st.composite
def rows_of(draw: st.DrawFn) -> list[One]:
    """Draw rows, where what a row has is drawn once for all of them, so that pages of one kind are likely."""
    results = draw(st.sampled_from((NUMBERS, TEXT, st.none(), st.booleans(), SCALARS, JSON, st.floats(0, 100))))
    times = draw(st.sampled_from((SPANS, US.map(lambda us: (us, None)), SPANS | US.map(lambda us: (us, None)))))
    result_times = draw(st.sampled_from((st.none(), US, st.none() | US)))
    qualities = draw(st.sampled_from((st.just(UNSET), JSON, st.just(UNSET) | JSON)))
    valid = draw(st.sampled_from((st.none(), SPANS, st.none() | SPANS)))
    objects = st.dictionaries(TEXT, JSON, max_size=2)
    parameters = draw(st.sampled_from((st.just(UNSET), objects, st.just(UNSET) | objects)))
    handles = draw(st.sampled_from((HANDLES, st.integers((7 << 32), (7 << 32) + 10_000), st.integers(0, 20))))
    row = st.builds(
        lambda handle, time, **others: One(handle, *time, **others),
        handles,
        times,
        result=results,
        result_time=result_times,
        quality=qualities,
        valid=valid,
        parameters=parameters,
        feature=st.integers(0, 2),
    )
    return draw(st.lists(row, min_size=1, max_size=8))


CASES = {
    "one row": [One()],
    "ids of varying width": [One(9), One(10), One(7 << 32), One((7 << 32) + 99_999_999), One(99_999_999)],
    "ids of one Datastream": [One((7 << 32) + 5), One((7 << 32) + 1_000), One(7 << 32)],
    "ids around a hundred million": [One(99_999_999), One(100_000_000), One(100_000_001)],
    "awkward floats": [One(result=value) for value in (-0.0, 5e-324, 1.7976931348623157e308, 5.0, 0.1, 1e22, -1e-7)],
    "longest float": [One(result=-1.7976931348623157e308)],
    "awkward integers": [One(result=value) for value in (2**63 - 1, -(2**63), 0, -1, 5)],
    "whole and broken": [One(result=value) for value in (5, 5.0, None, True, False)],
    "only null": [One(result=None), One(result=None)],
    "only text": [One(result='a\n"b"\\\0\u2028😀'), One(result="")],
    "text and null": [One(result="a"), One(result=None)],
    "text and numbers": [One(result="a"), One(result=1), One(result=-2.25), One(result=True)],
    "JSON": [One(result=[]), One(result={"a": [1, None, "x"]}), One(result=[[]])],
    "old and late": [One(start=-1_293_840_000_000_000), One(start=YEAR_9999), One(start=YEAR_1)],
    "just outside the table": [One(start=-1), One(start=4_133_980_799_999_999), One(start=4_133_980_800_000_000)],
    "around the epoch": [One(start=0), One(start=1), One(start=1_000), One(start=1_000_000)],
    "instants and intervals": [One(stop=1_736_942_400_500_000), One(), One(stop=1_736_942_400_000_000)],
    "intervals": [One(stop=1_736_946_000_000_000), One(stop=1_736_949_600_000_000)],
    "descending": [One(3, start=3_000_000), One(2, start=2_000_000), One(1, start=1_000_000)],
    "resultTime sometimes": [One(result_time=1), One(), One(result_time=1_000_000)],
    "quality null": [One(quality=None), One(), One(quality=[{"nameOfMeasure": "x"}]), One(quality=0)],
    "all there is": [
        One(5, 0, 10, {"a": 1}, result_time=11, quality="good", valid=(0, 5), parameters={"b": [2]}, feature=1)
    ],
    "features": [One(feature=1), One(feature=2), One(feature=0), One(feature=3)],
}
SELECTIONS = [
    frozenset(names)
    for names in (
        (),
        ("result",),
        ("@iot.id",),
        ("phenomenonTime", "result", "resultQuality"),
        ("resultQuality",),
        ("parameters", "resultQuality", "validTime"),
        ("validTime", "Datastream"),
        ("resultTime", "parameters", "FeatureOfInterest", "Datastream"),
        ("unknown",),
    )
]


@pytest.fixture(params=CASES, name="rows")
def _rows(request: pytest.FixtureRequest) -> list[One]:
    return CASES[request.param]


def check_observations(rows: Sequence[One], select: frozenset[str] = frozenset()) -> None:
    got = parsed(observations.render(columns_of(rows), base=BASE, select=select))
    assert same(got, reference(rows, select))


def check_arrays(rows: Sequence[One], names: Sequence[str] = COMPONENTS) -> None:
    got = parsed(data_array.render(columns_of(rows), components=names))
    expected = [array_of(row, names) for row in reference(rows)]
    assert same([dict(zip(names, values, strict=True)) for values in got], expected)


def check_features(rows: Sequence[One]) -> None:
    got = parsed(geojson.render(columns_of(rows), geometry=GEOMETRY))
    assert [feature["id"] for feature in got] == [row.handle for row in rows]
    assert [feature["geometry"] for feature in got] == [json.loads(GEOMETRY.get(row.feature, b"null")) for row in rows]
    assert {tuple(feature) for feature in got} == {("type", "id", "geometry", "properties")}
    for feature, row in zip(got, reference(rows), strict=True):
        expected = {name: row[name] for name in COMPONENTS if name in row}
        assert list(feature["properties"])[:3] == ["phenomenonTime", "resultTime", "result"]
        assert same([dict(sorted(feature["properties"].items()))], [dict(sorted(expected.items()))])


def check_table(rows: Sequence[One]) -> None:
    text = b"".join(table.render(columns_of(rows), header=True, names=COMPONENTS)).decode()
    head, *lines = csv.reader(io.StringIO(text, newline=""))
    assert tuple(head) == COMPONENTS
    for cells, row in zip(lines, reference(rows), strict=True):
        for name, cell in zip(COMPONENTS, cells, strict=True):
            check_cell(cell, array_of(row, [name])[name], name)


def check_cell(cell: str, value: Any, name: str) -> None:
    if value is None:
        assert cell == ""
    elif name in TIMES:
        assert parse_time(cell) == parse_time(value)
    elif isinstance(value, str):
        assert cell in (value, f"'{value}")
        assert not cell.startswith(("=", "+", "@", "\t", "\r"))
        assert not cell.startswith("-") or float(cell) < 1
    else:
        assert repr(json.loads(cell)) == repr(value)


@given(rows_of(), st.sampled_from(SELECTIONS))
@example([One()] * 3, frozenset())
def test_objects_are_those_of_the_encoder(rows: list[One], select: frozenset[str]) -> None:
    check_observations(rows, select)


@given(rows_of())
def test_other_forms_say_the_same(rows: list[One]) -> None:
    check_arrays(rows)
    check_features(rows)
    check_table(rows)


@pytest.mark.parametrize("select", SELECTIONS, ids=lambda select: "+".join(sorted(select)) or "all")
def test_awkward_rows_in_each_selection(rows: list[One], select: frozenset[str]) -> None:
    check_observations(rows, select)


@pytest.mark.parametrize("check", [check_arrays, check_features, check_table])
def test_awkward_rows_in_each_form(rows: list[One], check: Any) -> None:
    check(rows)


@pytest.mark.parametrize("size", [2_047, 2_048, 2_049, 10_000])
def test_many_rows_come_in_blocks(size: int) -> None:
    rows = [
        One(
            (1 + row % 3 << 32) + row,
            start=1_700_000_000_000_000 + row * 60_000_000,
            result=row / 100 if row % 50 else "x",
            parameters={"row": row} if row % 40 == 0 else UNSET,
        )
        for row in range(size)
    ]
    chunks = list(observations.render(columns_of(rows), base=BASE))
    assert len(chunks) == -(-size // 2_048)
    assert all(chunk.endswith(b"},") for chunk in chunks[:-1])
    assert same(parsed(chunks), reference(rows))
    check_arrays(rows)
    check_table(rows)


def test_no_rows_give_nothing() -> None:
    none = take(columns_of([One()]), slice(0, 0))
    assert list(observations.render(none, base=BASE)) == []
    assert list(data_array.render(none, components=("id",))) == []
    assert list(geojson.render(none, geometry={})) == []
    assert list(table.render(none, header=False, names=("id",))) == []
    assert list(table.render(none, header=True, names=("id", "result"))) == [b"id,result\n"]


def test_rows_may_be_any_view_of_others() -> None:
    rows = [One(number, start=number * 1_500_000, result=float(number)) for number in range(1, 9)]
    columns = take(columns_of(rows), slice(None, None, -2))
    assert same(parsed(observations.render(columns, base=BASE)), reference(rows[::-2]))


def test_columns_may_say_absent_in_each_row() -> None:
    rows = [One(1), One(2, result=3)]
    columns = columns_of(rows)
    full = {name: column_of(None, name, 2) for name in OPTIONAL}
    full["span"] = np.zeros(2, np.bool_)
    result = msgspec.structs.replace(columns.result, texts=column_of(None, "texts", 2))
    columns = msgspec.structs.replace(columns, result=result, **full)
    assert same(parsed(observations.render(columns, base=BASE)), reference(rows))
    arrays = parsed(data_array.render(columns, components=COMPONENTS[3:]))
    assert arrays == [[None] * 4] * 2
    assert b"".join(table.render(columns, header=False, names=COMPONENTS[2:])) == b"12.5,,,,\n3,,,,\n"


def test_members_come_in_the_order_of_the_model() -> None:
    names = [part.name for part in ENTITY_TYPES["Observation"].properties]
    got = parsed(observations.render(columns_of(CASES["all there is"]), base=BASE))[0]
    assert [name for name in got if "@" not in name] == names


def test_data_array_has_no_padding() -> None:
    columns = columns_of([One(7, result=1.25), One(123, result=None, quality=1)])
    text = b"".join(data_array.render(columns, components=("id", "result", "resultQuality", "phenomenonTime")))
    assert text == b'[7,1.25,null,"2025-01-15T12:00:00Z"],[123,null,1,"2025-01-15T12:00:00Z"]'


@pytest.mark.parametrize(
    ("result", "cell"),
    [
        (5, b"5"),
        (5.0, b"5.0"),
        (-5, b"-5"),
        (True, b"true"),
        (None, b""),
        ("", b'""'),
        ("plain", b"plain"),
        ("a, b", b'"a, b"'),
        ('say "a"', b'"say ""a"""'),
        ("two\nlines", b'"two\nlines"'),
        ("=1+1", b"'=1+1"),
        ("=A1,B1", b'"\'=A1,B1"'),
        ("+31 76", b"'+31 76"),
        ("@home", b"'@home"),
        ("\tx", b"'\tx"),
        ("\rx", b'"\'\rx"'),
        ("-5", b"-5"),
        ("-.5e-3", b"-.5e-3"),
        ("-", b"'-"),
        ("-5\n", b'"\'-5\n"'),
        ("-1+cmd|' /C calc'!A0", b"'-1+cmd|' /C calc'!A0"),
        ("\0µ😀", "\0µ😀".encode()),
        ([1], b"[1]"),
        ([1, 2], b'"[1,2]"'),
        ({"a": "="}, b'"{""a"":""=""}"'),
    ],
)
def test_cells_of_results(result: Any, cell: bytes) -> None:
    text = b"".join(table.render(columns_of([One(result=result)]), header=False, names=("id", "result")))
    assert text == b"1," + cell + b"\n"


def test_unknown_names_are_told_at_once() -> None:
    with pytest.raises(UnknownNameError, match="'location'; known: id, phenomenonTime"):
        data_array.render(columns_of([One()]), components=("id", "location"))
    with pytest.raises(UnknownNameError, match="'location'; known: id, phenomenonTime"):
        table.render(columns_of([One()]), header=True, names=("location",))
