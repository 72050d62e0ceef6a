"""Read the query options of SensorThings (OGC 18-088, 9.3) into a Query."""

from collections.abc import Callable, Mapping

import msgspec

from ssclab_data.errors import QueryError, QueryLimitError, QuerySyntaxError, UnknownNameError, UnsupportedError
from ssclab_data.model.entity import Navigation
from ssclab_data.model.sensorthings import ENTITY_TYPES
from ssclab_data.query import ast
from ssclab_data.query.expression import MAX_DEPTH, Tokens, parse_filter, read_expression
from ssclab_data.query.format import format_filter, format_options
from ssclab_data.query.lexer import Located, TokenKind, position_of

__all__ = ["format_filter", "format_options", "parse_filter", "parse_options"]

OPTIONS = ("$filter", "$expand", "$select", "$orderby", "$top", "$skip", "$count")
NOT_OFFERED = ("$apply", "$search", "$compute", "$format", "$levels", "$deltatoken", "$index", "$schemaversion")
"""Options of OData that are no options here: not implemented, while other unknown names are errors of the client."""
DISTINCT = "distinct"
"""Keyword of `$select=distinct:name`, an extension of FROST-Server."""
_LARGEST = 2**31


def parse_options(entity_type: str, options: Mapping[str, str]) -> ast.Query:
    """Read options into a Query on an entity type; names are not checked yet (see `bind`).

    Args:
        options: texts by name (`$filter`), decoded.

    Raises:
        QuerySyntaxError: a text does not parse; with option and position.
        QueryLimitError: it is nested too deep.
        UnknownNameError: there is no such option.
        UnsupportedError: an option or operation that is not offered.
    """
    query = ast.Query(entity_type=entity_type)
    for name, text in options.items():
        try:
            tokens = Tokens(text)
            query = _read_option(name, None)(tokens, query)
            tokens.finish()
        except QueryError as error:
            error.option = error.option or name
            raise
    return query


def _read_option(name: str, position: int | None) -> "Callable[[Tokens, ast.Query], ast.Query]":
    if name in NOT_OFFERED:
        raise UnsupportedError(name)
    if name not in _READERS:
        option = name if position is None else "$expand"
        raise UnknownNameError("no option", name, known=OPTIONS, option=option, position=position)
    return _READERS[name]


def _filter(tokens: Tokens, query: ast.Query) -> ast.Query:
    return msgspec.structs.replace(query, filter=read_expression(tokens))


def _orderby(tokens: Tokens, query: ast.Query) -> ast.Query:
    keys: list[ast.OrderBy] = []
    while not keys or tokens.skip(","):
        expr = read_expression(tokens)
        direction = ast.Direction.ASC
        if tokens.ahead.text.lower() in ("asc", "desc"):
            direction = ast.Direction(tokens.take().text.lower())
        keys.append(ast.OrderBy(expr, direction))
    return msgspec.structs.replace(query, orderby=tuple(keys))


def _select(tokens: Tokens, query: ast.Query) -> ast.Query:
    paths: list[tuple[str, ...]] = []
    everything = False
    while not (paths or everything) or tokens.skip(","):
        if tokens.skip("*"):
            everything = True
        else:
            paths.append(tokens.name("a property or *").segments)
        if paths == [(DISTINCT,)] and tokens.skip(":"):
            return msgspec.structs.replace(query, distinct=_distinct(tokens))
    return msgspec.structs.replace(query, select=() if everything else tuple(dict.fromkeys(paths)))


def _distinct(tokens: Tokens) -> tuple[tuple[str, ...], ...]:
    paths = [tokens.name("a property").segments]
    while tokens.skip(","):
        paths.append(tokens.name("a property").segments)
    return tuple(dict.fromkeys(paths))


def _top(tokens: Tokens, query: ast.Query) -> ast.Query:
    return msgspec.structs.replace(query, top=_whole(tokens))


