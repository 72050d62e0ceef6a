"""Read the code lists that travel with the package: observed properties and municipalities."""

import csv
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from types import MappingProxyType

import msgspec

from ssclab_data.errors import SettingsError, ValueParseError
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.values import Box
from ssclab_data.resources import extensions, roots


class Averaging(StrEnum):
    """How values of a property are brought together over time."""

    ARITHMETIC = "arithmetic"
    ENERGETIC = "energetic"  # 10 log10 of the mean of 10^(L/10)
    CIRCULAR = "circular"  # directions, by unit vectors
    NONE = "none"  # an index has no mean


class PropertyInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the code list of observed properties.

    Attributes:
        id: stable id (`pm25`); the ObservedProperty's natural key is `property/{id}`.
        definition: IRI of the concept.
        ucum: UCUM code of the one unit in which all labs publish it.
        quantity_kind: local name in QUDT's quantity kinds.
        plausible_min: outdoors, in that unit; a lower value is suspect, not wrong.
        plausible_max: outdoors, in that unit.
    """

    id: str
    definition: str
    label_en: str
    label_nl: str
    ucum: str
    quantity_kind: str
    averaging: Averaging
    plausible_min: float | None
    plausible_max: float | None

    @property
    def key(self) -> str:
        """Natural key of the ObservedProperty, the same for every vendor."""
        return f"property/{self.id}"


def observed_properties() -> Mapping[str, PropertyInfo]:
    """Give the observed properties by id, in the order of the file; those of extensions follow.

    >>> observed_properties()["pm25"].ucum
    'ug/m3'
    """
    return _observed_properties(extensions())


@cache
def _observed_properties(_extensions: tuple[object, ...]) -> Mapping[str, PropertyInfo]:
    rows = (_property(row) for row in read("observed-properties"))
    return MappingProxyType({row.id: row for row in rows})


def _property(row: Mapping[str, str]) -> PropertyInfo:
    try:
        return msgspec.convert(_blank_to_none(row), PropertyInfo, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"code list 'observed-properties', {row['id']}: {error}") from error


def observed_property(id_: str) -> PropertyInfo:
    """Find an observed property by id.

    Raises:
        ValueParseError: the code list does not have it; the message names those that are like it, else all.
    """
    found = observed_properties().get(id_)
    if found is None:
        near = get_close_matches(id_.lower(), observed_properties(), n=3)
        like = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(observed_properties())}"
        raise ValueParseError(id_, f"an observed property; {like}")
    return found


@cache
def municipalities() -> Mapping[str, LabInfo]:
    """Give the seven living labs by lab key, each with its municipality code and box.

    >>> municipalities()["helmond"].municipality
    'gm0794'
    """
    return MappingProxyType({row["key"]: _municipality(row) for row in read("municipalities")})


def read(name: str) -> list[dict[str, str]]:
    """Read one code list as rows of text, by the name of its file without `.csv`; rows of extensions follow.

    Raises:
        FileNotFoundError: there is no such code list.
        SettingsError: two rows have the same first column.
    """
    files = [found for root in roots("ontologies") if (found := root / "codelists" / f"{name}.csv").is_file()]
    if not files:
        raise FileNotFoundError(f"there is no code list {name!r}")
    rows = [row for file in files for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines(), strict=True)]
    codes = [next(iter(row.values())) for row in rows]
    twice = {code for code in codes if codes.count(code) > 1}
    if twice:
        raise SettingsError(f"code list {name!r} has {', '.join(sorted(twice))} more than once; give each code one row")
    return rows


def _municipality(row: Mapping[str, str]) -> LabInfo:
    west, south, east, north = (float(row[side]) for side in ("west", "south", "east", "north"))
    return LabInfo(
        key=row["key"],
        name=row["name"],
        municipality=row["code"],
        character=row["character"],
        area=Box(west, south, east, north),
    )


def _blank_to_none(row: Mapping[str, str]) -> dict[str, str | None]:
    return {name: value or None for name, value in row.items()}
