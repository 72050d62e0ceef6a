"""Write what a Smart Emission collector ("Whale" API) answers: hour files, devices and last values in raw units."""

import gzip
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import msgspec

from ssclab_data.simulator.chance import draw, spread
from ssclab_data.simulator.faults import written_wrongly
from ssclab_data.simulator.packing import octaves, pack_clock, pack_date, pack_degrees
from ssclab_data.simulator.places import Place, Unit, Vendor
from ssclab_data.simulator.rhythm import Conditions, conditions
from ssclab_data.simulator.scenario import Scenario

type Record = dict[str, Any]
type File = tuple[str, bytes]

_API = "/sensors/v1/devices"
_OCTAVES = ("0", *(f"plus{number}" for number in range(1, 10)))
_FREEZING = 273_150
_CLOCK_ERROR = timedelta(hours=1, seconds=-27)
_GAS_SHARE = 0.64
_OUTPUTS = (
    ("s_temperatureunit", "Unit Temperature", "milliKelvin"),
    ("s_temperatureambient", "Ambient Temperature", "milliKelvin"),
    ("s_humidity", "Relative Humidity", "%mRH"),
    ("s_lightsensortop", "Light Top", "Lux"),
    ("s_barometer", "Air Pressure", "Pascal"),
    ("s_co", "CO Concentration", "ppb"),
    ("s_no2", "NO2 Concentration", "ppb"),
    ("s_o3", "O3 Concentration", "ppb"),
    ("s_co2", "CO2 Concentration", "ppb"),
    ("s_coresistance", "CO Resistance", "Ohm"),
    ("s_no2resistance", "NO2 Resistance", "Ohm"),
    ("s_o3resistance", "O3 Resistance", "Ohm"),
    ("s_pm10", "PM10", "ng/m3"),
    ("s_pm2_5", "PM2.5", "ng/m3"),
    ("s_pm1", "PM1", "ng/m3"),
    ("s_latitude", "Latitude", "encoded latitude"),
    ("s_longitude", "Longitude", "encoded longitude"),
    *((f"v_audio{octave}", None, "dB(A)") for octave in _OCTAVES),
)


def files(place: Place, scenario: Scenario) -> Iterator[File]:
    """Give the path below the source's folder, and the bytes, of each file of a lab's units."""
    for unit in place.of(Vendor.SMART_EMISSION):
        yield f"devices/{unit.id}/device.json", msgspec.json.encode(_device(unit))
        for hour in scenario.hour_starts():
            content = gzip.compress(
                msgspec.json.encode(hour_answer(unit, place, hour=hour, scenario=scenario)), mtime=0
            )
            yield f"devices/{unit.id}/timeseries/{hour:%Y%m%d}/{hour.hour + 1}.json.gz", content
        yield f"devices/{unit.id}/last.json", msgspec.json.encode(last_answer(unit, place, scenario=scenario))


def hour_answer(unit: Unit, place: Place, *, hour: datetime, scenario: Scenario) -> Record:
    """Give the answer for one hour; hour 1 is the one that starts at midnight UTC."""
    records = (_record(unit, place, moment=moment, scenario=scenario) for moment in scenario.moments(hour))
    return {
        "id": unit.id,
        "date": f"{hour:%Y-%m-%d}",
        "hour": hour.hour + 1,
        "timeseries": [{"_id": _object_id(unit, record["time"]), **record, "id": int(unit.id)} for record in records],
    }


def last_answer(unit: Unit, place: Place, *, scenario: Scenario) -> Record:
    """Give the last record: half a minute before the end, its time in seven digits."""
    moment = scenario.end.datetime - timedelta(seconds=31)
    record = _record(unit, place, moment=moment, scenario=scenario)
    ticks = int(draw(scenario.seed, unit.id, "ticks") * 10_000)
    return {"id": unit.id, **record, "time": f"{record['time'][:-1]}{ticks:04d}Z"}


def _device(unit: Unit) -> Record:
    return {
        "id": unit.id,
        "timeseries": f"{_API}/{unit.id}/timeseries",
        "last": f"{_API}/{unit.id}/last",
        "outputs": [
            {"name": name, "label": label, "chart": "True", "unit": measure} for name, label, measure in _OUTPUTS
        ],
    }


