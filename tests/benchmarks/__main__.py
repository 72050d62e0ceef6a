"""Measure all that was asked for, and write the report."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from . import http_lines, load, mapping_lines, package_lines, rdf_lines, store_lines, validation_lines, write_lines
from .data import NAMES, DataSet
from .measure import Line, Section, say
from .peers.run import Wish, results
from .report import Report, checks_page, mapping_page, rdf_page
from .world import World

DOCS = Path(__file__).resolve().parents[2] / "docs"
REPORT, PAGE = DOCS / "benchmarks.md", DOCS / "benchmarks-peers.md"
VALIDATION, RDF = DOCS / "benchmarks-validation.md", DOCS / "benchmarks-rdf.md"
MAPPING = DOCS / "benchmarks-mapping.md"
QUICK_SCALE = 0.05
TURN_SECONDS = 0.4
PARTS = ("library", "requests", "validation", "rdf", "mapping")


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="run.py", description="Measure the library, and write a report.")
    parser.add_argument("--scale", type=float, default=1.0, help="millions of Observations (default: 1)")
    parser.add_argument("--data", choices=(*NAMES, "all"), default="all", help="which data set (default: all)")
    parser.add_argument("--part", choices=(*PARTS, "all"), default="all", help="which part (default: all)")
    parser.add_argument("--quick", action="store_true", help="a smoke test: 0.05 million, short runs")
    parser.add_argument("--out", type=Path, default=REPORT, help="report on the library (default: docs/benchmarks.md)")
    parser.add_argument(
        "--page", type=Path, default=PAGE, help="report on requests (default: docs/benchmarks-peers.md)"
    )
    parser.add_argument("--peer", action="append", default=[], help="name=URL of a SensorThings 1.1 server that runs")
    parser.add_argument(
        "--turn", type=float, default=TURN_SECONDS, help="seconds of one turn of requests (default: 0.4)"
    )
    parser.add_argument("--no-django", action="store_true", help="do not start django-ogc-sensorthings as a peer")
    parser.add_argument("--keep", type=Path, help="folder where store files are kept and found again")
    return parser.parse_args()


def measured(name: str, lines: Iterator[Line]) -> tuple[Line, ...]:
    """Take the lines of one group, and tell each as it comes."""
    taken = []
    for one in lines:
        say(f"  {name}: {one.what}: {one.text} {one.verdict}")
        taken.append(one)
    return tuple(taken)


def section(data: DataSet, folder: Path, *, seconds: float) -> Section:
    """Build or find the store of one data set, and measure it."""
    file = folder / f"{data.name}-{data.rows}.db"
    loaded = load.found(file) or load.loaded(data, file)
    with World(data, file, loaded=loaded) as world:
        lines = (
            *measured(data.name, load.lines(data, loaded)),
            *measured(data.name, store_lines.lines(world, seconds)),
        )
    lines += measured(data.name, write_lines.lines(data, file, seconds))
    lines += measured(data.name, http_lines.lines(world, seconds))
    return Section(f"{data.name}: {data.text}", lines)


def library(given: argparse.Namespace) -> str:
    """Measure the library; give the report."""
    scale, seconds = (QUICK_SCALE, 0.4) if given.quick else (given.scale, 3.0)
    names = NAMES if given.data == "all" else (given.data,)
    began, busy = time.monotonic(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        sections = [Section("The package", measured("package", package_lines.lines()))]
        sections += [section(DataSet.of(name, scale), folder, seconds=seconds) for name in names]
    return Report(sections=tuple(sections), scale=scale, minutes=(time.monotonic() - began) / 60, busy=busy).text()


def requests(given: argparse.Namespace) -> str:
    """Measure requests on our server and on others; give the report."""
    scale, seconds = (QUICK_SCALE, 0.1) if given.quick else (given.scale, given.turn)
    return results(Wish(scale=scale, seconds=seconds, peers=given.peer, django=not given.no_django)).text()


def validation(_given: argparse.Namespace) -> str:
    """Measure the checks; give the report."""
    busy = os.getloadavg()[0]
    return checks_page(Section("Checks", measured("validation", validation_lines.lines())), busy=busy)


def rdf(given: argparse.Namespace) -> str:
    """Measure the writing of linked data; give the report."""
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        taken = measured("rdf", rdf_lines.lines(folder, scale=QUICK_SCALE if given.quick else given.scale))
    return rdf_page(Section("Stores written as RDF", taken), busy=busy)


def mapping(given: argparse.Namespace) -> str:
    """Measure the ingest of archives; give the report."""
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        taken = measured("mapping", mapping_lines.lines(folder, scale=QUICK_SCALE if given.quick else given.scale))
    return mapping_page(Section("Archives brought into a store", taken), busy=busy)


def main() -> None:
    """Measure, and write the reports whole."""
    given = options()
    wanted = PARTS if given.part == "all" else (given.part,)
    for part, run, page in (
        ("library", library, given.out),
        ("requests", requests, given.page),
        ("validation", validation, VALIDATION),
        ("rdf", rdf, RDF),
        ("mapping", mapping, MAPPING),
    ):
        if part in wanted:
            text = run(given)
            page.write_text(text, encoding="utf-8")
            sys.stdout.write(text)


if __name__ == "__main__":
    main()
