"""Place ten units of mixed vendors in each of the seven living labs."""

import math
from enum import StrEnum

import msgspec

from ssclab_data.simulator.chance import spread


class Vendor(StrEnum):
    """Whose payloads a unit writes; the value is the name of the source that reads them."""

    SMART_EMISSION = "smart-emission"
    SENSOR_COMMUNITY = "sensor-community"
    LUCHTMEETNET = "luchtmeetnet"


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A sensor unit.

    Attributes:
        number: 1 to 10 within its lab.
        id: what its vendor calls it.
        exposure: how much it sees of what makes its area, 0.6 to 1.4.
        longitude: CRS84 degrees.
        latitude: CRS84 degrees.
    """

    lab: str
    number: int
    vendor: Vendor
    id: str
    exposure: float
    longitude: float
    latitude: float


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A living lab as it is simulated.

    Attributes:
        key: lab key, as in the code list of municipalities.
        name: name of the municipality.
        character: what kind of area it is.
        units: ten of them.
    """

    key: str
    name: str
    character: str
    units: tuple[Unit, ...]

    def of(self, vendor: Vendor) -> tuple[Unit, ...]:
        """Give the units of one vendor, by number."""
        return tuple(unit for unit in self.units if unit.vendor is vendor)


class _Plan(msgspec.Struct, frozen=True):
    """Where a lab lies and how many units it has of each vendor; the rest of the ten are Smart Emission's."""

    key: str
    name: str
    character: str
    longitude: float
    latitude: float
    project: int
    community: int
    stations: int


_UNITS = 10
_DEGREES_APART = 0.0022
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
_PLANS = (
    _Plan("rijswijk", "Rijswijk", "residential", 4.3205, 52.0395, 2002, 4, 0),
    _Plan("zoetermeer", "Zoetermeer", "recreation", 4.5010, 52.0740, 2001, 0, 2),
    _Plan("helmond", "Helmond", "traffic", 5.6610, 51.4790, 2003, 0, 3),
    _Plan("breda", "Breda", "events", 4.7770, 51.5880, 2004, 2, 2),
    _Plan("veldhoven", "Veldhoven", "shopping", 5.4050, 51.4180, 2005, 5, 0),
    _Plan("leidschendam-voorburg", "Leidschendam-Voorburg", "mixed", 4.3935, 52.0860, 2006, 3, 3),
    _Plan("dordrecht", "Dordrecht", "industry", 4.6360, 51.7990, 2007, 0, 4),
)


def places() -> tuple[Place, ...]:
    """Give the seven living labs.

    >>> [place.key for place in places()][:2], len(places()[0].units)
    (['rijswijk', 'zoetermeer'], 10)
    """
    return tuple(
        Place(
            key=plan.key,
            name=plan.name,
            character=plan.character,
            units=tuple(_unit(plan, number) for number in range(1, _UNITS + 1)),
        )
        for plan in _PLANS
    )


def _unit(plan: _Plan, number: int) -> Unit:
    """Put a unit on a sunflower spiral around the middle of its lab."""
    angle, distance = number * _GOLDEN_ANGLE, _DEGREES_APART * math.sqrt(number - 0.5)
    vendor = _vendor(plan, number)
    digits = 3 if vendor is Vendor.SENSOR_COMMUNITY else 6
    return Unit(
        lab=plan.key,
        number=number,
        vendor=vendor,
        id=_id(plan, number, vendor),
        exposure=round(1 + 0.4 * spread(plan.key, number, "exposure"), 3),
        longitude=round(plan.longitude + distance * math.cos(angle) * 1.6, digits),
        latitude=round(plan.latitude + distance * math.sin(angle), digits),
    )


def _vendor(plan: _Plan, number: int) -> Vendor:
    if number > _UNITS - plan.stations:
        return Vendor.LUCHTMEETNET
    if number > _UNITS - plan.stations - plan.community:
        return Vendor.SENSOR_COMMUNITY
    return Vendor.SMART_EMISSION


def _id(plan: _Plan, number: int, vendor: Vendor) -> str:
    """Number the unit as its vendor would, in ranges that no real unit has."""
    if vendor is Vendor.SMART_EMISSION:
        return f"{plan.project}{number:04d}"
    if vendor is Vendor.SENSOR_COMMUNITY:
        return f"9{plan.project}{number:02d}"
    return f"NL99{plan.project % 10}{number:02d}"
