"""Read payloads of a source as content to check: what the mapping makes of them, and what it cannot."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from ssclab_data.errors import SourceError
from ssclab_data.ingest.files import read_file
from ssclab_data.ingest.options import IngestOptions
from ssclab_data.inspection.content import Content, Item, Stream
from ssclab_data.inspection.linking import Name, name_of, nodes_of, own_links
from ssclab_data.linked_data.sosa import Node
from ssclab_data.model.entity import Entity
from ssclab_data.model.finding import Finding
from ssclab_data.model.sensorthings import FeatureOfInterest
from ssclab_data.model.series import Series
from ssclab_data.sources.base import MappedPayload, Source, SourceContext, Tally
from ssclab_data.validation.json_schema import check_entity
from ssclab_data.validation.modelling.places import point_of
from ssclab_data.validation.rules import RULES, Place
from ssclab_data.validation.series.positions import Position


def read_payloads(source: Source, paths: Sequence[Path], context: SourceContext) -> Content:
    """Map files of a source; a file that cannot be mapped is a finding, and does not stop the others."""
    mapped: list[MappedPayload] = []
    findings: list[Finding] = []
    for path in paths:
        found = _read(source, path, context)
        if isinstance(found, Finding):
            findings.append(found)
        else:
            mapped.append(found)
            findings += found.findings
    entities = _entities(mapped)
    nodes = dict(zip(entities, nodes_of(entities, own_links(entities.values())), strict=True))
    tally = sum((one.tally for one in mapped), Tally())
    return Content(
        target=", ".join(str(path) for path in paths),
        items=[Item(node, tuple(check_entity(node.entity))) for node in nodes.values()],
        streams=list(_streams(mapped, nodes, _positions(entities.values()))),
        findings=findings,
        records_read=tally.records_read,
        records_rejected=tally.records_rejected + tally.records_partly,
    )


def _read(source: Source, path: Path, context: SourceContext) -> MappedPayload | Finding:
    content = read_file(path, IngestOptions().max_file_bytes)
    if isinstance(content, Finding):
        return content
    try:
        return source.read(content, msgspec.structs.replace(context, where=str(path)))
    except SourceError as error:
        return RULES["wrong-payload"].finding({"reason": error.message}, Place(where=str(path)))


def _entities(mapped: Sequence[MappedPayload]) -> dict[Name, Entity]:
    """Give each entity once; what a payload describes goes before what another one takes as given."""
    found: dict[Name, Entity] = {}
    for payload in mapped:
        found.update((name_of(entity), entity) for entity in payload.entities)
    for payload in mapped:
        for entity in payload.defaults:
            found.setdefault(name_of(entity), entity)
    return found


def _positions(entities: Iterable[Entity]) -> dict[str, Position]:
    found = {}
    for entity in entities:
        point = point_of(entity.feature) if isinstance(entity, FeatureOfInterest) else None
        if point is not None:
            found[str(entity.key)] = Position(*point)
    return found


def _streams(
    mapped: Sequence[MappedPayload], nodes: dict[Name, Node], positions: dict[str, Position]
) -> Iterator[Stream]:
    parts: dict[str, list[Series]] = {}
    for payload in mapped:
        for series in payload.series:
            parts.setdefault(series.datastream, []).append(series)
    for key, found in parts.items():
        named = {part.feature: positions[part.feature] for part in found if part.feature in positions}
        yield Stream(nodes["Datastream", key], found, named)
