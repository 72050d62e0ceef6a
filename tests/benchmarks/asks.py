"""Say which requests are measured."""

from collections.abc import Callable

from ssclab_data.model.identity import observation_handle
from ssclab_data.model.values import Instant

from .data import DATASTREAMS, PER_THING, THINGS
from .world import Ask, World

type Drawing = Callable[[World], Ask]
_TIME, _NEWEST = "phenomenonTime", "phenomenonTime desc"


def observations(*conditions: str, top: int, order: str = _TIME) -> Ask:
    """Ask for Observations under conditions; "" for the default order."""
    options = {"top": str(top)}
    if conditions:
        options["filter"] = " and ".join(conditions)
    if order:
        options["orderby"] = order
    return Ask("Observation", options)


def history(size: int) -> Drawing:
    """A page of one Datastream in time order, from a random time, all of it sealed where there is so much."""

    def ask(world: World) -> Ask:
        number = world.datastream()
        return observations(_of(world, number), f"{_TIME} ge {world.time(number, before=size)}", top=size)

    return ask


def newest(size: int) -> Drawing:
    """The newest rows of one Datastream, the hot ones first."""
    return lambda world: observations(_of(world, world.datastream()), top=size, order=_NEWEST)


def newest_filtered(size: int) -> Drawing:
    """The newest rows of one Datastream that are above its 10th percentile: hot rows, parameters and a filter."""

    def ask(world: World) -> Ask:
        number = world.datastream()
        low = f"result gt {world.loaded.low[number]:.3f}"
        return observations(_of(world, number), low, top=size, order=_NEWEST)

    return ask


def high(size: int) -> Drawing:
    """Rows of one Datastream above its 90th percentile, from a random time."""

    def ask(world: World) -> Ask:
        number = world.datastream()
        conditions = (f"{_TIME} ge {world.time(number)}", f"result gt {world.loaded.high[number]:.3f}")
        return observations(_of(world, number), *conditions, top=size)

    return ask


def crawl(size: int) -> Drawing:
    """A page of all in default order, after a random one."""

    def ask(world: World) -> Ask:
        handle = world.handles[world.datastream()]
        after = observation_handle(handle, world.chance.randint(1, world.data.each))
        return Ask("Observation", {"top": str(size)}, after=(after,))

    return ask


def everywhere(size: int) -> Drawing:
    """All Datastreams in time order, from a random instant."""
    return lambda world: observations(f"{_TIME} ge {world.time(world.datastream())}", top=size)


def everywhere_newest(size: int) -> Drawing:
    """The newest of all Datastreams."""
    return lambda _: observations(top=size, order=_NEWEST)


def latest(_: World) -> Ask:
    """The latest value of each Datastream, below its Thing."""
    inner = f"Datastreams($top={PER_THING};$expand=Observations($top=1;$orderby={_NEWEST}))"
    return Ask("Thing", {"top": str(THINGS), "expand": inner})


def latest_lean(_: World) -> Ask:
    """The latest value of each Datastream, and nothing else."""
    inner = f"Observations($top=1;$orderby={_NEWEST};$select=result,phenomenonTime)"
    return Ask("Datastream", {"top": str(DATASTREAMS), "select": "id", "expand": inner})


def every(_: World) -> Ask:
    """All Observations."""
    return Ask("Observation", {})


def one(world: World) -> Ask:
    """All Observations of one Datastream."""
    return Ask("Observation", {"filter": _of(world, world.datastream())})


def one_range(world: World) -> Ask:
    """The Observations of one Datastream between two times."""
    number = world.datastream()
    first, last = sorted(world.chance.uniform(0, world.data.each) for _ in range(2))
    times = [str(Instant(world.data.time(number, row))) for row in (first, last)]
    text = f"{_of(world, number)} and {_TIME} ge {times[0]} and {_TIME} lt {times[1]}"
    return Ask("Observation", {"filter": text})


def extreme(world: World) -> Ask:
    """The Observations above the 99th percentile of all."""
    return Ask("Observation", {"filter": f"result gt {world.loaded.top:.3f}"})


def highest(_: World) -> Ask:
    """The highest results of all."""
    return observations(top=100, order="result desc")


def flagged(_: World) -> Ask:
    """Observations with a value in their parameters."""
    return observations("parameters/flag eq 3", top=100, order="")


def exceeded(world: World) -> Ask:
    """The Datastreams that ever were above the 99th percentile of all."""
    return Ask("Datastream", {"filter": f"Observations/any(o: o/result gt {world.loaded.top:.3f})", "top": "100"})


def _of(world: World, number: int) -> str:
    return f"Datastream/@iot.id eq {world.handles[number]}"
