"""Measure the library on this machine and write `docs/benchmarks.md`: `make bench`."""

import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from ssclab_data import Lab, Settings
from ssclab_data.model.entity import Link
from ssclab_data.model.sensorthings import OM, Datastream, ObservedProperty, Sensor, Thing
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant, UnitOfMeasurement
from ssclab_data.query.ast import BoundQuery
from ssclab_data.query.bind import bind
from ssclab_data.query.odata import parse_options
from ssclab_data.simulator.places import places
from ssclab_data.simulator.scenario import Scenario
from ssclab_data.simulator.smart_emission import hour_answer
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.mapping import load_source
from ssclab_data.stores.base import Batch

REPORT = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
THINGS, PER_THING, EACH = 70, 20, 143
START, HOUR = 1_700_000_400_000_000, 3_600_000_000


class Line(msgspec.Struct, frozen=True):
    """One row of the report."""

    what: str
    measured: str
    goal: str


def median(run: Callable[[], object], *, times: int = 7) -> float:
    """Median wall time of a call in seconds, after one warm-up."""
    run()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def batch() -> Batch:
    """Describe 1,400 Datastreams with 143 hourly Observations each: 200,200 rows."""
    entities: list[Any] = [
        ObservedProperty(key="property/pm25", name="PM2.5", definition="http://example.org/pm25", description="x"),
        Sensor(key="s/1", name="S", description="x", encoding_type="text/html", metadata="x"),
    ]
    series = []
    for thing in range(THINGS):
        entities.append(Thing(key=f"b/{thing}", name=f"Thing {thing}", description="x"))
        for number in range(PER_THING):
            key = f"b/{thing}/{number}"
            entities.append(
                Datastream(
                    key=key,
                    name=key,
                    description="x",
                    observation_type=f"{OM}OM_Measurement",
                    unit_of_measurement=UnitOfMeasurement("u", "µg/m³", "http://example.org/u"),
                    thing=Link(key=f"b/{thing}"),
                    sensor=Link(key="s/1"),
                    observed_property=Link(key="property/pm25"),
                )
            )
            starts = tuple(START + hour * HOUR for hour in range(EACH))
            values = tuple(round(5 + (hour * 7 + number) % 31 + 0.37, 2) for hour in range(EACH))
            series.append(Series(datastream=key, start=starts, result=values))
    return Batch(entities=tuple(entities), series=tuple(series))


def ask(entity_type: str, **options: str) -> BoundQuery:
    return bind(parse_options(entity_type, {f"${name}": text for name, text in options.items()}))


def mapping() -> Iterator[Line]:
    """Measure mapping of Smart Emission records."""
    place = places()[0]
    scenario = Scenario(end=Instant(START // HOUR * HOUR), hours=1, minutes=1)
    hour = next(iter(scenario.hour_starts()))
    answer = hour_answer(place.units[-1], place, hour=hour, scenario=scenario)
    payload, source = msgspec.json.encode(answer), load_source("smart-emission")
    taken = median(lambda: source.read(payload, SourceContext()))
    mapped = source.read(payload, SourceContext())
    records, rows = mapped.tally.records_read, sum(len(series) for series in mapped.series)
    yield Line(
        "mapping, Smart Emission hour", f"{records / taken:,.0f} records/s, {rows / taken:,.0f} Observations/s", "–"
    )


def in_process(lab: Lab) -> Iterator[Line]:
    """Measure the store without HTTP."""
    store, count = lab.store, THINGS * PER_THING * EACH
    pages = {size: ask("Observation", top=str(size), orderby="phenomenonTime") for size in (1_000, 10_000)}
    for size, query in pages.items():
        taken = median(partial(store.read, query))
        yield Line(f"page of {size:,} in process", f"{taken * 1e3:.1f} ms", "0.45 / 2.1 ms")
    latest = ask(
        "Thing", top="70", expand="Datastreams($top=20;$expand=Observations($top=1;$orderby=phenomenonTime desc))"
    )
    yield Line("latest value of 1,400 Datastreams", f"{median(lambda: store.read(latest)) * 1e3:.1f} ms", "<= 10 ms")
    every = ask("Observation")
    assert store.count(every) == count
    yield Line("$count of all Observations", f"{median(lambda: store.count(every)) * 1e3:.2f} ms", "<= 2 ms")
    one = ask("Observation", filter="Datastream/@iot.id eq 5")
    yield Line("$count of one Datastream", f"{median(lambda: store.count(one)) * 1e3:.2f} ms", "<= 2 ms")


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an application on loopback."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def over_http(lab: Lab) -> Iterator[Line]:
    """Measure pages over HTTP beside the same bytes sent from memory by the same server."""
    bodies: dict[str, bytes] = {}

    async def ready(request: Request) -> Response:
        return Response(bodies[request.path_params["name"]], media_type="application/json")

    app = Starlette(routes=[Route("/ready/{name}", ready), Mount("/", lab.asgi())])
    with serving(app) as base, httpx.Client(trust_env=False, timeout=60) as client:
        for size in (1_000, 10_000):
            url = f"{base}/sta/v1.1/Observations?$top={size}&$orderby=phenomenonTime"
            bodies[str(size)] = client.get(url).content
            ours, ceiling = (median(partial(client.get, address)) for address in (url, f"{base}/ready/{size}"))
            goal = {1_000: 0.13, 10_000: 0.28}[size]
            yield Line(
                f"page of {size:,} over HTTP, one connection",
                f"{ours * 1e3:.1f} ms; ready bytes {ceiling * 1e3:.1f} ms; ratio {ceiling / ours:.3f}",
                f">= {goal} (ratio)",
            )


def starting() -> Line:
    """Measure the import of the package, less the start of Python."""
    bare = median(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), times=5)
    whole = median(lambda: subprocess.run([sys.executable, "-c", "import ssclab_data"], check=True), times=5)
    return Line("import ssclab_data", f"{whole - bare:.3f} s", "< 0.2 s")


def main() -> None:
    """Measure, and write the report."""
    lines = [starting(), *mapping()]
    with tempfile.TemporaryDirectory() as folder, Lab.open(Path(folder) / "b.db", key="b", settings=Settings()) as lab:
        rows = batch()
        began = time.perf_counter()
        lab.store.apply(rows)
        taken = time.perf_counter() - began
        count = THINGS * PER_THING * EACH
        size = (Path(folder) / "b.db").stat().st_size / count
        lines.append(Line("apply 200,200 rows, one batch", f"{count / taken:,.0f} rows/s", ">= 1,000,000 (columnar)"))
        lines.append(Line("disk, all indexes", f"{size:.0f} bytes per Observation", "<= 4 (columnar)"))
        lines += [*in_process(lab), *over_http(lab)]
    names = ("msgspec", "starlette", "uvicorn", "pygeoapi")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    table = "\n".join(f"| {line.what} | {line.measured} | {line.goal} |" for line in lines)
    REPORT.write_text(
        "# Benchmarks\n\n`make bench` measures on the machine at hand and writes this page again: medians, "
        "both sides of a ratio in one run.\nThe goals are those of the columnar store; "
        "the store measured here keeps Observations as rows.\n\n"
        f"Measured {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {versions}.\n"
        f"Data: {THINGS} Things, {THINGS * PER_THING:,} Datastreams, {count:,} Observations in one SQLite file.\n\n"
        f"| what | measured | goal |\n| --- | --- | --- |\n{table}\n",
        encoding="utf-8",
    )
    sys.stdout.write(REPORT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
