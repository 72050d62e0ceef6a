"""Turn the declaration of an entity Struct into what tables, decoders, links and paths are derived from."""

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET, UnsetType

type Handle = int | str
"""`@iot.id`: an integer, local to a store; at a hub the text `lab~id`."""


class Kind(StrEnum):
    """What a property holds."""

    TEXT = "text"
    INSTANT = "instant"
    TIME = "time"  # an instant or an interval
    INTERVAL = "interval"
    JSON = "json"  # an object
    VALUE = "value"  # any JSON value
    GEOMETRY = "geometry"  # GeoJSON geometry or Feature, CRS84
    UNIT = "unit"


class Link(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reference to another entity: by handle, by natural key, or the entity itself (deep insert)."""

    handle: int | UnsetType = UNSET
    key: str | UnsetType = UNSET
    entity: Any | UnsetType = UNSET


class Entity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Be the root of the entity types; absent is `UNSET`, null is `None`.

    Attributes:
        key: natural key `{source}/{local id}`, the last part of the IRI; never on the SensorThings wire.
    """

    key: str | UnsetType = UNSET


class Property(msgspec.Struct, frozen=True):
    """One property of an entity type.

    Attributes:
        name: name on the wire, camelCase.
        field: name of the Struct field, snake_case.
        versions: SensorThings versions that have it; empty means all.
    """

    name: str
    field: str
    kind: Kind
    required: bool = False
    versions: tuple[str, ...] = ()


class Navigation(msgspec.Struct, frozen=True):
    """One link of an entity type to another.

    Attributes:
        name: name on the wire, `Datastreams` or `Thing`.
        field: name of the Struct field.
        target: name of the entity type it leads to.
        many: whether it leads to many.
        inverse: name of the link back.
        versions: SensorThings versions that have it; empty means all.
    """

    name: str
    field: str
    target: str
    many: bool
    inverse: str
    required: bool = False
    versions: tuple[str, ...] = ()


class EntityType(msgspec.Struct, frozen=True, dict=True):
    """An entity type, read from its Struct."""

    name: str
    plural: str
    struct: type[Entity]
    properties: tuple[Property, ...]
    navigations: tuple[Navigation, ...]

    @cached_property
    def by_name(self) -> dict[str, Property | Navigation]:
        """Properties and links by their names on the wire."""
        named: dict[str, Property | Navigation] = {part.name: part for part in self.properties}
        named.update((link.name, link) for link in self.navigations)
        return named

    def names(self, version: str = "") -> tuple[str, ...]:
        """Give the names that a SensorThings version has ("" for all), in the order of the declaration."""
        return tuple(name for name, part in self.by_name.items() if in_version(part, version))


def in_version(part: Property | Navigation, version: str) -> bool:
    """Tell whether a SensorThings version ("1.0", "1.1", "2.0", "" for any) has a property or link."""
    return not version or not part.versions or version in part.versions


def prop(kind: Kind, *, required: bool = False, versions: tuple[str, ...] = ()) -> msgspec.Meta:
    """Declare a property of an entity type, as an annotation of its Struct field."""
    return msgspec.Meta(extra={"kind": kind, "required": required, "versions": versions})


def nav(target: str, *, inverse: str, required: bool = False, versions: tuple[str, ...] = ()) -> msgspec.Meta:
    """Declare a link of an entity type, as an annotation of its Struct field."""
    return msgspec.Meta(extra={"target": target, "inverse": inverse, "required": required, "versions": versions})


def read_type(struct: type[Entity], plural: str) -> EntityType:
    """Derive an entity type from its Struct."""
    parts = list(_parts(struct))
    return EntityType(
        name=struct.__name__,
        plural=plural,
        struct=struct,
        properties=tuple(part for part in parts if isinstance(part, Property)),
        navigations=tuple(part for part in parts if isinstance(part, Navigation)),
    )


def _parts(struct: type[Entity]) -> Iterator[Property | Navigation]:
    hints = get_type_hints(struct, include_extras=True)
    wire_names = dict(zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True))
    for field in struct.__struct_fields__:
        extra = _extra(hints[field])
        if "kind" in extra:
            yield Property(name=wire_names[field], field=field, **extra)
        elif "target" in extra:
            many = "tuple" in str(get_args(hints[field])[0])
            yield Navigation(name=wire_names[field], field=field, many=many, **extra)


def _extra(hint: Any) -> dict[str, Any]:
    if get_origin(hint) is not Annotated:
        return {}
    return next((meta.extra for meta in get_args(hint)[1:] if isinstance(meta, msgspec.Meta) and meta.extra), {})
