"""Turn what an engine of JSON Schema found into findings, each with what to write instead where that is known."""

import difflib
import math
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec

from ssclab_data.errors import MissingZoneError, ValueParseError
from ssclab_data.model.finding import Finding
from ssclab_data.model.units import Unit, resolve_unit
from ssclab_data.model.values import Interval, parse_time
from ssclab_data.validation.formats import FORMATS, TIME_FORMATS
from ssclab_data.validation.json_faults import Fault, Path, additional
from ssclab_data.validation.rules import RULES, Place, shown

DEEPEST = 64
"""How many levels a document may have; no entity has more than a dozen, its geometry and links included."""

_TEXT = frozenset((str,))
_SIMPLE = frozenset((str, bool, int, type(None)))
_NEAR = 0.7
_UCUM = ("ucum:", "http://unitsofmeasure.org/", "https://unitsofmeasure.org/", "")


def is_fit(value: Any, depth: int = DEEPEST) -> bool:
    """Tell whether JSON can hold a value: no NaN, no infinity, no date, no names that are numbers, not too deep."""
    kind = type(value)
    if kind in _SIMPLE:
        return True
    if kind is float:
        return math.isfinite(value)
    if kind is dict:
        return depth > 0 and _TEXT.issuperset(map(type, value)) and _are_fit(value.values(), depth)
    return kind is list and depth > 0 and _are_fit(value, depth)


def _are_fit(parts: Iterable[Any], depth: int) -> bool:
    # A loop, because this is done for every entity and a generator takes half as long again.
    for part in parts:  # noqa: SIM110
        if type(part) not in _SIMPLE and not is_fit(part, depth - 1):
            return False
    return True


def unfit(value: Any, at: Path = ()) -> Iterator[Finding]:
    """Give a finding for every part of a value that JSON cannot hold."""
    place = Place(path=pointer(at), value=str(value) if not isinstance(value, (dict, list)) else None)
    if isinstance(value, (dict, list)) and len(at) >= DEEPEST:
        yield RULES["too-deep"].finding({"limit": DEEPEST}, place)
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from unfit(part, (*at, name)) if isinstance(name, str) else (_not_json(name, place),)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from unfit(part, (*at, index))
    elif isinstance(value, float) and not math.isfinite(value):
        yield RULES["not-finite"].finding({"value": value}, place)
    elif value is not None and not isinstance(value, (str, bool, int, float)):
        yield _not_json(value, place)


def findings_of(fault: Fault) -> Iterator[Finding]:
    """Give the findings of a fault: one for each name where names are missing or unknown."""
    schema, at, value = fault.schema, fault.at, fault.value
    match fault.keyword:
        case "required" | "dependentRequired":
            for name in _missing(fault):
                yield RULES["missing-property"].finding({"name": name}, Place(path=pointer((*at, name))))
        case "additionalProperties":
            for name in additional(value, schema):
                yield _unknown(name, schema, place=Place(path=pointer((*at, name)), value=value[name]))
        case "format":
            yield _bad_format(value, str(schema["format"]), at)
        case "type":
            stated = schema["type"]
            words = stated if isinstance(stated, str) else " or ".join(stated)
            facts = {"value": shown(value), "expected": words}
            yield RULES["wrong-type"].finding(facts, Place(path=pointer(at), value=value))
        case "":
            yield RULES["not-here"].finding({"value": shown(value)}, Place(path=pointer(at), value=value))
        case keyword:
            yield _named(fault, keyword)


def _missing(fault: Fault) -> Iterator[str]:
    needed = fault.schema[fault.keyword]
    names = (
        needed if isinstance(needed, list) else chain.from_iterable(needed[one] for one in needed if one in fault.value)
    )
    return (name for name in names if name not in fault.value)


