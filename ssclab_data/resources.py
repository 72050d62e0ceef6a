"""Find the files that travel with the package: ontologies, schemas, mappings, pygeoapi configuration."""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

_PACKAGE = "ssclab_data"


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
