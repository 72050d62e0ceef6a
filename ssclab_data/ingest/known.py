"""Ask a store what it knows of Things: where they are and were, and where they were observed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import batched

import msgspec
import numpy as np

from ssclab_data.editing.lookups import ask, expanded
from ssclab_data.ingest.stays import Spot, Stay, Track
from ssclab_data.model.columns import column_of
from ssclab_data.model.entity import Entity
from ssclab_data.model.sensorthings import FeatureOfInterest, HistoricalLocation, Observation
from ssclab_data.model.values import Instant, Interval, start_of
from ssclab_data.query.ast import (
    KEY,
    BoundQuery,
    Compare,
    Direction,
    Expand,
    Expr,
    In,
    Literal,
    OrderBy,
    Path,
    Query,
    all_of,
)
from ssclab_data.query.bind import bind
from ssclab_data.sources.place import Position
from ssclab_data.sources.sites import is_history_of, is_site_of, site_position
from ssclab_data.stores.base import ColumnarRows, Row, Transaction

_AT_ONCE = 100
"""How many Observations of one moment are looked at."""
_KEYS = 500
"""How many keys one question names."""
_ROWS = 100_000
_FEATURE = "FeatureOfInterest"


class Known(msgspec.Struct, frozen=True):
    """What a store holds of a Thing.

    Attributes:
        locations: natural keys of its Locations.
        stays: its HistoricalLocations that follow from Observations, in the order of time.
        others: keys of Locations that other HistoricalLocations name.
    """

    locations: tuple[str, ...] = ()
    stays: tuple[Stay, ...] = ()
    others: frozenset[str] = frozenset()


NOTHING = Known()


def _rows_by_key(
    transaction: Transaction, kind: str, keys: Iterable[str], expand: Sequence[Expand] = ()
) -> Iterator[Row]:
    """Read entities by their natural keys, with the entities at some links."""
    for part in batched(keys, _KEYS):
        condition = In(Path((KEY,)), tuple(map(Literal, part)))
        yield from transaction.read(ask(kind, condition, expand=expand)).rows


_PLACED = ask("Observation", None, expand=(expanded(_FEATURE, _FEATURE),)).expand[0]
_EXPANDS = (
    expanded("Locations", "Location"),
    expanded("HistoricalLocations", "HistoricalLocation", expanded("Locations", "Location")),
)


def known_things(transaction: Transaction, keys: Iterable[str]) -> Mapping[str, Known]:
    """Give what is known of Things by their natural keys; those that there are not yet are left out."""
    return _remembered(
        transaction,
        "Thing",
        keys,
        lambda wanted: {
            str(row.entity.key): _known(str(row.entity.key), row)
            for row in _rows_by_key(transaction, "Thing", wanted, _EXPANDS)
        },
    )


def known_positions(transaction: Transaction, kind: str, keys: Iterable[str]) -> Mapping[str, Position | None]:
    """Give the positions of Locations or FeaturesOfInterest by their natural keys; None for one put elsewhere."""
    return _remembered(
        transaction,
        kind,
        keys,
        lambda wanted: {
            str(row.entity.key): site_position(row.entity) for row in _rows_by_key(transaction, kind, wanted)
        },
    )


def _remembered[Found](
    transaction: Transaction, kind: str, keys: Iterable[str], read: Callable[[list[str]], Mapping[str, Found]]
) -> dict[str, Found]:
    """Look up what is wanted once for as long as no descriptive entity changes."""
    names = {key: (f"places of {kind} {key}", 0) for key in keys}
    wanted = [key for key, name in names.items() if name not in transaction.memo]
    for key, one in (read(wanted) if wanted else {}).items():
        transaction.memo[names[key]] = one
    return {key: transaction.memo[name] for key, name in names.items() if name in transaction.memo}


def _known(thing: str, row: Row) -> Known:
    histories = row.at("HistoricalLocations")
    own = [one for one in histories if is_history_of(str(one.entity.key), thing)]
    stays = [Stay(str(one.entity.key).rpartition("/")[0], _time(one.entity)) for one in own]
    return Known(
        tuple(_keys(row.at("Locations"))),
        tuple(sorted(stays, key=lambda stay: stay.since)),
        frozenset(key for one in histories if one not in own for key in _keys(one.at("Locations"))),
    )


def _keys(rows: Iterable[Row]) -> list[str]:
    return [str(row.entity.key) for row in rows]


def _time(entity: Entity) -> int:
    time = entity.time if isinstance(entity, HistoricalLocation) else None
    return time.us if isinstance(time, Instant) else 0


class Observed:
    """The Observations of one Thing, as far as they tell where they were made."""

    def __init__(self, transaction: Transaction, thing: str) -> None:
        self._transaction = transaction
        self._thing = thing
        self._of_it = Compare("eq", Path(("Datastream", "Thing", KEY)), Literal(thing))

    def spots(self, limit: int) -> list[Spot] | None:
        """Give the places at which it was observed; None where there are more than a limit."""
        low, high = Literal(f"{self._thing}/"), Literal(f"{self._thing}0")  # "0" is the character after "/"
        condition = all_of(Compare("ge", Path((KEY,)), low), Compare("lt", Path((KEY,)), high))
        rows = self._transaction.read(ask(_FEATURE, condition)).rows
        features = [row for row in rows if is_site_of(str(row.entity.key), self._thing)]
        if len(features) > limit:
            return None
        found = (self._spot(row) for row in features)
        return [spot for spot in found if spot is not None]

    def newest(self) -> Row | None:
        """Give the FeatureOfInterest of its newest Observation that has one; of several the one with the last key."""
        placed = Compare("ne", Path((_FEATURE, KEY)), Literal(None))
        rows = self._read(placed, Direction.DESC, top=_AT_ONCE, placed=True)
        newest = [row for row in rows if _begin(row) == _begin(rows[0])]
        features = [feature for row in newest for feature in row.at(_FEATURE)]
        return max(features, key=lambda feature: str(feature.entity.key), default=None)

    def tracks(self, since: int) -> Iterator[Track]:
        """Give its Observations from a time on, in the order of time; microseconds UTC."""
        condition = all_of(self._of_it, Compare("ge", Path(("phenomenonTime",)), Literal(Instant(since))))
        query = _by_time(condition, Direction.ASC, top=_ROWS)
        while True:
            page = self._transaction.read(query)
            if page.rows:
                yield self._track(query, page.rows)
            if not page.more:
                return
            query = msgspec.structs.replace(query, after=page.rows[-1].order)

    def _track(self, query: BoundQuery, rows: Sequence[Row]) -> Track:
        if isinstance(rows, ColumnarRows):
            columns = rows.columns
            return Track(columns.start, column_of(columns.feature, "feature", len(columns)))
        rows = self._transaction.read(msgspec.structs.replace(query, expand=(_PLACED,))).rows
        features = [next((int(one.handle) for one in row.at(_FEATURE)), 0) for row in rows]
        return Track(np.array([_begin(row) for row in rows], np.int64), np.array(features, np.int64))

    def _spot(self, row: Row) -> Spot | None:
        feature, position = row.entity, site_position(row.entity)
        if position is None or not isinstance(feature, FeatureOfInterest):
            return None
        rows = self._read(Compare("eq", Path((_FEATURE, KEY)), Literal(str(feature.key))), Direction.ASC, top=1)
        if not rows:
            return None
        return Spot(int(row.handle), str(feature.key), str(feature.name), position, _begin(rows[0]))

    def _read(self, condition: Expr, direction: Direction, *, top: int, placed: bool = False) -> Sequence[Row]:
        query = _by_time(all_of(self._of_it, condition), direction, top=top)
        expand = (_PLACED,) if placed else ()
        return self._transaction.read(msgspec.structs.replace(query, expand=expand)).rows


def _by_time(condition: Expr | None, direction: Direction, *, top: int) -> BoundQuery:
    order = (OrderBy(Path(("phenomenonTime",)), direction),)
    query = Query(entity_type="Observation", filter=condition, orderby=order, select=(("phenomenonTime",),))
    return msgspec.structs.replace(bind(query, version=""), top=top)


def _begin(row: Row) -> int:
    time = row.entity.phenomenon_time if isinstance(row.entity, Observation) else None
    assert isinstance(time, (Instant, Interval))  # noqa: S101 - every Observation has one
    return start_of(time).us
