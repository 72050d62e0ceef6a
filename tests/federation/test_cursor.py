"""The filter of a next page is one that a plain server answers fast: no needless conditions."""

from typing import Any

import pytest

from ssclab_data.federation.cursor import after_filter
from ssclab_data.federation.routing import FALSE, TRUE, localise
from ssclab_data.model.values import Instant
from ssclab_data.query import ast
from ssclab_data.query.ast import Direction

ID = ast.Path((ast.ID,))


def query(name: str, direction: Direction, *, after: tuple[Any, ...], kind: str = "Thing") -> ast.Query:
    keys = (ast.OrderBy(ast.Path((name,)), direction), ast.OrderBy(ID, direction))
    return ast.Query(entity_type=kind, orderby=keys, after=after)


def test_a_first_page_has_no_key() -> None:
    assert after_filter(query("name", Direction.ASC, after=())) == TRUE


@pytest.mark.parametrize(
    ("lab", "tie", "why"),
    [
        ("alkmaar", FALSE, "its ties came before"),
        ("breda", ast.Compare("gt", ID, ast.Literal(12)), "its ties up to 12 came before"),
        ("delft", TRUE, "its ties are still to come"),
    ],
)
def test_ties_go_by_lab_and_then_by_handle(lab: str, tie: ast.Expr, why: str) -> None:
    name = ast.Path(("name",))
    beyond, equal = (ast.Compare(op, name, ast.Literal("a")) for op in ("gt", "eq"))
    expected = {
        "alkmaar": beyond,
        "breda": ast.Or((beyond, ast.And((equal, tie)))),
        "delft": ast.Or((beyond, equal)),
    }
    assert localise(after_filter(query("name", Direction.ASC, after=("a", "breda~12"))), lab) == expected[lab], why


@pytest.mark.parametrize(
    ("kind", "name", "value", "null_follows"),
    [
        ("Thing", "name", "a", False),
        ("Observation", "phenomenonTime", Instant(1), False),
        ("Observation", "resultTime", Instant(1), True),
        ("Observation", "result", 1, True),
    ],
)
def test_descending_only_what_may_be_absent_is_asked_for_absence(
    kind: str, name: str, value: Any, null_follows: bool
) -> None:
    absent = ast.Compare("eq", ast.Path((name,)), ast.Literal(None))
    expr = after_filter(query(name, Direction.DESC, after=(value, "breda~1"), kind=kind))
    assert (absent in set(ast.walk(expr))) is null_follows


def test_nothing_follows_the_last_null() -> None:
    expr = after_filter(query("resultTime", Direction.DESC, after=(None, "breda~1"), kind="Observation"))
    assert localise(expr, "zoetermeer") == FALSE
