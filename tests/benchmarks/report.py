"""Write what was measured as a page of the documentation."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

import msgspec

from .data import DATASTREAMS, PER_THING, THINGS, DataSet
from .measure import Line, Section

_PACKAGES = (
    "ssclab-data",
    "numpy",
    "pcodec",
    "orjson",
    "msgspec",
    "starlette",
    "uvicorn",
    "h11",
    "uvloop",
    "httptools",
)
_CHECKERS = (
    "ssclab-data",
    "numpy",
    "msgspec",
    "jsonschema",
    "jsonschema-rs",
    "pyshacl",
    "shacl",
    "rdflib",
    "pyoxigraph",
)
_CHECKS_HEAD = """# Benchmarks of validation

`make bench ARGS="--part validation"` writes this page again. Each line is a median after a warm-up, in one process;
rates of JSON Schema are by processor time.
"""
_RDF_HEAD = """# Benchmarks of linked data

`make bench ARGS="--part rdf"` measures on the machine at hand and writes this page again; `--scale 10` takes ten
million Observations instead of one. A store of 70 Things with 20 Datastreams each is written whole in each format by a
process of its own, which drops what it gets; seconds are those of its processor, the median of three runs, and memory
is the most that it had, with the three runs and Python itself.
"""
_MAPPING_HEAD = """# Benchmarks of mapping

`make bench ARGS="--part mapping"` measures on the machine at hand and writes this page again. Each archive is read from
its file, mapped, checked and written to a new store by a process of its own; seconds are those of its processor, all
threads together, the median of three runs. Memory is the most that the process had, with Python and the libraries.
"""
_HEAD = """# Benchmarks

`make bench` measures on the machine at hand and writes this page again; `make bench ARGS="--scale 20"` takes 20 million
Observations instead of one. Each line is a median after a warm-up, over Datastreams and times drawn at random.
Over HTTP there is one worker, in a process of its own; `ready` is the same server sending a recorded answer,
uncompressed, from memory, in the same run, to the same client. The client is written in Python and drops what it gets
unread, but it shares the machine with the server.

A goal is judged only where an answer has the rows it speaks of: the number of rows is given where it is another.
The goal for the size on disk holds for results of a few decimals; doubles of full precision cannot be packed so.

[Eleven requests](benchmarks-peers.md) are measured beside other servers of SensorThings.
"""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All that was measured.

    Attributes:
        scale: millions of Observations.
        minutes: how long it took.
        busy: the machine's load average before it began.
    """

    sections: tuple[Section, ...]
    scale: float
    minutes: float
    busy: float

    def text(self) -> str:
        """Write the page."""
        each = DataSet.of("steady", self.scale).each
        facts = (
            f"Measured {datetime.now(UTC):%Y-%m-%d} in {self.minutes:.0f} minutes: {_versions(_PACKAGES)}.\n"
            f"{_machine(self.busy)}\n"
            f"Data: scale {self.scale:g}, which is {THINGS} Things with {PER_THING} Datastreams each, "
            f"{each:,} Observations in each of the {DATASTREAMS:,}: {each * DATASTREAMS:,} in one file; resultQuality "
            "in 5 % of them, parameters in 2 %.\n"
        )
        return "\n".join((_HEAD, facts, *map(_table, self.sections)))


def checks_page(section: Section, *, busy: float) -> str:
    """Write the page on the checks of data.

    Args:
        busy: the machine's load average before.
    """
    facts = f"Measured {datetime.now(UTC):%Y-%m-%d}: {_versions(_CHECKERS)}.\n{_machine(busy)}\n"
    return "\n".join((_CHECKS_HEAD, facts, _table(section)))


def rdf_page(section: Section, *, busy: float) -> str:
    """Write the page on linked data.

    Args:
        busy: the machine's load average before.
    """
    facts = f"Measured {datetime.now(UTC):%Y-%m-%d}: {_versions(_PACKAGES[:4])}.\n{_machine(busy)}\n"
    return "\n".join((_RDF_HEAD, facts, _table(section)))


def mapping_page(section: Section, *, busy: float) -> str:
    """Write the page on the ingest of archives.

    Args:
        busy: the machine's load average before.
    """
    facts = f"Measured {datetime.now(UTC):%Y-%m-%d}: {_versions(_PACKAGES[:5])}.\n{_machine(busy)}\n"
    return "\n".join((_MAPPING_HEAD, facts, _table(section)))


def _machine(busy: float) -> str:
    return (
        f"Machine: {os.cpu_count()} processors ({platform.machine()}), {platform.system()}, load average "
        f"{busy:.1f} before."
    )


def _table(section: Section) -> str:
    rows = "\n".join(map(_row, section.lines))
    return f"## {section.title}\n\n| what | measured | goal | |\n| --- | --- | --- | --- |\n{rows}\n"


def _row(line: Line) -> str:
    return f"| {line.what} | {line.text} | {line.goal or '–'} | {line.verdict or '–'} |"


def _versions(packages: tuple[str, ...]) -> str:
    known = [f"Python {platform.python_version()}"]
    for name in packages:
        try:
            known.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(known)
