"""Ask the descriptive tables what an expression on Observations needs of linked entities, once for each query."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ssclab_data.query import ast
from ssclab_data.stores import sql
from ssclab_data.stores.packing import listed, unpack
from ssclab_data.stores.vectors import FALSE, TRUE, UNKNOWN

_CODES = {1: TRUE, 0: FALSE, None: UNKNOWN}


class SqlLinked:
    """What is known of Datastreams and FeaturesOfInterest in one read transaction."""

    def __init__(self, connection: sqlite3.Connection, having: sql.Having) -> None:
        self.connection = connection
        self.having = having
        self._truths: dict[tuple[str, ast.Expr], dict[int, int]] = {}
        self._values: dict[tuple[str, ast.Expr], dict[int, Any]] = {}
        self._keys: dict[int, str] | None = None

    def truths(self, link: str, expr: ast.Expr) -> Mapping[int, int]:
        """Evaluate a condition on all entities at a link."""
        if (link, expr) not in self._truths:
            rows = self._of_all(link, expr, sql.truth)
            self._truths[link, expr] = {handle: _CODES[code] for handle, code in rows}
        return self._truths[link, expr]

    def values(self, link: str, expr: ast.Expr) -> Mapping[int, Any]:
        """Evaluate an expression on all entities at a link."""
        if (link, expr) not in self._values:
            rows = self._of_all(link, expr, sql.value)
            self._values[link, expr] = {handle: unpack(value) for handle, value in rows}
        return self._values[link, expr]

    def _of_all(
        self, link: str, expr: ast.Expr, lower: Callable[[ast.Expr, sql.Scope], sql.Sql]
    ) -> Iterable[tuple[int, Any]]:
        scope = sql.Scope(link, sql.Numbers(self.having))
        lowered = lower(expr, scope)
        return self.connection.execute(f"SELECT {scope.alias}.id, {lowered.text} FROM {scope.source}", lowered.values)

    def keys(self) -> Mapping[int, str]:
        """Give the natural keys of all Datastreams."""
        if self._keys is None:
            self._keys = dict(self.connection.execute("SELECT id, key FROM datastream"))
        return self._keys

    def keys_of(self, handles: Iterable[int]) -> Mapping[int, str]:
        """Give the natural keys of some Datastreams."""
        given = listed(handles)
        text = "SELECT id, key FROM datastream WHERE id IN (SELECT value FROM json_each(?))"
        return dict(self.connection.execute(text, (given,)))

    def chosen(self, expr: ast.Expr) -> set[int]:
        """Give the Datastreams that fulfil a condition whose paths start at them."""
        match expr:
            case ast.Compare("eq", ast.Path((ast.ID,)), ast.Literal(int() as handle)) if not isinstance(handle, bool):
                return {handle}
        scope = sql.Scope("Datastream", sql.Numbers(self.having))
        lowered = sql.condition(expr, scope)
        text = f"SELECT {scope.alias}.id FROM {scope.source} WHERE {lowered.text}"
        return {row[0] for row in self.connection.execute(text, lowered.values)}

    def observing(self, features: Iterable[int]) -> set[int]:
        """Give the Datastreams that have Observations of some FeaturesOfInterest."""
        given = listed(features)
        text = "SELECT datastream_id FROM datastream_feature WHERE feature_id IN (SELECT value FROM json_each(?))"
        return {row[0] for row in self.connection.execute(text, (given,))}
