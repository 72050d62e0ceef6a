"""Rewrite a hub's filter for one lab: `breda~12` becomes 12 for Breda and a constant for every other lab."""

from ssclab_data.errors import UnsupportedError
from ssclab_data.model.identity import split_qualified
from ssclab_data.query import ast

TRUE = ast.Literal(True)
FALSE = ast.Literal(False)

_FLIPPED = {"eq": "eq", "ne": "ne", "lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}


def localise(expr: ast.Expr, lab: str) -> ast.Expr:
    """Rewrite a filter for one lab.

    Returns:
        The filter with the lab's own handles; `FALSE` when nothing of this lab can match, `TRUE` when all does.

    Raises:
        NotFoundError: a handle names no lab.
        UnsupportedError: it asks for natural keys, or calculates with handles.
    """
    return _localise(expr, lab, negated=False)


def join(*parts: ast.Expr) -> ast.Expr:
    """Join conditions by `and`, constants folded."""
    if FALSE in parts:
        return FALSE
    return ast.all_of(*(part for part in parts if part != TRUE)) or TRUE


def either(*parts: ast.Expr) -> ast.Expr:
    """Join conditions by `or`, constants folded."""
    if TRUE in parts:
        return TRUE
    left = tuple(part for part in parts if part != FALSE)
    if len(left) > 1:
        return ast.Or(left)
    return left[0] if left else FALSE


def is_handle(expr: ast.Expr) -> bool:
    """Tell whether an expression is a handle (`@iot.id`, `Thing/@iot.id`)."""
    return isinstance(expr, ast.Path) and expr.segments[-1] == ast.ID


def _not(expr: ast.Expr) -> ast.Expr:
    if expr == TRUE:
        return FALSE
    return TRUE if expr == FALSE else ast.Not(expr)


def _localise(expr: ast.Expr, lab: str, *, negated: bool) -> ast.Expr:
    match expr:
        case ast.And(parts=parts):
            return join(*(_localise(part, lab, negated=negated) for part in parts))
        case ast.Or(parts=parts):
            return either(*(_localise(part, lab, negated=negated) for part in parts))
        case ast.Not(part=part):
            inner = _localise(part, lab, negated=True)
            return _not(inner)
        case ast.Compare(op=op, left=left, right=ast.Literal() as literal) if is_handle(left):
            return _compared(ast.Compare(op, left, literal), lab, negated=negated)
        case ast.Compare(op=op, left=ast.Literal() as literal, right=right) if is_handle(right):
            return _compared(ast.Compare(_FLIPPED[op], right, literal), lab, negated=negated)
        case ast.In(left=left, values=values) if is_handle(left):
            equals = (_compared(ast.Compare("eq", left, value), lab, negated=negated) for value in values)
            return either(*equals)
        case ast.Any(path=path, predicate=predicate) if predicate is not None:
            return _some(path, _localise(predicate, lab, negated=False))
    _check_paths(expr)
    return expr


def _some(path: tuple[str, ...], predicate: ast.Expr) -> ast.Expr:
    if predicate == FALSE:
        return FALSE
    if predicate == TRUE:
        return ast.Any(path, ast.Compare("ne", ast.Path((ast.ID,)), ast.Literal(None)))
    return ast.Any(path, predicate)


def _compared(comparison: ast.Compare, lab: str, *, negated: bool) -> ast.Expr:
    """Compare the handles of one lab's entities, which order by (lab, own handle), with a constant."""
    path, literal = comparison.left, comparison.right
    assert isinstance(path, ast.Path)  # noqa: S101 - `_localise` matched it
    assert isinstance(literal, ast.Literal)  # noqa: S101 - `_localise` matched it
    if literal.value is None:
        return comparison
    named, local = split_qualified(_text(literal.value))
    if named == lab:
        return ast.Compare(comparison.op, path, ast.Literal(local))
    holds = {"eq": False, "ne": True, "lt": lab < named, "le": lab < named, "gt": lab > named, "ge": lab > named}
    return _constant(path, holds[comparison.op], negated=negated)


def _constant(path: ast.Path, holds: bool, *, negated: bool) -> ast.Expr:
    # An entity always has a handle; at the end of a link there may be none, and then the comparison is unknown.
    if len(path.segments) == 1:
        return TRUE if holds else FALSE
    if holds:
        return ast.Compare("ne", path, ast.Literal(None))
    return ast.Compare("ne", path, path) if negated else FALSE


def _check_paths(expr: ast.Expr) -> None:
    for part in ast.walk(expr):
        if isinstance(part, ast.Path) and part.segments[-1] == ast.KEY:
            raise UnsupportedError("a filter on natural keys at a hub", "ask the lab's own node, or filter by @iot.id")
    if not isinstance(expr, ast.Path) and any(is_handle(part) for part in ast.walk(expr)):
        raise UnsupportedError("@iot.id in a function or calculation at a hub", "compare it with an id")


def _text(value: ast.Value) -> str | int:
    return value if isinstance(value, int) else str(value)
