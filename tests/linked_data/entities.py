"""Strategies for entities of every type, their texts and IRIs as odd as can be stored."""

from typing import Any

from hypothesis import strategies as st
from msgspec import UNSET

from ssclab_data.linked_data.sosa import Node
from ssclab_data.model.entity import Entity, Link
from ssclab_data.model.identity import natural_key, observation_key
from ssclab_data.model.multi import MultiDatastream, datastream_of
from ssclab_data.model.sensorthings import (
    OM,
    Datastream,
    FeatureOfInterest,
    HistoricalLocation,
    Location,
    Observation,
    ObservedProperty,
    Sensor,
    Thing,
)
from ssclab_data.model.values import Instant, Interval, UnitOfMeasurement

from ..stores.generated import GEOMETRIES

BASE = "https://data.example/id/breda"
YEAR_1, YEAR_9999 = -62_135_596_800_000_000, 253_402_300_799_999_999

ODD = st.sampled_from(
    (
        "",
        'a "b"',
        "'''",
        "a\\nb\n\r\t",
        "\x00\x01\x08\x0b\x0c\x1f\x7f\x85\u2028\ufffe",
        "😀𐀀",
        "e\u0301",
        "<a> .",
        "@prefix",
        "%zz %20",
        "nl@nl",
        "\\u0041",
        "ssclab-result",
        "urn:ssclab:key:",
        "0001-01-01T00:00:00.000001Z",
    )
)
TEXTS = ODD | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
IRIS = st.sampled_from(
    (
        "http://example.org/a b",
        "http://example.org/a%20b#c",
        "http://example.org/%zz",
        "http://example.org/é😀?q=a&b='",
        "http://example.org/{a}|b^`\\",
        "http://exa[mple.org/",
        "http://example.org:x/",
        "http://",
        "urn:x:é",
        "urn:",
        "geo:52.1,4.3",
        "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001",
        "http://example.org/a#b#c",
        "http://www.w3.org/ns/sosa/Sensor",
        "//example.org",
    )
)
NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from((-0.0, 5e-324, 1.7976931348623157e308, 1e16, 1e22, 5.0, 1e-7)),
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS | IRIS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2), max_leaves=4
)
PROPERTIES = st.dictionaries(TEXTS, VALUES, min_size=1, max_size=3)
MAYBE_PROPERTIES = st.just(UNSET) | PROPERTIES
INSTANTS = st.one_of(
    st.integers(YEAR_1, YEAR_9999),
    st.integers(1_700_000_000, 1_700_000_100).map(lambda second: second * 1_000_000),
    st.integers(1_700_000_000_000, 1_700_000_100_000).map(lambda milli: milli * 1_000),
).map(Instant)
INTERVALS = st.tuples(INSTANTS, INSTANTS).map(lambda pair: Interval(min(pair), max(pair)))
KEYS = st.sampled_from([natural_key("v", local) for local in ("1", "a b", "é", "%zz", "<", '"\\', "#?")] + ["sta/7"])
KINDS = st.sampled_from(
    [OM + kind for kind in ("OM_Measurement", "OM_CountObservation", "OM_TruthObservation", "OM_CategoryObservation")]
    + [OM + "OM_Observation", "", "measurement"]
)
UNITS = st.one_of(
    st.builds(UnitOfMeasurement, *(3 * (st.none() | TEXTS | IRIS,))),
    st.sampled_from(
        (
            UnitOfMeasurement(),
            UnitOfMeasurement("", "", ""),
            UnitOfMeasurement("microgram per cubic metre", "µg/m³", "http://qudt.org/vocab/unit/MicroGM-PER-M3"),
            UnitOfMeasurement("microgram", "ug/m3", "http://qudt.org/vocab/unit/MicroGM-PER-M3"),
            UnitOfMeasurement(None, "%", None),
            UnitOfMeasurement("unknown", "x", "http://qudt.org/vocab/unit/X"),
        )
    ),
)
_NAMED = {"key": KEYS, "name": TEXTS, "description": TEXTS}


def _link(kind: str) -> st.SearchStrategy[Link]:
    return KEYS.map(lambda key: Link(key=key))


def _links(kind: str) -> st.SearchStrategy[Any]:
    return st.just(UNSET) | st.lists(_link(kind), min_size=1, max_size=2, unique_by=lambda link: link.key).map(tuple)


