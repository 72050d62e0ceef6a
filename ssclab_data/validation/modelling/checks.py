"""Check entities one after another, and at the end what only all of them together show."""

from collections import defaultdict
from collections.abc import Callable, Iterator

import msgspec

from ssclab_data.linked_data.sosa import Node
from ssclab_data.model import sensorthings as sta
from ssclab_data.model.finding import Finding
from ssclab_data.validation.modelling.context import Context, reference
from ssclab_data.validation.modelling.places import check_location, check_thing, point_of
from ssclab_data.validation.modelling.privacy import check_privacy
from ssclab_data.validation.modelling.streams import check_stream
from ssclab_data.validation.modelling.vocabulary import (
    check_codes,
    check_definition,
    check_required,
    check_unit,
    property_of,
)
from ssclab_data.validation.rules import Place

_CHECKS: tuple[Callable[[Node, Context], Iterator[Finding]], ...] = (
    check_definition,
    check_unit,
    check_codes,
    check_required,
    check_thing,
    check_location,
    check_stream,
    check_privacy,
)
_CROWD = 3
"""So many Things with one Datastream each at one place look like the sensors of one platform."""


class Modelling:
    """The descriptive entities of one data set on their way through the rules of a profile."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._single: dict[tuple[float, float], list[str]] = defaultdict(list)
        self._meanings: dict[str, list[str]] = defaultdict(list)

    def check(self, node: Node) -> Iterator[Finding]:
        """Check one entity with its links: a Thing with Locations and Datastreams, a Datastream with all."""
        for check in _CHECKS:
            yield from check(node, self.context)
        self._remember(node)

    def finish(self) -> Iterator[Finding]:
        """Give what all entities together show."""
        for point, things in sorted(self._single.items()):
            if len(things) >= _CROWD:
                place = Place(entity=things[0], path="/Locations", value=list(point))
                yield from self._counted("thing-per-property", len(things), {"count": len(things)}, place)
        for meaning, twins in sorted(self._meanings.items()):
            if len(twins) > 1:
                place = Place(entity=twins[1], path="/definition", value=meaning)
                facts = {"count": len(twins), "property": meaning}
                yield from self._counted("property-twice", len(twins) - 1, facts, place)

    def _counted(self, rule: str, count: int, facts: dict[str, object], place: Place) -> Iterator[Finding]:
        for finding in self.context.breach(rule, facts, place):
            yield msgspec.structs.replace(finding, count=count)

    def _remember(self, node: Node) -> None:
        entity = node.entity
        if isinstance(entity, sta.Thing) and len(node.links.get("Datastreams", ())) == 1:
            for location in node.links.get("Locations", ()):
                point = point_of(getattr(location.entity, "location", None))
                if point is not None:
                    self._single[point].append(reference(entity))
        if isinstance(entity, sta.ObservedProperty):
            info = property_of(entity)
            if info is not None:
                self._meanings[info.id].append(reference(entity))
