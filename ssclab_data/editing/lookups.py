"""Find entities in a transaction by handle, natural key or condition."""

from collections.abc import Sequence

from ssclab_data.editing.drafts import Reference
from ssclab_data.errors import UnresolvedLinkError
from ssclab_data.model.entity import Handle, Navigation
from ssclab_data.model.multi import RECORD, VIEWS, kept_as
from ssclab_data.query.ast import ID, BoundQuery, Compare, Expand, Expr, Literal, OrderBy, Path, Query, all_of
from ssclab_data.query.bind import bind
from ssclab_data.query.views import MULTI
from ssclab_data.stores.base import Row, Transaction


def link_of(entity_type: str, name: str) -> Navigation:
    """Give a link that a type has."""
    link = VIEWS[entity_type].by_name[name]
    assert isinstance(link, Navigation)  # noqa: S101 - the caller names a link
    return link


def ask(
    entity_type: str, condition: Expr | None, *, expand: Sequence[Expand] = (), top: int | None = None
) -> BoundQuery:
    """Make the query for entities that fulfil a condition, with the entities at some links."""
    return bind(
        Query(
            entity_type=entity_type, filter=condition, expand=tuple(expand), orderby=(OrderBy(Path((ID,))),), top=top
        ),
        version="",
    )


def expanded(name: str, entity_type: str, *inner: Expand) -> Expand:
    """Say that the entities at a link are to be read too."""
    return Expand(name, Query(entity_type=entity_type, expand=inner))


def same(handle: Handle, *links: str) -> Compare:
    """Make the condition that an entity, reached by links to one, is a certain one."""
    return Compare("eq", Path((*links, ID)), Literal(handle))


def of_view(entity_type: str) -> Expr | None:
    """Make the condition by which Datastreams and MultiDatastreams are told apart; None for other types."""
    if kept_as(entity_type) != "Datastream":
        return None
    return Compare("eq" if entity_type == MULTI else "ne", Path(("resultType", "type")), Literal(RECORD))


def find(transaction: Transaction, entity_type: str, handle: Handle, *, expand: Sequence[Expand] = ()) -> Row | None:
    """Read an entity by its handle; None where there is none."""
    rows = transaction.read(ask(kept_as(entity_type), same(handle), expand=expand, top=1)).rows
    return rows[0] if rows else None


def first(transaction: Transaction, entity_type: str, *conditions: Expr | None) -> Row | None:
    """Read the first entity that fulfils all conditions; None where there is none."""
    rows = transaction.read(ask(kept_as(entity_type), all_of(*conditions), top=1)).rows
    return rows[0] if rows else None


def exists(transaction: Transaction, entity_type: str, handle: int) -> bool:
    """Tell whether there is an entity of that handle."""
    if entity_type == "Observation":
        return find(transaction, entity_type, handle) is not None
    return transaction.key(kept_as(entity_type), handle) is not None


def resolve(transaction: Transaction, reference: Reference) -> int:
    """Give the handle of the entity that a body names.

    Raises:
        UnresolvedLinkError: there is none.
    """
    kind = reference.entity_type
    if reference.handle is not None:
        if exists(transaction, kind, reference.handle):
            return reference.handle
        raise UnresolvedLinkError(f"{reference.path or 'the body'}: there is no {kind} {reference.handle}")
    found = transaction.handle(kept_as(kind), str(reference.key))
    if found is None:
        raise UnresolvedLinkError(f"{reference.path or 'the body'}: there is no {kind} with the key {reference.key!r}")
    return found
