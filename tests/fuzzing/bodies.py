"""Generate requests that write, with bodies that are right or nearly so, and spoil them."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from hypothesis import strategies as st

from ssclab_data.model.entity import EntityType, Kind, Navigation, in_version
from ssclab_data.model.multi import VIEWS
from ssclab_data.model.sensorthings import OM
from ssclab_data.query.format import format_filter
from ssclab_data.stores.shape import KEPT_BY_STORE

from .queries import MARKER, conditions
from .server import BASE
from .urls import PREFIXES

JSON = "application/json"
PATCHES = "application/json-patch+json"
OBSERVATION = 4_294_967_297
"""Handle of the first Observation of the first Datastream."""

TEXTS = st.sampled_from(
    ["a", "", "Ä", "o'x", MARKER, "\u0000", "x" * 300, "application/geo+json", f"{OM}OM_Measurement"]
)
MINUTES = st.integers(0, 15)
INSTANTS = st.one_of(
    MINUTES.map(lambda minute: f"2016-01-08T22:{minute:02}:00Z"),
    st.sampled_from(["2016-01-08T23:00:00+01:00", "2016-01-08T22:00:00.1234567Z", "9999-12-31T23:59:59Z"]),
)
INTERVALS = st.tuples(MINUTES, MINUTES).map(
    lambda both: f"2016-01-08T22:{min(both):02}:00Z/2016-01-08T22:{max(both):02}:00Z"
)
OBJECTS = st.one_of(
    st.none(), st.dictionaries(st.sampled_from(["n", "owner", MARKER, "a b", ""]), st.integers(0, 3), max_size=2)
)
VALUES = st.one_of(
    st.integers(-3, 3), st.floats(-5, 5), TEXTS, st.booleans(), st.none(), st.lists(st.integers(0, 2), max_size=2)
)
GEOMETRIES = st.sampled_from(
    [
        {"type": "Point", "coordinates": [4.7, 51.5]},
        {"type": "Point", "coordinates": [4.7, 51.5, 3]},
        {"type": "Polygon", "coordinates": [[[4, 51], [5, 51], [5, 52], [4, 51]]]},
        {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [4.8, 51.6]}},
    ]
)
UNITS = st.fixed_dictionaries({"name": TEXTS, "symbol": TEXTS, "definition": st.one_of(TEXTS, st.none())})
BY_KIND: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: TEXTS,
    Kind.INSTANT: INSTANTS,
    Kind.TIME: st.one_of(INSTANTS, INTERVALS),
    Kind.INTERVAL: INTERVALS,
    Kind.JSON: OBJECTS,
    Kind.VALUE: VALUES,
    Kind.GEOMETRY: GEOMETRIES,
    Kind.UNIT: UNITS,
}
LISTS = {
    "multiObservationDataTypes": st.lists(st.just(f"{OM}OM_Measurement"), min_size=1, max_size=2),
    "unitOfMeasurements": st.lists(UNITS, min_size=1, max_size=2),
}
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, 0, -1, 1, 2**53, 2**63, 2**64, 10**30, -(2**63), 1e308, -0.0, 1e-320, "", "1", "$1", "null"),
        *([], {}, [[]], [{}], {"": {}}, [None], {"@iot.id": 1}, {"@iot.id": "1"}, {"@iot.id": -1}, {"@iot.id": 2**70}),
        *({"@iot.id": None}, {"@iot.id": MARKER}, {"@iot.selfLink": "x"}, {"@iot.key": "v/1"}, {"@iot.key": "sta/1"}),
        *({"@iot.id": 1, "name": "x"}, {"type": "Point", "coordinates": [1e308, 1e308]}, {"type": "Feature"}),
        *({"type": "Point", "coordinates": []}, {"type": "Polygon", "coordinates": [[[0, 0], [0, 0], [0, 0], [0, 0]]]}),
        *({"type": "GeometryCollection", "geometries": []}, {"type": MARKER}, "2016-02-30T00:00:00Z", "2016-01-08"),
        *("0000-01-01T00:00:00Z", "2016-01-08T22:05:00Z/2016-01-08T22:00:00Z", "/", "\ufffe", "\u0000", "\U0001f600"),
        *("x" * 20_000, list(range(3_000)), MARKER, f"'{MARKER}'", f"); DROP TABLE thing; -- {MARKER}"),
    ]
).map(lambda value: json.loads(json.dumps(value)))
NAMES = st.sampled_from(
    ["name", "@iot.id", "@iot.key", "@iot.selfLink", "Datastream", "Thing", "Things", "result", MARKER, "", "@iot.x"]
)


class Asked(msgspec.Struct, frozen=True):
    """A request that writes."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


