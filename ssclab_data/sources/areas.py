"""Check positions against the area of the lab, and against the municipality that a record names."""

from collections.abc import Iterator, Mapping
from typing import Any

from ssclab_data.model import codelists
from ssclab_data.model.values import Box
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.lookups import Fault
from ssclab_data.sources.place import Position


def check_area(position: Position, context: SourceContext) -> Iterator[Fault]:
    """Find that a position lies outside the area of the lab."""
    area = context.area
    if area is None or area.contains(position.longitude, position.latitude):
        return
    rule = "outside-area-unless-swapped" if area.contains(position.latitude, position.longitude) else "outside-area"
    yield Fault(rule, context.municipality or "the area of the lab", _shown(position))


def check_municipality(position: Position, fields: Mapping[str, Any], properties: Mapping[str, str]) -> Iterator[Fault]:
    """Find that a position lies outside the municipality that the record names, where the code list has its area.

    Args:
        properties: of the Thing, by the field that they come from; the one called `municipality` names it.
    """
    stated = str(fields.get(properties.get("municipality", ""), "")).strip()
    area = _areas().get(stated.lower()) if stated else None
    if area is not None and not area.contains(position.longitude, position.latitude):
        yield Fault("outside-stated-municipality", stated, _shown(position))


def _areas() -> Mapping[str, Box]:
    known = codelists.municipalities().values()
    return {name.lower(): one.area for one in known if one.area for name in (one.name, one.municipality, one.key)}


def _shown(position: Position) -> str:
    return f"{position.longitude}, {position.latitude}"
