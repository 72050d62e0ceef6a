"""Find the files that travel with the package, and those that extensions add beside them."""

import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from ssclab_data import registry
from ssclab_data.errors import SettingsError

GROUP = "ssclab_data.extensions"
"""Entry points of packages that bring files: each gives a folder, as a path or a Traversable."""

FOLDERS = ("ontologies", "schemas", "mappings")
"""What an extension may hold, each laid out as in this project."""

_PACKAGE = "ssclab_data"
_chosen: tuple[Path, ...] = ()


def folder(name: str) -> Traversable:
    """Give a folder of package data.

    In an installed wheel it lies inside the package; in a checkout beside it.

    Args:
        name: `ontologies`, `schemas` or `pygeoapi-config`.

    Raises:
        FileNotFoundError: neither place has it.
    """
    inside = resources.files(_PACKAGE) / "data" / name
    if inside.is_dir():
        return inside
    beside = Path(__file__).resolve().parent.parent / name
    if beside.is_dir():
        return beside
    raise FileNotFoundError(f"package data folder {name!r} is missing from the installation")


def read_text(folder_name: str, *parts: str) -> str:
    """Read one UTF-8 text file of package data.

    Raises:
        FileNotFoundError: there is no such file.
    """
    return folder(folder_name).joinpath(*parts).read_text(encoding="utf-8")


def use(paths: Iterable[str | Path]) -> None:
    """Choose the extension folders of this process, in place of those that were chosen before.

    Raises:
        SettingsError: one is no folder, or holds none of `FOLDERS`.
    """
    global _chosen
    chosen = tuple(Path(path).resolve() for path in paths)
    for path in chosen:
        if not any((path / name).is_dir() for name in FOLDERS):
            raise SettingsError(f"extension {path} has no folder {', '.join(FOLDERS[:-1])} or {FOLDERS[-1]}")
    _chosen = chosen


def chosen() -> tuple[Path, ...]:
    """Give the extension folders that `use` chose."""
    return _chosen


def extensions() -> tuple[Traversable, ...]:
    """Give the extension folders: those of installed packages by name, then those chosen by `use`."""
    return (*_installed(tuple(sys.path)), *_chosen)


@cache
def _installed(_places: tuple[str, ...]) -> tuple[Traversable, ...]:
    """Look through the installed packages once for each `sys.path`: it takes some 20 ms."""
    return tuple(found if isinstance(found, Traversable) else Path(found) for _, found in registry.announced(GROUP))


def roots(name: str) -> Iterator[Traversable]:
    """Give the folders of one name of `FOLDERS`: the package's own, where it has one, then those of extensions."""
    if name != "mappings":
        yield folder(name)
    for extension in extensions():
        found = extension / name
        if found.is_dir():
            yield found
