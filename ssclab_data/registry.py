"""Load an object by its dotted name, or the objects that installed packages announce by entry point."""

from collections.abc import Iterator
from importlib import import_module, metadata
from typing import Any

from ssclab_data.errors import SettingsError


def load(name: str) -> Any:
    """Load `package.module:attribute`.

    Raises:
        SettingsError: the module or the attribute does not exist.
    """
    module_name, _, attribute = name.partition(":")
    try:
        return getattr(import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise SettingsError(f"cannot load {name!r}: {error}") from error


def announced(group: str) -> Iterator[tuple[str, Any]]:
    """Give name and object of each entry point in a group, in the order of their names.

    Args:
        group: `ssclab_data.mappings`, `ssclab_data.stores`, ...
    """
    for point in sorted(metadata.entry_points(group=group), key=lambda point: point.name):
        yield point.name, point.load()