@st.composite
def _multi(draw: st.DrawFn) -> Datastream:
    keys = draw(st.lists(KEYS, min_size=1, max_size=3, unique=True))
    unit = st.fixed_dictionaries({}, optional=dict.fromkeys(("name", "symbol", "definition"), st.none() | TEXTS))
    lists = [draw(st.lists(one, min_size=len(keys), max_size=len(keys))) for one in (KINDS, unit)]
    multi = MultiDatastream(
        key=draw(KEYS),
        name=draw(TEXTS),
        description=draw(TEXTS),
        multi_observation_data_types=lists[0],
        unit_of_measurements=lists[1],
        thing=draw(_link("Thing")),
        sensor=draw(_link("Sensor")),
    )
    return datastream_of(multi, keys)


@st.composite
def _observation(draw: st.DrawFn) -> Observation:
    stream, time = draw(KEYS), draw(INSTANTS | INTERVALS)
    return Observation(
        key=observation_key(stream, time, draw(st.integers(0, 2))),
        phenomenon_time=time,
        result=draw(VALUES),
        result_time=draw(st.none() | INSTANTS),
        result_quality=draw(st.just(UNSET) | VALUES.filter(lambda value: value is not None)),
        valid_time=draw(st.just(UNSET) | INTERVALS),
        parameters=draw(MAYBE_PROPERTIES),
        datastream=Link(key=stream),
        feature_of_interest=draw(st.just(UNSET) | _link("FeatureOfInterest")),
    )


ENTITIES: dict[str, st.SearchStrategy[Any]] = {
    "Thing": st.builds(Thing, **_NAMED, properties=MAYBE_PROPERTIES, locations=_links("Location")),
    "Location": st.builds(Location, **_NAMED, encoding_type=TEXTS, location=GEOMETRIES, properties=MAYBE_PROPERTIES),
    "HistoricalLocation": st.builds(
        HistoricalLocation, key=KEYS, time=INSTANTS, thing=_link("Thing"), locations=_links("Location")
    ),
    "Datastream": st.builds(
        Datastream,
        **_NAMED,
        observation_type=KINDS,
        unit_of_measurement=UNITS,
        observed_area=st.just(UNSET) | GEOMETRIES,
        phenomenon_time=st.just(UNSET) | INTERVALS,
        result_time=st.just(UNSET) | INTERVALS,
        result_type=st.just(UNSET) | st.just({"type": "Quantity", "uom": {"code": "Cel"}}),
        properties=MAYBE_PROPERTIES,
        thing=_link("Thing"),
        sensor=_link("Sensor"),
        observed_property=_link("ObservedProperty"),
    ),
    "MultiDatastream": _multi(),
    "Sensor": st.builds(Sensor, **_NAMED, encoding_type=TEXTS, metadata=VALUES, properties=MAYBE_PROPERTIES),
    "ObservedProperty": st.builds(ObservedProperty, **_NAMED, definition=TEXTS | IRIS, properties=MAYBE_PROPERTIES),
    "Observation": _observation(),
    "FeatureOfInterest": st.builds(
        FeatureOfInterest, **_NAMED, encoding_type=TEXTS, feature=GEOMETRIES, properties=MAYBE_PROPERTIES
    ),
}
"""A strategy for each row of the mapping."""

_LINKED = {
    "locations": ("Locations", Location),
    "thing": ("Thing", Thing),
    "sensor": ("Sensor", Sensor),
    "observed_property": ("ObservedProperty", ObservedProperty),
    "observed_properties": ("ObservedProperties", ObservedProperty),
    "datastream": ("Datastream", Datastream),
    "feature_of_interest": ("FeatureOfInterest", FeatureOfInterest),
}


def node_of(entity: Entity, *, observation_type: str = "") -> Node:
    """Name an entity and what it links to."""
    links: dict[str, tuple[Node, ...]] = {}
    for field, (name, kind) in _LINKED.items():
        given = getattr(entity, field, UNSET)
        found = given if isinstance(given, tuple) else () if given is UNSET else (given,)
        more = {"observation_type": observation_type} if kind is Datastream else {}
        links[name] = tuple(named(kind(key=link.key, **more)) for link in found)
    return Node(iri=iri_of(entity), entity=entity, links={name: nodes for name, nodes in links.items() if nodes})


def named(entity: Entity) -> Node:
    """Name an entity that others link to."""
    return Node(iri=iri_of(entity), entity=entity)


def iri_of(entity: Entity) -> str:
    """Give the IRI of an entity."""
    return f"{BASE}/{type(entity).__name__}/{entity.key}"
