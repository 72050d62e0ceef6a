"""Read decoded JSON into drafts of entities: own properties, links to entities that are there, and drafts within."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.errors import BodyError
from ssclab_data.model.entity import Entity, EntityType, Navigation, Property, in_version
from ssclab_data.model.json_values import join, read_value, shown
from ssclab_data.model.multi import VIEWS, kept_as
from ssclab_data.stores.shape import KEPT_BY_STORE, POLICY, DuplicatePolicy

ID = "@iot.id"
KEY = "@iot.key"
SELF = "@iot.selfLink"
_CONTROL = "@iot."
_MAX_KEY = 512
_LARGEST = 2**63
_OWN_KEYS = "sta/"
_KEY = re.compile(r"[A-Za-z0-9._~:+%@,=-]+(?:/[A-Za-z0-9._~:+%@,=-]+)+")


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """How bodies are read.

    Attributes:
        version: of SensorThings, whose names hold.
        root: address of the service, by which its own links are known.
        linking: whether related entities may only be named, not written out (an update).
    """

    version: str = "1.1"
    root: str = ""
    linking: bool = False


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """An entity that is meant to be there, named by its handle or its natural key."""

    entity_type: str
    path: str
    handle: int | None = None
    key: str | None = None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An entity as a body writes it.

    Attributes:
        kind: its type.
        path: where it stands in the body; "" for the whole.
        entity: its own properties and natural key; no links.
        links: what its links lead to, by the name of the link; one for a link to one.
        handle: the `@iot.id` that the body gives.
    """

    kind: EntityType
    path: str
    entity: Entity
    links: Mapping[str, tuple["Target", ...]] = {}
    handle: int | None = None


type Target = Reference | Draft


def read_draft(body: Any, kind: EntityType, scope: Scope, *, path: str = "") -> Draft:
    """Read an object as an entity; that all it needs is there is checked by `check_complete`.

    Control information that clients send back as they read it (`@iot.selfLink`, navigation links, counts) is passed
    over.

    Raises:
        BodyError: a member that the entity type does not have, or a value that is none of its kind.
    """
    if not isinstance(body, dict):
        raise BodyError(f"{shown(body)!r} is not a {kind.name}, which is a JSON object", path=path)
    fields: dict[str, Any] = {}
    links: dict[str, tuple[Target, ...]] = {}
    for name, value in body.items():
        part = kind.by_name.get(name)
        at = join(path, name)
        if part is None or not in_version(part, scope.version):
            _check_control(name, kind, scope, path=at)
        elif isinstance(part, Navigation):
            found = _targets(value, part, scope, path=at)
            if found is not None:
                links[name] = found
        elif part.field not in _kept_by_store(kind):
            fields[part.field] = read_value(value, part, at)
    _check_policy(body, kind, path)
    key = _read_key(body, kind, path)
    entity = kind.struct(key=UNSET if key is None else key, **fields)
    return Draft(kind=kind, path=path, entity=entity, links=links, handle=_read_handle(body, path))


def check_complete(draft: Draft) -> None:
    """Make sure that a draft has all properties that an entity of its type must have.

    Raises:
        BodyError: one is missing.
    """
    for part in draft.kind.properties:
        if part.required and getattr(draft.entity, part.field) is UNSET:
            raise BodyError(f"is missing; a {draft.kind.name} has to have it", path=join(draft.path, part.name))


def read_reference(body: Any, kind: EntityType, scope: Scope, *, path: str = "") -> Reference:
    """Read an object that only names an entity.

    Raises:
        BodyError: it does more, or less.
    """
    found = _target(body, kind, scope, path=path)
    if isinstance(found, Reference):
        return found
    if found.handle is not None:
        return Reference(entity_type=kind.name, path=found.path, handle=found.handle)
    raise BodyError(f'name the {kind.name} by {{"{ID}": ...}}; it is not made here', path=path)


def is_reference(body: Any) -> bool:
    """Tell whether an object only names an entity."""
    named = isinstance(body, dict) and (ID in body or SELF in body or KEY in body)
    return named and all(_CONTROL in name for name in body)


