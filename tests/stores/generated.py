"""Strategies and comparisons that the parity tests share."""

from typing import Any

import msgspec
from hypothesis import strategies as st

from ssclab_data.model.geometry import RELATIONS
from ssclab_data.model.series import Series
from ssclab_data.query.ast import BoundQuery
from ssclab_data.stores.base import Page, Row, Store
from ssclab_data.testing import START

MINUTE = 60_000_000
SQUARE = "POLYGON((4.6 51.4,4.75 51.4,4.75 51.55,4.6 51.55,4.6 51.4))"

NUMBERS = st.one_of(
    st.integers(-3, 3), st.sampled_from([0.5, 2.0, -1.5, -0.0, 1e300, 2**70, 2**53 + 1, 12.345678901234567])
)
RESULTS = st.one_of(
    NUMBERS,
    NUMBERS,
    st.none(),
    st.booleans(),
    st.sampled_from(["2", "high", "", "é", "e\u0301", "\x01s"]),
    st.just({"a": [1]}),
)
MINUTES = st.integers(0, 12)
MAYBE = st.one_of(st.none(), st.integers(0, 9))
ROWS = st.lists(
    st.tuples(
        MINUTES,
        st.one_of(st.none(), st.none(), st.integers(0, 3)),
        RESULTS,
        MAYBE,
        st.one_of(st.none(), st.just(3), st.just("doubtful")),
        MAYBE,
    ),
    min_size=1,
    max_size=10,
)


def series(datastream: str, rows: list[tuple[Any, ...]], *, feature: str | None = None) -> Series:
    """Make a series of rows: minute, length, result, resultTime, resultQuality, validTime."""
    return Series(
        datastream=datastream,
        feature=datastream[:3] if feature is None else feature,
        start=tuple(START + row[0] * MINUTE for row in rows),
        end=tuple(None if row[1] is None else START + (row[0] + row[1]) * MINUTE for row in rows),
        result=tuple(row[2] for row in rows),
        result_time=tuple(None if row[3] is None else START + row[3] * MINUTE for row in rows),
        result_quality=tuple(row[4] for row in rows),
        parameters=tuple({"n": row[0], "t": f"{row[0]}"} if row[0] % 2 else None for row in rows),
        valid_start=tuple(None if row[5] is None else START for row in rows),
        valid_end=tuple(None if row[5] is None else START + row[5] * MINUTE for row in rows),
    )


