"""Run ets-sta10, the official test suite, in one of its forms, and read what it found."""

import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path

import httpx
import msgspec

from .artifacts import Artifact
from .bodies import deep_thing

SUITE = Artifact(
    group="org.opengis.cite",
    name="ets-sta10",
    version="1.5",
    classifier="aio",
    sha256="b16d9c9493bd64f6ea7207b074f859753b39dbcd4fcd276ff8fa9d4cf656e456",
)
JSON_LIBRARY = Artifact(
    group="org.json",
    name="json",
    version="20090211",
    sha256="055be110a570f9cda3eba8d70a006ff46c77a048bc67868524879211c48b330a",
)
CONTROLLER = "org.opengis.cite.sta10.TestNGController"
DEFECT = "checkQueriesPriorityOrdering"
"""The one test that fails as released, whatever the server: it reads a number by a function for text."""
TOTAL = 22
LEVEL = 3
"""All levels: reading, writing, filtering."""
_PATIENCE_SECONDS = 240


class Run(msgspec.Struct, frozen=True):
    """One form of the suite against one version of the service.

    Attributes:
        older_library: whether the JSON library of 2009 stands before the suite's own.
    """

    version: str
    older_library: bool

    @property
    def name(self) -> str:
        """For files and people."""
        return f"v{self.version}-{'older-library' if self.older_library else 'as-released'}"

    @property
    def expected_failures(self) -> tuple[str, ...]:
        """Names of the tests that fail though the server is right."""
        return () if self.older_library else (DEFECT,)


RUNS = tuple(Run(version, older) for version in ("1.1", "1.0") for older in (True, False))


class Failure(msgspec.Struct, frozen=True):
    """A test that failed, and the first line of what it said."""

    name: str
    message: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a run found."""

    run: Run
    total: int
    passed: int
    failed: int
    skipped: int
    failures: tuple[Failure, ...] = ()

    def __str__(self) -> str:
        return f"{self.passed} of {self.total} passed, {self.failed} failed, {self.skipped} skipped"


class SuiteFailedError(Exception):
    """The suite left no results."""


def run(each: Run, folder: Path, *, jars: Mapping[Artifact, Path], server: str) -> Outcome:
    """Fill an empty server with one entity of each type, run the suite against it, and read the results.

    Args:
        folder: takes `suite.log` and the results.
        server: address of the server.

    Raises:
        SuiteFailedError: there are no results.
    """
    root = f"{server}/sta/v{each.version}"
    seed(root)
    properties = folder / "properties.xml"
    properties.write_text(_properties(root), encoding="utf-8")
    command = ["java", f"-Duser.home={folder}"]
    if each.older_library:
        command += ["-cp", f"{jars[JSON_LIBRARY]}:{jars[SUITE]}", CONTROLLER]
    else:
        command += ["-jar", str(jars[SUITE])]
    with (folder / "suite.log").open("wb") as log:
        subprocess.run(
            [*command, str(properties)], stdout=log, stderr=subprocess.STDOUT, timeout=_PATIENCE_SECONDS, check=False
        )
    found = list(folder.glob("testng/*/testng-results.xml"))
    if len(found) != 1:
        raise SuiteFailedError(f"the suite left no results; see {folder / 'suite.log'}")
    return read_results(each, found[0].read_text(encoding="utf-8"))


def seed(root: str) -> None:
    """Create an entity of each type, by HTTP as any client does: the suite wants to read some before it begins.

    It takes every property for one with a value, while the standard has null for a resultTime that is not there.
    """
    answer = httpx.post(f"{root}/Things", json=deep_thing("Seed"))
    if answer.status_code != httpx.codes.CREATED:
        raise SuiteFailedError(f"no entity can be created at {root}: {answer.status_code} {answer.text}")


def read_results(each: Run, text: str) -> Outcome:
    """Read a `testng-results.xml`; the suite's exit code is 0 whatever it found."""
    root = ElementTree.fromstring(text)
    failures = [
        Failure(str(method.get("name")), _said(method)) for method in root.iter("test-method") if _failed(method)
    ]
    numbers = {name: int(root.get(name, "0")) for name in ("total", "passed", "failed", "skipped")}
    return Outcome(run=each, failures=tuple(failures), **numbers)


def _failed(method: ElementTree.Element) -> bool:
    return method.get("status") == "FAIL"


def _said(method: ElementTree.Element) -> str:
    message = method.findtext("exception/message", "").strip()
    return message.splitlines()[0][:300] if message else ""


def _properties(root: str) -> str:
    """Write the settings of a run, without a DOCTYPE: with one, suites fetch it from the internet."""
    entries = {"iut": root, "ics": str(LEVEL)}
    inner = "".join(f'<entry key="{key}">{value}</entry>' for key, value in entries.items())
    return f'<properties version="1.0">{inner}</properties>\n'