@st.composite
def entities(draw: st.DrawFn, name: str, deep: int = 2, *, without: str = "") -> dict[str, Any]:
    """Generate an entity as a client writes it, with the entities at its links.

    Args:
        without: a link that is given by where the entity stands.
    """
    kind = VIEWS[name]
    body: dict[str, Any] = {}
    kept = KEPT_BY_STORE.get(name, ())
    for part in kind.properties:
        if in_version(part, "1.1") and part.field not in kept and (part.required or _rarely(draw, 4)):
            body[part.name] = draw(LISTS.get(part.name, BY_KIND[part.kind]))
    if "encodingType" in body and not _rarely(draw, 10):
        body["encodingType"] = "application/geo+json"
    for link in kind.navigations:
        if link.name != without and in_version(link, "1.1") and _wanted(draw, kind, link, deep):
            targets = draw(st.lists(_target(link, deep), min_size=1, max_size=2 if link.many else 1))
            body[link.name] = targets if link.many else targets[0]
    if _rarely(draw, 10):
        body["@iot.id"] = draw(st.integers(1, 9))
    if _rarely(draw, 10):
        body["@iot.key"] = draw(st.sampled_from(["v/1", "v/9", f"{MARKER}/1", "sta/1"]))
    return body


def _rarely(draw: st.DrawFn, sides: int) -> bool:
    """Throw dice of so many sides."""
    return draw(st.sampled_from(range(sides))) == sides - 1


def _wanted(draw: st.DrawFn, kind: EntityType, link: Navigation, deep: int) -> bool:
    if kind.name == "Observation" and link.name == "MultiDatastream":
        return False
    if link.required:
        return not _rarely(draw, 20)
    return deep > 0 and _rarely(draw, 5)


