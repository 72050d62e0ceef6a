"""Join labs: ask many SensorThings services at once, merge their rows into one order, name those that are missing."""

from ssclab_data.federation.descriptor import Descriptor, LabEntry, read_descriptor
from ssclab_data.federation.hub import Federation
from ssclab_data.federation.peer import Peer
from ssclab_data.federation.store import FederatedStore

__all__ = ["Descriptor", "FederatedStore", "Federation", "LabEntry", "Peer", "read_descriptor"]
