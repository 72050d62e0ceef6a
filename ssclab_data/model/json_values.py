"""Read the values of properties from decoded JSON, each with the path it stands at."""

from collections.abc import Callable
from typing import Any

from ssclab_data.errors import BodyError, ValueParseError
from ssclab_data.model.entity import Kind, Property
from ssclab_data.model.geojson import check_geojson
from ssclab_data.model.values import Instant, Interval, JsonObject, Time, UnitOfMeasurement, is_finite, parse_time

_UNIT = ("name", "symbol", "definition")


def read_value(value: Any, part: Property, path: str) -> Any:
    """Read the value of a property.

    Args:
        path: where it stands in the body.

    Raises:
        BodyError: it is not of its kind; NaN and infinity never are.
    """
    if value is None and part.kind is not Kind.VALUE:
        if part.required:
            raise BodyError("is required, and cannot be null", path=path)
        return None
    if part.kind is Kind.UNIT:
        return _unit(value, path)
    try:
        return READERS[part.kind](value)
    except ValueParseError as error:
        raise BodyError(str(error), path=path) from error


def join(path: str, name: str | int) -> str:
    """Go one step on from a path: `Datastreams/0/name`."""
    return f"{path}/{name}" if path else str(name)


def shown(value: Any) -> str:
    """Write a value for a message, not at any length."""
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueParseError(shown(value), "a text")
    return value


def _object(value: Any) -> JsonObject:
    if not isinstance(value, dict):
        raise ValueParseError(shown(value), "a JSON object")
    _json(value)
    return value


def _json(value: Any) -> Any:
    if not is_finite(value):
        raise ValueParseError(shown(value), "a JSON value: NaN and infinity are none")
    return value


def _geometry(value: Any) -> JsonObject:
    check_geojson(value)
    return _object(value)


def _instant(value: Any) -> Instant:
    return Instant.parse(_text(value))


def _time(value: Any) -> Time:
    return parse_time(_text(value))


def _interval(value: Any) -> Interval:
    return Interval.parse(_text(value))


def _unit(value: Any, path: str) -> UnitOfMeasurement:
    if not isinstance(value, dict):
        raise BodyError(f"{shown(value)!r} is not a unit: an object with name, symbol and definition", path=path)
    for name, text in value.items():
        if name not in _UNIT:
            raise BodyError("is no member of a unit", path=join(path, name), known=_UNIT)
        if text is not None and not isinstance(text, str):
            raise BodyError(f"{shown(text)!r} is not a text, nor null", path=join(path, name))
    return UnitOfMeasurement(**value)


READERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: _text,
    Kind.INSTANT: _instant,
    Kind.TIME: _time,
    Kind.INTERVAL: _interval,
    Kind.JSON: _object,
    Kind.VALUE: _json,
    Kind.GEOMETRY: _geometry,
}
"""How the value of a kind is read, where it is not null; they raise ValueParseError."""
