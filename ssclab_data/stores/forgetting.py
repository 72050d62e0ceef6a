"""Take out of a store the last traces of what was deleted or changed."""

import sqlite3

import msgspec

from ssclab_data.model.sensorthings import ENTITY_TYPES
from ssclab_data.stores.tables import table_of


def forget(connection: sqlite3.Connection) -> None:
    """Take the natural keys of entities that are no longer there out of the log; its numbers and counts stay."""
    kept: dict[str, set[str]] = {}
    rows = connection.execute("SELECT rowid, entity_type, keys FROM log WHERE keys <> '[]'").fetchall()
    for number, entity_type, text in rows:
        kind = "Datastream" if entity_type == "Observation" else entity_type
        if kind not in kept:
            kept[kind] = _keys(connection, kind)
        keys = msgspec.json.decode(text, type=list[str])
        there = [key for key in keys if key in kept[kind]]
        if len(there) < len(keys):
            cell = msgspec.json.encode(there).decode()
            connection.execute("UPDATE log SET keys = ? WHERE rowid = ?", (cell, number))


def _keys(connection: sqlite3.Connection, entity_type: str) -> set[str]:
    assert entity_type in ENTITY_TYPES  # noqa: S101 - an identifier comes from the model only
    return {row[0] for row in connection.execute(f"SELECT key FROM {table_of(entity_type).name}")}
