"""List the functions of filters: how many arguments each takes, and what it gives (OGC 18-088, tables 24 and 25)."""

import msgspec

from ssclab_data.model.geometry import RELATIONS


class Function(msgspec.Struct, frozen=True):
    """One function.

    Attributes:
        least: the fewest arguments.
        most: the most arguments.
        gives: `bool`, `text`, `number`, `time` or `duration`.
        takes: kind of all arguments: `text`, `number`, `time`, `geometry` or "" for mixed.
    """

    least: int
    most: int
    gives: str
    takes: str = ""


FUNCTIONS: dict[str, Function] = {
    "substringof": Function(2, 2, "bool", "text"),
    "contains": Function(2, 2, "bool", "text"),
    "startswith": Function(2, 2, "bool", "text"),
    "endswith": Function(2, 2, "bool", "text"),
    "length": Function(1, 1, "number", "text"),
    "indexof": Function(2, 2, "number", "text"),
    "substring": Function(2, 3, "text"),
    "tolower": Function(1, 1, "text", "text"),
    "toupper": Function(1, 1, "text", "text"),
    "trim": Function(1, 1, "text", "text"),
    "concat": Function(2, 2, "text", "text"),
    **dict.fromkeys(
        ("year", "month", "day", "hour", "minute", "second", "fractionalseconds", "totaloffsetminutes"),
        Function(1, 1, "number", "time"),
    ),
    "date": Function(1, 1, "time", "time"),
    "time": Function(1, 1, "duration", "time"),
    **dict.fromkeys(("now", "mindatetime", "maxdatetime"), Function(0, 0, "time")),
    **dict.fromkeys(("round", "floor", "ceiling"), Function(1, 1, "number", "number")),
    "geo.distance": Function(2, 2, "number", "geometry"),
    "geo.length": Function(1, 1, "number", "geometry"),
    "st_relate": Function(3, 3, "bool"),
    **dict.fromkeys(RELATIONS, Function(2, 2, "bool", "geometry")),
    **dict.fromkeys(
        ("before", "after", "meets", "during", "overlaps", "starts", "finishes"), Function(2, 2, "bool", "time")
    ),
}
"""Functions by name."""
