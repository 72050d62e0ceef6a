"""Describe a living lab: who it is and where."""

import msgspec

from ssclab_data.model.values import Box


class LabInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A living lab.

    Attributes:
        key: lab key, `[a-z0-9][a-z0-9-]{0,31}`.
        name: the municipality's name, or the hub's.
        municipality: CBS code (`gm1916`), or "".
        character: what kind of area it is (`residential`, `industry`, ...), or "".
        area: the lab's area in CRS84 degrees; None where it is not known.
        url: public address of its node, or "".
    """

    key: str
    name: str
    municipality: str = ""
    character: str = ""
    area: Box | None = None
    url: str = ""
