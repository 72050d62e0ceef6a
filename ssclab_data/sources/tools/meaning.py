"""Guess what the fields of records mean, by their names and values: times, places, ids, quantities."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.model import codelists
from ssclab_data.model.units import convert_unit, resolve_unit, units
from ssclab_data.model.values import parse_local
from ssclab_data.sources.numbers import parse_number

type Sample = Sequence[dict[str, Any]]

_TIMES = (
    r"phenomenontime|observed|measured|gemeten|time_?utc$|time_?stamp_?utc",
    r"(^|[._ ])(date_?time|time_?stamp|time|ts|zeit|hora|tijd|tijdstip|datum_?tijd|meettijd|last_seen)$",
    r"(date_?time|time_?stamp|begindatumtijd|_time|\btime)",
    r"(^|[._ ])at$",
    r"(received|created|updated|last|date|datum|fecha|seen)",
)
_DAYS = r"(^|[._ ])(date|datum|yyyymmdd|day|fecha|tag)$"
_CLOCKS = r"(^|[._ ])(time|tijd|hour|uur|hh?|stunde|uhrzeit|hora|zeit)$"
_FORMATS = (
    "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M", "%Y%m%d%H%M%S", "%Y%m%d %H%M", "%Y%m%d %H:%M", "%Y%m%d%H%M", "%Y%m%d %H", "%d/%m/%Y %H",
    "%d.%m.%Y %H", "%d-%m-%Y %H", "%Y-%m-%d %H",
)  # fmt: skip
_IDS = (
    r"(device_?id|dev_?eui|deveui)$",
    r"(station_?number|stat_nummer|station_?code|station_?id|estacion|stationscode|^station|stn|meetpunt)$",
    r"(sensor_?index|sensor_?id|box_?id|node_?id|node|serial(_?number)?|unit_?id|mac|location_?id)$",
    r"(^|[._])(_?id|uid|uuid|code|key|module|device|sensor|box)$",
    r"(^|[._])(name|naam|title)$",
)
_NAMES = r"(^|[._])(name|naam|title|label|station_name|stat_naam|locatie)$"
_LATITUDE, _LONGITUDE = r"(^|[._ ])(lat|latitude|breedtegraad|y)$", r"(^|[._ ])(lon|lng|long|longitude|lengtegraad|x)$"
_PAIRS = r"(coordinates|location|position|latlng|lonlat|point)$"

_HOUSEKEEPING = (
    r"batt|accu|volt|rssi|snr|signal|uptime|version|firmware|interval|count|\bidx|index$|^n$|error|status|_id$|supply"
)
_QUANTITIES = (
    ("pm25", r"pm[ _]?2[._ ]?5|^p2$"),
    ("pm10", r"pm[ _]?10(?!\d)|^p1$"),
    ("pm1", r"pm[ _]?1([._]0)?(?!\d)|^p0$"),
    ("no2", r"\bno2\b|nitrogen.?dioxide|stikstofdioxide|stickstoffdioxid"),
    ("o3", r"\bo3\b|ozon"),
    ("co2", r"\bco2\b|eco2|carbon.?dioxide"),
    ("so2", r"\bso2\b|sul(ph|f)ur.?dioxide"),
    ("nh3", r"\bnh3\b|ammonia"),
    ("nox", r"\bnox\b"),
    ("no", r"\bno\b"),
    ("co", r"\bco\b|carbon.?monoxide|koolmonoxide"),
    ("black-carbon", r"\bbc\b|black.?carbon"),
    ("dew-point", r"dew.?point|dauwpunt"),
    ("temperature", r"temp|^t$|lufttemp"),
    ("relative-humidity", r"humid|^rh$|^hum|feucht|vocht"),
    ("pressure", r"press|luchtdruk|luftdruck|baro"),
    ("laeq", r"la_?eq|\bleq\b|noise|geluid|lärm|sound|dba$"),
    ("wind-direction", r"wind.?(dir|head|richt|from)"),
    ("wind-gust", r"gust|windstoot"),
    ("wind-speed", r"wind"),
    ("illuminance", r"lux|illumin|light"),
    ("global-radiation", r"radiation|straling|solar"),
    ("precipitation", r"rain|precip|neerslag|regen"),
)
_NO_VALUE = ("-", "--", "none", "null", "nan", "n/a", "na", "-999", "-9999", "-999.0", "unavailable")
_UNIT_IN_NAME = re.compile(r"[(\[]\s*([^)\]]+?)\s*[)\]]\s*$")
_RD = ((0, 300_000), (300_000, 630_000))


class Quantity(msgspec.Struct, frozen=True, kw_only=True):
    """A field that seems to hold values of a property.

    Attributes:
        unit: text of the unit; that of the property where the source tells none.
        told: whether the source tells it.
    """

    field: str
    property: str
    unit: str
    told: bool


class TimeGuess(msgspec.Struct, frozen=True, kw_only=True):
    """How a stamp may be read; as in a time rule."""

    fields: tuple[str, ...] = ()
    text: str = ""
    format: str = ""
    zone: str = ""


def values_of(sample: Sample, name: str) -> list[Any]:
    """Give the values that records have in a field, without those that say that there is none."""
    return [one[name] for one in sample if one.get(name) not in (None, "") and not _says_none(one[name])]


def names_of(sample: Sample) -> list[str]:
    """Give the names of the fields of all records, in their order."""
    return list(dict.fromkeys(name for one in sample for name in one))


def words_for_none(sample: Sample, names: Iterable[str]) -> list[str]:
    """Give the texts in some fields that seem to say that there is no value."""
    texts = {str(one[name]).strip() for name in names for one in sample if name in one}
    return sorted(text for text in texts if text and _says_none(text))


def _says_none(value: Any) -> bool:
    return str(value).strip().lower() in _NO_VALUE


def guess_times(sample: Sample) -> Iterator[TimeGuess]:
    """Give ways to read the time of a record, the likeliest first."""
    names = names_of(sample)
    seen: set[str] = set()
    for pattern in _TIMES:
        for name in names:
            if name not in seen and re.search(pattern, name, re.IGNORECASE):
                read = _read_stamps(values_of(sample, name))
                if read is not None:
                    seen.add(name)
                    yield TimeGuess(fields=(name,), format=read[0], zone=read[1])
    yield from _apart(sample, names)


def _apart(sample: Sample, names: Sequence[str]) -> Iterator[TimeGuess]:
    """Try a date and a time in two fields."""
    for day in (name for name in names if re.search(_DAYS, name, re.IGNORECASE)):
        for clock in (name for name in names if name != day and re.search(_CLOCKS, name, re.IGNORECASE)):
            text = f"{{{day}}} {{{clock}}}"
            read = _read_stamps([f"{one[day]} {one[clock]}" for one in sample if one.get(day) and one.get(clock)])
            if read is not None:
                yield TimeGuess(fields=(day, clock), text=text, format=read[0], zone=read[1])


def _read_stamps(values: Sequence[Any]) -> tuple[str, str] | None:
    """Give format and zone of stamps, None where they are none."""
    texts = [str(value).strip() for value in values[:50]]
    if not texts or any(isinstance(value, list | dict | bool) for value in values[:50]):
        return None
    for form, pattern in (("unix", r"1[0-9]{9}(\.\d+)?"), ("unix-ms", r"1[0-9]{12}")):
        if all(re.fullmatch(pattern, text) for text in texts):
            return form, ""
    for form in ("", *_FORMATS):
        try:
            zones = [_moment(text, form).tzinfo for text in texts]
        except ValueError:
            continue
        return form, "" if all(zones) else "UTC"
    return None


def _moment(text: str, form: str) -> datetime:
    if form:
        return datetime.strptime(text, form)
    if not re.match(r"\d{4}[-/]\d\d[-/]\d\d[T ]", text):
        raise ValueError(text)
    return parse_local(text.replace("/", "-"))


def guess_id(sample: Sample, taken: Iterable[str]) -> str:
    """Give the field that seems to tell whose a record is; "" where none does."""
    names = [name for name in names_of(sample) if name not in set(taken)]
    for pattern in _IDS:
        for name in sorted(names, key=lambda name: (name.count("."), names.index(name))):
            values = values_of(sample, name)
            if re.search(pattern, name, re.IGNORECASE) and values and all(isinstance(one, str | int) for one in values):
                return name
    return ""


def guess_name(sample: Sample) -> str:
    """Give the field that seems to hold the name of a unit; "" where none does."""
    return next((name for name in names_of(sample) if re.search(_NAMES, name, re.IGNORECASE)), "")


def guess_place(sample: Sample) -> dict[str, str]:
    """Give a rule for positions: two fields, or one with both; nothing where there is none."""
    names = names_of(sample)
    for latitude in (name for name in names if re.search(_LATITUDE, name, re.IGNORECASE)):
        prefix = latitude[: re.search(_LATITUDE, latitude, re.IGNORECASE).start()]  # type: ignore[union-attr]
        for longitude in (name for name in names if re.search(_LONGITUDE, name, re.IGNORECASE)):
            if longitude.startswith(prefix):
                found = _two(_numbers(sample, longitude), _numbers(sample, latitude))
                if found is not None:
                    return {"longitude": longitude, "latitude": latitude, **found}
    for name in (name for name in names if re.search(_PAIRS, name, re.IGNORECASE)):
        pairs = [value for value in values_of(sample, name) if isinstance(value, list) and len(value) in (2, 3)]
        if pairs and all(isinstance(one, int | float) for pair in pairs for one in pair):
            return {"pair": name}
    return {}


def _two(x: list[float], y: list[float]) -> dict[str, str] | None:
    """Tell in which system two columns of numbers can be a position; None for in none."""
    if not x or not y:
        return None
    if all(abs(one) <= 180 for one in x) and all(abs(one) <= 90 for one in y):
        return {}
    if all(_RD[0][0] <= one <= _RD[0][1] for one in x) and all(_RD[1][0] <= one <= _RD[1][1] for one in y):
        return {"crs": "EPSG:28992"}
    return None


def _numbers(sample: Sample, name: str, decimal: str = ".") -> list[float]:
    """Give the values of a field as numbers, none where one is no number."""
    try:
        return [float(parse_number(value, decimal)) for value in values_of(sample, name)]
    except ValueParseError:
        return []


def guess_quantities(sample: Sample, taken: Iterable[str], decimal: str, unit_field: str) -> list[Quantity]:
    """Give the fields that seem to hold values, with their properties."""
    skipped = set(taken)
    found = []
    for name in names_of(sample):
        numbers = [] if name in skipped else _numbers(sample, name, decimal)
        property_ = property_named(name) if numbers else ""
        if property_:
            unit = _unit_of(sample, name, property_, unit_field)
            fits = unit or _usual(property_, numbers)
            found.append(Quantity(field=name, property=property_, unit=fits, told=bool(unit)))
    return found


def property_named(name: str) -> str:
    """Give the observed property that a field name seems to mean; "" for none."""
    plain = _UNIT_IN_NAME.sub("", name)
    for text in (plain.rpartition(".")[2], plain):
        if re.search(_HOUSEKEEPING, text, re.IGNORECASE):
            return ""
        known = text.lower().replace("_", "-").replace(" ", "-")
        if known in codelists.observed_properties():
            return known
        words = re.sub(r"[_\-/]+", " ", text)
        for id_, pattern in _QUANTITIES:
            if re.search(pattern, text, re.IGNORECASE) or re.search(pattern, words, re.IGNORECASE):
                return id_
    return ""


def _unit_of(sample: Sample, name: str, property_: str, unit_field: str) -> str:
    """Give the unit that the source tells of a field, where it can be one of the property."""
    inside = _UNIT_IN_NAME.search(name)
    beside = [*values_of(sample, f"{name}.unit"), *values_of(sample, unit_field)]
    texts = [inside[1] if inside else "", *map(str, beside[:1])]
    return next((text for text in texts if text and _converts(text, property_)), "")


def _usual(property_: str, numbers: Sequence[float]) -> str:
    if property_ == "pressure" and min(numbers) > 20_000:
        return "Pa"
    return codelists.observed_property(property_).ucum


def _converts(text: str, property_: str) -> bool:
    info = codelists.observed_property(property_)
    try:
        convert_unit(resolve_unit(text), units()[info.ucum])
    except ValueParseError:
        return False
    return True
