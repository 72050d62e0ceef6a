"""Remember which Datastreams of a store 1.x shows as MultiDatastreams, until one is written."""

from functools import cached_property
from weakref import WeakKeyDictionary

import msgspec

from ssclab_data.model.multi import observed_properties_of
from ssclab_data.model.sensorthings import Datastream, ObservedProperty
from ssclab_data.query.ast import ID, KEY, BoundQuery, Compare, Expand, Expr, In, Literal, OrderBy, Path, all_of
from ssclab_data.query.views import is_multi
from ssclab_data.stores.base import Store

_FEW = 100
"""Of so many Datastreams that were written it is asked one by one whether they are multi; of more, of all at once."""


class _Known(msgspec.Struct, frozen=True, dict=True):
    """What held at a sequence of the store.

    Attributes:
        multis: handles by natural key.
    """

    sequence: int
    multis: dict[str, int]

    @cached_property
    def handles(self) -> frozenset[int]:
        return frozenset(self.multis.values())


_known: WeakKeyDictionary[Store, _Known] = WeakKeyDictionary()


def multis_of(store: Store, sequence: int | None = None) -> frozenset[int]:
    """Give the handles of the Datastreams that are multi.

    The store is asked only about the Datastreams that its log says were written since it was asked last.

    Args:
        sequence: of the store a moment ago, where it is known; None reads it.
    """
    if sequence is None:
        sequence = store.sequence
    known = _known.get(store)
    if known is None:
        known = _known[store] = _Known(sequence, _read(store))
    elif known.sequence < sequence:
        known = _known[store] = _Known(sequence, _updated(store, known))
    return known.handles


def names_of_values(store: Store, handle: int) -> tuple[str, ...]:
    """Name what the values of the results of a MultiDatastream are of, in their order."""
    by_id = (OrderBy(Path((ID,))),)
    inner = BoundQuery(entity_type="ObservedProperty", select=(("name",),), orderby=by_id)
    query = BoundQuery(
        entity_type="Datastream",
        filter=Compare("eq", Path((ID,)), Literal(handle)),
        select=(("resultType",),),
        orderby=by_id,
        expand=(Expand("ObservedProperties", inner),),
    )
    (row,) = store.read(query).rows
    assert isinstance(row.entity, Datastream)  # noqa: S101 - it was asked for
    found = [one.entity for one in row.at("ObservedProperties")]
    names = {one.key: str(one.name) for one in found if isinstance(one, ObservedProperty)}
    return tuple(names[key] for key in observed_properties_of(row.entity))


def _updated(store: Store, known: _Known) -> dict[str, int]:
    changes = (change for change in store.changes(known.sequence) if change.entity_type == "Datastream")
    written = {key for change in changes for key in change.keys}
    if not written:
        return known.multis
    if len(written) > _FEW:
        return _read(store)
    untouched = {key: handle for key, handle in known.multis.items() if key not in written}
    among = In(Path((KEY,)), tuple(Literal(key) for key in sorted(written)))
    return {**untouched, **_read(store, among)}


def _read(store: Store, among: Expr | None = None) -> dict[str, int]:
    query = BoundQuery(
        entity_type="Datastream",
        filter=all_of(among, is_multi()),
        select=((ID,),),
        orderby=(OrderBy(Path((ID,))),),
    )
    return {str(row.entity.key): int(row.handle) for row in store.read(query).rows}
