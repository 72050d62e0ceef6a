"""Read the query options of a SensorThings request from its raw query string."""

import re
from enum import StrEnum
from urllib.parse import unquote_to_bytes

from ssclab_data.errors import QuerySyntaxError, UnknownNameError, UnsupportedError
from ssclab_data.query.odata import NOT_OFFERED

RESULT_FORMAT = "$resultFormat"
SKIP_TOKEN = "$skiptoken"  # noqa: S105 - a name of OData


class ResultFormat(StrEnum):
    """What `$resultFormat` can ask for."""

    JSON = "JSON"
    DATA_ARRAY = "dataArray"
    CSV = "CSV"
    GEOJSON = "GeoJSON"
    JSON_LD = "JSON-LD"


_ALSO = {ResultFormat.JSON_LD: ("jsonld", "application/ld+json")}

EVERY = "$every"
ZONE = "$zone"

KNOWN = (
    "$filter",
    "$expand",
    "$select",
    "$orderby",
    "$top",
    "$skip",
    "$count",
    SKIP_TOKEN,
    RESULT_FORMAT,
    EVERY,
    ZONE,
)

# A form-encoded space is `+`, and so is the sign of an offset that a client did not encode (FROST-Server#1390).
# Between the digits of a time and an offset a space makes no sense, so there it is a sign.
_OFFSET = re.compile(r"(\d\d(?::|%3[Aa])\d\d(?:(?::|%3[Aa])\d\d(?:[.,]\d+)?)?)\+(?=\d\d(?:(?::|%3[Aa])?\d\d)?(?!\d))")


def read_options(query_string: bytes, *, known: tuple[str, ...] = KNOWN) -> dict[str, str]:
    """Decode the options whose names start with `$`; others are not ours and are left alone.

    Args:
        known: the options that there are.

    Raises:
        QuerySyntaxError: an option is given twice, or is not UTF-8.
        UnknownNameError: there is no such option, or its `$` is missing.
        UnsupportedError: it is an option of OData that is not offered here.
    """
    options: dict[str, str] = {}
    for pair in query_string.decode("latin-1").split("&"):
        raw_name, _, raw_value = pair.partition("=")
        name = _decode(raw_name, "")
        if name.startswith("$") or f"${name}" in known:
            _check(name, options, known)
            options[name] = _decode(raw_value, name)
    return options


def result_format(options: dict[str, str]) -> ResultFormat:
    """Take the format out of the options.

    Raises:
        UnsupportedError: there is none of that name.
    """
    wanted = options.pop(RESULT_FORMAT, ResultFormat.JSON)
    for format_ in ResultFormat:
        if wanted.lower() in (format_.lower(), f"application/{format_.lower()}", *_ALSO.get(format_, ())):
            return format_
    raise UnsupportedError(f"{RESULT_FORMAT}={wanted}", f"known: {', '.join(ResultFormat)}")


def _check(name: str, options: dict[str, str], known: tuple[str, ...]) -> None:
    if name in NOT_OFFERED and name not in known:
        raise UnsupportedError(name, f"known: {', '.join(known)}")
    if name not in known:
        raise UnknownNameError("no option", name, known=known, option=name)
    if name in options:
        raise QuerySyntaxError("is given twice", option=name)


def _decode(text: str, option: str) -> str:
    spaced = _OFFSET.sub(r"\1%2B", text).replace("+", " ")
    try:
        return unquote_to_bytes(spaced.encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError as error:
        raise QuerySyntaxError("is not UTF-8", option=option) from error
