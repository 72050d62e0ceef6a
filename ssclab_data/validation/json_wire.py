"""Check the SensorThings 1.0 and 1.1 documents of any service, with all that they hold of linked entities."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ssclab_data.model.entity import EntityType, Navigation
from ssclab_data.model.finding import Finding
from ssclab_data.model.multi import VIEWS
from ssclab_data.model.sensorthings import entity_type
from ssclab_data.validation.json_engines import AUTO
from ssclab_data.validation.json_findings import distinct, is_fit, pointer, unfit
from ssclab_data.validation.json_schema import check_document

type _Path = tuple[str | int, ...]

_COLLECTION = "value"


def check_wire_document(kind: str, document: object, *, engine: str = AUTO) -> tuple[Finding, ...]:
    """Check an answer of a SensorThings 1.0 or 1.1 service: an entity, or a page of a set.

    Annotations of all kinds may be there. A link may be a navigation link, a reference (`{"@iot.id": 1}`) or the entity
    itself, which is then checked too; it needs no link back to what it is shown in.

    Args:
        kind: name of the entity type or its set (`Thing`, `Datastreams`).
        document: parsed JSON.

    Raises:
        UnknownNameError: there is no such entity type.

    >>> page = {"@iot.count": 1, "value": [{"@iot.id": 1, "name": "unit 1", "descripton": ""}]}
    >>> [(one.rule, one.path, one.suggestion) for one in check_wire_document("Things", page)]
    [('missing-property', '/value/0/description', ''), ('unknown-property', '/value/0/descripton', 'description')]
    """
    type_ = entity_type(kind, VIEWS)
    if not is_fit(document):
        return distinct(unfit(document))
    if isinstance(document, dict) and isinstance(document.get(_COLLECTION), list):
        parts = enumerate(document[_COLLECTION])
        return distinct(
            one for index, part in parts for one in _entity(type_, part, at=(_COLLECTION, index), engine=engine)
        )
    return distinct(_entity(type_, document, at=(), engine=engine))


def _entity(type_: EntityType, document: object, *, at: _Path, engine: str, shown_in: str = "") -> Iterator[Finding]:
    """Check an entity; `shown_in` is its link to the entity that it is shown in."""
    if not isinstance(document, dict):
        yield from _below(check_document(type_.name, document, engine=engine), at)
        return
    # The schema asks for a Datastream where a MultiDatastream would do.
    back = pointer((*at, shown_in.removeprefix("Multi")))
    for finding in _below(check_document(type_.name, _plain(document), engine=engine), at):
        if finding.rule != "missing-link" or finding.path != back:
            yield finding
    for link in type_.navigations:
        for step, part in _parts(link, document.get(link.name)):
            yield from _entity(VIEWS[link.target], part, at=(*at, *step), engine=engine, shown_in=link.inverse)


def _parts(link: Navigation, value: object) -> Iterator[tuple[_Path, dict[str, Any]]]:
    """Give the linked entities that are here themselves, not by reference."""
    values = enumerate(value) if isinstance(value, list) else ((None, value),)
    for index, part in values:
        if isinstance(part, dict) and not _is_reference(part):
            yield ((link.name,) if index is None else (link.name, index)), part


def _is_reference(part: Mapping[str, Any]) -> bool:
    return all("@" in name for name in part)


def _plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out annotations that say nothing of SensorThings, such as those of OData."""
    return {name: value for name, value in document.items() if "@" not in name or "@iot." in name}


def _below(findings: tuple[Finding, ...], at: _Path) -> Iterator[Finding]:
    above = pointer(at)
    for finding in findings:
        yield msgspec.structs.replace(finding, path=above + finding.path) if above else finding