def read_link(address: Any, kind: EntityType, root: str, *, path: str) -> int:
    """Read the handle in the address of an entity of this service, absolute or below its root.

    Raises:
        BodyError: it is no such address.
    """
    text = address.removeprefix(root).lstrip("/") if isinstance(address, str) else ""
    match = re.fullmatch(r"([A-Za-z]+)\((-?[0-9]{1,19})\)", text)
    if match is None or match[1] != kind.plural or abs(int(match[2])) >= _LARGEST:
        raise BodyError(f"{shown(address)!r} is not the address of a {kind.name} of this service", path=path)
    return int(match[2])


def _targets(value: Any, link: Navigation, scope: Scope, *, path: str) -> tuple[Target, ...] | None:
    kind = VIEWS[link.target]
    if link.many:
        if not isinstance(value, list):
            raise BodyError(f"{link.name} leads to many: give a list", path=path)
        return tuple(_target(one, kind, scope, path=join(path, number)) for number, one in enumerate(value))
    if value is not None:
        return (_target(value, kind, scope, path=path),)
    if scope.linking:
        raise BodyError("a link cannot be null; name another entity, or leave it out", path=path)
    return None


def _target(value: Any, kind: EntityType, scope: Scope, *, path: str) -> Target:
    if is_reference(value):
        if KEY in value and ID not in value:
            return Reference(entity_type=kind.name, path=path, key=_text_key(value[KEY], path))
        handle = _read_handle(value, path)
        if handle is None:
            handle = read_link(value.get(SELF), kind, scope.root, path=join(path, SELF))
        return Reference(entity_type=kind.name, path=path, handle=handle)
    if scope.linking and isinstance(value, dict) and ID not in value:
        raise BodyError(
            f'a {kind.name} cannot be made within an update; name one by {{"{ID}": ...}}, or POST it', path=path
        )
    return read_draft(value, kind, scope, path=path)


def _check_control(name: str, kind: EntityType, scope: Scope, *, path: str) -> None:
    """Pass over control information, of the entity or of one of its links."""
    before, mark, _ = name.partition(_CONTROL)
    known = kind.names(scope.version)
    if not mark or (before and before not in known):
        raise BodyError(f"a {kind.name} has no such member", path=path, known=(*known, ID, KEY))


def _check_policy(body: dict[str, Any], kind: EntityType, path: str) -> None:
    """Make sure that a Datastream names a duplicate policy there is, or none."""
    properties = body.get("properties")
    named = properties.get(POLICY) if isinstance(properties, dict) else None
    if kind.plural.endswith("Datastreams") and named is not None and named not in tuple(DuplicatePolicy):
        raise BodyError(
            f"{shown(named)!r} is no duplicate policy",
            path=join(path, f"properties/{POLICY}"),
            known=tuple(DuplicatePolicy),
        )


def _read_handle(body: dict[str, Any], path: str) -> int | None:
    handle = body.get(ID)
    if isinstance(handle, str) and re.fullmatch(r"[0-9]{1,19}", handle):
        handle = int(handle)
    if handle is None or (type(handle) is int and abs(handle) < _LARGEST):
        return handle
    raise BodyError(f"{shown(handle)!r} is no id; ids here are whole numbers", path=join(path, ID))


def _read_key(body: dict[str, Any], kind: EntityType, path: str) -> str | None:
    if KEY not in body:
        return None
    if kind.name == "Observation":
        raise BodyError(
            "an Observation has no key of its own: it follows from Datastream and phenomenonTime", path=path
        )
    return _text_key(body[KEY], path)


def _text_key(key: Any, path: str) -> str:
    at = join(path, KEY)
    if not isinstance(key, str) or len(key) > _MAX_KEY or not _KEY.fullmatch(key):
        raise BodyError(
            f"{shown(key)!r} is no natural key: a source and a local id, percent-encoded, with slashes between", path=at
        )
    return key


def check_new_key(draft: Draft) -> None:
    """Make sure that the natural key of a new entity is not one that the store itself would give.

    Raises:
        BodyError: it is.
    """
    if isinstance(draft.entity.key, str) and draft.entity.key.startswith(_OWN_KEYS):
        raise BodyError(f"keys that begin with {_OWN_KEYS!r} are given by the server", path=join(draft.path, KEY))


def _kept_by_store(kind: EntityType) -> tuple[str, ...]:
    return KEPT_BY_STORE.get(kept_as(kind.name), ())


def own_properties(kind: EntityType, version: str) -> tuple[Property, ...]:
    """Give the properties that clients write, in a version."""
    passed = _kept_by_store(kind)
    return tuple(part for part in kind.properties if part.field not in passed and in_version(part, version))
