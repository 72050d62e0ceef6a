"""Choose a SHACL engine: pyshacl, the reference, or `shacl`, the fast one."""

from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, cast

from ssclab_data.errors import SettingsError
from ssclab_data.validation.shacl_raw import Raw

if TYPE_CHECKING:
    from rdflib import Graph

type EngineName = Literal["auto", "pyshacl", "shacl"]
type Run = Callable[["Graph", "Graph"], Iterator[Raw]]

EXTRAS = {"pyshacl": "shacl", "shacl": "fast"}
"""Which extra of this package installs which engine."""

_MODULES = {"pyshacl": "shacl_reference", "shacl": "shacl_fast"}


def choose(engine: EngineName) -> str:
    """Give the engine to use: for `auto` the fast one where it is installed, else the reference.

    Raises:
        SettingsError: it is not installed; the message says what to install.
    """
    names = ("shacl", "pyshacl") if engine == "auto" else (engine,)
    for name in names:
        if name not in EXTRAS:
            raise SettingsError(f"there is no SHACL engine {name!r}; known: auto, {', '.join(EXTRAS)}")
        if find_spec(name) is not None:
            return name
    extras = " or ".join(f"pip install 'ssclab-data[{EXTRAS[name]}]'" for name in names)
    raise SettingsError(f"the SHACL engine {' or '.join(names)} is not installed: {extras}")


def runner(engine: str) -> Run:
    """Give the function that runs a chosen engine; its library is loaded now."""
    module = import_module(f"ssclab_data.validation.{_MODULES[engine]}")
    return cast("Run", module.run)
