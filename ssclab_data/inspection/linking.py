"""Link entities by their names, so that rules can go from a Datastream to its Thing, and back."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from msgspec import UNSET

from ssclab_data.inspection.content import NAMESPACE
from ssclab_data.linked_data.sosa import Node
from ssclab_data.model.entity import Entity, Link, Navigation
from ssclab_data.model.identity import iri
from ssclab_data.model.sensorthings import ENTITY_TYPES, type_of

type Name = tuple[str, str]
"""Name of an entity type, and the natural key or id of an entity."""

type Links = Mapping[Name, Mapping[str, tuple[Name, ...]]]
"""What each entity says that it is linked to, by the name of the link."""

_DEPTH = 2
_EMPTY: Mapping[str, Mapping[str, tuple[Name, ...]]] = {"Thing": {"Locations": (), "Datastreams": ()}}
"""Links of which a whole data set tells that there are none."""


def nodes_of(entities: Mapping[Name, Entity], links: Links) -> Iterator[Node]:
    """Give each entity with what it is linked to, from either side, two links far.

    A link that is known to lead nowhere is there with nothing in it; one of which nothing is known is not there.
    """
    both = _both_ways(entities, links)
    for name in entities:
        yield _node(name, entities, both, depth=_DEPTH)


def own_links(entities: Iterable[Entity]) -> Links:
    """Read the links that entities carry by natural key."""
    return {name_of(entity): {**_EMPTY.get(type_of(entity).name, {}), **_named(entity)} for entity in entities}


def name_of(entity: Entity) -> Name:
    """Name an entity."""
    return type_of(entity).name, "" if entity.key is UNSET else str(entity.key)


def _named(entity: Entity) -> dict[str, tuple[Name, ...]]:
    found = {}
    for link in type_of(entity).navigations:
        value = getattr(entity, link.field)
        targets = value if isinstance(value, tuple) else (value,)
        keys = tuple((link.target, str(one.key)) for one in targets if isinstance(one, Link) and one.key is not UNSET)
        if keys:
            found[link.name] = keys
    return found


def _both_ways(entities: Mapping[Name, Entity], links: Links) -> dict[Name, dict[str, tuple[Name, ...]]]:
    grown: dict[Name, dict[str, dict[Name, None]]] = defaultdict(lambda: defaultdict(dict))
    for source, named in links.items():
        for link_name, targets in named.items():
            link = ENTITY_TYPES[source[0]].by_name[link_name]
            assert isinstance(link, Navigation)  # noqa: S101 - made from navigations
            grown[source].setdefault(link_name, {})
            for target in targets:
                if target in entities:
                    grown[source][link_name][target] = None
                    grown[target][link.inverse][source] = None
    return {name: {link: tuple(targets) for link, targets in named.items()} for name, named in grown.items()}


def _node(name: Name, entities: Mapping[Name, Entity], links: Links, *, depth: int) -> Node:
    linked = links.get(name, {}) if depth else {}
    return Node(
        iri=iri(NAMESPACE, "target", entity_type=name[0], key=name[1]),
        entity=entities[name],
        links={
            link: tuple(_node(target, entities, links, depth=depth - 1) for target in targets)
            for link, targets in linked.items()
        },
    )
