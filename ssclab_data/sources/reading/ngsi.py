"""Read entities of the NGSI models in each of their forms: v2 and LD, normalised, concise, key-values, GeoJSON."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import msgspec

from ssclab_data.sources.declaration import Form, MappingFile, Named
from ssclab_data.sources.reading.bounds import spend
from ssclab_data.sources.reading.record import Fields, Payload, Record, rejected
from ssclab_data.sources.reading.shaping import forms_of

STATION = "station"
"""Field that every record gets: the device, else the point of interest, else the id without the times in it."""

OBSERVED_AT = "observedAt"
"""Field with the time of a property that carries its own; such properties are records by time."""

_VALUES = ("value", "object", "languageMap", "vocab", "json")
_UNITS = ("unitCode", "unit")
_MOMENTS = (OBSERVED_AT, "TimeInstant", "timestamp", "dateObserved")
_TAKEN = frozenset({"type", "values", "metadata", *_VALUES, *_UNITS, *_MOMENTS})
_LONGEST_ID = 500
"""So much of the end of an id is looked at for times."""
_URN = re.compile(r"urn:ngsi-ld:[^:]+:")
_TIMES = re.compile(r"(?:[-_:/.]?\d{4}-?\d\d-?\d\dT\d\d:?\d\d(?::?\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)+$")


class Value(msgspec.Struct, frozen=True):
    """One value of an attribute of an entity.

    Attributes:
        unit: what it says of its unit, mostly a UN/CEFACT code; "" where nothing.
        at: its own time, "" where it has none.
        about: what else it says of itself.
    """

    name: str
    value: Any
    unit: str = ""
    at: str = ""
    about: Fields = msgspec.field(default_factory=dict)


def read(mapping: MappingFile, form: Form, payload: Payload) -> list[Record] | None:
    """Make flat records of entities, with names as the mapping spells them; None where there are none of the form.

    A property with a unit has it in the field `<name>.unit`, and what else it says of itself in `<name>.about.*`;
    objects within have their names joined by a dot.
    A `dateObserved` that is an interval becomes `dateObservedFrom` and `dateObservedTo`.
    """
    if not payload.looks_like_json:
        return None
    entities = _entities(payload.document)
    if not entities or not all(isinstance(one, dict) for one in entities):
        return None
    forms, spelling, measured = forms_of(mapping, form), _Spelling(mapping), frozenset(mapping.fields)
    found = [_settled(forms, one) for entity in entities for one in _entries(entity, spelling, measured)]
    return found if any(record.form in forms for record in found) else None


class _Spelling:
    """Names as a mapping writes them, whichever case or underscores an entity has."""

    def __init__(self, mapping: MappingFile) -> None:
        names = [
            *mapping.fields,
            *mapping.ignore,
            *(name for one in (mapping.thing, mapping.sensor) for name in _named(one)),
        ]
        times = [rule for rule in (mapping.time, *(form.time for form in mapping.forms)) if rule is not None]
        names += [name for rule in times for name in (*rule.fields, *rule.until, *rule.result)]
        names += [name for form in mapping.forms for name in form.having]
        places = [rule for rule in (mapping.place, *(form.place for form in mapping.forms)) if rule is not None]
        names += [rule.geojson for rule in places]
        self._names = {_key(name): name for name in names if name and "*" not in name}

    def __call__(self, name: str) -> str:
        short = re.split(r"[/#]", name)[-1] if "://" in name else name
        return self._names.get(_key(short), short)


def _entities(document: Any) -> list[Any]:
    """Find the entities of a document: one, a list, those of a notification, or the features of a collection."""
    if isinstance(document, list):
        return document
    if not isinstance(document, dict):
        return []
    for name in ("data", "features"):
        if isinstance(document.get(name), list) and document.get("type") in ("Notification", "FeatureCollection", None):
            return list(document[name])
    return [document]


def _plain(entity: Fields) -> Fields:
    """Take the entity out of a GeoJSON feature."""
    inner = entity.get("properties")
    if entity.get("type") != "Feature" or not isinstance(inner, dict):
        return entity
    rest = {name: value for name, value in entity.items() if name not in ("type", "properties")}
    if "location" not in inner and "geometry" in rest:
        rest["location"] = rest.pop("geometry")
    return {**rest, **inner}


def _settled(forms: tuple[Form, ...], entry: "_Entry") -> Record:
    """Give the record of the first form that it fits; a rejected one where it fits none."""
    for form in forms:
        if all(name in entry.fields for name in form.having) and _belongs(form, entry.fields):
            return Record(0, form, entry.fields, entry.alone, entry.repeated)
    return rejected("unknown-form", entry.alone, entry.fields.get("type"))


def _belongs(form: Form, fields: Fields) -> bool:
    return all(_short(fields.get(name)) in texts for name, texts in form.only.items())


def _short(value: Any) -> str:
    found = value[0] if isinstance(value, list) and value else value
    return re.split(r"[/#]", found)[-1] if isinstance(found, str) else ""


class _Entry(msgspec.Struct, frozen=True):
    """What may be a record."""

    fields: Fields
    alone: Callable[[], bytes]
    repeated: tuple[str, ...]


def _entries(item: Fields, spelling: _Spelling, measured: frozenset[str]) -> Iterator[_Entry]:
    """Make an entry of what belongs to one time: the properties without a time of their own are one."""
    values = [value for name, raw in _plain(item).items() for value in _values(spelling(name), raw)]
    shared = [value for value in values if value.name not in measured]
    base = dict(pair for value in shared for pair in _flat(value))
    base.update(_period(base))
    base[STATION] = _station(base)
    alone = partial(_written, item)
    timed = [value for value in values if value.name in measured]
    moments: dict[str, list[Value]] = {} if timed else {"": []}
    for value in timed:
        moments.setdefault("" if "dateObservedTo" in base else value.at, []).append(value)
    for moment, here in moments.items():
        own = {OBSERVED_AT: moment} if moment else {}
        fields = {**base, **own, **dict(pair for value in here for pair in _flat(value))}
        spend(len(fields))
        yield _Entry(fields, alone, _repeated(here))


def _written(item: Fields) -> bytes:
    return json.dumps(item, ensure_ascii=False).encode()


def _values(name: str, raw: Any) -> Iterator[Value]:
    """Give the values of an attribute: one, or several with a time each."""
    if isinstance(raw, list) and raw and all(_is_attribute(one) for one in raw):
        for one in raw:
            yield from _values(name, one)
    elif isinstance(raw, dict) and isinstance(raw.get("values"), list):
        for pair in raw["values"]:
            if isinstance(pair, list) and len(pair) == 2:
                yield Value(name, pair[0], _unit(raw), str(pair[1]), _about(raw))
    elif _is_attribute(raw):
        yield Value(name, _content(raw), _unit(raw), _moment(raw), _about(raw))
    else:
        yield Value(name, _typed(raw))


def _is_attribute(raw: Any) -> bool:
    return isinstance(raw, dict) and any(name in raw for name in _VALUES)


def _content(raw: Fields) -> Any:
    value = next(raw[name] for name in _VALUES if name in raw)
    if raw.get("type") == "geo:point" and isinstance(value, str):
        return _point(value)
    return _content(value) if _is_attribute(value) else _typed(value)


def _typed(value: Any) -> Any:
    """Take the text out of `{"@type": "DateTime", "@value": "..."}`."""
    return value["@value"] if isinstance(value, dict) and "@value" in value else value


def _point(text: str) -> Any:
    """Make a geometry of `latitude, longitude`, the order of `geo:point`."""
    parts = text.split(",")
    try:
        latitude, longitude = (float(part) for part in parts)
    except ValueError:
        return text
    return {"type": "Point", "coordinates": [longitude, latitude]}


def _unit(raw: Fields) -> str:
    found = raw.get("unitCode", _metadata(raw, *_UNITS))
    return str(found) if isinstance(found, str | int) else ""


def _moment(raw: Fields) -> str:
    found = _typed(raw.get(OBSERVED_AT, _metadata(raw, *_MOMENTS)))
    return _content(found) if _is_attribute(found) else found if isinstance(found, str) else ""


def _metadata(raw: Fields, *names: str) -> Any:
    held = raw.get("metadata")
    found = [held[name] for name in names if isinstance(held, dict) and name in held]
    return next((one["value"] if isinstance(one, dict) and "value" in one else one for one in found), None)


def _about(raw: Fields) -> Fields:
    """Give what an attribute says beside its value, unit and time."""
    held = raw.get("metadata")
    beside = held if isinstance(held, dict) else {}
    return {name: one for name, one in {**raw, **beside}.items() if name not in _TAKEN}


def _flat(value: Value) -> Iterator[tuple[str, Any]]:
    yield from _leaves(value.name, value.value)
    if value.unit:
        yield f"{value.name}.unit", value.unit
    yield from _leaves(f"{value.name}.about", value.about)


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for inner, one in value.items():
            yield from _leaves(f"{name}.{inner}", one)
    else:
        yield name, value


def _period(fields: Fields) -> Fields:
    """Part an interval that is written as one text."""
    text = fields.get("dateObserved")
    if not isinstance(text, str) or "/" not in text or "dateObservedFrom" in fields:
        return {}
    start, _, end = text.partition("/")
    del fields["dateObserved"]
    return {"dateObservedFrom": start, "dateObservedTo": end}


def _station(fields: Fields) -> str:
    for name in ("refDevice", "refPointOfInterest"):
        found = fields.get(name)
        found = found[0] if isinstance(found, list) and len(found) == 1 else found
        if isinstance(found, str) and found:
            return _URN.sub("", found, count=1)
    name = _URN.sub("", str(fields.get("id", "")), count=1)
    return name[:-_LONGEST_ID] + _TIMES.sub("", name[-_LONGEST_ID:]) or name


def _repeated(values: Iterable[Value]) -> tuple[str, ...]:
    counts = Counter(value.name for value in values)
    return tuple(name for name, count in counts.items() if count > 1)


def _named(named: Named) -> list[str]:
    templates = [*named.id, named.name, named.description]
    inside = [part for text in templates for part in re.findall(r"\{([^}]+)\}", text)]
    return [*named.id, *named.properties.values(), *(name for part in inside for name in part.split("|"))]


def _key(name: str) -> str:
    return name.replace("_", "").casefold()
