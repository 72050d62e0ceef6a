"""Write what sensor.community gives: the API's JSON in some labs, daily archive CSV in the others."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ssclab_data.simulator.chance import draw
from ssclab_data.simulator.places import Place, Unit, Vendor
from ssclab_data.simulator.rhythm import Conditions, conditions
from ssclab_data.simulator.scenario import Scenario

type Reading = dict[str, Any]
type File = tuple[str, bytes]

_ARCHIVE_LABS = frozenset({"breda", "leidschendam-voorburg"})


class _Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A sensor of the kit that hangs at a location: dust, or climate."""

    name: str
    type_id: int
    manufacturer: str
    pin: str
    digit: int
    archive_columns: tuple[str, ...]


_DUST = _Kind(
    name="SDS011",
    type_id=14,
    manufacturer="Nova Fitness",
    pin="1",
    digit=1,
    archive_columns=("P1", "durP1", "ratioP1", "P2", "durP2", "ratioP2"),
)
_CLIMATE = _Kind(
    name="BME280",
    type_id=17,
    manufacturer="Bosch",
    pin="11",
    digit=2,
    archive_columns=("pressure", "altitude", "pressure_sealevel", "temperature", "humidity"),
)
_KINDS = (_DUST, _CLIMATE)


def files(place: Place, scenario: Scenario) -> Iterator[File]:
    """Give the path below the source's folder, and the bytes, of each file of a lab's units."""
    units = place.of(Vendor.SENSOR_COMMUNITY)
    if not units:
        return
    if place.key in _ARCHIVE_LABS:
        yield from _archive(units, place, scenario)
        return
    for hour in scenario.hour_starts():
        yield (
            f"api/{hour:%Y-%m-%dT%H}.json",
            msgspec.json.encode(api_answer(units, place, hour=hour, scenario=scenario)),
        )


def api_answer(units: tuple[Unit, ...], place: Place, *, hour: datetime, scenario: Scenario) -> list[Reading]:
    """Give the readings of one hour; times are UTC without a zone, all values are text."""
    return [
        _reading(unit, kind, place, moment=moment, scenario=scenario)
        for moment in scenario.moments(hour)
        for unit in units
        for kind in _KINDS
    ]


def _reading(unit: Unit, kind: _Kind, place: Place, *, moment: datetime, scenario: Scenario) -> Reading:
    time = _time(unit, kind, moment, scenario)
    values = _values(kind, conditions(unit, place.character, moment=moment, scenario=scenario))
    number = int(draw(scenario.seed, unit.id, kind.name, moment) * 9e9) + 10**9
    return {
        "id": number,
        "sampling_rate": None,
        "timestamp": f"{time:%Y-%m-%d %H:%M:%S}",
        "location": {
            "id": int(unit.id),
            "latitude": f"{unit.latitude:.3f}",
            "longitude": f"{unit.longitude:.3f}",
            "altitude": "2.0",
            "country": "NL",
            "exact_location": 0,
            "indoor": 0,
        },
        "sensor": {
            "id": _sensor_id(unit, kind),
            "pin": kind.pin,
            "sensor_type": {"id": kind.type_id, "name": kind.name, "manufacturer": kind.manufacturer},
        },
        "sensordatavalues": [
            {"id": number * 2 + index, "value": value, "value_type": name}
            for index, (name, value) in enumerate(values.items())
        ],
    }


def _archive(units: tuple[Unit, ...], place: Place, scenario: Scenario) -> Iterator[File]:
    for unit in units:
        for kind in _KINDS:
            for day in scenario.days():
                lines = [
                    _line(unit, kind, place, moment=moment, scenario=scenario) for moment in _of_day(scenario, day)
                ]
                head = ("sensor_id", "sensor_type", "location", "lat", "lon", "timestamp", *kind.archive_columns)
                name = f"{day}_{kind.name.lower()}_sensor_{_sensor_id(unit, kind)}.csv"
                yield f"archive/{day}/{name}", "".join(f"{line}\n" for line in (";".join(head), *lines)).encode()


def _of_day(scenario: Scenario, day: str) -> Iterator[datetime]:
    for hour in scenario.hour_starts():
        if f"{hour:%Y-%m-%d}" == day:
            yield from scenario.moments(hour)


def _line(unit: Unit, kind: _Kind, place: Place, *, moment: datetime, scenario: Scenario) -> str:
    time = _time(unit, kind, moment, scenario)
    values = _values(kind, conditions(unit, place.character, moment=moment, scenario=scenario))
    head = (
        str(_sensor_id(unit, kind)),
        kind.name,
        unit.id,
        f"{unit.latitude:.3f}",
        f"{unit.longitude:.3f}",
        f"{time:%Y-%m-%dT%H:%M:%S}",
    )
    return ";".join((*head, *(values.get(column, "") for column in kind.archive_columns)))


def _values(kind: _Kind, seen: Conditions) -> dict[str, str]:
    """Give the values by their names there: P1 is PM10, P2 is PM2.5, pressure is in Pa."""
    if kind is _DUST:
        return {"P1": f"{seen.pm10:.2f}", "P2": f"{seen.pm25:.2f}"}
    return {
        "temperature": f"{seen.temperature:.2f}",
        "pressure": f"{seen.pressure * 100:.2f}",
        "humidity": f"{seen.humidity:.2f}",
    }


def _time(unit: Unit, kind: _Kind, moment: datetime, scenario: Scenario) -> datetime:
    return moment + timedelta(seconds=int(draw(scenario.seed, unit.id, kind.name, "second", moment) * 59))


def _sensor_id(unit: Unit, kind: _Kind) -> int:
    return int(unit.id) * 10 + kind.digit
