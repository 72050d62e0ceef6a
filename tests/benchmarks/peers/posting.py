"""Fill a server with the plan over HTTP, as any client would, and time it."""

from collections.abc import Iterator
from typing import Any

import msgspec

from .. import client
from ..children import ServerError
from ..measure import say
from . import plan as plans
from .plan import DATASTREAMS, PER_THING, THINGS, Document, Plan
from .site import Known, Site

SINGLE_CONNECTIONS, ARRAY_CONNECTIONS = 32, 4
GROUPS, GROUP_ROWS = 20, 50
SINGLE_ROWS = 2
"""How many rows of each Datastream are sent one by one, at most."""
_ARRAYS = "CreateObservations"


class Filled(msgspec.Struct, frozen=True):
    """How fast a server took what it was sent, in Observations per second; None where that was not tried."""

    singles: float | None = None
    arrays: float | None = None
    refusal: str = ""


def fill(site: Site, plan: Plan) -> Filled:
    """Fill a server that is empty; one that holds the same already is left as it is.

    Raises:
        ServerError: it holds something else, or does not take what it is sent.
    """
    wanted = {"Things": THINGS, "Datastreams": DATASTREAMS, "Observations": plan.rows}
    if (there := _counts(site, wanted)) == wanted:
        return Filled(refusal="it was filled before")
    if any(there.values()):
        raise ServerError(f"{site.name} holds {there}; it must be empty, or hold {wanted}")
    describe(site)
    filled = _observed(site, plan, known=Known.of(site))
    if (there := _counts(site, wanted)) != wanted:
        raise ServerError(f"{site.name} holds {there} after it took {wanted}")
    return filled


def describe(site: Site) -> None:
    """Send all but the Observations: Things as deep inserts."""
    for number in range(PER_THING):
        site.post("Sensors", plans.sensor(number))
        site.post("ObservedProperties", plans.observed_property(number))
    sensors, properties = site.by_name("Sensors"), site.by_name("ObservedProperties")
    for number in range(THINGS):
        site.post("FeaturesOfInterest", plans.feature(number))
        datastreams = [
            {
                **plans.datastream(one),
                "Sensor": _reference(sensors[plans.sensor(one % PER_THING)["name"]]["@iot.id"]),
                "ObservedProperty": _reference(properties[plans.property_name(one)]["@iot.id"]),
            }
            for one in plans.datastreams_of(number)
        ]
        site.post("Things", {**plans.thing(number), "Locations": [plans.location(number)], "Datastreams": datastreams})


def singles(site: Site, plan: Plan, *, known: Known, rows: range) -> Iterator[bytes]:
    """Give the requests that send some rows of each Datastream, one a request."""
    target = site.target("Observations")
    for row in rows:
        for number in range(DATASTREAMS):
            document = {
                "phenomenonTime": plans.time(row),
                "resultTime": plans.time(row),
                "result": float(plan.results[number, row % plan.each]),
                "Datastream": _reference(known.datastream_ids[number]),
                "FeatureOfInterest": _reference(known.feature_ids[number // PER_THING]),
            }
            yield client.posting(target, msgspec.json.encode(document), host=site.host)


def arrays(site: Site, plan: Plan, *, known: Known, rows: range) -> Iterator[bytes]:
    """Give the requests that send some rows of each Datastream as data arrays of 20 groups."""
    target = site.target(_ARRAYS)
    for first in range(rows.start, rows.stop, GROUP_ROWS):
        part = range(first, min(first + GROUP_ROWS, rows.stop))
        for start in range(0, DATASTREAMS, GROUPS):
            groups = [_group(plan, known, number=number, rows=part) for number in range(start, start + GROUPS)]
            yield client.posting(target, msgspec.json.encode(groups), host=site.host)


def takes_arrays(site: Site) -> str:
    """Ask whether data arrays are taken, by sending none; "" where they are, else what the server said."""
    answer = site.ask(_ARRAYS, body=b"[]")
    return answer.text if answer.status in (404, 405, 501) else ""


def _observed(site: Site, plan: Plan, *, known: Known) -> Filled:
    refusal = takes_arrays(site)
    alone = range(plan.each) if refusal else range(min(SINGLE_ROWS, plan.each))
    one = client.sent(site.port, singles(site, plan, known=known, rows=alone), connections=SINGLE_CONNECTIONS)
    say(f"  {site.name}: single POSTs: {one.per_second:,.0f} Observations/s")
    if refusal:
        return Filled(one.per_second, refusal=refusal)
    rest = range(len(alone), plan.each)
    many = client.sent(site.port, arrays(site, plan, known=known, rows=rest), connections=ARRAY_CONNECTIONS)
    rate = many.per_second * len(rest) * DATASTREAMS / many.answers
    say(f"  {site.name}: data arrays: {rate:,.0f} Observations/s")
    return Filled(one.per_second, rate)


def _group(plan: Plan, known: Known, *, number: int, rows: range) -> Document:
    feature = known.feature_ids[number // PER_THING]
    values = [[plans.time(row), plans.time(row), float(plan.results[number, row % plan.each]), feature] for row in rows]
    return {
        "Datastream": _reference(known.datastream_ids[number]),
        "components": ["phenomenonTime", "resultTime", "result", "FeatureOfInterest/id"],
        "dataArray": values,
    }


def _reference(handle: Any) -> Document:
    return {"@iot.id": handle}


def _counts(site: Site, wanted: dict[str, int]) -> dict[str, int]:
    return {entities: site.count(entities) for entities in wanted}
