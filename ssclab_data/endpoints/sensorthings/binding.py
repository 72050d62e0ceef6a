"""Name the versions of SensorThings that are served, and where."""

import msgspec


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
