"""Delete entities, and count what goes with them (18-088, table 27)."""

from collections import Counter
from collections.abc import Iterator

import msgspec

from ssclab_data.editing.lookups import ask
from ssclab_data.model.sensorthings import ENTITY_TYPES
from ssclab_data.query.ast import Any, Expr, Or, prefixed
from ssclab_data.stores.base import Transaction


def remove(transaction: Transaction, entity_type: str, condition: Expr, *, trial: bool = False) -> dict[str, int]:
    """Delete what fulfils a condition, and what cannot be without it.

    Args:
        entity_type: as stored.
        trial: whether only to count.

    Returns:
        How many of each type were, or would be, deleted; types without any are left out.
    """
    counted = Counter[str]()
    for name, reached in _reached(entity_type, condition):
        counting = msgspec.structs.replace(ask(name, reached, top=0), count=True)
        counted[name] += transaction.read(counting).count or 0
    if not trial and counted[entity_type]:
        transaction.delete(ask(entity_type, condition))
    return {name: counted[name] for name in ENTITY_TYPES if counted[name]}


def _reached(entity_type: str, condition: Expr) -> Iterator[tuple[str, Expr]]:
    """Give the entities that fulfil a condition, and those that cannot be without them, as conditions by type."""
    yield entity_type, condition
    for name, kind in ENTITY_TYPES.items():
        ways = tuple(
            Any((link.name,), condition) if link.many else prefixed(condition, (link.name,))
            for link in kind.navigations
            if link.required and link.target == entity_type
        )
        if ways:
            yield from _reached(name, Or(ways) if len(ways) > 1 else ways[0])
