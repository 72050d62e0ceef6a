"""Write a Query back as the text of its options."""

from collections.abc import Iterator

from ssclab_data.model.values import Duration, Instant, Interval
from ssclab_data.query import ast
from ssclab_data.query.expression import ADD, AND, ATOM, COMPARE, MULTIPLY, NOT, OR, PRECEDENCE
from ssclab_data.query.lexer import format_segment, quoted


def format_filter(expr: ast.Expr) -> str:
    """Write an expression; parsing it gives the same expression.

    >>> format_filter(ast.Compare("eq", ast.Path(("name",)), ast.Literal("O'Brien")))
    "name eq 'O''Brien'"
    """
    return _expression(expr, ())


def format_options(query: ast.Query) -> dict[str, str]:
    """Write a query as option texts by name, decoded; `after` is not among them."""
    return dict(_options(query))


def format_path(segments: tuple[str, ...]) -> str:
    """Write a path."""
    return "/".join(format_segment(segment) for segment in segments)


def _options(query: ast.Query) -> Iterator[tuple[str, str]]:
    if query.filter is not None:
        yield "$filter", format_filter(query.filter)
    if query.distinct:
        yield "$select", f"distinct:{','.join(format_path(path) for path in query.distinct)}"
    elif query.expand:
        yield "$expand", ",".join(_expand(expand) for expand in query.expand)
    if query.select and not query.distinct:
        yield "$select", ",".join(format_path(path) for path in query.select)
    if query.orderby:
        yield "$orderby", ",".join(f"{format_filter(key.expr)} {key.direction.value}" for key in query.orderby)
    if query.top is not None:
        yield "$top", str(query.top)
    if query.skip:
        yield "$skip", str(query.skip)
    if query.count:
        yield "$count", "true"


def _expand(expand: ast.Expand) -> str:
    inner = ";".join(f"{name}={text}" for name, text in _options(expand.query))
    return f"{expand.name}({inner})" if inner else expand.name


def _tightness(expr: ast.Expr) -> int:
    match expr:
        case ast.Or():
            return OR
        case ast.And():
            return AND
        case ast.Not():
            return NOT
        case ast.Compare() | ast.In():
            return COMPARE
        case ast.Arithmetic(op):
            return PRECEDENCE[op]
    return ATOM


def _expression(expr: ast.Expr, variables: tuple[str, ...]) -> str:
    def inside(part: ast.Expr, loosest: int) -> str:
        text = _expression(part, variables)
        return text if _tightness(part) >= loosest else f"({text})"

    match expr:
        case ast.Literal(value):
            return format_value(value)
        case ast.Path(segments):
            return format_path((*variables[-1:], *segments))
        case ast.Or(parts):
            return " or ".join(inside(part, AND) for part in parts)
        case ast.And(parts):
            return " and ".join(inside(part, NOT) for part in parts)
        case ast.Not(part):
            return f"not {inside(part, NOT)}"
        case ast.Compare(op, left, right):
            return f"{inside(left, ADD)} {op} {inside(right, ADD)}"
        case ast.In(left, values):
            return f"{inside(left, ADD)} in ({','.join(format_value(value.value) for value in values)})"
        case ast.Arithmetic(op, left, right):
            tightness = PRECEDENCE[op]
            return f"{inside(left, tightness)} {op} {inside(right, MULTIPLY if tightness == ADD else ATOM)}"
        case ast.Call(name, args):
            return f"{name}({','.join(_expression(arg, variables) for arg in args)})"
        case ast.Any(path, predicate):
            variable = f"x{len(variables)}"
            body = "" if predicate is None else f"{variable}: {_expression(predicate, (*variables, variable))}"
            return f"{format_path((*variables[-1:], *path))}/any({body})"
    raise TypeError(f"no expression: {expr!r}")


def format_value(value: ast.Value) -> str:
    """Write a constant."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case Duration():
            return f"duration{quoted(str(value))}"
        case ast.WKT(text):
            return f"geography{quoted(text)}"
        case Instant() | Interval():
            return str(value)
    return repr(value)
