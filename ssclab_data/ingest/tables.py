"""Read the tables that stand beside payloads: those that are named, and the registry in the folder of a lab."""

from collections.abc import Mapping
from pathlib import Path

from ssclab_data.errors import SettingsError
from ssclab_data.sources.register import TABLE

REGISTRY_FILES = (f"{TABLE}.csv", f"{TABLE}.yaml")
"""Names that the registry of a lab may have, beside its `lab.yaml`."""


def read_tables(files: Mapping[str, str | Path], folder: Path | None = None) -> dict[str, bytes]:
    """Read tables by their names, and the registry of a lab where none is named.

    Args:
        folder: of the lab; None where it has none.

    Raises:
        SettingsError: one cannot be read.
    """
    own = registry_file(folder)
    named = {**({} if own is None else {TABLE: own}), **{name: Path(file) for name, file in files.items()}}
    return {name: _read(name, file) for name, file in named.items()}


def registry_file(folder: Path | None) -> Path | None:
    """Find the registry of a lab; None where it has none."""
    files = () if folder is None else (folder / name for name in REGISTRY_FILES)
    return next((file for file in files if file.is_file()), None)


def _read(name: str, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingsError(f"table {name}: cannot read {file}: {error.strerror}") from error
