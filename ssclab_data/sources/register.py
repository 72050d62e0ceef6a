"""Read a lab's registry of units: which device hung where, on what, from when, whose it is and what it may measure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

import msgspec

from ssclab_data.errors import SourceError, ValueParseError
from ssclab_data.model import codelists
from ssclab_data.model.identity import natural_key
from ssclab_data.sources.declaration import PlaceRule
from ssclab_data.sources.listing import Line, read_lines
from ssclab_data.sources.lookups import Fault
from ssclab_data.sources.place import Position, read_position
from ssclab_data.sources.validity import EVER, Validity, parse_validity

TABLE = "registry"
"""Name of the table, of its file without `.csv`, and first part of the natural keys of the lab's own Things."""

PROPERTIES: Mapping[str, str] = MappingProxyType(
    {
        "owner": "owner",
        "purpose": "purpose",
        "legal_ground": "legalGround",
        "personal_data": "personalData",
        "active_until": "activeUntil",
        "placement": "placement",
    }
)
"""Columns that become properties of the Thing, and how they are called there."""
CODED: Mapping[str, str] = MappingProxyType(
    {"placement": "placements", "legal_ground": "legal-grounds", "personal_data": "personal-data"}
)
"""Columns that hold a code, with its code list."""
COLUMNS = (
    "device", "source", "thing", "name", "longitude", "latitude", "x", "y", "crs", "since", "until",
    *PROPERTIES, "sensor_type", "channels",
)  # fmt: skip
"""All columns; `device` is the only one that must be there."""
_PLACE = PlaceRule(longitude="longitude|x", latitude="latitude|y", crs_field="crs")


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """One row: a device for as long as it hung at one place.

    Attributes:
        line: line of the table.
        device: id by which the source knows it.
        source: name of that source, or "" for any.
        thing: the lab's own id of the mast or asset it hangs on, or "".
        name: of the Thing, or "".
        position: CRS84 degrees, None where the source tells it.
        properties: of the Thing.
        sensor_type: what kind of device it is, or "".
        channels: names of the fields that it really has; empty where all of them may be.
    """

    line: int
    device: str
    source: str
    thing: str
    name: str
    position: Position | None
    validity: Validity
    properties: Mapping[str, str]
    sensor_type: str
    channels: frozenset[str]

    def thing_key(self, source: str) -> str:
        """Give the natural key of its Thing."""
        return natural_key(TABLE, self.thing) if self.thing else natural_key(source, self.device)


class Register:
    """The rows of a registry.

    Attributes:
        faults: what is wrong with it; rows that are wrong are left out.
    """

    def __init__(self, units: Iterable[Unit], faults: Sequence[Fault] = ()) -> None:
        self._units: dict[tuple[str, str], list[Unit]] = defaultdict(list)
        for unit in units:
            self._units[unit.source, unit.device].append(unit)
        overlaps = [fault for key, rows in self._units.items() for fault in self._order(key, rows)]
        self.faults = (*faults, *overlaps)
        by_thing: dict[str, list[Unit]] = defaultdict(list)
        for unit in (unit for rows in self._units.values() for unit in rows if unit.thing):
            by_thing[unit.thing].append(unit)
        self._moves = {thing: _stays(rows) for thing, rows in by_thing.items()}

    def find(self, source: str, device: str, moment: int | None) -> Unit | None:
        """Find the row of a device at a time, microseconds UTC; the newest row where the time is None."""
        rows = self._units.get((source, device)) or self._units.get(("", device)) or ()
        if moment is None:
            return rows[-1] if rows else None
        return next((unit for unit in rows if unit.validity.holds(moment)), None)

    def is_steady(self, source: str, device: str) -> bool:
        """Tell whether a device has no row, or one that holds always and for all fields that it sends."""
        rows = self._units.get((source, device)) or self._units.get(("", device)) or ()
        return not rows or (len(rows) == 1 and rows[0].validity == Validity() and not rows[0].channels)

    def moves(self, unit: Unit) -> Sequence[tuple[int, Position]]:
        """Give the places of the Thing that a row is of, each with when it came there, in the order of time.

        A stay whose beginning the registry does not tell is there with a time before any other.
        """
        if unit.thing:
            return self._moves[unit.thing]
        return _stays(one for one in self._units[unit.source, unit.device] if not one.thing)

    def _order(self, key: tuple[str, str], rows: list[Unit]) -> Iterator[Fault]:
        """Sort the rows of a device; one without an end ends where the next one begins."""
        rows.sort(key=lambda unit: (unit.validity.since, unit.line))
        kept: list[Unit] = []
        for unit in rows:
            before = kept[-1] if kept else None
            if before is not None and before.validity.until > unit.validity.since:
                same = before.validity.since == unit.validity.since
                if same or before.validity.until != EVER:
                    yield _overlap(key[1], before, unit)
                if same:
                    continue
                kept[-1] = msgspec.structs.replace(
                    before, validity=Validity(before.validity.since, unit.validity.since)
                )
            kept.append(unit)
        rows[:] = kept


