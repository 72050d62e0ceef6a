"""The test suite of W3C for SHACL through our door; its files come from the source distribution of pyshacl on PyPI."""

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from rdflib import RDF, SH, Graph, Namespace
from rdflib.term import Node

from ssclab_data.errors import InformationModelError
from ssclab_data.linked_data.graphs import TURTLE, is_blank, members, path_text, read_graph
from ssclab_data.validation.shacl import ShaclOutcome, ShaclResult, check_graph
from ssclab_data.validation.shacl_engines import EngineName
from ssclab_data.validation.shacl_terms import engine_text, plain_text

VERSION = "0.40.1"
SHA256 = "011e3cf1a68b31747cb762ba3d755ae1bdcc464c8fad0dc212a9adc550719552"
INSIDE = f"pyshacl-{VERSION}/test/resources/sht_tests/"
ROOT = "https://w3c.example/"
PATIENCE_SECONDS = 300

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
COUNTS = {"core": 98, "sparql": 23}

NOTHING_CHECKED = "conforms is False, not True"
DIFFERENCES: dict[tuple[EngineName, str], dict[str, str]] = {
    # The only shape is switched off, so nothing is looked at: that is no pass here (row 76 of the cases).
    ("pyshacl", "core"): {"core/misc/deactivated-001": NOTHING_CHECKED},
    ("shacl", "core"): {"core/misc/deactivated-001": NOTHING_CHECKED},
    # pyshacl gives queries no graph of the shapes; it says so, and nothing passes.
    ("pyshacl", "sparql"): {"sparql/pre-binding/shapesGraph-001": "Failure"},
    ("shacl", "sparql"): {},
}

type Row = tuple[str, str, str, str, str]


class Suite:
    """The files of the suite, held in memory."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    @cache  # noqa: B019 (one suite lives as long as the tests)
    def graph(self, iri: str) -> Graph:
        return read_graph(self.files[iri.removeprefix(ROOT)], TURTLE, where=iri, base=iri)

    def entries(self, manifest: str) -> Iterator[tuple[Graph, Node]]:
        graph = self.graph(manifest)
        for included in sorted(str(one) for one in graph.objects(None, MF.include)):
            yield from self.entries(included)
        for head in graph.objects(None, MF.entries):
            for entry in members(graph, head) or ():
                yield graph, entry


@cache
def suite() -> Suite:
    archive = Path(__file__).parents[2] / "build" / "w3c-shacl" / f"pyshacl-{VERSION}.tar.gz"
    if not archive.exists():
        download(archive)
    content = archive.read_bytes()
    assert hashlib.sha256(content).hexdigest() == SHA256, f"{archive} is another file; delete it to get it again"
    with tarfile.open(archive) as opened:
        names = [name for name in opened.getnames() if name.startswith(INSIDE) and name.endswith(".ttl")]
        files = {name.removeprefix(INSIDE): opened.extractfile(name) for name in names}
        return Suite({name: file.read() for name, file in files.items() if file is not None})


def download(archive: Path) -> None:
    """Get the archive from the package index; a machine that has none fails here."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        options = ("--no-deps", "--no-binary", "pyshacl", "--dest", folder, "--quiet")
        command = [sys.executable, "-m", "pip", "download", *options, f"pyshacl=={VERSION}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        assert done.returncode == 0, f"pip does not give the sources of pyshacl: {done.stderr[-500:]}"
        os.replace(Path(folder) / archive.name, archive)


@pytest.mark.parametrize("part", COUNTS)
@pytest.mark.parametrize("engine", ["pyshacl", "shacl"])
def test_suite_of_w3c(engine: EngineName, part: str) -> None:
    files, found = suite(), {}
    entries = list(files.entries(f"{ROOT}{part}/manifest.ttl"))
    for graph, entry in entries:
        difference = compare(files, graph, entry, engine=engine)
        if difference:
            found[str(entry).removeprefix(ROOT)] = difference
    assert len(entries) == COUNTS[part]
    assert found == DIFFERENCES[engine, part]


def compare(files: Suite, graph: Graph, entry: Node, *, engine: EngineName) -> str:
    """Run one test; "" when the outcome is the one asked, else what is other."""
    action, result = graph.value(entry, MF.action), graph.value(entry, MF.result)
    assert action is not None
    assert result is not None
    data, shapes = (files.graph(str(graph.value(action, one))) for one in (SHT.dataGraph, SHT.shapesGraph))
    try:
        outcome = check_graph(data, shapes, engine=engine)
    except InformationModelError:
        return "" if result == SHT.Failure else "Failure"
    if result == SHT.Failure:
        return "no Failure"
    wanted = Counter(wanted_row(graph, one) for one in graph.objects(result, SH.result))
    conforms = str(graph.value(result, SH.conforms)) == "true"
    return difference_of(outcome, wanted, conforms=conforms)


def difference_of(outcome: ShaclOutcome, wanted: Counter[Row], *, conforms: bool) -> str:
    found = Counter(row(one) for one in outcome.results)
    if found != wanted:
        return f"missing {dict(wanted - found)}, too many {dict(found - wanted)}"
    return "" if outcome.conforms is conforms else f"conforms is {outcome.conforms}, not {conforms}"


def wanted_row(graph: Graph, result: Node) -> Row:
    path = graph.value(result, SH.resultPath)
    return (
        text(graph.value(result, SH.focusNode)),
        "" if path is None else path_text(graph, path),
        text(graph.value(result, SH.value)),
        str(graph.value(result, SH.sourceConstraintComponent)),
        str(graph.value(result, SH.resultSeverity)).removeprefix(str(SH)),
    )


def row(result: ShaclResult) -> Row:
    value = "_:" if result.value.startswith("_:") else result.value
    return (bracketed(result.focus), bracketed(result.path), value, result.component, result.severity)


def text(found: Node | None) -> str:
    """Write a node; blank nodes are all the same, for the report has copies of them."""
    if found is None:
        return ""
    return "_:" if is_blank(found) else plain_text(engine_text(found))


def bracketed(found: str) -> str:
    if found.startswith("_:"):
        return "_:"
    return f"<{found}>" if found and found[0] not in '"(^<' else found


def test_suite_is_the_whole_of_it() -> None:
    named = {str(graph.value(entry, RDF.type)) for graph, entry in suite().entries(f"{ROOT}manifest.ttl")}
    assert named == {str(SHT.Validate)}
    assert sum(1 for _ in suite().entries(f"{ROOT}manifest.ttl")) == sum(COUNTS.values())