def _record(unit: Unit, place: Place, *, moment: datetime, scenario: Scenario) -> Record:
    names = (scenario.seed, unit.id, moment.isoformat())
    seen = conditions(unit, place.character, moment=moment, scenario=scenario)
    time = moment + timedelta(milliseconds=int(draw(*names, "time") * 9_000))
    record = (
        {"p_unitserialnumber": int(unit.id), "time": f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z"}
        | _position(unit, names)
        | _sound(seen.noise, names)
        | _climate(seen)
        | _particles(seen)
        | _gases(seen, names)
        | _housekeeping(time, names)
    )
    return record | written_wrongly(unit, moment, scenario=scenario)


def _position(unit: Unit, names: tuple[str, ...]) -> Record:
    """Give a GPS fix: it moves by some metres from record to record."""
    return {
        "s_longitude": pack_degrees(unit.longitude + 2e-5 * spread(*names, "longitude")),
        "s_latitude": pack_degrees(unit.latitude + 2e-5 * spread(*names, "latitude")),
        "s_satinfo": 131_848,
    }


def _sound(level: float, names: tuple[str, ...]) -> Record:
    """Give the mean (v), lowest (u), highest (t) and momentary (s) level, as packed octaves."""
    levels = {
        "v": level,
        "u": level - 2 - draw(*names, "lowest"),
        "t": level + 3 + 4 * draw(*names, "highest"),
        "s": level + spread(*names, "momentary"),
    }
    packed = {letter: octaves(value) for letter, value in levels.items()}
    return {
        f"{letter}_audio{octave}": packed[letter][index]
        for index, octave in reversed(list(enumerate(_OCTAVES)))
        for letter in levels
    }


def _climate(seen: Conditions) -> Record:
    light = round(seen.light)
    return {
        "s_rain": 0,
        "s_rgbcolor": 15_400_895,
        "s_lightsensorblue": light // 3,
        "s_lightsensorgreen": light // 3,
        "s_lightsensorred": light // 3,
        "s_acceleroz": 764,
        "s_acceleroy": 511,
        "s_accelerox": 503,
        "s_barometer": round(seen.pressure * 100),
        "s_lightsensorbottom": light // 5,
        "s_lightsensortop": light,
        "s_humidity": round(seen.humidity * 1000),
        "s_temperatureambient": _FREEZING + round(seen.temperature * 1000),
        "s_temperatureunit": _FREEZING + round((seen.temperature + 8.5) * 1000),
    }


def _particles(seen: Conditions) -> Record:
    return {
        "s_pm10": round(seen.pm10 * 1000),
        "s_pm2_5": round(seen.pm25 * 1000),
        "s_pm1": round(seen.pm1 * 1000),
        "s_tsp": round(seen.pm10 * 1.2 * 1000),
    }


def _gases(seen: Conditions, names: tuple[str, ...]) -> Record:
    """Give CO2, and in two of three records the cells: resistances in Ohm and uncalibrated ppb, which read too high."""
    if draw(*names, "gases") >= _GAS_SHARE:
        heater = 134_217_728 + int(draw(*names, "heater") * 1000)
        return {"s_co2": round(seen.co2 * 1000), "p_18": heater, "p_17": heater, "p_coheatermode": heater}
    return {
        "s_co2": round(seen.co2 * 1000),
        "s_o3resistance": 4_000 + round(60 * seen.o3),
        "s_no2resistance": 60_000 - round(350 * seen.no2),
        "s_coresistance": 420_000 - round(90 * seen.co),
        "s_o3": 50 + round(0.6 * seen.o3),
        "s_no2": 55 + round(0.6 * seen.no2),
        "s_co": 8_000 + round(4 * seen.co),
    }


def _housekeeping(time: datetime, names: tuple[str, ...]) -> Record:
    clock = time + _CLOCK_ERROR
    uptime = int(time.timestamp()) % 10_000_000
    return {
        "s_secondofday": clock.hour * 3600 + clock.minute * 60 + clock.second,
        "s_rtcdate": pack_date(clock),
        "s_rtctime": pack_clock(clock),
        "p_totaluptime": uptime + 1_000_000,
        "p_sessionuptime": uptime,
        "p_basetimer": 6,
        "p_errorstatus": 0,
        "p_11": int(draw(*names, "p_11") * 20_000),
        "p_powerstate": 2_191,
    }


def _object_id(unit: Unit, time: str) -> str:
    return blake2b(f"{unit.id}/{time}".encode(), digest_size=12).hexdigest()
