"""Parse the expressions of `$filter` and `$orderby` by recursive descent."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ssclab_data.errors import QueryLimitError, QuerySyntaxError, UnsupportedError
from ssclab_data.model.values import Duration
from ssclab_data.query.ast import And, Any, Arithmetic, Call, Compare, Expr, In, Literal, Not, Or, Path, children
from ssclab_data.query.lexer import Located, Token, TokenKind, tokenize

MAX_DEPTH = 64
"""The deepest nesting of an expression; keeps every walk over it far from Python's recursion limit."""

OR, AND, NOT, COMPARE, ADD, MULTIPLY, ATOM = range(1, 8)
"""How tightly the kinds of expression bind, loosest first."""

PRECEDENCE = {
    "or": OR,
    "and": AND,
    **dict.fromkeys(("eq", "ne", "gt", "ge", "lt", "le", "in"), COMPARE),
    **dict.fromkeys(("add", "sub"), ADD),
    **dict.fromkeys(("mul", "div", "mod"), MULTIPLY),
}
_CONSTANTS = {"null": None, "true": True, "false": False}


class Tokens:
    """Walk over the tokens of one text.

    Attributes:
        nesting: open parentheses of the expression at hand.
        variables: names bound by the enclosing `any(…:)`, innermost last.
        levels: links that the expand at hand is below.
    """

    def __init__(self, text: str) -> None:
        self._tokens = tuple(tokenize(text))
        self._next = 0
        self.nesting = 0
        self.variables: list[str] = []
        self.levels = 0

    @property
    def ahead(self) -> Token:
        """The next token, not taken."""
        return self._tokens[self._next]

    @property
    def operator(self) -> str:
        """The next token where it is an operator, or ""."""
        token = self.ahead
        return token.text if token.kind is TokenKind.NAME and token.text in PRECEDENCE else ""

    def take(self) -> Token:
        """Take the next token; END stays."""
        token = self.ahead
        if token.kind is not TokenKind.END:
            self._next += 1
        return token

    def skip(self, mark: str) -> bool:
        """Take the next token if it is this mark."""
        found = self.ahead.kind is TokenKind.MARK and self.ahead.text == mark
        if found:
            self.take()
        return found

    def expect(self, mark: str) -> None:
        """Take this mark.

        Raises:
            QuerySyntaxError: something else stands there.
        """
        if not self.skip(mark):
            raise self.fail(f"{mark!r}")

    def name(self, wanted: str) -> Token:
        """Take a name.

        Raises:
            QuerySyntaxError: something else stands there.
        """
        if self.ahead.kind is not TokenKind.NAME:
            raise self.fail(wanted)
        return self.take()

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Go one level deeper.

        Raises:
            QueryLimitError: that is too deep.
        """
        if self.nesting >= MAX_DEPTH:
            raise QueryLimitError(f"an expression nested deeper than {MAX_DEPTH}", position=self.ahead.position)
        self.nesting += 1
        yield
        self.nesting -= 1

    def finish(self) -> None:
        """Make sure that nothing follows.

        Raises:
            QuerySyntaxError: something does.
        """
        if self.ahead.kind is not TokenKind.END:
            raise self.fail("an operator or the end")

    def fail(self, wanted: str) -> QuerySyntaxError:
        """Make the error for something else than what was wanted."""
        found = repr(self.ahead.text) if self.ahead.text else "the end"
        return QuerySyntaxError(f"expected {wanted}, found {found}", position=self.ahead.position)


def parse_filter(text: str) -> Expr:
    """Parse the text of a `$filter`.

    Raises:
        QuerySyntaxError: it does not parse.
        QueryLimitError: it is nested too deep.
        UnsupportedError: `all()`, or a path to an outer entity inside `any()`.

    >>> parse_filter("result gt 5")
    Compare(op='gt', left=Path(segments=('result',)), right=Literal(value=5))
    """
    tokens = Tokens(text)
    expr = read_expression(tokens)
    tokens.finish()
    return expr


def read_expression(tokens: Tokens) -> Expr:
    """Read one expression, up to what cannot be part of it."""
    expr = _binary(tokens, OR)
    check_depth(expr)
    return expr


def check_depth(expr: Expr) -> None:
    """Make sure that an expression is not nested deeper than `MAX_DEPTH`, without recursion.

    Raises:
        QueryLimitError: it is.
    """
    layer = [expr]
    for _ in range(MAX_DEPTH):
        layer = [child for node in layer for child in children(node)]
        if not layer:
            return
    raise QueryLimitError(f"an expression nested deeper than {MAX_DEPTH}")


def _binary(tokens: Tokens, loosest: int) -> Expr:
    left = _operand(tokens, loosest)
    while (operator := tokens.operator) and PRECEDENCE[operator] >= loosest:
        left = _READ_AFTER[PRECEDENCE[operator]](tokens, left)
    return left


def _joined(tokens: Tokens, left: Expr) -> Expr:
    word = tokens.operator
    parts = [left]
    while tokens.operator == word:
        tokens.take()
        parts.append(_binary(tokens, PRECEDENCE[word] + 1))
    return And(tuple(parts)) if word == "and" else Or(tuple(parts))


def _comparison(tokens: Tokens, left: Expr) -> Expr:
    token = tokens.take()
    expr: Expr
    if token.text == "in":
        expr = In(left, _constants(tokens))
    else:
        expr = Compare(Located(token.text, token.position), left, _binary(tokens, ADD))
    if PRECEDENCE.get(tokens.operator) == COMPARE:
        raise tokens.fail("parentheses around one of two comparisons in a row")
    return expr


def _arithmetic(tokens: Tokens, left: Expr) -> Expr:
    token = tokens.take()
    right = _binary(tokens, PRECEDENCE[token.text] + 1)
    return Arithmetic(Located(token.text, token.position), left, right)


_READ_AFTER: dict[int, Callable[[Tokens, Expr], Expr]] = {
    OR: _joined,
    AND: _joined,
    COMPARE: _comparison,
    ADD: _arithmetic,
    MULTIPLY: _arithmetic,
}


def _operand(tokens: Tokens, loosest: int) -> Expr:
    if tokens.ahead.text == "not" and tokens.ahead.kind is TokenKind.NAME and loosest <= NOT:
        tokens.take()
        with tokens.nested():
            return Not(_binary(tokens, NOT))
    minuses = 0
    while tokens.skip("-"):
        minuses += 1
    expr = _primary(tokens)
    for _ in range(minuses % 2 or (2 if minuses else 0)):
        expr = _negative(expr)
    return expr


def _primary(tokens: Tokens) -> Expr:
    token = tokens.ahead
    if token.kind is TokenKind.VALUE:
        tokens.take()
        return Literal(token.value)
    if tokens.skip("("):
        with tokens.nested():
            expr = _binary(tokens, OR)
        tokens.expect(")")
        return expr
    if token.kind is not TokenKind.NAME or tokens.operator:
        raise tokens.fail("a value, a name or a function")
    tokens.take()
    if tokens.skip("("):
        return _called(tokens, token)
    if token.text in _CONSTANTS:
        return Literal(_CONSTANTS[token.text])
    return Path(_relative(tokens, token.segments, token.position))


def _called(tokens: Tokens, token: Token) -> Expr:
    last = token.segments[-1]
    if len(token.segments) > 1 and last == "any":
        return _any(tokens, token)
    if len(token.segments) > 1 and last == "all":
        raise UnsupportedError("all()", "write not X/any(x: not …)")
    if len(token.segments) > 1:
        raise QuerySyntaxError(f"{token.text!r} is no function", position=token.position)
    args: list[Expr] = []
    with tokens.nested():
        while not tokens.skip(")"):
            if args:
                tokens.expect(",")
            args.append(_binary(tokens, OR))
    return Call(Located(token.text, token.position), tuple(args))


def _any(tokens: Tokens, token: Token) -> Expr:
    path = _relative(tokens, token.segments[:-1], token.position)
    if tokens.skip(")"):
        return Any(path, None)
    variable = tokens.name("a variable, as in any(d: d/name eq 'x')")
    tokens.expect(":")
    tokens.variables.append(variable.text)
    with tokens.nested():
        predicate = _binary(tokens, OR)
    tokens.variables.pop()
    tokens.expect(")")
    return Any(path, predicate)


def _relative(tokens: Tokens, segments: tuple[Located, ...], position: int) -> tuple[Located, ...]:
    """Take the variable of the enclosing `any()` off a path."""
    if not tokens.variables:
        return segments
    if segments[0] == tokens.variables[-1] and len(segments) > 1:
        return segments[1:]
    cure = f"start it with {tokens.variables[-1]!r}/"
    raise UnsupportedError(f"the path {'/'.join(segments)!r} (at {position}) to an outer entity inside any()", cure)


def _constants(tokens: Tokens) -> tuple[Literal, ...]:
    tokens.expect("(")
    values: list[Literal] = []
    while not values or not tokens.skip(")"):
        if values:
            tokens.expect(",")
        value = _operand(tokens, ATOM)
        if not isinstance(value, Literal):
            raise tokens.fail("a list of constants")
        values.append(value)
    return tuple(values)


def _negative(expr: Expr) -> Expr:
    match expr:
        case Literal(value) if isinstance(value, (int, float)) and not isinstance(value, bool):
            return Literal(-value)
        case Literal(Duration(us)):
            return Literal(Duration(-us))
    return Arithmetic("sub", Literal(0), expr)
