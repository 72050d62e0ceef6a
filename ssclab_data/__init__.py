"""Map, validate, store, serve and federate municipal sensor data.

The names below are loaded when they are first used, so that the import is free.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ssclab_data.errors import SsclabError
    from ssclab_data.federation import Federation
    from ssclab_data.lab import Lab
    from ssclab_data.settings import Settings
    from ssclab_data.sources import map_payload

_HOMES = {
    "Federation": "ssclab_data.federation",
    "Lab": "ssclab_data.lab",
    "Settings": "ssclab_data.settings",
    "SsclabError": "ssclab_data.errors",
    "map_payload": "ssclab_data.sources",
}

__all__ = ["Federation", "Lab", "Settings", "SsclabError", "map_payload"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
