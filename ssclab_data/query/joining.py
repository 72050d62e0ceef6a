"""Read a path over a to-many link as a join: turn the filters that hold one into `any()`.

OGC 18-088 shows by example (9.3.3.5.1, filter example 4) that all paths over one link speak of the same entity there:
"Things that have an Observation of this feature in June". FROST-Server joins likewise, and keeps a Thing without
Datastreams as if it had one of which nothing is known, so that `Datastreams/id eq null` finds it. To ask for different
entities, a filter says `Datastreams/any(d: …) and Datastreams/any(d: …)`.
"""

import itertools
from collections.abc import Callable

from ssclab_data.errors import QueryLimitError, QueryTypeError
from ssclab_data.query import ast
from ssclab_data.query.lexer import position_of

type LinkOf = Callable[[tuple[str, ...]], tuple[str, ...]]
"""Give the part of a path up to its first to-many link, or ()."""


class Joined(ast.Any, frozen=True):
    """An `any()` that a path over a to-many link stands for; where the link is empty, it sees an entity of nothing."""


def joined(expr: ast.Expr, link_of: LinkOf, *, limit: int) -> ast.Expr:
    """Turn the paths of a condition that lead over to-many links into `any()`, one level of links deep.

    Args:
        limit: the most parts that it may have then.

    Raises:
        QueryTypeError: one comparison or function has paths over a link and others.
        QueryLimitError: it grows beyond the limit.
    """
    for path in paths_of(expr):
        if path.segments == link_of(path.segments):
            name = path.segments[-1]
            raise QueryTypeError(f"{'/'.join(path.segments)!r} is a link, not a value", position=position_of(name))
    if not _links(expr, link_of):
        return expr
    clauses = _alternatives(_pushed(expr, link_of, negated=False), link_of, limit)
    found = [ast.all_of(*_grouped(clause, link_of)) for clause in clauses]
    alternatives = [clause for clause in found if clause is not None]
    return alternatives[0] if len(alternatives) == 1 else ast.Or(tuple(alternatives))


def paths_of(expr: ast.Expr) -> list[ast.Path]:
    """Give the paths of an expression that start at its entity and are not those of an `any()`."""
    if isinstance(expr, ast.Path):
        return [expr]
    if isinstance(expr, ast.Any):
        return []
    return [path for child in ast.children(expr) for path in paths_of(child)]


def _links(expr: ast.Expr, link_of: LinkOf) -> set[tuple[str, ...]]:
    return {link for path in paths_of(expr) if (link := link_of(path.segments))}


def _is_simple(expr: ast.Expr, link_of: LinkOf) -> bool:
    """Tell whether a condition is of one link and nothing else, or of no link."""
    links = _links(expr, link_of)
    if len(links) > 1:
        return False
    holds_any = any(isinstance(part, ast.Any) for part in ast.walk(expr))
    return not links or not (holds_any or any(not link_of(path.segments) for path in paths_of(expr)))


def _pushed(expr: ast.Expr, link_of: LinkOf, *, negated: bool) -> ast.Expr:
    """Move `not` inwards, as far as there are parts of different links."""
    if _is_simple(expr, link_of):
        return ast.Not(expr) if negated else expr
    match expr:
        case ast.Not(part):
            return _pushed(part, link_of, negated=not negated)
        case ast.And(parts) | ast.Or(parts):
            inner = tuple(_pushed(part, link_of, negated=negated) for part in parts)
            return ast.And(inner) if isinstance(expr, ast.And) != negated else ast.Or(inner)
    path = next(path for path in paths_of(expr) if link_of(path.segments))
    link = "/".join(link_of(path.segments))
    raise QueryTypeError(
        f"one condition over the link {link} and over others; join two by and", position=position_of(path.segments[0])
    )


def _alternatives(expr: ast.Expr, link_of: LinkOf, limit: int) -> list[list[ast.Expr]]:
    """Give the conjunctions of simple conditions of which one must hold."""
    if not _is_simple(expr, link_of) and isinstance(expr, ast.Or):
        found = [clause for part in expr.parts for clause in _alternatives(part, link_of, limit)]
    elif isinstance(expr, ast.And):
        found = [[]]
        for part in expr.parts:
            found = [[*one, *other] for one, other in itertools.product(found, _alternatives(part, link_of, limit))]
            _check_size(found, limit)
    else:
        found = [[expr]]
    _check_size(found, limit)
    return found


def _check_size(clauses: list[list[ast.Expr]], limit: int) -> None:
    if sum(map(len, clauses)) > limit:
        raise QueryLimitError(
            f"a filter over to-many links that has more than {limit} parts when it is written out; "
            "ask for each link by any()"
        )


def _grouped(clause: list[ast.Expr], link_of: LinkOf) -> list[ast.Expr]:
    """Put the conditions of one link together; the others stay as they are, in their order."""
    groups: dict[tuple[str, ...], list[ast.Expr]] = {}
    ordered: list[tuple[str, ...] | ast.Expr] = []
    for part in clause:
        links = _links(part, link_of)
        if not links:
            ordered.append(part)
            continue
        link = links.pop()
        if link not in groups:
            ordered.append(link)
        groups.setdefault(link, []).append(_shortened(part, len(link)))
    return [Joined(one, ast.all_of(*groups[one])) if isinstance(one, tuple) else one for one in ordered]


def _shortened(expr: ast.Expr, count: int) -> ast.Expr:
    if isinstance(expr, ast.Path):
        return ast.Path(expr.segments[count:])
    return ast.rebuild(expr, lambda part: _shortened(part, count))
