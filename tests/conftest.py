"""Give the parts of the machine that some tests need, by name, and refuse to pass over them where they are required."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvicorn
from hypothesis import HealthCheck, settings

from ssclab_data import Federation, Lab, Settings
from ssclab_data.cli.demo import HUB, PUBLICATION
from ssclab_data.cli.nodes import free_ports, write_federation
from ssclab_data.model.values import Instant
from ssclab_data.simulator.places import places
from ssclab_data.simulator.scenario import Scenario
from ssclab_data.simulator.write import write

REPOSITORY = Path(__file__).resolve().parent.parent

settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "default")


def samples_folder() -> Path:
    """Folder of real payloads: `SSCLAB_SAMPLES`, or `../shared/samples` beside the checkout."""
    return Path(os.environ.get("SSCLAB_SAMPLES", REPOSITORY.parent / "shared" / "samples"))


def standards_folder() -> Path:
    """Folder of files of standards bodies: `SSCLAB_STANDARDS`, or `../shared/standards` beside the checkout."""
    return Path(os.environ.get("SSCLAB_STANDARDS", REPOSITORY.parent / "shared" / "standards"))


def _on_path(*programs: str) -> Callable[[], bool]:
    return lambda: all(shutil.which(program) for program in programs)


PARTS: dict[str, Callable[[], bool]] = {
    "chromium": _on_path("chromium", "chromedriver"),
    "java": _on_path("java"),
    "mosquitto": _on_path("mosquitto"),
    "postgresql": _on_path("initdb", "pg_ctl"),
    "samples": lambda: samples_folder().is_dir(),
    "standards": lambda: standards_folder().is_dir(),
}


def required_parts() -> set[str]:
    """Parts that must be there, from `SSCLAB_REQUIRE` (comma separated)."""
    return {part.strip() for part in os.environ.get("SSCLAB_REQUIRE", "").split(",") if part.strip()}


def pytest_configure(config: pytest.Config) -> None:
    unknown = required_parts() - PARTS.keys()
    if unknown:
        raise pytest.UsageError(f"SSCLAB_REQUIRE names {sorted(unknown)}; known parts: {', '.join(sorted(PARTS))}")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        part = str(marker.args[0])
        if PARTS[part]():
            continue
        if part in required_parts():
            pytest.fail(f"needs {part}, which SSCLAB_REQUIRE says must be there", pytrace=False)
        pytest.skip(f"needs {part}, which this machine does not have")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the caller's `SSCLAB_*` settings out of the tests."""
    for name in list(os.environ):
        if name.startswith("SSCLAB_") and name not in ("SSCLAB_REQUIRE", "SSCLAB_SAMPLES", "SSCLAB_STANDARDS"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def samples() -> Path:
    """Folder of real payloads; a test that uses it is marked `needs("samples")`."""
    return samples_folder()


@pytest.fixture(scope="session")
def standards() -> Path:
    """Folder of standards' files; a test that uses it is marked `needs("standards")`."""
    return standards_folder()


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return REPOSITORY


class Running:
    """A server in a thread."""

    def __init__(self, app: Any, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Running]]:
    """Nodes of Breda and Helmond, and a hub over them and Veldhoven, which is not there; ask by key."""
    folder = tmp_path_factory.mktemp("labs")
    scenario = Scenario(end=Instant.parse("2026-01-15T00:00:00Z"), hours=2, minutes=30)
    ports = dict(zip(("breda", "helmond", "veldhoven", "hub"), free_ports(4), strict=True))
    labs: list[Lab] = []
    running: dict[str, Running] = {}
    for place in places():
        if place.key not in ports:
            continue
        lab = Lab.open(folder / f"{place.key}.db", key=place.key, settings=Settings())
        lab.info = msgspec.structs.replace(lab.info, publication=PUBLICATION)
        labs.append(lab)
        for feed in write(place, scenario, folder=folder / place.key):
            lab.ingest(feed.source, *feed.files)
        if place.key != "veldhoven":
            running[place.key] = Running(lab.asgi(), ports[place.key])
    descriptor = folder / "federation.yaml"
    urls = [f"http://127.0.0.1:{ports[lab.info.key]}" for lab in labs]
    write_federation(descriptor, [lab.info for lab in labs], urls, deadline=5, publication=HUB)
    federation = Federation.open(descriptor, settings=Settings())
    running["hub"] = Running(federation.asgi(), ports["hub"])
    yield running.__getitem__
    for one in running.values():
        one.stop()
    federation.close()
    for lab in labs:
        lab.close()
