"""Change one entity: in parts (PATCH), as a whole (PUT), or by the operations of a JSON Patch."""

from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.editing.drafts import ID, Draft, Scope, check_complete, own_properties, read_draft
from ssclab_data.editing.inserting import Work, merge, place
from ssclab_data.editing.linking import moved
from ssclab_data.editing.lookups import expanded, find
from ssclab_data.editing.patching import Unfit, apply_patch
from ssclab_data.editing.revising import revise
from ssclab_data.errors import BodyError, ConflictError, NotFoundError
from ssclab_data.model.entity import Entity, EntityType, Kind, Property
from ssclab_data.model.identity import split_observation_handle
from ssclab_data.model.json_values import shown
from ssclab_data.model.multi import kept_as, multi_of
from ssclab_data.model.sensorthings import Datastream, Observation
from ssclab_data.model.values import Instant, Interval, UnitOfMeasurement
from ssclab_data.stores.base import Row


class Subject(msgspec.Struct, frozen=True):
    """The entity that is to be changed.

    Attributes:
        kind: its type, as the version shows it.
    """

    kind: EntityType
    handle: int


def update(work: Work, subject: Subject, body: Any, scope: Scope) -> None:
    """Change what a body mentions; the members of a unit that it does not mention stay.

    Raises:
        BodyError: a related entity is written out, or something cannot be so.
    """
    draft = read_draft(_with_unit(work, subject, body), subject.kind, scope)
    if subject.kind.name != "Observation":
        merge(work, subject.handle, draft)
        return
    own = _own(_read(work, subject), subject)
    given = {part.field: getattr(draft.entity, part.field) for part in subject.kind.properties}
    changes = {field: value for field, value in given.items() if value is not UNSET}
    _revise(work, subject, msgspec.structs.replace(own, **changes), draft)


def replace(work: Work, subject: Subject, body: Any, scope: Scope) -> None:
    """Replace all properties; what a body does not mention is removed, links stay.

    Raises:
        BodyError: a required property is missing, or a related entity is written out.
    """
    draft = read_draft(body, subject.kind, scope)
    check_complete(draft)
    if subject.kind.name == "Observation":
        _revise(work, subject, draft.entity, draft)
    else:
        merge(work, subject.handle, draft, whole=True)


def operate(work: Work, subject: Subject, operations: Any, scope: Scope) -> None:
    """Apply a JSON Patch to the properties and the links to one (`/Thing/@iot.id`).

    Raises:
        BodyError: it is no JSON Patch, or what comes out of it is no entity.
        ConflictError: an operation does not fit the entity as it is (RFC 5789, 2.2).
    """
    before = _document(work, subject, scope.version)
    try:
        after = apply_patch(before, operations)
    except Unfit as error:
        raise ConflictError(
            f"{subject.kind.name} {subject.handle}: {error}",
            entity_type=kept_as(subject.kind.name),
            handle=subject.handle,
        ) from error
    if not isinstance(after, dict):
        raise BodyError(f"the JSON Patch makes {shown(after)!r} of the {subject.kind.name}, which is no object")
    links = {link.name for link in subject.kind.navigations if not link.many}
    for name in links & before.keys():
        if name not in after:
            raise BodyError("a link to one cannot be removed; replace it", path=name)
    kept = {name for name in links if after.get(name) == before.get(name)}
    replace(work, subject, {name: value for name, value in after.items() if name not in kept}, scope)


def _document(work: Work, subject: Subject, version: str) -> dict[str, Any]:
    """Write an entity as the document that a JSON Patch changes."""
    row = _read(work, subject)
    entity = _own(row, subject)
    document = {
        part.name: json_of(value, part)
        for part in own_properties(subject.kind, version)
        if (value := getattr(entity, part.field)) is not UNSET
    }
    for link in subject.kind.navigations:
        if not link.many:
            for one in row.at(kept_as(link.name)):
                document[link.name] = {ID: one.handle}
    return document


def json_of(value: Any, part: Property) -> Any:
    """Write the value of a property as JSON."""
    if isinstance(value, (Instant, Interval)):
        return str(value)
    return msgspec.to_builtins(value) if part.kind is Kind.UNIT else value


def _read(work: Work, subject: Subject) -> Row:
    """Read an entity with what its links to one lead to.

    Raises:
        NotFoundError: there is none.
    """
    names = {kept_as(link.name): kept_as(link.target) for link in subject.kind.navigations if not link.many}
    expand = [expanded(name, target) for name, target in names.items()]
    row = find(work.transaction, subject.kind.name, subject.handle, expand=expand)
    if row is None:
        raise NotFoundError(f"there is no {subject.kind.name} {subject.handle}")
    return row


def _own(row: Row, subject: Subject) -> Entity:
    """Give an entity as its version shows it."""
    entity = row.entity
    return multi_of(entity) if subject.kind.name != "Datastream" and isinstance(entity, Datastream) else entity


def _with_unit(work: Work, subject: Subject, body: Any) -> Any:
    unit = body.get("unitOfMeasurement") if isinstance(body, dict) else None
    if subject.kind.name != "Datastream" or not isinstance(unit, dict):
        return body
    known = getattr(_read(work, subject).entity, "unit_of_measurement", UNSET)
    old = msgspec.to_builtins(known) if isinstance(known, UnitOfMeasurement) else {}
    return {**body, "unitOfMeasurement": {**old, **unit}}


def _revise(work: Work, subject: Subject, entity: Entity, draft: Draft) -> None:
    """Change an Observation, which stays in its Datastream.

    Raises:
        BodyError: it is to move.
    """
    assert isinstance(entity, Observation)  # noqa: S101 - the caller looked
    datastream, _ = split_observation_handle(subject.handle)
    for name in ("Datastream", "MultiDatastream"):
        for target in draft.links.get(name, ()):
            if place(work, target) != datastream:
                raise moved(name)
    features = [place(work, target) for target in draft.links.get("FeatureOfInterest", ())]
    revise(work.streams, subject.handle, observation=entity, feature=features[0] if features else None)
