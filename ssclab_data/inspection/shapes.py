"""Check entities as linked data against the SHACL shapes of a profile's modules, some thousand at a time."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from ssclab_data.linked_data.graphs import NTRIPLES, read_graph
from ssclab_data.linked_data.rdf import ntriples
from ssclab_data.linked_data.sosa import Node, triples
from ssclab_data.model.finding import Finding
from ssclab_data.ontology import codelists
from ssclab_data.ontology.modules import CONTEXT, SHAPES, closure, shapes, terms
from ssclab_data.ontology.registry import Module
from ssclab_data.validation.background import authorities
from ssclab_data.validation.modelling.context import reference
from ssclab_data.validation.profile import Profile
from ssclab_data.validation.shacl import ShaclOutcome, check_graph, findings
from ssclab_data.validation.shacl_engines import EngineName

if TYPE_CHECKING:
    from rdflib import Graph

_BATCH = 2_000


class ShapeCheck:
    """The entities of a run on their way through the shapes.

    Args:
        engine: see `validation.shacl.check_graph`.
    """

    def __init__(self, profile: Profile, engine: EngineName) -> None:
        self.shapes = shapes(profile.modules)
        self.background = background_of(profile.modules)
        self.engine = engine
        self.engine_used = ""
        self.focus_nodes = 0
        self._batch: list[Node] = []

    def add(self, node: Node) -> Iterator[Finding]:
        """Take an entity in; findings come when there are enough of them to check."""
        self._batch.append(node)
        if len(self._batch) >= _BATCH:
            yield from self.finish()

    def finish(self) -> Iterator[Finding]:
        """Check what has not been checked yet."""
        batch, self._batch = self._batch, []
        if not batch:
            return
        data = _graph(batch)
        around = _graph(_around(batch)) + self.background
        names = {node.iri: reference(node.entity) for node in batch}
        for finding in self._checked(check_graph(data, self.shapes, engine=self.engine, background=around)):
            entity, _, part = finding.entity.partition("#")
            named = f"{names.get(entity, entity)}{'#' if part else ''}{part}"
            yield msgspec.structs.replace(finding, entity=named, path=f"/{finding.path}" if finding.path else "")

    def graph(self, data: "Graph", where: str) -> Iterator[Finding]:
        """Check a graph as it is."""
        known = self.background + authorities(data)
        outcome = check_graph(data, self.shapes, engine=self.engine, background=known)
        for finding in self._checked(outcome):
            yield msgspec.structs.replace(finding, where=where)

    def _checked(self, outcome: ShaclOutcome) -> tuple[Finding, ...]:
        self.focus_nodes += outcome.focus_nodes
        self.engine_used = outcome.engine
        return findings(outcome)


def background_of(modules: Iterable[str]) -> "Graph":
    """Read the classes and properties of modules, which say what is a subclass of what, and the codes they name."""
    chosen = closure(modules)
    named = "".join(_text(module, file) for module in chosen for file in (SHAPES, CONTEXT))
    lists = [name for name in codelists.names() if f"{codelists.scheme_iri(name)}/" in named]
    graph = terms(module.entry.id for module in chosen)
    return graph + codelists.graph(*lists) if lists else graph


def _text(module: Module, name: str) -> str:
    file = module.folder / name
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _graph(nodes: Iterable[Node]) -> "Graph":
    described = chain.from_iterable(triples(node) for node in nodes)
    return read_graph("".join(ntriples(described)).encode(), NTRIPLES)


def _around(batch: list[Node]) -> Iterator[Node]:
    """Give the entities that those of a batch are linked to, each once, but not those of the batch."""
    own = {node.iri for node in batch}
    seen: dict[str, Node] = {}
    for node in batch:
        for linked in chain.from_iterable(node.links.values()):
            if linked.iri not in own:
                seen.setdefault(linked.iri, linked)
    yield from seen.values()
