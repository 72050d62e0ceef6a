"""Derive the tables from the declaration of the entity types."""

import re
from collections.abc import Iterator
from functools import cache

import msgspec

from ssclab_data.model.entity import Kind, Navigation, Property
from ssclab_data.model.sensorthings import ENTITY_TYPES
from ssclab_data.stores import areas
from ssclab_data.stores.areas import Area
from ssclab_data.stores.chunks import BLOBS, Bounds
from ssclab_data.stores.shape import is_pair, pair_name

FORMAT = 2
"""Version of the layout; a store of another one is refused."""


class Table(msgspec.Struct, frozen=True):
    """The table of a descriptive entity type.

    Attributes:
        columns: of its properties, in the order of the declaration, by field; intervals take two.
        links: column of each to-one link, by the link's name.
    """

    name: str
    columns: dict[str, tuple[str, ...]]
    links: dict[str, str]


class Pairs(msgspec.Struct, frozen=True):
    """The table of a many-to-many relation: columns `first_id` and `second_id`."""

    name: str


CHUNK_BOUNDS = {
    name: "" if name in ("result_min", "result_max") else "REAL" if name == "result_sum" else "INTEGER"
    for name in Bounds.__struct_fields__
}
"""Columns of a chunk beside its blobs, with their types; the numbers of `result_min` keep the kind they have."""

HOT = (
    "datastream_id",
    "start",
    "stop",
    "span",
    "ordinal",
    "sequence",
    "kind",
    "result",
    "result_time",
    "quality",
    "valid_start",
    "valid_stop",
    "parameters",
    "feature_id",
)
"""Columns of an Observation that is not in a chunk; `latest` has the same."""


@cache
def table_of(entity_type: str) -> Table:
    """Derive the table of a descriptive entity type."""
    kind = ENTITY_TYPES[entity_type]
    columns = {part.field: tuple(_column_names(part)) for part in kind.properties}
    links = {link.name: f"{link.field}_id" for link in kind.navigations if not link.many}
    return Table(snake(entity_type), columns, links)


def pairs_of(entity_type: str, link: Navigation) -> tuple[Pairs, str, str]:
    """Give the table of a many-to-many link, the column of the near end and that of the far end."""
    name, first = pair_name(entity_type, link)
    near, far = ("first_id", "second_id") if first else ("second_id", "first_id")
    return Pairs(f"pair_{snake(name)}"), near, far


@cache
def area_tables() -> dict[tuple[str, str], Area]:
    """Give the R-trees by the table and the column that they are of."""
    tables = {name: table_of(name).name for name in ENTITY_TYPES if name != "Observation"}
    return {(area.of, area.column): area for area in areas.areas(tables)}


def snake(name: str) -> str:
    """Turn the standard's name into a table's name."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def statements() -> Iterator[str]:
    """Give the statements that make an empty store."""
    yield "CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID"
    yield (
        "CREATE TABLE log (sequence INTEGER NOT NULL, entity_type TEXT NOT NULL, deleted INTEGER NOT NULL, "
        "recorded_at INTEGER NOT NULL, keys TEXT NOT NULL, rows INTEGER NOT NULL)"
    )
    yield "CREATE INDEX log_sequence ON log (sequence)"
    for name in ENTITY_TYPES:
        if name != "Observation":
            yield from _descriptive(table_of(name), name)
    for area in area_tables().values():
        yield from areas.statements(area)
    yield from _pair_tables()
    yield from _observations()


def _descriptive(table: Table, entity_type: str) -> Iterator[str]:
    kinds = {part.field: part.kind for part in ENTITY_TYPES[entity_type].properties}
    columns = [
        f"{column} {'INTEGER' if kinds[field] in (Kind.INSTANT, Kind.INTERVAL) else 'TEXT'}"
        for field, names in table.columns.items()
        for column in names
    ]
    columns += [f"{column} INTEGER" for column in table.links.values()]
    if entity_type == "Datastream":
        columns += [f"{name} INTEGER NOT NULL DEFAULT 0" for name in ("observations", "last_sequence", "hot")]
    own = "id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE"
    yield f"CREATE TABLE {table.name} ({own}, {', '.join(columns)})"
    for column in table.links.values():
        yield f"CREATE INDEX {table.name}_{column} ON {table.name} ({column})"


def _pair_tables() -> Iterator[str]:
    names = {
        pairs_of(kind.name, link)[0].name
        for kind in ENTITY_TYPES.values()
        for link in kind.navigations
        if is_pair(link)
    }
    for name in sorted(names):
        yield (
            f"CREATE TABLE {name} (first_id INTEGER NOT NULL, second_id INTEGER NOT NULL, "
            "PRIMARY KEY (first_id, second_id)) WITHOUT ROWID"
        )
        yield f"CREATE INDEX {name}_second ON {name} (second_id)"


def _observations() -> Iterator[str]:
    hot = (
        "datastream_id INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL, span INTEGER NOT NULL, "
        "ordinal INTEGER NOT NULL, sequence INTEGER NOT NULL, kind INTEGER NOT NULL, result, result_time INTEGER, "
        "quality TEXT, valid_start INTEGER, valid_stop INTEGER, parameters TEXT, feature_id INTEGER"
    )
    yield f"CREATE TABLE hot ({hot}, PRIMARY KEY (datastream_id, start, stop, span, ordinal)) WITHOUT ROWID"
    yield "CREATE UNIQUE INDEX hot_handle ON hot (datastream_id, sequence)"
    yield "CREATE INDEX hot_start ON hot (start)"
    yield f"CREATE TABLE latest ({hot}, PRIMARY KEY (datastream_id)) WITHOUT ROWID"
    bounds = ", ".join(f"{name} {type_}" for name, type_ in CHUNK_BOUNDS.items())
    blobs = ", ".join(f"{name}_blob BLOB" for name in BLOBS)
    yield f"CREATE TABLE chunk (id INTEGER PRIMARY KEY, {bounds}, {blobs})"
    yield "CREATE INDEX chunk_time ON chunk (datastream, first, last)"
    yield "CREATE INDEX chunk_handle ON chunk (datastream, sequence_first, sequence_last)"
    yield "CREATE INDEX chunk_first ON chunk (first)"
    yield "CREATE INDEX chunk_last ON chunk (last)"
    yield (
        "CREATE TABLE datastream_feature (datastream_id INTEGER NOT NULL, feature_id INTEGER NOT NULL, "
        "observations INTEGER NOT NULL, PRIMARY KEY (datastream_id, feature_id)) WITHOUT ROWID"
    )
    yield "CREATE INDEX datastream_feature_feature ON datastream_feature (feature_id)"


def _column_names(part: Property) -> Iterator[str]:
    if part.kind is Kind.INTERVAL:
        yield f"{part.field}_start"
        yield f"{part.field}_end"
    else:
        yield part.field
