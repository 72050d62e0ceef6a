"""Find out which lab a folder or a file is of, and what lies beside it."""

from pathlib import Path

import msgspec

from ssclab_data.access import TokenFile
from ssclab_data.errors import SettingsError
from ssclab_data.model import codelists
from ssclab_data.model.groups import check_publication
from ssclab_data.model.identity import check_lab_key
from ssclab_data.model.lab import LabInfo
from ssclab_data.publishing import check_publishing
from ssclab_data.stores.sqlite import SQLiteStore

LAB_FILE = "lab.yaml"
STORE_FILE = "lab.db"
TOKENS = "tokens.json"


def read_lab_file(path: Path) -> LabInfo:
    """Read a `lab.yaml`: key, name, municipality, character, area (west, south, east, north), publication.

    Raises:
        SettingsError: it is missing or wrong; the message has the file and the field.
    """
    try:
        return _checked(msgspec.yaml.decode(path.read_bytes(), type=LabInfo))
    except (OSError, msgspec.MsgspecError) as error:
        raise SettingsError(f"{path}: {error}") from error


def token_file(path: Path) -> TokenFile:
    """Give the tokens of a lab, by its folder or its `.db` file.

    Raises:
        SettingsError: neither is there.
    """
    return tokens_beside(described(path, "")[1])


def tokens_beside(store: Path) -> TokenFile:
    """Give the tokens of a store; a lab has the same ones by its folder and by the file in it."""
    store = store.resolve()
    if store.name == STORE_FILE and (store.parent / LAB_FILE).exists():
        return TokenFile(store.parent / TOKENS)
    return TokenFile(store.with_name(f"{store.stem}.{TOKENS}"))


def folder_of(store: Path) -> Path | None:
    """Give the folder of a lab that has one, by the store in it."""
    folder = store.resolve().parent
    return folder if store.name == STORE_FILE and (folder / LAB_FILE).exists() else None


def described(path: Path, key: str) -> tuple[LabInfo, Path]:
    """Find out which lab a path is of, and where its store is."""
    if path.is_dir():
        info = read_lab_file(path / LAB_FILE)
        if key not in ("", info.key):
            raise SettingsError(f"{path / LAB_FILE} is of lab {info.key!r}, not {key!r}")
        return info, path / STORE_FILE
    beside = path.resolve().parent / LAB_FILE
    if path.exists() and beside.exists() and read_lab_file(beside).key == SQLiteStore.lab_of(path):
        return described(beside.parent, key)[0], path
    known = key or (SQLiteStore.lab_of(path) if path.exists() else "")
    if not known:
        raise SettingsError(f"{path} does not exist yet: give the lab's key, or a folder made by `ssclab init`")
    return known_lab(check_lab_key(known)), path


def known_lab(key: str) -> LabInfo:
    """Describe a lab by its key; a lab of the code list has a name, a municipality and an area."""
    return codelists.municipalities().get(key) or LabInfo(key=key, name=key)


def _checked(info: LabInfo) -> LabInfo:
    check_lab_key(info.key)
    area = info.area
    if area is not None and not (area.south < area.north and area.south >= -90 and area.north <= 90):
        raise SettingsError(f"the area of lab {info.key!r} must be west, south, east, north in degrees")
    check_publication(info.publication)
    if info.publishing is not None:
        check_publishing(info.publishing)
    return info