def distinct(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Leave out what two keywords say alike, and sort by path, rule and text.

    Of a value of the wrong type nothing else is said.
    """
    kept = {(one.path, one.rule, one.text): one for one in findings}
    mistyped = {path for path, rule, _ in kept if rule == "wrong-type"}
    return tuple(kept[key] for key in sorted(kept) if key[1] != "value-not-allowed" or key[0] not in mistyped)


def pointer(parts: Iterable[object]) -> str:
    """Join keys and indexes into a JSON Pointer (RFC 6901).

    >>> pointer(["properties", "a/b", 0])
    '/properties/a~1b/0'
    """
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def with_ucum_code(text: str) -> str:
    """Write a unit anew with its UCUM code in the place of a symbol; "" where the symbol is not known.

    >>> with_ucum_code("ucum:µg/m3"), with_ucum_code("µg/m³"), with_ucum_code("ucum:µfurlong")
    ('ucum:ug/m3', 'ug/m3', '')
    """
    prefix = next(prefix for prefix in _UCUM if text.startswith(prefix))
    unit = _unit(text.removeprefix(prefix))
    return prefix + unit.ucum if unit is not None else ""


def _named(fault: Fault, keyword: str) -> Finding:
    schema, value = fault.schema, fault.value
    rule = RULES[schema.get("x-rule", "value-not-allowed")]
    if link := schema.get("x-link"):
        return rule.finding({"name": link}, Place(path=pointer((*fault.at, link))))
    facts = {"value": shown(value), "keyword": keyword, "expected": shown(schema.get(keyword))}
    finding = rule.finding(facts, Place(path=pointer(fault.at), value=value))
    if rule.id == "unit-not-ucum":
        return _suggesting(finding, with_ucum_code(str(value)))
    return _suggesting(finding, _instead(schema, value, keyword=keyword))


def _instead(schema: dict[str, Any], value: Any, *, keyword: str) -> str:
    """Give the member of an enumeration that was likely meant, or the number in the unit of the schema."""
    if keyword in ("enum", "const"):
        return nearest(value, schema["enum"] if keyword == "enum" else [schema["const"]])
    if "x-scale" not in schema or keyword not in ("minimum", "maximum"):
        return ""
    scaled = Decimal(repr(value)) * Decimal(repr(schema["x-scale"]))
    fits = schema.get("minimum", -math.inf) <= scaled <= schema.get("maximum", math.inf)
    return f"{scaled.normalize():f}" if fits else ""


def _unknown(name: str, schema: dict[str, Any], *, place: Place) -> Finding:
    known = tuple(one for one in schema.get("properties", {}) if "@" not in one)
    elsewhere = "; put anything else in properties" if "properties" in known else ""
    facts = {"name": shown(name), "known": ", ".join(known), "elsewhere": elsewhere}
    finding = RULES["unknown-property"].finding(facts, place)
    return _suggesting(finding, nearest(name, known))


def nearest(value: object, known: Iterable[object]) -> str:
    """Give the known text that a value was likely meant to be, or "".

    >>> nearest("Observedproperty", ["Thing", "ObservedProperty"])
    'ObservedProperty'
    """
    texts = tuple(one for one in known if isinstance(one, str))
    return _nearest(value, texts) if isinstance(value, str) else ""


@lru_cache(maxsize=1_024)
def _nearest(value: str, known: tuple[str, ...]) -> str:
    # One wrong name comes back in every entity of a file.
    by_plain = {_plain(one): one for one in known}
    found = difflib.get_close_matches(_plain(value), by_plain, n=1, cutoff=_NEAR)
    return by_plain[found[0]] if found else ""


def _plain(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _bad_format(value: str, expected: str, at: Path) -> Finding:
    facts = {"value": shown(value), "expected": expected, "example": FORMATS[expected].example}
    finding = RULES[_format_rule(value, expected)].finding(facts, Place(path=pointer(at), value=value))
    unit = _unit(value) if at[-2:] == ("unitOfMeasurement", "definition") else None
    return _suggesting(finding, unit.definition or f"ucum:{unit.ucum}") if unit is not None else finding


def _unit(text: str) -> Unit | None:
    try:
        return resolve_unit(text)
    except ValueParseError:
        return None


def _suggesting(finding: Finding, suggestion: str) -> Finding:
    return msgspec.structs.replace(finding, suggestion=suggestion) if suggestion else finding


def _format_rule(value: str, expected: str) -> str:
    if expected not in TIME_FORMATS:
        return "bad-format"
    try:
        parse_time(value)
    except MissingZoneError:
        # A bare date is no date-time at all; only a time of day can lack its zone.
        return "zone-missing" if ":" in value else "bad-format"
    except ValueParseError:
        return "end-before-start" if _ends_early(value) else "bad-format"
    return "bad-format"


def _ends_early(value: str) -> bool:
    start, slash, end = value.partition("/")
    if not slash:
        return False
    try:
        Interval.parse(f"{end}/{start}")
    except ValueParseError:
        return False
    return True


def _not_json(value: object, place: Place) -> Finding:
    facts = {"value": shown(str(value)), "type": type(value).__name__}
    return RULES["not-json"].finding(facts, Place(path=place.path, value=str(value)))
