"""Hold the root of the parts of a mapping."""

import msgspec


class Declared(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Be the root of the parts of a mapping; an unknown key is refused with its line."""