def _skip(tokens: Tokens, query: ast.Query) -> ast.Query:
    return msgspec.structs.replace(query, skip=_whole(tokens))


def _whole(tokens: Tokens) -> int:
    value = tokens.ahead.value
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _LARGEST:
        raise tokens.fail(f"a whole number from 0 to {_LARGEST - 1}")
    tokens.take()
    return value


def _count(tokens: Tokens, query: ast.Query) -> ast.Query:
    if tokens.ahead.text.lower() not in ("true", "false"):
        raise tokens.fail("true or false")
    return msgspec.structs.replace(query, count=tokens.take().text.lower() == "true")


def _expand(tokens: Tokens, query: ast.Query) -> ast.Query:
    expands = list(query.expand)
    first = True
    while first or tokens.skip(","):
        first = False
        token = tokens.name("a link")
        expands = _merged(expands, _expanded(tokens, query.entity_type, token.segments))
    return msgspec.structs.replace(query, expand=tuple(expands))


def _expanded(tokens: Tokens, entity_type: str, segments: tuple[Located, ...]) -> ast.Expand:
    tokens.levels += 1
    if tokens.levels > MAX_DEPTH:
        raise QueryLimitError(f"links nested deeper than {MAX_DEPTH}", position=tokens.ahead.position)
    name, *rest = segments
    link = ENTITY_TYPES[entity_type].by_name.get(name) if entity_type in ENTITY_TYPES else None
    target = link.target if isinstance(link, Navigation) else ""
    query = ast.Query(entity_type=target)
    if rest:
        query = msgspec.structs.replace(query, expand=(_expanded(tokens, target, tuple(rest)),))
    elif tokens.skip("("):
        query = _inner_options(tokens, query)
    tokens.levels -= 1
    return ast.Expand(name, query)


def _inner_options(tokens: Tokens, query: ast.Query) -> ast.Query:
    seen: set[str] = set()
    while not tokens.skip(")"):
        if seen:
            tokens.expect(";")
        token = tokens.ahead
        if token.kind is not TokenKind.OPTION:
            raise tokens.fail("an option such as $top")
        if token.text in seen:
            raise QuerySyntaxError(f"{token.text} is given twice", position=token.position)
        seen.add(token.text)
        tokens.take()
        tokens.expect("=")
        query = _read_option(token.text, token.position)(tokens, query)
    return query


def _merged(expands: list[ast.Expand], new: ast.Expand) -> list[ast.Expand]:
    """Add an expand; two of the same link, as in `Datastreams/Sensor,Datastreams/Thing`, become one."""
    for number, old in enumerate(expands):
        if old.name == new.name:
            return [*expands[:number], ast.Expand(old.name, _both(old.query, new)), *expands[number + 1 :]]
    return [*expands, new]


def _both(old: ast.Query, new: ast.Expand) -> ast.Query:
    """Give a query with the options of two.

    Raises:
        QuerySyntaxError: they say different things.
    """
    plain = ast.Query(entity_type=old.entity_type)
    options: dict[str, object] = {}
    for name in ("filter", "orderby", "select", "distinct", "top", "skip", "count"):
        one, other = getattr(old, name), getattr(new.query, name)
        default = getattr(plain, name)
        if one != other and default not in (one, other):
            raise QuerySyntaxError(
                f"{new.name} is expanded twice, with two values of ${name}; give its options once",
                position=position_of(new.name),
            )
        options[name] = other if one == default else one
    expands = list(old.expand)
    for expand in new.query.expand:
        expands = _merged(expands, expand)
    return msgspec.structs.replace(old, **options, expand=tuple(expands))


_READERS: dict[str, Callable[[Tokens, ast.Query], ast.Query]] = {
    "$filter": _filter,
    "$expand": _expand,
    "$select": _select,
    "$orderby": _orderby,
    "$top": _top,
    "$skip": _skip,
    "$count": _count,
}
