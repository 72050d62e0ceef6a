"""Turn SensorThings 1.1 JSON of a lab into Rows and Pages, derived from the declaration of the model."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.errors import ValueParseError
from ssclab_data.federation.peer import Document, PeerError
from ssclab_data.model.entity import Entity, EntityType, Handle, Kind, Navigation, Property
from ssclab_data.model.identity import qualify
from ssclab_data.model.sensorthings import entity_type
from ssclab_data.model.values import Instant, Interval, UnitOfMeasurement, parse_time
from ssclab_data.query.ast import KEY, Expand, Query
from ssclab_data.stores.base import AnswerStatus, Page, Row

COUNT = "@iot.count"
NEXT = "@iot.nextLink"
IOT_ID = "@iot.id"


def decode_page(document: Document, query: Query, *, lab: str) -> Page:
    """Read an answer to a query.

    Args:
        query: what was asked; its expands say which links are nested in the rows.
        lab: key of the lab; handles become `lab~id`.

    Raises:
        PeerError: the document does not hold what was asked.
    """
    values = document.get("value")
    if not isinstance(values, list):
        raise _invalid("its answer has no list `value`")
    return Page(
        entity_type=query.entity_type,
        rows=tuple(decode_row(value, query, lab=lab) for value in values),
        count=decode_count(document, COUNT),
        more=document.get(NEXT) is not None,
    )


def decode_row(document: object, query: Query, *, lab: str) -> Row:
    """Read one entity with the links that were asked for.

    Raises:
        PeerError: it is no entity of the asked type.
    """
    kind = entity_type(query.entity_type)
    if not isinstance(document, dict):
        raise _invalid(f"its answer holds a {kind.name} that is no JSON object")
    handle = _handle(document, kind)
    return Row(
        lab=lab,
        handle=qualify(lab, handle),
        entity=decode_entity(document, kind),
        related={expand.name: _related(document, kind, expand=expand, lab=lab) for expand in query.expand},
    )


def decode_entity(document: Mapping[str, Any], kind: EntityType) -> Entity:
    """Read the properties of an entity; SensorThings has no natural key, so without a member `@key` it is `sta/{id}`.

    Raises:
        PeerError: a value is not of its kind.
    """
    fields: dict[str, Any] = {"key": str(document.get(KEY) or f"sta/{_handle(document, kind)}")}
    for prop in kind.properties:
        if prop.name in document:
            fields[prop.field] = _value(document[prop.name], prop, kind=kind)
    return kind.struct(**fields)


def decode_count(document: Document, member: str) -> int | None:
    """Read a count; None where there is none.

    Raises:
        PeerError: it is no whole number.
    """
    count = document.get(member)
    if count is not None and (type(count) is not int or count < 0):
        raise _invalid(f"its {member} is {count!r}, not a number of entities")
    return count


def next_link(document: Document) -> str | None:
    """Read the link to the next page; None where there is none.

    Raises:
        PeerError: it is no text.
    """
    link = document.get(NEXT)
    if link is not None and not isinstance(link, str):
        raise _invalid(f"its {NEXT} is no text")
    return link


def _related(document: Document, kind: EntityType, *, expand: Expand, lab: str) -> "Row | None | Page":
    link = kind.by_name[expand.name]
    value = document.get(expand.name)
    if isinstance(link, Navigation) and not link.many:
        return None if value is None else decode_row(value, expand.query, lab=lab)
    nested = {"value": value, NEXT: document.get(f"{expand.name}{NEXT}"), COUNT: document.get(f"{expand.name}{COUNT}")}
    if not isinstance(value, list):
        raise _invalid(f"its {kind.name} lacks the asked {expand.name}")
    return decode_page(nested, expand.query, lab=lab)


def _handle(document: Mapping[str, Any], kind: EntityType) -> Handle:
    handle = document.get(IOT_ID)
    if type(handle) is int or (isinstance(handle, str) and handle):
        return handle
    raise _invalid(f"its answer holds a {kind.name} without {IOT_ID}")


def _value(value: Any, prop: Property, *, kind: EntityType) -> Any:
    if value is None:
        return UNSET if prop.required and prop.kind is not Kind.VALUE else None
    try:
        return _READERS[prop.kind](value)
    except (ValueParseError, msgspec.ValidationError, TypeError) as error:
        raise _invalid(f"{kind.name} {prop.name}: {error}") from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueParseError(str(value)[:80], "a text")
    return value


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueParseError(str(value)[:80], "a JSON object")
    return value


def _instant(value: Any) -> Instant:
    return Instant.parse(_text(value))


def _interval(value: Any) -> Interval:
    # Some servers write the bounds of a single Observation as an instant.
    time = parse_time(_text(value))
    return time if isinstance(time, Interval) else Interval(time, time)


def _unit(value: Any) -> UnitOfMeasurement:
    return msgspec.convert(value, UnitOfMeasurement)


_READERS: dict[Kind, Any] = {
    Kind.TEXT: _text,
    Kind.INSTANT: _instant,
    Kind.TIME: lambda value: parse_time(_text(value)),
    Kind.INTERVAL: _interval,
    Kind.JSON: _object,
    Kind.VALUE: lambda value: value,
    Kind.GEOMETRY: _object,
    Kind.UNIT: _unit,
}


def _invalid(reason: str) -> PeerError:
    return PeerError(AnswerStatus.INVALID, reason)
