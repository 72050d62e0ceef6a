"""A hub's filter becomes each lab's own."""

from typing import Any

import pytest

from ssclab_data.errors import NotFoundError, UnsupportedError
from ssclab_data.federation.routing import FALSE, TRUE, localise
from ssclab_data.query import ast

ID = ast.Path((ast.ID,))
THING = ast.Path(("Thing", ast.ID))
NAME = ast.Compare("eq", ast.Path(("name",)), ast.Literal("a"))


def compare(op: str, path: ast.Path, value: Any) -> ast.Compare:
    return ast.Compare(op, path, ast.Literal(value))


EQ = compare("eq", ID, "breda~12")
THERE = compare("ne", THING, None)
FEW = ast.In(ID, (ast.Literal("breda~1"), ast.Literal("helmond~2"), ast.Literal("breda~3")))


@pytest.mark.parametrize(
    ("expr", "breda", "helmond", "why"),
    [
        (NAME, NAME, NAME, "nothing to rewrite"),
        (EQ, compare("eq", ID, 12), FALSE, "an id is of one lab"),
        (ast.Compare("eq", ast.Literal("breda~12"), ID), compare("eq", ID, 12), FALSE, "constant on the left"),
        (ast.Compare("lt", ast.Literal("breda~12"), ID), compare("gt", ID, 12), TRUE, "turned round"),
        (compare("ne", ID, "breda~12"), compare("ne", ID, 12), TRUE, "all others have other ids"),
        (compare("gt", ID, "breda~12"), compare("gt", ID, 12), TRUE, "helmond comes after breda"),
        (compare("le", ID, "breda~12"), compare("le", ID, 12), FALSE, "helmond comes after breda"),
        (compare("lt", ID, "delft~1"), TRUE, FALSE, "between the two"),
        (compare("ge", ID, "delft~1"), FALSE, TRUE, "between the two"),
        (compare("eq", ID, "nl~breda~5"), FALSE, FALSE, "of a lab that is not here"),
        (compare("eq", ID, "breda~delft~5"), compare("eq", ID, "delft~5"), FALSE, "hubs stack"),
        (compare("ne", ID, None), compare("ne", ID, None), compare("ne", ID, None), "a test of absence"),
        (ast.Not(EQ), ast.Not(compare("eq", ID, 12)), TRUE, "not false is true"),
        (ast.Not(compare("ne", ID, "breda~1")), ast.Not(compare("ne", ID, 1)), FALSE, "not true is false"),
        (ast.And((EQ, NAME)), ast.And((compare("eq", ID, 12), NAME)), FALSE, "and with false"),
        (ast.Or((EQ, NAME)), ast.Or((compare("eq", ID, 12), NAME)), NAME, "or with false"),
        (ast.And((compare("ne", ID, "breda~1"), NAME)), ast.And((compare("ne", ID, 1), NAME)), NAME, "and with true"),
        (ast.Or((compare("ne", ID, "breda~1"), NAME)), ast.Or((compare("ne", ID, 1), NAME)), TRUE, "or with true"),
        (FEW, ast.Or((compare("eq", ID, 1), compare("eq", ID, 3))), compare("eq", ID, 2), "one of several"),
        (compare("eq", THING, "breda~1"), compare("eq", THING, 1), FALSE, "over a link"),
        (compare("ne", THING, "breda~1"), compare("ne", THING, 1), THERE, "an absent link equals nothing"),
        (
            ast.Not(compare("eq", THING, "breda~1")),
            ast.Not(compare("eq", THING, 1)),
            ast.Not(ast.Compare("ne", THING, THING)),
            "not unknown is unknown",
        ),
        (
            ast.Any(("Datastreams",), EQ),
            ast.Any(("Datastreams",), compare("eq", ID, 12)),
            FALSE,
            "one of many",
        ),
        (
            ast.Any(("Datastreams",), compare("ne", ID, "breda~1")),
            ast.Any(("Datastreams",), compare("ne", ID, 1)),
            ast.Any(("Datastreams",), compare("ne", ID, None)),
            "any at all",
        ),
    ],
)
def test_a_filter_is_rewritten_for_each_lab(expr: ast.Expr, breda: ast.Expr, helmond: ast.Expr, why: str) -> None:
    assert localise(expr, "breda") == breda, why
    assert localise(expr, "helmond") == helmond, why


@pytest.mark.parametrize(
    ("expr", "error", "words"),
    [
        (compare("eq", ID, 12), NotFoundError, "names no lab"),
        (compare("eq", ID, "breda~"), NotFoundError, "names no lab"),
        (ast.Call("startswith", (ID, ast.Literal("breda"))), UnsupportedError, "@iot.id in a function"),
        (ast.Compare("eq", ast.Arithmetic("add", ID, ast.Literal(1)), ast.Literal(2)), UnsupportedError, "calculation"),
        (compare("eq", ast.Path((ast.KEY,)), "a/1"), UnsupportedError, "natural keys"),
        (compare("eq", ast.Path(("Thing", ast.KEY)), "a/1"), UnsupportedError, "natural keys"),
    ],
)
def test_what_cannot_be_asked_of_labs_is_refused(expr: ast.Expr, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        localise(expr, "breda")