def _target(link: Navigation, deep: int) -> st.SearchStrategy[Any]:
    reference = st.sampled_from([1, 1, 1, 2, 99]).map(lambda handle: {"@iot.id": handle})
    if deep <= 0:
        return reference
    return st.one_of(reference, entities(link.target, deep - 1, without=link.inverse))


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Give where values stand: the object or list, and the name or number in it; however deep they are nested."""
    found: list[tuple[Any, Any]] = []
    left = [value]
    while left:
        holder = left.pop()
        names: Any = holder.keys() if isinstance(holder, dict) else range(len(holder))
        found += [(holder, name) for name in names]
        left += [holder[name] for name in names if isinstance(holder[name], (dict, list))]
    return found


def _copied(value: Any) -> Any:
    return json.loads(json.dumps(value))


@st.composite
def changed(draw: st.DrawFn, body: Any) -> Any:
    """Change the structure of a body: swap types, take members away, add and rename some."""
    whole = {"": _copied(body)}
    for _ in range(draw(st.integers(1, 3))):
        places = _places(whole)
        if not places:
            break
        holder, name = draw(st.sampled_from(places))
        match draw(st.integers(0, 6)):
            case 0 | 1:
                holder[name] = draw(ODD)
            case 2:
                holder.pop(name)
            case 3:
                other, named = draw(st.sampled_from(places))
                holder[name] = _copied(other.get(named) if isinstance(other, dict) else None)
            case 4:
                holder[name] = draw(st.sampled_from([[holder[name]], {"name": holder[name]}, str(holder[name])]))
            case 5 if isinstance(holder[name], dict):
                holder[name][draw(NAMES)] = draw(ODD)
            case 5 | 6:
                holder[name] = _nested(holder[name], draw(st.sampled_from([2, 99, 101, 200])))
    return whole.get("")


def _nested(value: Any, levels: int) -> Any:
    for number in range(levels):
        value = [value] if number % 2 else {"a": value}
    return value


WAYS = ("plain",) * 20 + ("mark", "wide", "flipped", "cut", "more", "number", "twice", "text", "open")


@st.composite
def written(draw: st.DrawFn, body: Any) -> bytes:
    """Write a body as bytes; sometimes as no JSON, or as no UTF-8."""
    text = json.dumps(body, ensure_ascii=draw(st.booleans()))
    plain = text.encode("utf-8", "surrogatepass")
    at = draw(st.integers(0, max(0, len(plain) - 1)))
    match draw(st.sampled_from(WAYS)):
        case "mark":
            return b"\xef\xbb\xbf" + plain
        case "wide":
            return text.encode(draw(st.sampled_from(["utf-16", "utf-32", "utf-16-le"])), "surrogatepass")
        case "flipped":
            return plain[:at] + bytes([draw(st.integers(0, 255))]) + plain[at + 1 :]
        case "cut":
            return plain[:at]
        case "more":
            return plain + draw(st.sampled_from([b" ", b"\x00", b"{}", b",", b"\n\n"]))
        case "number":
            number = draw(st.sampled_from([b": NaN", b": Infinity", b": 1e999", b": 0x1", b": 01"]))
            return plain.replace(b": 1", number)
        case "twice":
            return plain.replace(b"{", b'{"name": "a", "name": 1, ', 1)
        case "text":
            return plain.replace(b'"a"', draw(st.sampled_from([b'"\xff"', b'"\\ud800"', b'"\\u0000"', b'"\t"'])))
        case "open":
            return b"[" * 5_000 + plain
    return plain


def _plural(name: str) -> str:
    return VIEWS[name].plural


def _handles(name: str) -> st.SearchStrategy[int]:
    known = [OBSERVATION, OBSERVATION + 1] if name == "Observation" else [1, 1, 2]
    return st.sampled_from([*known, *known, 99])


@st.composite
def bodies(draw: st.DrawFn, valid: st.SearchStrategy[Any]) -> bytes:
    """Generate bytes of a body; two of three are spoiled in some way."""
    body = draw(valid)
    if draw(st.integers(0, 2)):
        body = draw(changed(body))
    return draw(written(body))


@st.composite
def single(draw: st.DrawFn) -> Asked:
    """Generate a request about one set, entity or link."""
    name = draw(st.sampled_from(list(VIEWS)))
    handle = draw(_handles(name))
    entity = f"{_plural(name)}({handle})"
    match draw(st.integers(0, 11)):
        case 0 | 1 | 2:
            return _asked(draw, "POST", _plural(name), entities(name))
        case 3 | 4:
            link = draw(st.sampled_from(VIEWS[name].navigations))
            return _asked(draw, "POST", f"{entity}/{link.name}", entities(link.target, 1, without=link.inverse))
        case 5 | 6:
            some = entities(name, 0).map(lambda body: dict(list(body.items())[::2]))
            return _asked(draw, "PATCH", entity, some)
        case 7:
            return _asked(draw, "PUT", entity, entities(name, 0))
        case 8:
            return _asked(draw, "PATCH", entity, operations(), media_type=PATCHES)
        case 9:
            return _removing(draw, name, entity)
        case 10:
            return _linking(draw, name, entity)
    return _asked(draw, "POST", "CreateObservations", st.lists(arrays(), max_size=2))


def _removing(draw: st.DrawFn, name: str, entity: str) -> Asked:
    if name not in ("MultiDatastream",) and draw(st.booleans()):
        option = quote(format_filter(draw(conditions(name, 1))))
        trial = draw(st.sampled_from(["", "&$dryRun=true", f"&$dryRun={MARKER}"]))
        return _asked(draw, "DELETE", f"{_plural(name)}?$filter={option}{trial}", st.none())
    return _asked(draw, "DELETE", entity, st.none())


def _linking(draw: st.DrawFn, name: str, entity: str) -> Asked:
    link = draw(st.sampled_from(VIEWS[name].navigations))
    target = f"{_plural(link.target)}({draw(_handles(link.target))})"
    end = draw(st.sampled_from([f"{entity}/{link.name}", f"{entity}/{link.name}({draw(st.integers(1, 2))})"]))
    option = draw(st.sampled_from(["", f"?$id={target}", f"?$id={MARKER}"]))
    method = draw(st.sampled_from(["POST", "PUT", "DELETE", "PATCH"]))
    return _asked(draw, method, f"{end}/$ref{option}", st.sampled_from([{"@odata.id": target}, {"@iot.id": 1}]))


def operations() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Generate a JSON Patch."""
    where = st.sampled_from(
        ["/name", "/properties", "/properties/n", "/properties/-", "/properties/~1x", "", "/", f"/{MARKER}", "/result"]
    )
    one = st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test", MARKER]), "path": where},
        optional={"value": st.one_of(VALUES, OBJECTS), "from": where},
    )
    return st.lists(one, max_size=4)


def arrays() -> st.SearchStrategy[dict[str, Any]]:
    """Generate a data array."""
    components = st.sampled_from(
        [
            ["phenomenonTime", "result"],
            ["result", "phenomenonTime", "FeatureOfInterest/id"],
            ["phenomenonTime", "result", "resultTime", "parameters"],
            ["result", "result"],
            [MARKER],
        ]
    )
    cell = st.one_of(INSTANTS, VALUES, OBJECTS, ODD)
    row = st.one_of(
        st.tuples(INSTANTS, VALUES).map(list), st.tuples(VALUES, INSTANTS, st.just(1)).map(list), st.lists(cell)
    )
    return st.fixed_dictionaries(
        {
            "Datastream": st.sampled_from([1, 2, 99]).map(lambda handle: {"@iot.id": handle}),
            "components": components,
            "dataArray": st.lists(row, max_size=3),
        },
        optional={"dataArray@iot.count": st.integers(0, 3)},
    )


