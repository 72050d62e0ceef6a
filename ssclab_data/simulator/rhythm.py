"""Say what the air, the sound and the weather are at a unit at a moment: daily rhythms, with some chance in them."""

import math
from datetime import datetime

import msgspec

from ssclab_data.model.values import Instant
from ssclab_data.simulator.chance import drift, spread
from ssclab_data.simulator.places import Unit
from ssclab_data.simulator.scenario import Scenario, local_hour

_HOUR, _DAY = 3600.0, 86400.0
_SATURDAY = 5


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """The state around a unit: °C, %, hPa, m/s, degrees, µg/m³ (gases and particles), ppm (CO2), dB(A), lux."""

    temperature: float
    humidity: float
    pressure: float
    wind_speed: float
    wind_direction: float
    light: float
    pm1: float
    pm25: float
    pm10: float
    no2: float
    o3: float
    co: float
    co2: float
    noise: float


class _Activity(msgspec.Struct, frozen=True, kw_only=True):
    """What goes on around a unit, each 0 to about 1.5."""

    traffic: float
    people: float
    fires: float
    industry: float
    event: float


class _Mix(msgspec.Struct, frozen=True):
    """How much of each activity an area of a character has."""

    traffic: float
    people: float
    fires: float
    industry: float


_MIXES = {
    "residential": _Mix(0.5, 0.4, 0.8, 0.0),
    "recreation": _Mix(0.2, 0.7, 0.3, 0.0),
    "traffic": _Mix(1.4, 0.3, 0.3, 0.1),
    "events": _Mix(0.6, 0.8, 0.2, 0.0),
    "shopping": _Mix(0.6, 1.2, 0.2, 0.0),
    "mixed": _Mix(0.8, 0.5, 1.0, 0.1),
    "industry": _Mix(0.9, 0.2, 0.1, 1.3),
}


def conditions(unit: Unit, character: str, *, moment: datetime, scenario: Scenario) -> Conditions:
    """Work out the state around a unit.

    Args:
        unit: where.
        character: the lab's kind of area.
        moment: UTC.
        scenario: gives the seed and the event evening.
    """
    seconds = moment.timestamp()
    names = (scenario.seed, unit.lab, unit.id)
    activity = _activity(unit, _MIXES[character], moment=moment, scenario=scenario)
    wind = max(0.4, 3.5 + 2.5 * drift(seconds, scenario.seed, "wind", period=6 * _HOUR))
    still = 2.2 / (1 + wind / 2.5)
    pm25 = 4.0 + still * (3.5 + 4 * activity.traffic + 9 * activity.fires + 8 * activity.industry + 5 * activity.event)
    pm25 *= 1 + 0.15 * drift(seconds, *names, "pm", period=_HOUR)
    coarse = 5 + still * (4 * activity.traffic + 3 * activity.people + 9 * activity.industry + 4 * activity.event)
    no2 = 5 + still * (22 * activity.traffic + 7 * activity.industry + 2 * activity.fires)
    temperature = _temperature(moment, *names, seed=scenario.seed)
    return Conditions(
        temperature=temperature,
        humidity=_humidity(seconds, temperature, names),
        pressure=1013 + 14 * drift(seconds, scenario.seed, "pressure", period=_DAY),
        wind_speed=wind,
        wind_direction=(235 + 70 * drift(seconds, scenario.seed, "direction", period=12 * _HOUR)) % 360,
        light=_light(moment),
        pm1=0.62 * pm25,
        pm25=pm25,
        pm10=pm25 + coarse,
        no2=no2 * (1 + 0.1 * drift(seconds, *names, "no2", period=_HOUR)),
        o3=max(2.0, 62 - 0.9 * no2 + 12 * _sun(moment)),
        co=180 + 9 * no2,
        co2=418 + 30 * activity.traffic + 14 * activity.people,
        noise=_noise(activity) + 1.2 * spread(*names, seconds, "noise"),
    )


def _activity(unit: Unit, mix: _Mix, *, moment: datetime, scenario: Scenario) -> _Activity:
    hour, weekend = local_hour(moment), moment.weekday() >= _SATURDAY
    seen = unit.exposure
    evening = _bump(hour, 20.5, 2.2)
    event = scenario.event.start <= Instant.of(moment) < scenario.event.end
    return _Activity(
        traffic=seen * mix.traffic * _traffic(hour, weekend=weekend),
        people=seen * mix.people * (_bump(hour, 14.5, 3.5) + 0.25 * evening),
        fires=seen * mix.fires * evening,
        # The living lab in Dordrecht saw peaks of particulate matter in the evening that nobody could explain.
        industry=seen
        * mix.industry
        * ((0.35 if weekend else 0.8) * _bump(hour, 13.0, 5.0) + 0.7 * _bump(hour, 21.5, 0.8)),
        event=seen * 1.5 if event and unit.lab == "breda" else 0.0,
    )


def _traffic(hour: float, *, weekend: bool) -> float:
    """Share of the daily traffic: a morning and an evening rush hour, one slow hump at the weekend."""
    base = 0.08 + 0.3 * _bump(hour, 14.0, 5.0)
    if weekend:
        return base + 0.15 * _bump(hour, 15.5, 3.0)
    return base + 0.75 * _bump(hour, 8.2, 1.0) + 0.7 * _bump(hour, 17.4, 1.3)


def _temperature(moment: datetime, *names: str, seed: str) -> float:
    seconds = moment.timestamp()
    season = -math.cos(2 * math.pi * (moment.timetuple().tm_yday - 20) / 365.25)
    daily = math.cos(2 * math.pi * (local_hour(moment) - 15) / 24)
    weather = 3 * drift(seconds, seed, "weather", period=_DAY) + 0.4 * drift(seconds, *names, "shade", period=3 * _HOUR)
    return 10.5 + 7.5 * season + (2.5 + 1.5 * season) * daily + weather


def _humidity(seconds: float, temperature: float, names: tuple[str, ...]) -> float:
    damp = 8 * drift(seconds, names[0], "damp", period=12 * _HOUR) + 2 * drift(seconds, *names, "damp", period=_HOUR)
    return min(97.0, max(32.0, 92 - 1.4 * temperature + damp))


def _sun(moment: datetime) -> float:
    return max(0.0, math.cos(2 * math.pi * (local_hour(moment) - 12.7) / 24))


def _light(moment: datetime) -> float:
    return 18 + 24_000 * math.pow(_sun(moment), 1.5)


def _noise(activity: _Activity) -> float:
    """Add the levels of what goes on by their energy, above a night level of 36 dB(A)."""
    levels = (
        36.0,
        _level(activity.traffic, 62.0),
        _level(activity.people, 56.0),
        _level(activity.industry, 60.0),
        _level(activity.event, 80.0),
    )
    return 10 * math.log10(sum(10 ** (level / 10) for level in levels))


def _level(share: float, at_one: float) -> float:
    return at_one + 10 * math.log10(max(share, 1e-6))


def _bump(hour: float, middle: float, width: float) -> float:
    """Give a bell over the hours of the day, 1 in the middle, that goes round midnight."""
    away = min(abs(hour - middle), 24 - abs(hour - middle))
    return math.exp(-0.5 * (away / width) ** 2)
