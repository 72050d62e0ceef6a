"""Read moments and places as catalogues write them."""

import re
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.linked_data.terms import PREFIXES
from ssclab_data.model import geometry
from ssclab_data.model.values import Box, Instant

if TYPE_CHECKING:
    from rdflib.term import Node

_XSD = PREFIXES["xsd"]
_CRS84 = ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "https://www.opengis.net/def/crs/OGC/1.3/CRS84")
_NAMED_CRS = re.compile(r"\s*<([^<>]*)>\s*")


def moment_of(value: "Node") -> str:
    """Read a date or a moment with a zone; `xsd:dateTimeStamp` is a dateTime with a zone (XML Schema 1.1, 3.4.28).

    Returns:
        A date as it is, a moment in UTC.

    Raises:
        ValueParseError: it is none, has no zone, or is not typed as one.
    """
    text, datatype = str(value), str(getattr(value, "datatype", None) or "")
    if datatype in (f"{_XSD}dateTime", f"{_XSD}dateTimeStamp"):
        return str(Instant.parse(text))
    if datatype == f"{_XSD}date":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise ValueParseError(text, "a date such as 2026-11-01") from error
    if datatype in (f"{_XSD}gYear", f"{_XSD}gYearMonth"):
        return text
    raise ValueParseError(text, "typed as xsd:date or xsd:dateTime")


def box_of(value: "Node") -> Box:
    """Read a place written as WKT or GeoJSON, in CRS84 degrees.

    Raises:
        ValueParseError: it is neither.
    """
    text = str(value)
    named = _NAMED_CRS.match(text)
    if named is not None and named[1] not in _CRS84:
        raise ValueParseError(text[:80], "in CRS84 degrees")
    plain = text if named is None else text[named.end() :]
    box = geometry.bounds(_json(plain)) if plain.lstrip()[:1] == "{" else geometry.box_of_wkt(plain)
    if box is None:
        raise ValueParseError(text[:80], "a geometry with positions")
    return box


def _json(text: str) -> dict[str, object]:
    try:
        return msgspec.json.decode(text, type=dict[str, object])
    except msgspec.MsgspecError as error:
        raise ValueParseError(text[:80], "a GeoJSON geometry") from error
