"""Generate targets of requests from the grammar of SensorThings, and spoil them."""

from urllib.parse import quote

from hypothesis import strategies as st

from ssclab_data.model.entity import Navigation, Property
from ssclab_data.model.multi import VIEWS
from ssclab_data.query.odata import format_options

from .queries import MARKER, links, queries

PREFIXES = ("/sta/v1.1", "/sta/v1.0")
IDS = st.sampled_from(
    [*"111122", "3", "4294967297", "0", "-1", "99", "9223372036854775808", "'1'", f"'{MARKER}'", "'o''x'", "'breda~1'"]
)
SPELLINGS = st.sampled_from([lambda text: quote(text, safe=""), lambda text: quote(text, safe="$,:;/()'@*!~ =<>")])
TOKENS = (
    *("$filter=", "$expand=", "$select=", "$orderby=", "$top=", "$skip=", "$count=true", "$skiptoken=", "&", "?", "="),
    *("$resultFormat=dataArray", "$resultFormat=CSV", "$resultFormat=GeoJSON", "$apply=", "$search=", "top=1"),
    *("(", ")", "'", "''", "/", "//", ",", ";", ":", "*", "-", "%", "%2", "%00", "%FF", "%27", "%2527", "%C3", "+"),
    *(" eq ", " and ", " or ", "not ", " in (", "null", "true", "NaN", "INF", "-INF", "1e999", "1e-999", "0x1"),
    *("9" * 30, "9" * 400, "-" * 9, "\x00", "\n", "\t", "\u202e", "\U0001f600", "é", "ﬀ", "\ud7ff", "\u2028", '"'),
    *("2016-02-30", "9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "2016-01-08T24:00:00Z", "2016-01-08T22:00:60Z"),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "duration'P99999999999D'", "duration''", "12:61"),
    *("geography'POINT(1e400 0)'", "geography'POLYGON((0 0,1 1))'", "geography''", "geography'POINT EMPTY'"),
    *("geography'GEOMETRYCOLLECTION(POINT(1 1))'", "geography'POINT(nan nan)'", "geography'SRID=4326;POINT(1 1)'"),
    *(
        "round(1e308 mul 10)",
        "1 div 0",
        "1 mod 0",
        "1.0 mod 0.0",
        "length(1)",
        "substring('a',-1)",
        "substring('a',1,99)",
    ),
    *("substring('abc',9223372036854775807)", "year(1)", "now() add duration'P9999999D'", "mindatetime()", "result"),
    *("substring(name,result)", "concat(result,result)", "geo.length(location)", "geo.distance(location,feature)"),
    *("st_relate(location,geography'POINT(1 1)','T*F**FFF*')", "date(phenomenonTime)", "time(phenomenonTime)"),
    *("any()", "all(x:x)", "any(x:x/name eq '')", "@iot.id", "@key", "@id", "id", "$ref", "$value", "$count", "$it"),
    *("properties/", "Datastreams", "Things", "Observations($top=1)", "Thing/name", "parameters/n", "MultiDatastreams"),
    *(
        "Datastream/Thing/Locations/location",
        MARKER,
        f"'{MARKER}'",
        f"{MARKER}/x",
        f"properties/{MARKER}",
        f"$_{MARKER}",
    ),
)


@st.composite
def resources(draw: st.DrawFn) -> tuple[str, str]:
    """Generate a path below the root, and the name of the type that it gives; "" where it takes no options."""
    kind = VIEWS[draw(st.sampled_from(list(VIEWS)))]
    path = kind.plural
    for _ in range(draw(st.integers(0, 3))):
        path += f"({draw(IDS)})"
        if draw(st.integers(0, 3)) == 0:
            part = draw(st.sampled_from([one for one in kind.by_name.values() if isinstance(one, Property)]))
            deeper = draw(st.sampled_from(["", "", "/n", f"/{MARKER}", "/$value", "/nested/a/$value"]))
            return f"{path}/{part.name}{deeper}", ""
        link: Navigation = draw(st.sampled_from(links(kind)))
        path, kind = f"{path}/{link.name}", VIEWS[link.target]
        if not link.many:
            return f"{path}{draw(st.sampled_from(['', '', '/$ref', '/name']))}", kind.name
    return f"{path}{draw(st.sampled_from(['', '', '', '/$ref', '/$count']))}", kind.name


@st.composite
def valid(draw: st.DrawFn) -> str:
    """Generate a target that is right, or nearly so."""
    path, kind = draw(resources())
    options = format_options(draw(queries(kind, views=True))) if kind else {}
    if kind == "Observation" and draw(st.booleans()):
        options["$resultFormat"] = draw(st.sampled_from(["dataArray", "CSV", "GeoJSON", "JSON"]))
    spell = draw(SPELLINGS)
    pairs = "&".join(f"{name}={spell(text)}" for name, text in options.items())
    return f"{draw(st.sampled_from(PREFIXES))}/{quote(path, safe=_IN_PATH)}" + (f"?{pairs}" if pairs else "")


_IN_PATH = "/()'$~"


def _positions(size: int) -> st.SearchStrategy[int]:
    return st.integers(0, max(0, size - 1))


@st.composite
def spoiled(draw: st.DrawFn, whole: bytes) -> bytes:
    """Change bytes somewhere after the prefix."""
    head, text = whole[: len(PREFIXES[0]) + 1], whole[len(PREFIXES[0]) + 1 :]
    for _ in range(draw(st.integers(1, 3))):
        least = draw(st.sampled_from([0, text.find(b"?") + 1, text.find(b"=") + 1]))
        at, to = sorted(least + draw(_positions(len(text) - least)) for _ in range(2))
        match draw(st.integers(0, 8)):
            case 0:
                text = text[:at] + bytes([draw(st.integers(0, 255))]) + text[at + 1 :]
            case 1:
                text = text[:at] + text[to:]
            case 2 | 3 | 4:
                text = text[:at] + _encoded(draw) + text[at + draw(st.integers(0, 4)) :]
            case 5:
                text = text[:at] + text[at:to] * draw(st.sampled_from([2, 3, 20])) + text[to:]
            case 6:
                text = text[:at] + quote(text[at:to], safe="").encode() + text[to:]
            case 7:
                text = text[:to] + text[at:to][::-1] + text[to:]
            case 8:
                name, _, options = text.partition(b"?")
                text = name + b"?" + options + b"&" + options[: draw(_positions(len(options)))]
    return head + text


def _encoded(draw: st.DrawFn) -> bytes:
    token = draw(st.sampled_from(TOKENS))
    return quote(token, safe="").encode() if draw(st.booleans()) else token.encode()


DEEP = st.builds(
    lambda name, shape, count: f"{name}{shape[0] * count}{shape[1]}{shape[2] * count}".encode(),
    st.sampled_from(["/sta/v1.1/Observations?$filter=", "/sta/v1.1/Observations?$orderby="]),
    st.sampled_from(
        [
            ("(", "1 eq 1", ")"),
            ("not%20", "true", ""),
            ("not%20(", "true", ")"),
            ("-", "1 eq 1", ""),
            ("- -", "result eq 1", ""),
            ("", "1", " add 1"),
            ("", "1", " and 1"),
            ("", "true", " or true"),
            ("trim(", "'a'", ")"),
            ("round(", "result", ") add 1"),
            ("1 add (", "1", ")"),
            ("Datastream/Observations/any(a:a/", "result eq 1", ")"),
            ("Datastream/Observations/", "result eq 1", ""),
            ("Datastream/Thing/Datastreams/any(d:d/Observations/any(o:o/", "result", "))"),
            ("", "result in (1", ",1"),
            ("parameters/", "n eq 1", ""),
        ]
    ),
    st.sampled_from([2, 5, 20, 63, 64, 65, 190, 500, 1500]),
)
DEEP_EXPANDS = st.builds(
    lambda shape, count: f"/sta/v1.1/Things?$expand={shape[0] * count}{shape[1]}{shape[2] * count}".encode(),
    st.sampled_from(
        [
            ("Datastreams($expand=Thing($expand=", "Locations", "))"),
            ("Datastreams/Thing/", "Locations", ""),
            ("Datastreams($filter=((", "1 eq 1", "))"),
            ("", "Locations", ",Locations"),
            ("Datastreams($select=", "name", ";)"),
        ]
    ),
    st.sampled_from([1, 2, 3, 4, 7, 40, 70, 400]),
)
GARBAGE = st.builds(
    lambda prefix, rest: prefix.encode() + rest,
    st.sampled_from([*(f"{prefix}/" for prefix in PREFIXES), "/sta/v1.1/Things?", "/sta/v1.1/Things?$filter=", "/sta"]),
    st.binary(max_size=60),
)
OVERLONG = st.sampled_from(
    [
        b"/sta/v1.1/" + b"Things" * 4_000,
        b"/sta/v1.1/Things?$filter=name eq '" + b"x" * 20_000 + b"'",
        b"/sta/v1.1/Things?$filter=name eq '" + b"x" * 15_000 + b"'",
        b"/sta/v1.1/Things?$filter=" + b"a" * 15_000,
        b"/sta/v1.1/Things?$filter=" + b"'" * 15_000,
        b"/sta/v1.1/Things?$filter=" + b"(" * 15_000,
        b"/sta/v1.1/Things?$filter=" + b"9" * 15_000,
        b"/sta/v1.1/Things?$filter=" + b"1e" + b"9" * 15_000,
        b"/sta/v1.1/Things?$filter=1." + b"9" * 15_000 + b" eq 1",
        b"/sta/v1.1/Things?$filter=2016-01-01T00:00:00." + b"9" * 15_000 + b"Z eq 1",
        b"/sta/v1.1/Things?$filter=duration'P" + b"9" * 15_000 + b"D' eq 1",
        b"/sta/v1.1/Things?$filter=geography'POINT(" + b"9" * 15_000 + b" 1)' eq 1",
        b"/sta/v1.1/Things?$top=" + b"9" * 15_000,
        b"/sta/v1.1/Things?$skiptoken=" + b"A" * 15_000,
        b"/sta/v1.1/Things?$filter=Datastream" + b"/Thing" * 2_000 + b"/name eq 1",
        b"/sta/v1.1/Things?$select=" + b"name," * 3_000 + b"name",
        b"/sta/v1.1/Things?$orderby=" + b"name," * 3_000 + b"name",
        b"/sta/v1.1/Things?$expand=" + b"Datastreams," * 1_200 + b"Locations",
        b"/sta/v1.1/Things?$filter=properties" + b"/x" * 7_000 + b" eq 1",
        b"/sta/v1.1/Things" + b"/" * 15_000,
        b"/sta/v1.1/Things(" + b"9" * 15_000 + b")",
        b"/sta/v1.1/Things('" + b"'" * 14_000 + b"')",
        b"/sta/v1.1/Things(1)/properties" + b"/x" * 7_000,
        b"/sta/v1.1/Things?" + b"&" * 15_000,
        b"/sta/v1.1/Things?" + b"%" * 15_000,
        b"/sta/v1.1/Things?$filter=" + b"+" * 15_000,
        b"/sta/v1.1/Things?$filter=" + b"1:11+" * 3_000,
        b"/sta/v1.1/Things?$filter=name in (" + b"'a'," * 3_000 + b"'a')",
    ]
)
MUTATED = valid().map(str.encode).flatmap(spoiled)
TARGETS = st.one_of(valid().map(str.encode), MUTATED, MUTATED, MUTATED, MUTATED, DEEP, DEEP_EXPANDS, GARBAGE, OVERLONG)
