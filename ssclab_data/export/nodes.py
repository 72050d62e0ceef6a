"""Read entities with the links that their description needs, and name them."""

from collections.abc import Iterable

from ssclab_data.linked_data.sosa import LINKS, NEEDED, Node
from ssclab_data.model.entity import Navigation
from ssclab_data.model.identity import iri
from ssclab_data.model.sensorthings import entity_type, type_of
from ssclab_data.query import ast
from ssclab_data.stores.base import Row


def query_for(kind: str, filter_: ast.Expr | None = None) -> ast.Query:
    """Make the query that reads entities of a type with the links that `sosa.LINKS` names."""
    paths = tuple(tuple(path.split("/")) for path in LINKS[kind])
    return ast.Query(entity_type=kind, filter=filter_, expand=_expands(kind, paths))


def node_of(row: Row, base_iri: str) -> Node:
    """Name an entity and all that was read with it."""
    entity = row.entity
    return Node(
        iri=iri(base_iri, row.lab, entity_type=type_of(entity).name, key=str(entity.key)),
        entity=entity,
        links={name: tuple(node_of(one, base_iri) for one in row.at(name)) for name in row.related},
    )


def _expands(kind: str, paths: Iterable[tuple[str, ...]]) -> tuple[ast.Expand, ...]:
    """Fold paths of links into nested expands that read names and no more than `sosa.NEEDED`."""
    deeper: dict[str, list[tuple[str, ...]]] = {}
    for name, *rest in paths:
        deeper.setdefault(name, []).extend([tuple(rest)] if rest else [])
    return tuple(ast.Expand(name, _names(kind, name, rests)) for name, rests in deeper.items())


def _names(kind: str, link_name: str, rests: Iterable[tuple[str, ...]]) -> ast.Query:
    link = entity_type(kind).by_name[link_name]
    assert isinstance(link, Navigation)  # noqa: S101 - `LINKS` holds links only
    select = ((ast.ID,), *((name,) for name in NEEDED.get(link.target, ())))
    return ast.Query(entity_type=link.target, select=select, expand=_expands(link.target, rests))