NO_REGISTER = Register(())


@lru_cache(maxsize=8)
def read_register(content: bytes) -> Register:
    r"""Read a registry: CSV with a header line, or YAML; what is wrong with it is in its faults.

    >>> register = read_register(b"device,longitude,latitude,since\n23,5.67,51.47,2026-01-01\n")
    >>> register.find("smart-emission", "23", None).position.cell, register.faults
    ('51.470,5.670', ())
    """
    try:
        lines = read_lines(content, TABLE)
    except SourceError as error:
        return Register((), (Fault("wrong-table", TABLE, error.message),))
    faults: list[Fault] = []
    columns = {name for line in lines for name in line.fields}
    if lines and "device" not in columns:
        return Register((), (Fault("wrong-table", TABLE, "registry: it has no column `device`"),))
    unknown = sorted(columns - set(COLUMNS))
    if unknown:
        faults.append(Fault("unknown-column", TABLE, ", ".join(unknown)))
    units = [unit for line in lines if (unit := _unit(line, faults)) is not None]
    return Register(units, faults)


def _unit(line: Line, faults: list[Fault]) -> Unit | None:
    given = {name: value for name, value in line.fields.items() if value}
    at = f"{TABLE}:{line.number}"
    try:
        if "device" not in given:
            raise ValueParseError("", "the id of a device")
        position = read_position(_PLACE, _located(given))
        validity = parse_validity(given.get("since", ""), given.get("until", ""))
    except ValueParseError as error:
        faults.append(Fault("wrong-row", at, str(error)))
        return None
    properties = dict(_properties(given, at, faults))
    return Unit(
        line=line.number,
        device=given["device"],
        source=given.get("source", ""),
        thing=given.get("thing", ""),
        name=given.get("name", ""),
        position=position,
        validity=validity,
        properties=properties,
        sensor_type=given.get("sensor_type", ""),
        channels=frozenset(part.strip() for part in given.get("channels", "").split("|") if part.strip()),
    )


def _located(given: Mapping[str, str]) -> Mapping[str, str]:
    """Make sure that both numbers of a position are there, and that x and y say of which system they are."""
    for one, other in (("longitude", "latitude"), ("x", "y")):
        if (one in given) != (other in given):
            missing = other if one in given else one
            raise ValueParseError("", f"a {missing}, which belongs to the {one if one in given else other}")
    if "x" in given and "crs" not in given and "longitude" not in given:
        raise ValueParseError(f"{given['x']}, {given['y']}", "a position: x and y need a crs, such as EPSG:28992")
    return given


def _properties(given: Mapping[str, str], at: str, faults: list[Fault]) -> Iterator[tuple[str, str]]:
    for column, name in PROPERTIES.items():
        value = given.get(column)
        if value is None:
            continue
        reason = _wrong(column, value)
        if reason:
            faults.append(Fault("wrong-row", at, reason))
        else:
            yield name, value


def _wrong(column: str, value: str) -> str:
    """Tell what is wrong with a value, "" where nothing is."""
    if column in CODED:
        known = [row["code"] for row in codelists.read(CODED[column])]
        return "" if value in known else f"{column}: {value!r} is no code of {CODED[column]}; known: {', '.join(known)}"
    if column == "active_until":
        try:
            parse_validity("", value)
        except ValueParseError as error:
            return f"{column}: {error}"
    return ""


def _overlap(device: str, one: Unit, other: Unit) -> Fault:
    first, second = sorted((one.line, other.line))
    lines = f"lines {first} and {second}"
    return Fault("overlapping-rows", f"{TABLE}:{second}", device, lines)


def _stays(units: Iterable[Unit]) -> Sequence[tuple[int, Position]]:
    found: list[tuple[int, Position]] = []
    for unit in sorted(units, key=lambda unit: (unit.validity.since, unit.line)):
        if unit.position is not None and (not found or found[-1][1].cell != unit.position.cell):
            found.append((unit.validity.since, unit.position))
    return tuple(found)
