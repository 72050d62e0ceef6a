"""Read linked data as content to check: the graph as it is, and the entities and Observations that it states."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import UNSET

from ssclab_data.errors import ValueParseError
from ssclab_data.inspection.content import Content, Item, Stream, series_of
from ssclab_data.inspection.linking import Name, name_of, nodes_of, own_links
from ssclab_data.linked_data.graphs import read_graph
from ssclab_data.linked_data.reading_back import entities, triples_of
from ssclab_data.linked_data.sosa import Node
from ssclab_data.model.entity import Link
from ssclab_data.model.finding import Finding
from ssclab_data.model.sensorthings import Observation
from ssclab_data.model.values import Time
from ssclab_data.ontology.contexts import own_words
from ssclab_data.validation.rules import RULES, Place


def read_linked_data(content: bytes, media_type: str, *, where: str) -> Content:
    """Read one RDF document; an entity in it that cannot be read is a finding, and is checked by the shapes alone.

    Raises:
        SourceError: it cannot be read.
    """
    graph = read_graph(content, media_type, where=where)
    findings: list[Finding] = []

    def unreadable(iri: str, error: ValueParseError) -> None:
        facts = {"reason": str(error)}
        findings.append(RULES["entity-unreadable"].finding(facts, Place(where=where, entity=iri)))

    found = list(entities(triples_of(graph), own_words(), unreadable=unreadable))
    known = {name_of(entity): entity for entity in found if not isinstance(entity, Observation)}
    nodes = dict(zip(known, nodes_of(known, own_links(known.values())), strict=True))
    observations = (entity for entity in found if isinstance(entity, Observation))
    return Content(
        target=where,
        graph=graph,
        items=[Item(node) for node in nodes.values()],
        streams=list(_streams(observations, nodes)),
        findings=findings,
    )


def _streams(observations: Iterable[Observation], nodes: dict[Name, Node]) -> Iterator[Stream]:
    rows: dict[str, list[tuple[Time, Any]]] = defaultdict(list)
    for one in observations:
        if isinstance(one.datastream, Link) and one.phenomenon_time is not UNSET:
            rows[str(one.datastream.key)].append((one.phenomenon_time, None if one.result is UNSET else one.result))
    for key, found in rows.items():
        node = nodes.get(("Datastream", key))
        if node is not None:
            yield Stream(node, [series_of(key, found)])
