"""Say which eleven requests are measured, and what a right answer to each holds."""

import random
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import msgspec

from . import plan as plans
from .plan import DATASTREAMS, HIGH, POLYGON, SEARCHED, THINGS, WITHIN, Document, Plan
from .site import Known, Site, segment

DRAWS = 40
_NEWEST = "$orderby=phenomenonTime desc"
_LATEST = f"$expand=Locations,Datastreams($expand=Observations($top=1;{_NEWEST}))&$top={THINGS}"

type Counting = Callable[[Document], int]


class Question(msgspec.Struct, frozen=True):
    """One of the eleven.

    Attributes:
        text: what is asked, for people; `ID` stands for one that is drawn.
        target: path and options, with `{datastream}` or `{observation}` where one is drawn.
        rows: how many a right answer has.
        counted: finds how many an answer has.
        total: the count that a right answer tells; None where it tells none.
    """

    letter: str
    text: str
    target: str
    rows: int
    counted: Counting
    total: int | None = None

    def fault(self, body: bytes) -> str:
        """Tell what is wrong with an answer; "" where it is right."""
        try:
            document: Document = msgspec.json.decode(body)
            rows = self.counted(document)
        except (msgspec.DecodeError, LookupError, TypeError) as error:
            return f"an answer of another form ({type(error).__name__}: {error})"
        if self.total is not None and document.get("@iot.count") != self.total:
            return f"count {document.get('@iot.count')}, not {self.total:,}"
        return "" if rows == self.rows else f"{rows:,} rows, not {self.rows:,}"


def questions(plan: Plan) -> tuple[Question, ...]:
    """Give the eleven for the data of a run."""
    week = plans.time(plan.week)
    name = plans.property_name(SEARCHED)
    one, all_rows = plan.each, plan.rows
    page = f"{{datastream}}/Observations?$top=1000&{_NEWEST}"
    lean = f"{page}&$resultFormat=dataArray&$select=phenomenonTime,result"
    high = f"$filter=result gt {HIGH:g} and phenomenonTime ge {week}&$top=100"
    path = f"$filter=Datastream/ObservedProperty/name eq '{name}' and result gt {HIGH:g}&{_NEWEST}&$top=100"
    within = f"$filter=st_within(Locations/location,geography'{POLYGON}')"
    return (
        _question("a", "Things?$top=10", rows=10),
        Question("b", f"Things?{_LATEST}", f"Things?{_LATEST}", DATASTREAMS, _newest),
        _question("c", page, rows=min(one, 1_000)),
        Question("d", _shown(lean), lean, min(one, 1_000), _array),
        _question("e", "Observations?$top=10000&$orderby=phenomenonTime", rows=min(all_rows, 10_000)),
        _question("f", "Observations?$count=true&$top=1", rows=1, total=all_rows),
        _question("g", "{datastream}/Observations?$count=true&$top=1", rows=1, total=one),
        _question("h", f"Observations?{high}", rows=min(100, plan.high_of_week())),
        _question("i", f"Observations?{path}", rows=min(100, plan.high_of_searched())),
        _question("j", f"Things?{within}", rows=WITHIN),
        Question("k", "Observations(ID)", "{observation}", 1, _entity),
    )


def targets(site: Site, question: Question, *, known: Known) -> list[str]:
    """Draw request targets, with entities that this server has."""
    if "{" not in question.target:
        return [site.target(_quoted(question.target))]
    chance = random.Random(question.letter)
    drawn = [known.datastreams[chance.randrange(DATASTREAMS)] for _ in range(DRAWS)]
    if "{observation}" in question.target:
        return [site.target(_quoted(_observation(site, one))) for one in drawn]
    return [site.target(_quoted(question.target.replace("{datastream}", one))) for one in drawn]


def _question(letter: str, target: str, *, rows: int, total: int | None = None) -> Question:
    return Question(letter, _shown(target), target, rows, _value, total)


def _shown(target: str) -> str:
    return target.replace("{datastream}", "Datastreams(ID)")


def _quoted(target: str) -> str:
    return quote(target, safe="/?&=$(),;:'")


def _observation(site: Site, datastream: str) -> str:
    """Find one Observation of a Datastream, by its own link."""
    return segment(site.get(f"{datastream}/Observations?$top=1")["value"][0])


def _value(document: Document) -> int:
    return len(document["value"])


def _entity(document: Document) -> int:
    return int("result" in document)


def _array(document: Document) -> int:
    return sum(len(group["dataArray"]) for group in document["value"])


def _newest(document: Document) -> int:
    """Count the Datastreams that show one Observation, below Things that show their place."""
    found: list[list[Any]] = [
        datastream["Observations"]
        for thing in document["value"]
        if thing["Locations"]
        for datastream in thing["Datastreams"]
    ]
    return sum(len(observations) == 1 for observations in found)
