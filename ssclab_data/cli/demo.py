"""The demo: seven labs from simulated payloads, seven node processes and a hub."""

import signal
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import track

from ssclab_data.cli.checks import run_checks
from ssclab_data.cli.nodes import Nodes, free_ports, write_federation
from ssclab_data.ingest import IngestReport
from ssclab_data.lab import Lab
from ssclab_data.lab_files import LAB_FILE
from ssclab_data.model import codelists
from ssclab_data.model.lab import Contact, LabInfo, Organisation, Publication
from ssclab_data.model.values import Instant
from ssclab_data.simulator.places import places
from ssclab_data.simulator.scenario import Scenario
from ssclab_data.simulator.write import write

CHECK_END = Instant.parse("2026-11-20T00:00:00Z")
"""End of the simulated time of `--check`, so that each run is the same."""

PUBLICATION = Publication(
    contact=Contact(name="Demonstratie met nagebootste gegevens", page="https://ssclab.example/docs"),
    licence="cc0",
    documentation="https://ssclab.example/docs/catalogue.html",
    terms="https://ssclab.example/docs/catalogue.html#terms",
)
"""What the catalogues of the demo say of its data."""

HUB = msgspec.structs.replace(PUBLICATION, publisher=Organisation(name="Demonstratie van ssclab-data"))
"""What the catalogue of the demo's hub says of the hub."""

_DEADLINE_SECONDS = 5.0
_STOPPING = (signal.SIGINT, signal.SIGTERM)
_HOURS = 28  # always holds the whole event evening


def demo(
    check: Annotated[bool, typer.Option("--check", help="Ask what a user would, print a table, and stop.")] = False,
    port: Annotated[int, typer.Option(help="Port of the hub; the nodes take the next seven.", min=1, max=65000)] = 8080,
    directory: Annotated[
        Path | None, typer.Option("--dir", help="Folder for the data; a new one when left out.")
    ] = None,
) -> None:
    """Show seven labs and a hub on this machine, with simulated data."""
    for number in _STOPPING:
        signal.signal(number, _stop)
    with tempfile.TemporaryDirectory(prefix="ssclab-demo-") as temporary:
        folder = directory or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        scenario = Scenario(end=CHECK_END if check else _last_hour(), hours=6 if check else _HOURS)
        reports = _fill(folder, scenario)
        with Nodes(folder) as nodes:
            _start(nodes, folder, free_ports(8) if check else list(range(port, port + 8)))
            if check:
                raise typer.Exit(run_checks(nodes, reports, scenario))
            _show(nodes)


def _stop(number: int, frame: object) -> None:
    """Leave, so that the processes are stopped; a second signal must not stop the stopping halfway."""
    for one in _STOPPING:
        signal.signal(one, signal.SIG_IGN)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)


def _last_hour() -> Instant:
    now = datetime.now(UTC)
    return Instant.of(now.replace(minute=0, second=0, microsecond=0))


def _fill(folder: Path, scenario: Scenario) -> dict[tuple[str, str], IngestReport]:
    """Write the payloads of each lab and ingest them; give the report by lab and source."""
    console = Console(stderr=True)
    reports: dict[tuple[str, str], IngestReport] = {}
    for place in track(places(), description="Filling seven labs", console=console, transient=True):
        target = folder / place.key
        target.mkdir(exist_ok=True)
        (target / LAB_FILE).write_bytes(msgspec.yaml.encode(_described(place.key)))
        with Lab.open(target) as lab:
            for feed in write(place, scenario, folder=target / "payloads"):
                reports[place.key, feed.source] = lab.ingest(feed.source, *feed.files, quarantine=target / "quarantine")
    return reports


def _described(key: str) -> LabInfo:
    """Describe a lab of the demo, whose data are made up, and say so to who asks."""
    return msgspec.structs.replace(codelists.municipalities()[key], publication=PUBLICATION)


def _start(nodes: Nodes, folder: Path, ports: list[int]) -> None:
    """Start a process for each lab, and the hub."""
    labs = [codelists.municipalities()[place.key] for place in places()]
    hub_port, *node_ports = ports
    for lab, port in zip(labs, node_ports, strict=True):
        nodes.start(lab.key, folder / lab.key, port)
    descriptor = folder / "federation.yaml"
    urls = [nodes.nodes[lab.key].url for lab in labs]
    write_federation(descriptor, labs, urls, deadline=_DEADLINE_SECONDS, publication=HUB)
    nodes.start("hub", descriptor, hub_port)
    nodes.wait()


def _show(nodes: Nodes) -> None:
    """Print the addresses, and wait for Ctrl-C."""
    for key, node in nodes.nodes.items():
        if key != "hub":
            typer.echo(f"{key:24} {node.url}/")
    typer.echo(f"{'the hub, all labs':24} {nodes.nodes['hub'].url}/")
    try:
        typer.echo("Ctrl-C stops them.")
        while all(node.process.poll() is None for node in nodes.nodes.values()):
            time.sleep(0.5)
        typer.echo("a process has ended; stopping the others", err=True)
    except KeyboardInterrupt:
        typer.echo("stopped")
