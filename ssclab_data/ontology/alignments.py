"""Read how our terms and codes relate to those of others: tables in the form of SSSOM."""

import csv
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

import msgspec

from ssclab_data.errors import InformationModelError
from ssclab_data.linked_data.graphs import NTRIPLES, read_graph
from ssclab_data.linked_data.rdf import ntriples
from ssclab_data.linked_data.terms import IRI, Triple, is_iri
from ssclab_data.resources import roots

if TYPE_CHECKING:
    from rdflib import Graph

SUFFIX = ".sssom.tsv"
COLUMNS = ("subject_id", "predicate_id", "object_id", "mapping_justification")
"""The columns that a table must have."""


class MappingSet(msgspec.Struct, frozen=True, kw_only=True):
    """What the head of a table says of it.

    Attributes:
        curie_map: prefixes of the IRIs in its rows.
    """

    mapping_set_id: str
    mapping_set_version: str
    mapping_set_title: str
    mapping_set_description: str = ""
    license: str
    curie_map: Mapping[str, str]


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a table: how two terms relate. Its names are written out as IRIs.

    Attributes:
        comment: what goes wrong between the two, or "".
        line: one-based, in the file.
    """

    subject: str
    subject_label: str
    predicate: str
    object: str
    object_label: str
    justification: str
    comment: str
    line: int


class Alignment(msgspec.Struct, frozen=True):
    """One table: its head and its rows."""

    name: str
    head: MappingSet
    rows: tuple[Match, ...]


def names() -> tuple[str, ...]:
    """Give the names of all tables: ours and those of extensions."""
    return tuple(sorted({file.name.removesuffix(SUFFIX) for file in _files()}))


def read(name: str) -> Alignment:
    """Read a table by the name of its file without `.sssom.tsv`; rows of extensions follow.

    Raises:
        InformationModelError: no such table, or it is wrong; the message has the line.

    >>> [row.object for row in read("eionet").rows if row.subject.endswith("/pm25")]
    ['http://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001']
    """
    files = [file for file in _files() if file.name == f"{name}{SUFFIX}"]
    if not files:
        raise InformationModelError(f"there is no alignment {name!r}; known: {', '.join(names())}")
    found = [read_file(file) for file in files]
    return Alignment(name, found[0].head, tuple(row for one in found for row in one.rows))


def triples(name: str) -> Iterator[Triple]:
    """Give each row of a table as a statement."""
    for row in read(name).rows:
        yield Triple(IRI(row.subject), IRI(row.predicate), IRI(row.object))


def graph(*chosen: str) -> "Graph":
    """Make one graph of the tables with these names; of all when none is named."""
    lines = (line for name in chosen or names() for line in ntriples(triples(name)))
    return read_graph("".join(lines).encode(), NTRIPLES, where="alignments")


def _files() -> Iterator[Traversable]:
    for root in roots("ontologies"):
        folder = root / "alignments"
        if folder.is_dir():
            yield from (file for file in folder.iterdir() if file.name.endswith(SUFFIX))


def read_file(file: Traversable) -> Alignment:
    """Read one file.

    Raises:
        InformationModelError: it is wrong; the message has the line.
    """
    lines = file.read_text(encoding="utf-8").splitlines()
    size = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    try:
        head = msgspec.yaml.decode("\n".join(line[1:] for line in lines[:size]), type=MappingSet)
    except msgspec.MsgspecError as error:
        raise InformationModelError(f"head: {error}", file=str(file)) from error
    table = csv.DictReader(lines[size:], delimiter="\t", quoting=csv.QUOTE_NONE)
    missing = [column for column in COLUMNS if column not in (table.fieldnames or ())]
    if missing:
        raise InformationModelError(f"there is no column {', '.join(missing)}", file=str(file), line=size + 1)
    rows = []
    for line, row in enumerate(table, size + 2):
        try:
            rows.append(_match(row, head.curie_map, line))
        except ValueError as error:
            raise InformationModelError(str(error), file=str(file), line=line) from error
    return Alignment(file.name.removesuffix(SUFFIX), head, tuple(rows))


def _match(row: Mapping[str, str | None], prefixes: Mapping[str, str], line: int) -> Match:
    def cell(column: str) -> str:
        return row.get(column) or ""

    return Match(
        subject=_expanded(cell("subject_id"), prefixes),
        subject_label=cell("subject_label"),
        predicate=_expanded(cell("predicate_id"), prefixes),
        object=_expanded(cell("object_id"), prefixes),
        object_label=cell("object_label"),
        justification=_expanded(cell("mapping_justification"), prefixes),
        comment=cell("comment"),
        line=line,
    )


def _expanded(name: str, prefixes: Mapping[str, str]) -> str:
    """Write out a prefixed name.

    Raises:
        ValueError: its prefix is not in the head of the table, or no IRI comes of it.
    """
    prefix, colon, local = name.partition(":")
    if not colon or prefix not in prefixes:
        raise ValueError(f"{name!r} has no prefix of the curie_map: {', '.join(prefixes)}")
    iri = prefixes[prefix] + local
    if not is_iri(iri):
        raise ValueError(f"{name!r} makes no IRI: {iri}")
    return iri
