"""See a Datastream whose result is a record as the MultiDatastream of SensorThings 1.x, and back (18-088, clause 12).

A store keeps a MultiDatastream as a Datastream with a `result_type` of SWE Common (OGC 23-019, 8.2.4): a `DataRecord`
with a field for each value of a result. A field holds besides what 1.x says of the value, as it was given, and the
natural key of its ObservedProperty, because the links of a Datastream have no order.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from ssclab_data.errors import BodyError
from ssclab_data.model.entity import Entity, EntityType, Kind, Link, Navigation, nav, prop, read_type
from ssclab_data.model.sensorthings import ENTITY_TYPES, OM, Datastream
from ssclab_data.model.values import Interval, JsonObject, Result, UnitOfMeasurement

RECORD = "DataRecord"
"""What `resultType/type` of a Datastream says where 1.x shows it as a MultiDatastream."""

_V1 = ("1.0", "1.1")
_COMPLEX = OM + "OM_ComplexObservation"
_COMPONENTS = {
    OM + "OM_Measurement": "Quantity",
    OM + "OM_CountObservation": "Count",
    OM + "OM_CategoryObservation": "Category",
    OM + "OM_TruthObservation": "Boolean",
}
_UOM = {"name": "label", "symbol": "symbol", "definition": "href"}


class MultiDatastream(Entity, frozen=True, kw_only=True):
    """One series whose results are arrays: a value for each ObservedProperty, in their order (18-088, 12.1).

    Attributes:
        multi_observation_data_types: list of the observation types of the values.
        unit_of_measurements: list of the units of the values; a unit or a member of it may be null.
        observed_area: envelope of its features as GeoJSON; kept by the store.
        phenomenon_time: bounds of its Observations; kept by the store.
        result_time: bounds of its Observations; kept by the store.
    """

    name: Annotated[str | UnsetType, prop(Kind.TEXT, required=True)] = UNSET
    description: Annotated[str | UnsetType, prop(Kind.TEXT, required=True)] = UNSET
    observation_type: Annotated[str | UnsetType, prop(Kind.TEXT)] = UNSET
    multi_observation_data_types: Annotated[Result | UnsetType, prop(Kind.VALUE, required=True)] = UNSET
    unit_of_measurements: Annotated[Result | UnsetType, prop(Kind.VALUE, required=True)] = UNSET
    observed_area: Annotated[JsonObject | None | UnsetType, prop(Kind.GEOMETRY)] = UNSET
    phenomenon_time: Annotated[Interval | None | UnsetType, prop(Kind.INTERVAL)] = UNSET
    result_time: Annotated[Interval | None | UnsetType, prop(Kind.INTERVAL)] = UNSET
    properties: Annotated[JsonObject | None | UnsetType, prop(Kind.JSON, versions=("1.1",))] = UNSET
    thing: Annotated[Link | None | UnsetType, nav("Thing", inverse="MultiDatastreams", required=True)] = msgspec.field(
        default=UNSET, name="Thing"
    )
    sensor: Annotated[Link | None | UnsetType, nav("Sensor", inverse="MultiDatastreams", required=True)] = (
        msgspec.field(default=UNSET, name="Sensor")
    )
    observed_properties: Annotated[
        tuple[Link, ...] | UnsetType, nav("ObservedProperty", inverse="MultiDatastreams", required=True)
    ] = msgspec.field(default=UNSET, name="ObservedProperties")
    observations: Annotated[tuple[Link, ...] | UnsetType, nav("Observation", inverse="MultiDatastream")] = (
        msgspec.field(default=UNSET, name="Observations")
    )


def is_multi(datastream: Datastream) -> bool:
    """Tell whether 1.x shows a Datastream as a MultiDatastream."""
    return isinstance(datastream.result_type, dict) and datastream.result_type.get("type") == RECORD


def observed_properties_of(datastream: Datastream) -> tuple[str, ...]:
    """Give the natural keys of the ObservedProperties of a MultiDatastream, in the order of its results."""
    return tuple(field["observedProperty"] for field in _fields(datastream) if "observedProperty" in field)


def multi_of(datastream: Datastream) -> MultiDatastream:
    """Give the MultiDatastream that a stored Datastream stands for, without its links.

    What the Datastream does not have, because it was not selected, the MultiDatastream does not have.
    """
    fields = _fields(datastream)
    known = datastream.result_type is not UNSET
    return MultiDatastream(
        key=datastream.key,
        name=datastream.name,
        description=datastream.description,
        observation_type=datastream.observation_type,
        multi_observation_data_types=[field.get("observationType") for field in fields] if known else UNSET,
        unit_of_measurements=[field.get("unitOfMeasurement") for field in fields] if known else UNSET,
        observed_area=datastream.observed_area,
        phenomenon_time=datastream.phenomenon_time,
        result_time=datastream.result_time,
        properties=datastream.properties,
    )


def kept_as(entity_type: str) -> str:
    """Give the name of the type that a store keeps an entity as: a MultiDatastream is a Datastream there."""
    return "Datastream" if entity_type == "MultiDatastream" else entity_type


def datastream_of(multi: MultiDatastream, observed_properties: Sequence[str]) -> Datastream:
    """Give the Datastream that a store keeps for a MultiDatastream.

    To change one of the lists of a MultiDatastream, take the others from `multi_of` and `observed_properties_of` of
    the Datastream that is there: they are kept together.

    Args:
        multi: what is to be written; its links to Thing and Sensor are taken over.
        observed_properties: natural keys, in the order of the values; without any, nothing is said of results.

    Raises:
        BodyError: the three lists are not of one length, or not what they must be.

    >>> weather = MultiDatastream(
    ...     multi_observation_data_types=[OM + "OM_Measurement"], unit_of_measurements=[{"name": "hPa"}]
    ... )
    >>> multi_of(datastream_of(weather, ["property/pressure"])).unit_of_measurements
    [{'name': 'hPa'}]
    """
    datastream = Datastream(
        key=multi.key,
        name=multi.name,
        description=multi.description,
        properties=multi.properties,
        thing=multi.thing,
        sensor=multi.sensor,
    )
    if not observed_properties:
        return datastream
    types, units = multi.multi_observation_data_types, multi.unit_of_measurements
    links = tuple(Link(key=key) for key in observed_properties)
    return msgspec.structs.replace(
        datastream,
        observation_type=_COMPLEX,
        unit_of_measurement=UnitOfMeasurement(),
        result_type=_result_type(types, units, observed_properties),
        observed_property=links[0],
        observed_properties=links,
    )


def check_result(result: Any, datastream: Datastream) -> None:
    """Make sure that a result is an array of one value for each ObservedProperty of a MultiDatastream.

    Raises:
        BodyError: it is not.
    """
    size = len(_fields(datastream))
    if not isinstance(result, list):
        raise BodyError(f"a result of a MultiDatastream is an array of {size} values", path="result")
    if len(result) != size:
        raise BodyError(f"it has {len(result)} values; its MultiDatastream has {size}", path="result")


def _fields(datastream: Datastream) -> list[dict[str, Any]]:
    record = datastream.result_type if is_multi(datastream) else None
    fields = record.get("fields", []) if isinstance(record, dict) else []
    return [field for field in fields if isinstance(field, dict)]


def _result_type(types: Any, units: Any, observed_properties: Sequence[str]) -> JsonObject:
    _check_lists(types, units, observed_properties)
    fields = [
        _field(number, observation_type, unit, observed_property=key)
        for number, (observation_type, unit, key) in enumerate(zip(types, units, observed_properties, strict=True), 1)
    ]
    return {"type": RECORD, "fields": fields}


def _check_lists(types: Any, units: Any, observed_properties: Sequence[str]) -> None:
    if len(set(observed_properties)) != len(observed_properties):
        raise BodyError("an ObservedProperty is there twice", path="ObservedProperties")
    for name, values, kinds, what in (
        ("multiObservationDataTypes", types, str, "observation types"),
        ("unitOfMeasurements", units, (dict, type(None)), "units"),
    ):
        if not isinstance(values, list) or not all(isinstance(value, kinds) for value in values):
            raise BodyError(f"must be a list of {what}", path=name)
        if len(values) != len(observed_properties):
            raise BodyError(f"has {len(values)} {what} for {len(observed_properties)} ObservedProperties", path=name)


def _field(number: int, observation_type: str, unit: Any, *, observed_property: str) -> dict[str, Any]:
    """Describe one value; SWE Common wants a name, and of a Quantity its unit."""
    field = {"name": f"value{number}", "type": _COMPONENTS.get(observation_type, "Text")}
    uom = {_UOM[name]: text for name, text in (unit or {}).items() if name in _UOM and text is not None}
    return {
        **field,
        **({"uom": uom} if uom else {}),
        "observationType": observation_type,
        "unitOfMeasurement": unit,
        "observedProperty": observed_property,
    }


def _linked(kind: EntityType, link: Navigation) -> EntityType:
    """Add a link after the one that is kept in the same field."""
    at = next(at for at, other in enumerate(kind.navigations, 1) if other.field == link.field)
    return EntityType(
        name=kind.name,
        plural=kind.plural,
        struct=kind.struct,
        properties=kind.properties,
        navigations=(*kind.navigations[:at], link, *kind.navigations[at:]),
    )


def _views() -> dict[str, EntityType]:
    many = {"Thing": "Thing", "Sensor": "Sensor", "ObservedProperty": "ObservedProperties"}
    links = {
        name: Navigation("MultiDatastreams", "datastreams", "MultiDatastream", many=True, inverse=back, versions=_V1)
        for name, back in many.items()
    }
    links["Observation"] = Navigation(
        "MultiDatastream", "datastream", "MultiDatastream", many=False, inverse="Observations", versions=_V1
    )
    shown = {name: _linked(kind, links[name]) if name in links else kind for name, kind in ENTITY_TYPES.items()}
    return {**shown, "MultiDatastream": read_type(MultiDatastream, "MultiDatastreams")}


VIEWS: Mapping[str, EntityType] = MappingProxyType(_views())
"""The entity types as SensorThings 1.x shows them, by name: those of the model, and MultiDatastream with its links."""
