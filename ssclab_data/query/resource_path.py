"""Read a resource path of SensorThings (OGC 18-088, 9.2) into what it addresses."""

import re
from collections.abc import Mapping

import msgspec

from ssclab_data.errors import QuerySyntaxError, UnknownNameError
from ssclab_data.model.entity import EntityType, Handle, Navigation, Property, in_version
from ssclab_data.model.sensorthings import ENTITY_TYPES
from ssclab_data.query import ast

_SEGMENT = re.compile(r"([^/()']+)(?:\(([^()']*|'(?:[^']|'')*')\))?(?:/+|$)")
_STEP = re.compile(r"(?:[^/']|'[^']*')+")
_LARGEST = 2**63


class ResourcePath(msgspec.Struct, frozen=True, kw_only=True):
    """What a path addresses.

    Attributes:
        entity_type: name of the entity type.
        filter: which entities of the type; None means all.
        single: whether it addresses one entity.
        property: path of a property of that entity, or ().
        raw: whether `$value` asks for the bare value.
        ref: whether `$ref` asks for addresses.
        count: whether `$count` asks for the number.
        to_one: whether the last step is a to-one link, so that nothing may be there.
    """

    entity_type: str
    filter: ast.Expr | None = None
    single: bool = False
    property: tuple[str, ...] = ()
    raw: bool = False
    ref: bool = False
    count: bool = False
    to_one: bool = False


class _Names(msgspec.Struct, frozen=True):
    """Which names a path may have."""

    version: str
    kinds: Mapping[str, EntityType]


def parse_path(path: str, *, version: str = "1.1", kinds: Mapping[str, EntityType] = ENTITY_TYPES) -> ResourcePath:
    """Read a path below the root of the service, percent-decoded.

    Args:
        version: the SensorThings version whose names hold.
        kinds: the entity types by name; `model.multi.VIEWS` are those that 1.x shows.

    Raises:
        UnknownNameError: a set, property or link that is not there (404 by HTTP).
        QuerySyntaxError: it does not parse (400).

    >>> parse_path("Datastreams(2)/Observations").entity_type
    'Observation'
    """
    (name, key, position), *steps = _segments(path)
    sets = {kind.plural: kind for kind in kinds.values()}
    kind = sets.get(name)
    if kind is None:
        raise UnknownNameError("no entity set", name, known=tuple(sets), position=position)
    target = _keyed(ResourcePath(entity_type=kind.name), key, position)
    for name, key, position in steps:
        target = _step(target, name, position, _Names(version, kinds))
        target = _keyed(target, key, position)
    return target


def steps_of(path: str) -> list[str]:
    """Part a path at its slashes, but for those within quotes."""
    return _STEP.findall(path)


def _segments(path: str) -> list[tuple[str, str | None, int]]:
    found: list[tuple[str, str | None, int]] = []
    position = len(path) - len(path.lstrip("/"))
    while position < len(path):
        match = _SEGMENT.match(path, position)
        if match is None:
            raise QuerySyntaxError(f"the path does not parse from {path[position:][:40]!r}", position=position)
        found.append((match[1], match[2], position))
        position = match.end()
    if not found:
        raise QuerySyntaxError("the path is empty", position=0)
    return found


def _keyed(target: ResourcePath, key: str | None, position: int) -> ResourcePath:
    if key is None:
        return target
    if target.single or target.property or target.ref or target.count:
        raise QuerySyntaxError("an id belongs to a set", position=position)
    same = ast.Compare("eq", ast.Path((ast.ID,)), ast.Literal(_handle(key, position)))
    return msgspec.structs.replace(target, filter=ast.all_of(same, target.filter), single=True)


def _handle(key: str, position: int) -> Handle:
    if key.startswith("'"):
        return key[1:-1].replace("''", "'")
    if re.fullmatch(r"-?[0-9]{1,19}", key) and abs(int(key)) < _LARGEST:
        return int(key)
    raise QuerySyntaxError(f"{key!r} is no id: a number, or a text between single quotes", position=position)


def _step(target: ResourcePath, name: str, position: int, names: _Names) -> ResourcePath:
    if target.raw or target.ref or target.count:
        raise QuerySyntaxError(f"nothing follows {'$value' if target.raw else '$ref or $count'}", position=position)
    if name.startswith("$"):
        return _marked(target, name, position)
    if target.property:
        return msgspec.structs.replace(target, property=(*target.property, name))
    kind = names.kinds[target.entity_type]
    if not target.single:
        raise QuerySyntaxError(f"{kind.plural} is a set: give an id, as in {kind.plural}(1)/{name}", position=position)
    part = kind.by_name.get(name)
    if part is None or not in_version(part, names.version):
        known = kind.names(names.version)
        raise UnknownNameError(f"{kind.name} has no property or link", name, known=known, position=position)
    if isinstance(part, Property):
        return msgspec.structs.replace(target, property=(name,))
    return _followed(target, part, names)


def _marked(target: ResourcePath, name: str, position: int) -> ResourcePath:
    many = not target.single and not target.property
    if name == "$value" and target.property:
        return msgspec.structs.replace(target, raw=True)
    if name == "$ref" and not target.property:
        return msgspec.structs.replace(target, ref=True)
    if name == "$count" and many:
        return msgspec.structs.replace(target, count=True)
    raise QuerySyntaxError(f"{name} cannot follow here", position=position)


def _followed(target: ResourcePath, link: Navigation, names: _Names) -> ResourcePath:
    """Turn a step along a link into a condition, at the link's target, on the way back."""
    back = names.kinds[link.target].by_name[link.inverse]
    condition: ast.Expr | None = target.filter
    if isinstance(back, Navigation) and back.many:
        condition = ast.Any((back.name,), target.filter)
    elif target.filter is not None:
        condition = ast.prefixed(target.filter, (back.name,))
    return ResourcePath(entity_type=link.target, filter=condition, single=not link.many, to_one=not link.many)