AT = [f"2016-01-08T22:{minute:02}:00Z" for minute in range(13)]
TIMES = st.one_of(st.sampled_from(AT), st.tuples(st.sampled_from(AT[:6]), st.sampled_from(AT[6:])).map("/".join))
OPS = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])
CONDITIONS = st.one_of(
    st.tuples(st.sampled_from(["result", "parameters/n"]), OPS, st.sampled_from(["1", "-1.5", "2.0", "0.5"])).map(
        " ".join
    ),
    st.tuples(st.sampled_from(["1", "2.0"]), OPS, st.just("result")).map(" ".join),
    st.tuples(st.just("result"), OPS, st.sampled_from(["'2'", "'high'", "''", "true", "null", f"{2**53}"])).map(
        " ".join
    ),
    st.tuples(
        st.sampled_from(["phenomenonTime", "resultTime", "validTime", "Datastream/phenomenonTime"]), OPS, TIMES
    ).map(" ".join),
    st.sampled_from(
        [
            "resultTime eq null",
            "not (resultTime lt 2016-01-08T22:03:00Z)",
            "resultQuality eq 3",
            "resultQuality eq null",
            "validTime ne null",
            "Datastream/Thing/name eq 'a'",
            "startswith(Datastream/Thing/name,'a')",
            "tolower(Datastream/Thing/name) eq 'ä'",
            "Datastream/Thing/properties/n eq 1",
            "Datastream/Thing/properties/b eq true",
            "Datastream/Thing/properties/n in (1,'1')",
            "Datastream/Thing/properties/n lt result",
            "Datastream/unitOfMeasurement/symbol eq 'µg/m³'",
            "Datastream/@iot.id in (1,3)",
            "Datastream/Observations/any(o: o/result gt 1)",
            "Datastream/Observations/any(o: o/result lt 0 and o/resultTime ne null)",
            "FeatureOfInterest/Observations/any(o: o/result eq 2)",
            "FeatureOfInterest/name eq null",
            "FeatureOfInterest/name eq 'F1'",
            "FeatureOfInterest/@iot.id eq 2",
            f"Datastream/Thing/Locations/any(l: st_within(l/location,geography'{SQUARE}'))",
            "geo.distance(FeatureOfInterest/feature,geography'POINT(4.7 51.5)') lt 0.01",
            "result add 1 gt 1",
            "result div 2 eq 1",
            "result mod 2 eq 0",
            "round(result) eq 2",
            "result in (1,2,0.5)",
            "minute(phenomenonTime) eq 2",
            "phenomenonTime sub 2016-01-08T22:00:00Z gt duration'PT2M'",
            "during(phenomenonTime,2016-01-08T22:01:00Z/2016-01-08T22:04:00Z)",
            "overlaps(phenomenonTime,2016-01-08T22:01:00Z/2016-01-08T22:04:00Z)",
            "length(parameters/t) eq 1",
            "before(phenomenonTime,validTime) or after(resultTime,phenomenonTime)",
            "meets(phenomenonTime,2016-01-08T22:01:00Z/2016-01-08T22:04:00Z)",
            "starts(validTime,phenomenonTime) or finishes(phenomenonTime,validTime)",
            "during(phenomenonTime,validTime)",
            "during(resultTime,validTime)",
            "validTime sub duration'PT2M' lt resultTime",
            "phenomenonTime sub resultTime gt duration'-PT3M' mul 1.5",
            "date(phenomenonTime) eq '2016-01-08' and time(phenomenonTime) lt '22:04:00'",
            "result mul 9223372036854775807 mul 4 gt 1e19",
            "@iot.id mod 2 eq 0",
            "result eq 'e\u0301'",
            "result lt 'f'",
            "result in ('\u00e9','2',1)",
            "result in (null,'high')",
            "startswith(result,'e\u0301') or indexof(result,'\u00e9') eq 0",
            f"st_within(FeatureOfInterest/feature,geography'{SQUARE}')",
            f"not st_intersects(FeatureOfInterest/feature,geography'{SQUARE}')",
            f"geo.intersects(Datastream/observedArea,geography'{SQUARE}')",
            "Datastream/Thing/Datastreams/name eq 'noise of v/1' and Datastream/Thing/Datastreams/@iot.id gt 1",
            "concat(parameters/t,'x') eq '1x'",
            "substringof('ig',result)",
            "parameters/n ne null",
            "@iot.id gt 4294967298",
            "@iot.id eq 4294967297",
            "@key ne 'x' and Datastream/@key eq 'v/1/pm25'",
        ]
    ),
)
FILTERS = st.one_of(
    CONDITIONS,
    st.tuples(CONDITIONS, st.sampled_from([" and ", " or "]), CONDITIONS).map("".join),
    CONDITIONS.map(lambda text: f"not ({text})"),
)
ORDERS = st.sampled_from(
    [
        "@iot.id",
        "@iot.id desc",
        "result",
        "result desc",
        "phenomenonTime",
        "phenomenonTime desc",
        "resultTime,result",
        "resultTime desc",
        "Datastream/Thing/name desc,resultTime desc",
        "Datastream/@iot.id desc,phenomenonTime desc",
        "FeatureOfInterest/name desc,result",
        "parameters/n,@iot.id desc",
        "Datastream/Thing/properties/n desc",
        "result mul 2",
        "Datastream/phenomenonTime,result desc",
        "validTime,resultQuality desc",
        "@key desc",
    ]
)


TEXTS = st.sampled_from(
    [
        "",
        "Koln",
        "K\u00f6ln",
        "Ko\u0308ln",
        "\u212aoln",
        "a;b",
        "a\u037eb",
        "a\x00b",
        "a",
        "[\u6e29\u5ea6]",
        "\U0001f600",
        "\uffff",
        "it's 100% [a]_b",
        "\u1e69",
        "s\u0307\u0323",
        "\x01t",
    ]
)
"""Texts in several forms, in other scripts, and with characters that languages of queries use."""

