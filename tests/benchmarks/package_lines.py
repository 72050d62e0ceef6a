"""Measure the import of the package and the mapping of records."""

import statistics
import subprocess
import sys
from collections.abc import Iterator

import msgspec

from ssclab_data.model.values import Instant
from ssclab_data.simulator.places import places
from ssclab_data.simulator.scenario import Scenario
from ssclab_data.simulator.smart_emission import hour_answer
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.mapping import load_source

from .data import START
from .measure import Goal, Line, timed

HOUR = 3_600_000_000
_TIMES = 7


def lines() -> Iterator[Line]:
    """Measure what needs no data."""
    yield importing()
    yield mapping()


def importing() -> Line:
    """Measure the import of the package, less the start of Python."""
    bare, whole = _started("pass"), _started("import ssclab_data")
    return Line("import ssclab_data", f"{whole - bare:.3f} s", Goal(0.2, "s"), whole - bare)


def mapping() -> Line:
    """Measure mapping of Smart Emission records."""
    place = places()[0]
    scenario = Scenario(end=Instant(START // HOUR * HOUR), hours=1, minutes=1)
    hour = next(iter(scenario.hour_starts()))
    answer = hour_answer(place.units[-1], place, hour=hour, scenario=scenario)
    payload, source = msgspec.json.encode(answer), load_source("smart-emission")
    mapped = source.read(payload, SourceContext())
    taken = statistics.median(timed(lambda: source.read(payload, SourceContext())) for _ in range(_TIMES))
    records, rows = mapped.tally.records_read, sum(len(series) for series in mapped.series)
    text = f"{records / taken:,.0f} records/s, {rows / taken:,.0f} Observations/s"
    return Line("mapping, Smart Emission hour", text)


def _started(statement: str) -> float:
    def run() -> None:
        subprocess.run([sys.executable, "-c", statement], check=True)

    run()
    return statistics.median(timed(run) for _ in range(_TIMES))
