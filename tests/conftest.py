"""Give the parts of the machine that some tests need, by name, and refuse to pass over them where they are required."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parent.parent

settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "default")


def samples_folder() -> Path:
    """Folder of real payloads: `SSCLAB_SAMPLES`, or `../shared/samples` beside the checkout."""
    return Path(os.environ.get("SSCLAB_SAMPLES", REPOSITORY.parent / "shared" / "samples"))


def _on_path(*programs: str) -> Callable[[], bool]:
    return lambda: all(shutil.which(program) for program in programs)


PARTS: dict[str, Callable[[], bool]] = {
    "chromium": _on_path("chromium", "chromedriver"),
    "java": _on_path("java"),
    "mosquitto": _on_path("mosquitto"),
    "postgresql": _on_path("initdb", "pg_ctl"),
    "samples": lambda: samples_folder().is_dir(),
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
        if name.startswith("SSCLAB_") and name not in ("SSCLAB_REQUIRE", "SSCLAB_SAMPLES"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def samples() -> Path:
    """Folder of real payloads; a test that uses it is marked `needs("samples")`."""
    return samples_folder()


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return REPOSITORY