_LONGITUDES = st.sampled_from([-180.0, -179.5, 4.6, 4.7, 4.75, 4.8, 179.5, 180.0, 190])
_LATITUDES = st.sampled_from([-90.0, 51.4, 51.5, 51.55, 51.6, 89.99, 90])
_POSITIONS = st.tuples(_LONGITUDES, _LATITUDES).map(list)
_LINES = st.lists(_POSITIONS, min_size=2, max_size=4)
_RINGS = st.lists(_POSITIONS, min_size=3, max_size=4).map(lambda ring: [*ring, ring[0]])
_PARTS: dict[str, st.SearchStrategy[Any]] = {
    "Point": _POSITIONS,
    "MultiPoint": st.lists(_POSITIONS, max_size=3),
    "LineString": _LINES,
    "MultiLineString": st.lists(_LINES, min_size=1, max_size=2),
    "Polygon": _RINGS.map(lambda ring: [ring]),
    "MultiPolygon": _RINGS.map(lambda ring: [[ring]]),
}
_SHAPES = st.one_of(
    [st.fixed_dictionaries({"type": st.just(kind), "coordinates": part}) for kind, part in _PARTS.items()]
)
GEOMETRIES = st.one_of(
    _SHAPES,
    _SHAPES.map(lambda shape: {"type": "Feature", "properties": {}, "geometry": shape}),
    st.lists(_SHAPES, max_size=2).map(lambda shapes: {"type": "GeometryCollection", "geometries": shapes}),
    _POSITIONS.map(lambda position: {"type": "Point", "coordinates": [*position, 12.5]}),
    st.sampled_from(
        [
            {"type": "Feature", "geometry": None},
            {"type": "Point", "coordinates": []},
            {"type": "Point", "coordinates": ["4.7", "51.5"]},
            {"type": "Point", "coordinates": [1e300, 1]},
            {"type": "LineString", "coordinates": [[4.7, 51.5]]},
            {"type": "Polygon", "coordinates": [[[4.7, 51.5], [4.8, 51.5]]]},
            {"type": "point", "coordinates": [4.7, 51.5]},
            {"place": "Breda"},
        ]
    ),
)
"""Geometries of every kind, at both edges of the map too, and some that are none."""

WKTS = st.one_of(
    st.sampled_from(
        [
            SQUARE,
            "POINT(4.7 51.5)",
            "SRID=4326;POINT(4.75 51.55)",
            "LINESTRING(4.6 51.4,4.8 51.6)",
            "POLYGON((179 -90,180 -90,180 90,179 90,179 -90))",
            "POLYGON((-180 89,180 89,180 90,-180 90,-180 89))",
            "POLYGON((-180 -90,200 -90,200 90,-180 90,-180 -90))",
            "MULTIPOINT(4.6 51.4,190 51.5)",
            "GEOMETRYCOLLECTION(POINT(4.7 51.5),LINESTRING(0 0,1 1))",
            "POINT EMPTY",
        ]
    ),
    _LINES.map(lambda line: f"LINESTRING({','.join(f'{x} {y}' for x, y in line)})"),
)
_RELATIONS = st.sampled_from([*RELATIONS, "st_disjoint"])


def spatial(path: str) -> st.SearchStrategy[str]:
    """Generate conditions on the geometry at a path."""
    leaves = st.one_of(
        st.builds("{}({},geography'{}')".format, _RELATIONS, st.just(path), WKTS),
        st.builds("{}(geography'{}',{})".format, _RELATIONS, WKTS, st.just(path)),
        st.builds(
            "geo.distance({},geography'{}') {} {}".format,
            st.just(path),
            WKTS,
            st.sampled_from(["lt", "le", "gt"]),
            st.sampled_from(["0", "0.05", "1", "-1", "300"]),
        ),
        st.builds("st_relate({},geography'{}','T********')".format, st.just(path), WKTS),
    )
    return st.one_of(
        leaves,
        leaves.map("not ({})".format),
        st.builds("{} {} {}".format, leaves, st.sampled_from(["and", "or"]), leaves),
        st.builds("not ({} {} not {})".format, leaves, st.sampled_from(["and", "or"]), leaves),
    )


def plain(value: Any) -> Any:
    """Compare with kinds of numbers told apart, without what differs by nature."""
    if isinstance(value, Page):
        return [plain(row) for row in value.rows], value.count, value.more
    if isinstance(value, Row):
        related = {name: plain(one) for name, one in value.related.items()}
        return value.handle, msgspec.json.encode(value.entity), related, repr(value.order)
    return value


def same(one: Store, other: Store, query: BoundQuery) -> None:
    """Make sure that two stores give the same answers to one query."""
    assert plain(one.read(query)) == plain(other.read(query))
    assert one.count(query) == other.count(query)
    assert one.extent(query) == other.extent(query)
