"""List the functions of filters: what each takes, and what it gives (OGC 18-088, table 23)."""

import msgspec

from ssclab_data.model import geometry
from ssclab_data.query import temporal


class Function(msgspec.Struct, frozen=True):
    """One function.

    Attributes:
        gives: `bool`, `text`, `number`, `time` or `duration`.
        takes: kinds of the arguments: `text`, `number`, `time` or `geometry`.
        optional: how many of the last ones may be left out.
    """

    gives: str
    takes: tuple[str, ...] = ()
    optional: int = 0


_TWO_TEXTS = ("text", "text")
_PARTS_OF_TIME = ("year", "month", "day", "hour", "minute", "second", "fractionalseconds", "totaloffsetminutes")

FUNCTIONS: dict[str, Function] = {
    **dict.fromkeys(("substringof", "contains", "startswith", "endswith"), Function("bool", _TWO_TEXTS)),
    "length": Function("number", ("text",)),
    "indexof": Function("number", _TWO_TEXTS),
    "substring": Function("text", ("text", "number", "number"), optional=1),
    **dict.fromkeys(("tolower", "toupper", "trim"), Function("text", ("text",))),
    "concat": Function("text", _TWO_TEXTS),
    **dict.fromkeys(_PARTS_OF_TIME, Function("number", ("time",))),
    "date": Function("time", ("time",)),
    "time": Function("duration", ("time",)),
    **dict.fromkeys(("now", "mindatetime", "maxdatetime"), Function("time")),
    **dict.fromkeys(("round", "floor", "ceiling"), Function("number", ("number",))),
    "geo.distance": Function("number", ("geometry", "geometry")),
    "geo.length": Function("number", ("geometry",)),
    "st_relate": Function("bool", ("geometry", "geometry", "text")),
    **dict.fromkeys(geometry.RELATIONS, Function("bool", ("geometry", "geometry"))),
    **dict.fromkeys(temporal.RELATIONS, Function("bool", ("time", "time"))),
}
"""Functions by name."""
