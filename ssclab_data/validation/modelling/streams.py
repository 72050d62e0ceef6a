"""Check how a Datastream says what its values are: raw or calibrated, of a moment or a mean over a period."""

import re
from collections.abc import Iterator

import msgspec
from msgspec import UNSET

from ssclab_data.linked_data.sosa import Node
from ssclab_data.model import sensorthings as sta
from ssclab_data.model.finding import Finding
from ssclab_data.validation.modelling.context import Context, at, properties

_RAW = re.compile(r"\b(raw|uncalibrated|ruwe?|ongekalibreerde?)\b", re.IGNORECASE)
_CALIBRATED = re.compile(r"\b(calibrated|validated|gekalibreerde?|gevalideerde?)\b", re.IGNORECASE)
_MEAN = re.compile(
    r"\b(?:(hourly|hour|uur|daily|day|dag)[ -]?(?:mean|average|gemiddelde)|(?:mean|average|gemiddelde) (?:per|over) "
    r"(?:an |een |the |1 )?(hour|uur|day|dag))",
    re.IGNORECASE,
)
_PERIODS = {"hourly": "PT1H", "hour": "PT1H", "uur": "PT1H", "daily": "P1D", "day": "P1D", "dag": "P1D"}


class Times(msgspec.Struct, frozen=True):
    """How many phenomenonTimes of a Datastream are instants and how many are intervals."""

    instants: int = 0
    intervals: int = 0


def check_stream(node: Node, context: Context) -> Iterator[Finding]:
    """Check that a Datastream says whether its values are raw or calibrated, and not both."""
    entity = node.entity
    if not isinstance(entity, sta.Datastream):
        return
    known = properties(entity)
    if not isinstance(known.get("calibrated"), bool) and not known.get("measurementKind"):
        yield from context.breach("measurement-kind-missing", {}, at(node, "/properties/calibrated"))
    text = _text(entity)
    if _RAW.search(text) and _CALIBRATED.search(text):
        yield from context.breach("raw-and-calibrated-mixed", {}, at(node, "/description", text))


def check_times(node: Node, times: Times, context: Context) -> Iterator[Finding]:
    """Check that means stand over intervals, and that what stands over intervals is said to be a mean."""
    period = _period(node.entity)
    if period and times.instants:
        facts = {"period": period}
        for finding in context.breach("mean-as-instant", facts, at(node, "/Observations/phenomenonTime")):
            yield msgspec.structs.replace(finding, count=times.instants)
    if not period and times.intervals:
        yield from context.breach("interval-not-declared", {}, at(node, "/properties/period"))


def _period(entity: object) -> str:
    """Give the period that a Datastream's values are means over, as it says by a property or in words; else ""."""
    if not isinstance(entity, sta.Datastream):
        return ""
    known = properties(entity)
    stated = known.get("period") or known.get("aggregation")
    if stated:
        return str(stated)
    found = _MEAN.search(_text(entity))
    return _PERIODS[(found[1] or found[2]).lower()] if found else ""


def _text(entity: sta.Datastream) -> str:
    return " ".join(text for text in (entity.name, entity.description) if text is not UNSET and text)
