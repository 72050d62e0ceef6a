"""Turn "strictly after this row" into a filter that plain SensorThings servers understand."""

from ssclab_data.federation.routing import FALSE, TRUE, either, join
from ssclab_data.model.entity import Kind, Property
from ssclab_data.model.sensorthings import entity_type
from ssclab_data.model.values import Instant, Interval
from ssclab_data.query import ast

NULL = ast.Literal(None)


def after_filter(query: ast.Query) -> ast.Expr:
    """Select the rows that come after `query.after` in the order of the query.

    The handle in it is the hub's, so `routing.localise` makes it the filter of one lab. Where a filter cannot say it
    exactly (values of mixed types, overlapping intervals), some rows before the key pass too, and never one after it
    is lost: whoever reads drops those rows.

    Returns:
        A filter; `TRUE` when there is no key.
    """
    if not query.after:
        return TRUE
    condition: ast.Expr = FALSE
    for key, value in reversed(list(zip(query.orderby, query.after, strict=True))):
        equal = ast.Compare("eq", key.expr, ast.Literal(value))
        condition = either(_beyond(key, value, query.entity_type), join(equal, condition))
    return condition


def _beyond(key: ast.OrderBy, value: ast.Value, type_name: str) -> ast.Expr:
    """Select rows whose value for one key comes after a value; nulls are first ascending and last descending."""
    ascending = key.direction is ast.Direction.ASC
    if value is None:
        return ast.Compare("ne", key.expr, NULL) if ascending else FALSE
    if isinstance(value, Instant | Interval):
        later = _later(key.expr, value) if ascending else _earlier(key.expr, value)
    elif _is_mixed(key.expr, type_name):
        later = _beyond_mixed(key.expr, value, ascending=ascending)
    else:
        later = ast.Compare("gt" if ascending else "lt", key.expr, ast.Literal(value))
    if ascending or later == TRUE or _is_always_there(key.expr, type_name):
        return later
    return either(later, ast.Compare("eq", key.expr, NULL))


def _later(expr: ast.Expr, value: ast.Value) -> ast.Expr:
    """Select times that start later, or at the same moment and are not the same."""
    literal = ast.Literal(value)
    return join(ast.Compare("ge", expr, literal), ast.Compare("ne", expr, literal))


def _earlier(expr: ast.Expr, value: ast.Value) -> ast.Expr:
    """Select times that start earlier, or end no later and are not the same.

    `lt` asks that a time lies wholly before, so an interval that overlaps needs `not ge`.
    """
    literal = ast.Literal(value)
    starts_earlier = ast.Not(ast.Compare("ge", expr, literal))
    return either(starts_earlier, join(ast.Compare("le", expr, literal), ast.Compare("ne", expr, literal)))


def _beyond_mixed(expr: ast.Expr, value: ast.Value, *, ascending: bool) -> ast.Expr:
    """Select values of any type that come after one: booleans, numbers, texts, other JSON ascending.

    Texts and JSON cannot be told from numbers by a filter, so ascending everything that is there passes.
    """
    if ascending:
        return ast.Compare("ne", expr, NULL)
    booleans = [ast.Compare("eq", expr, ast.Literal(flag)) for flag in (False, True)]
    if isinstance(value, bool):
        return booleans[0] if value else FALSE
    if isinstance(value, int | float):
        return either(ast.Compare("lt", expr, ast.Literal(value)), *booleans)
    if isinstance(value, str):
        numbers = [ast.Compare(op, expr, ast.Literal(0)) for op in ("lt", "ge")]
        return either(ast.Compare("lt", expr, ast.Literal(value)), *numbers, *booleans)
    return TRUE


def _is_always_there(expr: ast.Expr, type_name: str) -> bool:
    """Tell whether an entity cannot be without a value: its own handle, or a property that must be there."""
    if not isinstance(expr, ast.Path) or len(expr.segments) > 1:
        return False
    part = entity_type(type_name).by_name.get(expr.segments[0])
    # A result may be null although it must be there.
    return part is None or (isinstance(part, Property) and part.required and part.kind is not Kind.VALUE)


def _is_mixed(expr: ast.Expr, type_name: str) -> bool:
    """Tell whether values of several types may stand there: a result, or something inside JSON."""
    if not isinstance(expr, ast.Path):
        return False
    kind = entity_type(type_name)
    for segment in expr.segments:
        if segment == ast.ID:
            return False
        part = kind.by_name[segment]
        if isinstance(part, Property):
            return part.kind in (Kind.VALUE, Kind.JSON, Kind.GEOMETRY)
        kind = entity_type(part.target)
    return False
