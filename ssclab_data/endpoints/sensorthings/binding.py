"""Name the versions of SensorThings that are served, and where."""

from collections.abc import Mapping

import msgspec

from ssclab_data.endpoints.base import Site
from ssclab_data.model.entity import EntityType
from ssclab_data.model.multi import VIEWS
from ssclab_data.model.sensorthings import ENTITY_TYPES


class Binding(msgspec.Struct, frozen=True):
    """One version of SensorThings over the same store.

    Attributes:
        version: as entity types name it in `versions`.
        prefix: of its addresses, below the application's.
    """

    version: str
    prefix: str


V1_0 = Binding("1.0", "/sta/v1.0")
V1_1 = Binding("1.1", "/sta/v1.1")
BINDINGS = (V1_0, V1_1)


def kinds_of(site: Site) -> Mapping[str, EntityType]:
    """Give the entity types that a site shows, by name.

    A hub asks services that may not have MultiDatastreams, so it has none.
    """
    return ENTITY_TYPES if site.federated else VIEWS