def _asked(draw: st.DrawFn, method: str, path: str, valid: st.SearchStrategy[Any], *, media_type: str = JSON) -> Asked:
    headers = {"Content-Type": media_type}
    if _rarely(draw, 10):
        headers["Content-Type"] = draw(st.sampled_from(["", "text/plain", PATCHES, "application/json;charset=utf-16"]))
    if _rarely(draw, 4):
        headers["Prefer"] = draw(
            st.sampled_from(["return=minimal", "resolution=merge-duplicates", "resolution=ignore-duplicates", "\xff"])
        )
    if _rarely(draw, 10):
        headers["If-Match"] = draw(st.sampled_from(["*", 'W/"x"', "x", '"', MARKER]))
    if _rarely(draw, 20):
        headers["Content-Encoding"] = draw(st.sampled_from(["gzip", "br", "identity", "gzip, gzip"]))
    body = b"" if method == "DELETE" else draw(bodies(valid))
    return Asked(method, f"{draw(st.sampled_from(PREFIXES))}/{path}", headers, body)


CONDITIONS = ["$0/$succeeded", "not $0", "(" * 30, MARKER, "$0 and not ($g/$succeeded)"]
REFERRING = ["$0", "$0/Datastreams", "$9/name", "$", f"${MARKER}", "//x", "Things?$top=%"]


CONDITIONS = ["$0/$succeeded", "not $0", "(" * 30, MARKER, "$0 and not ($g/$succeeded)"]
REFERRING = ["$0", "$0/Datastreams", "$9/name", "$", f"${MARKER}", "//x", "Things?$top=%"]


@st.composite
def batches(draw: st.DrawFn) -> Asked:
    """Generate a batch of requests, as JSON or in parts."""
    several = draw(st.lists(single(), min_size=1, max_size=3))
    headers = {"Prefer": draw(st.sampled_from(["", "continue-on-error", "odata.continue-on-error=false"]))}
    prefix = draw(st.sampled_from(PREFIXES))
    if draw(st.booleans()):
        parts = b"".join(_part(one, prefix, number) for number, one in enumerate(several))
        return Asked(
            "POST",
            f"{prefix}/$batch",
            {**headers, "Content-Type": "multipart/mixed;boundary=b"},
            _cut(draw, parts + b"--b--"),
        )
    body = {"requests": [draw(_request(one, number, prefix)) for number, one in enumerate(several)]}
    if _rarely(draw, 4):
        body = draw(changed(body))
    return Asked("POST", f"{prefix}/$batch", {**headers, "Content-Type": JSON}, draw(written(body)))


def _part(asked: Asked, prefix: str, number: int) -> bytes:
    head = f"--b\r\nContent-Type: application/http\r\nContent-ID: {number}\r\n\r\n{asked.method} "
    fields = "".join(f"{name}: {value}\r\n" for name, value in asked.headers.items() if name != "Content-Encoding")
    return f"{head}{prefix}{asked.target[len(prefix) :]} HTTP/1.1\r\n{fields}\r\n".encode() + asked.body + b"\r\n"


def _cut(draw: st.DrawFn, whole: bytes) -> bytes:
    if draw(st.booleans()):
        return whole
    at = draw(st.integers(0, len(whole)))
    put = draw(st.sampled_from([b"", b"\x00", b"\r\n", b"\r\n--b", b"--b--", b"\xff", b":", b" " * 9_000, b"$1"]))
    return whole[:at] + put + whole[at + draw(st.integers(0, 3)) :]


@st.composite
def _request(draw: st.DrawFn, asked: Asked, number: int, prefix: str) -> dict[str, Any]:
    request: dict[str, Any] = {"id": str(number), "method": asked.method.lower()}
    request["url"] = (
        draw(st.sampled_from([prefix, BASE + prefix, asked.target[: len(prefix)]])) + asked.target[len(prefix) :]
    )
    request["headers"] = {name: value for name, value in asked.headers.items() if name != "Content-Encoding"}
    try:
        request["body"] = json.loads(asked.body)
    except ValueError:
        request["body"] = None
    if draw(st.booleans()):
        request["atomicityGroup"] = draw(st.sampled_from(["g", "g", "h"]))
    if _rarely(draw, 10):
        request["dependsOn"] = draw(st.sampled_from([["0"], ["g"], [MARKER], ["9"]]))
    if _rarely(draw, 10):
        request["if"] = draw(st.sampled_from(CONDITIONS))
    if _rarely(draw, 4):
        request["url"] = draw(st.sampled_from(REFERRING))
    return request
