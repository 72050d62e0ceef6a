"""Following pages gives every row of every lab exactly once, in one order, whatever the keys, ties and page size."""

import operator
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ssclab_data.federation.merge import Stream, handle_key, merge, out_of_order, sort_key_of
from ssclab_data.federation.plan import plan
from ssclab_data.model.identity import qualify, split_qualified
from ssclab_data.model.sensorthings import Observation
from ssclab_data.model.values import Instant, Interval, end_of, start_of
from ssclab_data.query import ast
from ssclab_data.query.bind import bind
from ssclab_data.stores.base import Row

LABS = ("breda", "breda-x", "delft")
KEYS = ("phenomenonTime", "result", "resultTime", ast.ID)

instants = st.integers(0, 4).map(Instant)
intervals = st.tuples(st.integers(0, 4), st.integers(1, 3)).map(
    lambda ends: Interval(Instant(ends[0]), Instant(sum(ends)))
)
results = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 12),
    st.floats(-2, 12).map(lambda x: round(x, 1)),
    st.sampled_from(["", "3", "a", "true"]),
)
observations = st.builds(
    lambda time, result, known: Observation(key="o", phenomenon_time=time, result=result, result_time=known),
    instants | intervals,
    results,
    st.none() | instants,
)
labelled = st.lists(st.tuples(st.sampled_from(LABS), observations), max_size=14)
orders = st.lists(
    st.tuples(st.sampled_from(KEYS), st.sampled_from(ast.Direction)), max_size=3, unique_by=lambda key: key[0]
)


class Unknown(Exception):
    """A comparison with an absent value, or of values that do not compare."""


def value_of(row: Row, path: ast.Path) -> Any:
    if path.segments == (ast.ID,):
        return split_qualified(row.handle)[1]
    fields = {"phenomenonTime": "phenomenon_time", "result": "result", "resultTime": "result_time"}
    return getattr(row.entity, fields[path.segments[0]])


def holds(expr: ast.Expr | None, row: Row) -> bool | None:
    """Evaluate a filter at a lab, three-valued; this is the rule book in small, apart from the package's own."""
    match expr:
        case None:
            return True
        case ast.And(parts=parts):
            found = [holds(part, row) for part in parts]
            return False if False in found else None if None in found else True
        case ast.Or(parts=parts):
            found = [holds(part, row) for part in parts]
            return True if True in found else None if None in found else False
        case ast.Not(part=part):
            inner = holds(part, row)
            return None if inner is None else not inner
        case ast.Compare(op=op, left=ast.Path() as path, right=ast.Literal(value=value)):
            return compared(op, value_of(row, path), value)
    raise AssertionError(f"a plain server does not know {expr}")


def compared(op: str, left: Any, right: Any) -> bool | None:
    if right is None:
        return (left is None) == (op == "eq")
    if left is None:
        return None
    if isinstance(right, Instant | Interval):
        return times(op, left, right)
    if isinstance(right, str) and not isinstance(left, str):
        left = msgspec.json.encode(left).decode()
    if isinstance(right, bool) != isinstance(left, bool) or isinstance(right, str) != isinstance(left, str):
        return None
    return bool(getattr(operator, op)(left, right))


def times(op: str, left: Instant | Interval, right: Instant | Interval) -> bool:
    same = type(left) is type(right) and left == right
    before = end_of(left) <= start_of(right) if isinstance(left, Interval) else left < start_of(right)
    after = start_of(left) >= end_of(right) if isinstance(right, Interval) else start_of(left) > right
    return {
        "eq": same, "ne": not same, "lt": before, "gt": after,
        "ge": start_of(left) >= start_of(right), "le": end_of(left) <= end_of(right),
    }[op]  # fmt: skip


