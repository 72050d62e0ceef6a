"""Read what observations have of GML: references inside a document, times, and positions of points."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.model.values import Duration, Instant
from ssclab_data.sources.reading.xml import local

type Element = Any
"""An element of lxml, which is imported when a document is read."""

XLINK = "{http://www.w3.org/1999/xlink}"
_SIDES = tuple(f"{kind}{side}" for kind in ("Average", "Max", "Min", "Total") for side in ("Prec", "Succ"))
_IDS = ("{http://www.opengis.net/gml/3.2}id", "{http://www.opengis.net/gml}id", "id")


class Point(msgspec.Struct, frozen=True):
    """A position as it is written.

    Attributes:
        numbers: in the order of the document.
        crs: what names its reference system, "" where nothing does.
    """

    numbers: tuple[str, ...]
    crs: str


class Times(msgspec.Struct, frozen=True):
    """A moment or a period as it is written; "" where it is not told, or not definitely."""

    begin: str = ""
    end: str = ""


def ids_of(root: Element) -> Mapping[str, Element]:
    """Give the elements of a document by their ids; of two with one id the first."""
    found: dict[str, Element] = {}
    for element in root.iter("*"):
        id_ = next((element.get(name) for name in _IDS if element.get(name)), None)
        if id_:
            found.setdefault(id_, element)
    return found


def child(element: Element | None, *names: str) -> Element | None:
    """Give the first child with one of these names, None where there is none."""
    if element is None:
        return None
    return next((one for one in element if local(one.tag) in names), None)


def first(element: Element | None, *names: str) -> Element | None:
    """Give the first element with one of these names at any depth, None where there is none."""
    return None if element is None else next(every(element, *names), None)


def every(element: Element, *names: str) -> Iterator[Element]:
    """Give the elements with these names at any depth."""
    return (one for one in element.iter("*") if local(one.tag) in names)


def text_in(element: Element | None) -> str:
    """Give the text of an element, without spaces around it."""
    return "" if element is None or element.text is None else str(element.text).strip()


def href(element: Element | None) -> str:
    """Give what an element refers to, "" where it refers to nothing."""
    return "" if element is None else str(element.get(f"{XLINK}href", "")).strip()


def title(element: Element | None) -> str:
    """Give the title of what an element refers to."""
    return "" if element is None else str(element.get(f"{XLINK}title", "")).strip()


def followed(element: Element | None, ids: Mapping[str, Element]) -> Element | None:
    """Give the element that a reference inside the document means (`#ti_1`), else the element itself."""
    target = href(element)
    return ids.get(target[1:]) if target.startswith("#") else element


def times_of(element: Element | None, ids: Mapping[str, Element]) -> Times:
    """Read a moment or a period; one that is `now`, `unknown`, `before` or `after` something is not told."""
    inner = followed(element, ids)
    if inner is None:
        return Times()
    begin, end = (_edge(inner, side, ids) for side in ("begin", "end"))
    if begin or end or first(inner, "TimePeriod") is not None or local(inner.tag) == "TimePeriod":
        return Times(begin, end) if begin and end else Times()
    return Times(_definite(first(inner, "timePosition")))


def aggregated(time: str, interpolation: str, duration: str) -> Times:
    """Give the period that a point of a WaterML series is of, where it is told how long it is and on which side.

    A mean, maximum, minimum or total of the preceding or succeeding interval (OGC 10-126r4, clause 9.11.2) with an
    aggregationDuration is of that interval; any other point is of its moment.

    >>> aggregated("2026-01-01T01:00:00Z", "http://www.opengis.net/def/timeseriesType/AveragePrec", "PT1H")
    Times(begin='2026-01-01T00:00:00Z', end='2026-01-01T01:00:00Z')
    """
    side = next((side for side in _SIDES if interpolation.endswith(side)), "")
    if not (side and duration):
        return Times(time)
    try:
        at, length = Instant.parse(time), Duration.parse(duration)
    except ValueParseError:
        return Times(time)  # told of when it is read as a stamp, or of no fixed length
    other = str(Instant(at.us + (length.us if side.endswith("Succ") else -length.us)))
    return Times(time, other) if side.endswith("Succ") else Times(other, time)


def _edge(element: Element, side: str, ids: Mapping[str, Element]) -> str:
    plain = _definite(first(element, f"{side}Position"))
    return plain or _definite(first(followed(first(element, side), ids), "timePosition"))


def _definite(element: Element | None) -> str:
    return "" if element is None or element.get("indeterminatePosition") else text_in(element)


def point_in(element: Element | None) -> Point | None:
    """Read the first point at any depth, None where there is none."""
    found = first(element, "Point")
    written = first(found, "pos", "coordinates")
    if found is None or written is None:
        return None
    mark = str(written.get("cs", ","))
    numbers = tuple(text_in(written).replace(mark, " ").split())
    holders = (written, found, *found.iterancestors())
    crs = next((str(one.get("srsName")) for one in holders if one.get("srsName")), "")
    return Point(numbers, crs)
