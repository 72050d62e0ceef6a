"""Choose the engine of JSON Schema by name: the reference, or the fast one where it is installed."""

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from types import MappingProxyType

from ssclab_data.errors import SettingsError
from ssclab_data.validation.json_fast import FastEngine
from ssclab_data.validation.json_faults import JsonEngine
from ssclab_data.validation.json_reference import ReferenceEngine

REFERENCE, FAST, AUTO = ReferenceEngine.name, FastEngine.name, "auto"


def engine_of(name: str = AUTO) -> JsonEngine:
    """Find an engine by name; `auto` takes the fast one where it is installed.

    Raises:
        SettingsError: there is none of that name, or it is not installed.

    >>> engine_of("jsonschema").name
    'jsonschema'
    """
    if name == AUTO:
        name = FAST if _is_installed() else REFERENCE
    if name not in ENGINES:
        raise SettingsError(f"no engine {name!r} of JSON Schema; known: auto, {', '.join(ENGINES)}")
    if name == FAST and not _is_installed():
        raise SettingsError(f"the engine {FAST} is not installed; pip install 'ssclab-data[fast]', or take {REFERENCE}")
    return ENGINES[name]


ENGINES: Mapping[str, JsonEngine] = MappingProxyType({REFERENCE: ReferenceEngine(), FAST: FastEngine()})
"""The engines by name, the reference first."""


@cache
def _is_installed() -> bool:
    return find_spec("jsonschema_rs") is not None