def table(given_rows: list[tuple[str, Observation]], query: ast.BoundQuery) -> list[Row]:
    """All rows with handles and order values."""
    rows = []
    for number, (lab, entity) in enumerate(given_rows, start=1):
        row = Row(lab=lab, handle=qualify(lab, number), entity=entity)
        order = [row.handle if key.expr == ast.Path((ast.ID,)) else value_of(row, key.expr) for key in query.orderby]  # type: ignore[arg-type]
        rows.append(msgspec.structs.replace(row, order=tuple(order)))
    return rows


def served(rows: list[Row], query: ast.BoundQuery, lab: str) -> Stream:
    """What a plain server with these rows makes of the lab's part of the query, after the hub's own dropping."""
    asked = plan(query, lab)
    if asked is None:
        return Stream(lab=lab, rows=())
    sort_key = sort_key_of(query.orderby)
    mine = sorted(
        (row for row in rows if row.lab == lab and holds(asked.filter, row) is True),
        key=lambda row: sort_key(row.order),
    )
    kept = [row for row in mine if not query.after or sort_key(row.order) > sort_key(query.after)]
    assert query.top is not None
    return Stream(lab=lab, rows=tuple(kept[: query.top]), more=len(kept) > query.top)


@settings(max_examples=200)
@given(given_rows=labelled, order=orders, top=st.integers(1, 5))
@example(
    given_rows=[("breda", Observation(key="o", phenomenon_time=Instant(1), result=r)) for r in (1, 1, "a", None, True)]
    * 2,
    order=[("result", ast.Direction.DESC)],
    top=1,
)
def test_pages_give_every_row_once_and_in_order(
    given_rows: list[tuple[str, Observation]], order: list[tuple[str, ast.Direction]], top: int
) -> None:
    keys = tuple(ast.OrderBy(ast.Path((name,)), direction) for name, direction in order)
    query = bind(ast.Query(entity_type="Observation", orderby=keys, top=top))
    rows = table(given_rows, query)
    sort_key = sort_key_of(query.orderby)
    expected = [row.handle for row in sorted(rows, key=lambda row: sort_key(row.order))]
    seen: list[Any] = []
    for _ in range(len(rows) + 1):
        page, more = merge([served(rows, query, lab) for lab in LABS], query.orderby, top=query.top)
        seen += [row.handle for row in page]
        assert more == (len(seen) < len(rows))
        if not more:
            break
        query = msgspec.structs.replace(query, after=page[-1].order)
    assert seen == expected


@settings(max_examples=50)
@given(given_rows=labelled, skip=st.integers(0, 16), top=st.integers(0, 5))
def test_skip_passes_over_rows_of_the_whole(given_rows: list[tuple[str, Observation]], skip: int, top: int) -> None:
    query = bind(ast.Query(entity_type="Observation", top=top, skip=skip))
    rows = table(given_rows, query)
    wanted = msgspec.structs.replace(query, top=skip + top)
    page, more = merge([served(rows, wanted, lab) for lab in LABS], query.orderby, skip=skip, top=top)
    ordered = sorted((row.handle for row in rows), key=handle_key)
    assert [row.handle for row in page] == ordered[skip : skip + top]
    assert more == (len(ordered) > skip + top)


def test_a_lab_is_asked_for_one_row_more_than_the_page_holds() -> None:
    query = bind(ast.Query(entity_type="Observation", top=5, skip=3))
    asked = plan(query, "breda")
    assert asked is not None
    assert (asked.top, asked.skip) == (9, 0)


def test_disorder_is_found_where_it_starts() -> None:
    query = bind(ast.Query(entity_type="Observation"))
    rows = [Row(lab="b", handle=f"b~{n}", entity=Observation(key="o"), order=(f"b~{n}",)) for n in (2, 10, 9)]
    assert out_of_order(rows, query.orderby) == 2
    assert out_of_order(rows[:2], query.orderby) is None


def test_handles_order_by_lab_and_then_by_number() -> None:
    ordered = [None, "a~1", "a~9", "a~10", "a~b~1", "a-b~1", "b~x", "b~x~2"]
    assert sorted(sorted(ordered, key=str), key=handle_key) == ordered
