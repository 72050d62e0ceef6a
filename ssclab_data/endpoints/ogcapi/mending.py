"""Mend what pygeoapi does to values, logging and links."""

import math
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

_FORMS = ("json", "html")
_NOT_SERVED = ("/processes", "/jobs", "/TileMatrixSets", "/asyncapi")


def mend() -> None:
    """Put our functions in the place of pygeoapi's; a second call changes nothing.

    Its writer turns `<` into `&lt;` in every value and writes NaN bare; its logger takes over the root logger.
    """
    from pygeoapi import api
    from pygeoapi.api import itemtypes

    api.to_json = itemtypes.to_json = _to_json
    api.setup_logger = _leave_logging


def served_only(document: Any) -> Any:
    """Drop links to what is not served here: other parts of pygeoapi, and forms that `f` does not take."""
    if isinstance(document, list):
        return [served_only(part) for part in document]
    if not isinstance(document, dict):
        return document
    return {
        name: list(_served(value)) if name == "links" and isinstance(value, list) else served_only(value)
        for name, value in document.items()
    }


def is_position(longitude: float, latitude: float) -> bool:
    """Tell whether two numbers can be a position in degrees."""
    finite = math.isfinite(longitude) and math.isfinite(latitude)
    return finite and -180 <= longitude <= 180 and -90 <= latitude <= 90


def _served(links: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for link in links:
        parts = urlsplit(str(link.get("href", "")))
        forms = parse_qs(parts.query).get("f", [])
        elsewhere = any(parts.path.endswith(ending) for ending in _NOT_SERVED) or link.get("rel") == "service-doc"
        if not elsewhere and all(form in _FORMS for form in forms):
            yield link


def _to_json(document: Any, pretty: bool = False) -> bytes:
    """Write JSON without changing a value; `pretty` is pygeoapi's to give, and not heeded."""
    from pygeoapi.util import json_serial

    return msgspec.json.encode(document, enc_hook=json_serial)


def _leave_logging(configuration: Any) -> None:
    """Leave the logging of the process to whoever runs it."""
