"""Query texts: read, written, checked, and refused with position and known names."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssclab_data.errors import (
    QueryError,
    QueryLimitError,
    QuerySyntaxError,
    QueryTypeError,
    UnknownNameError,
    UnsupportedError,
)
from ssclab_data.model.values import Duration, Instant, Interval
from ssclab_data.query import ast
from ssclab_data.query.bind import Limits, bind
from ssclab_data.query.odata import format_filter, format_options, parse_filter, parse_options
from ssclab_data.query.resource_path import parse_path

NAMES = st.sampled_from(["name", "result", "properties", "a1", "ünïcode", "with blank", "qu'ote", "x/y", "1st", "eq2"])
TIMES = st.integers(-(10**15), 4 * 10**15).map(Instant)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**62), 2**62),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    TIMES,
    st.tuples(TIMES, TIMES).map(lambda pair: Interval(min(pair), max(pair))),
    st.integers(0, 10**12).map(Duration),
    st.just(ast.WKT("POINT(4.7 51.5)")),
)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda names: ast.Path(("name", *names[1:])))
LEAVES = st.one_of(VALUES.map(ast.Literal), PATHS)


def grown(parts: st.SearchStrategy[ast.Expr]) -> st.SearchStrategy[ast.Expr]:
    several = st.lists(parts, min_size=2, max_size=3)
    return st.one_of(
        st.builds(ast.Compare, st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]), parts, parts),
        several.map(lambda found: ast.Or(tuple(found))).filter(
            lambda one: not any(isinstance(p, ast.Or) for p in one.parts)
        ),
        several.map(lambda found: ast.And(tuple(found))).filter(
            lambda one: not any(isinstance(p, ast.And) for p in one.parts)
        ),
        parts.map(ast.Not),
        st.builds(ast.Arithmetic, st.sampled_from(["add", "sub", "mul", "div", "mod"]), parts, parts),
        st.builds(lambda args: ast.Call("concat", tuple(args)), st.lists(parts, max_size=3)),
        st.builds(ast.In, PATHS, st.lists(VALUES.map(ast.Literal), min_size=1, max_size=3).map(tuple)),
        st.builds(ast.Any, st.just(("Datastreams",)), st.one_of(st.none(), parts)),
    )


EXPRESSIONS = st.recursive(LEAVES, grown, max_leaves=8)


@settings(max_examples=300)
@given(EXPRESSIONS)
def test_a_filter_survives_its_text(expr: ast.Expr) -> None:
    assert parse_filter(format_filter(expr)) == expr


@settings(max_examples=150)
@given(EXPRESSIONS, st.integers(0, 100), st.booleans(), st.sampled_from(list(ast.Direction)))
def test_a_query_survives_its_options(expr: ast.Expr, top: int, count: bool, direction: ast.Direction) -> None:
    inner = ast.Query(entity_type="Datastream", filter=expr, top=top, count=count)
    query = ast.Query(
        entity_type="Thing",
        filter=expr,
        orderby=(ast.OrderBy(ast.Path(("name",)), direction),),
        select=(("name",), ("properties", "a b")),
        expand=(ast.Expand("Datastreams", inner), ast.Expand("Locations", ast.Query(entity_type="Location"))),
        skip=top,
    )
    assert parse_options("Thing", format_options(query)) == query


@settings(max_examples=400)
@given(st.text(max_size=60), st.sampled_from(["$filter", "$expand", "$orderby", "$select", "$top", "$count"]))
def test_any_text_is_read_or_refused(text: str, option: str) -> None:
    with suppress(QueryError, UnsupportedError):
        assert bind(parse_options("Thing", {option: text})).entity_type == "Thing"


GRAMMAR = st.lists(
    st.sampled_from(
        [
            "(",
            ")",
            ",",
            "name",
            "result",
            "Datastreams/name",
            "'x'",
            "5",
            "eq",
            "and",
            "or",
            "not",
            "any(",
            ":",
            "x/",
            "$top",
            "=",
            ";",
            "duration'P1D'",
            "2020-01-01",
        ]
    ),
    max_size=14,
)


@settings(max_examples=400)
@given(GRAMMAR)
def test_shuffled_words_are_read_or_refused(words: list[str]) -> None:
    with suppress(QueryError, UnsupportedError):
        query = bind(parse_options("Thing", {"$filter": " ".join(words), "$expand": "".join(words)}))
        assert bind(query) == query


@pytest.mark.parametrize("text", ["(" * 5000 + "1", "not " * 5000 + "true", "a/any(x: " * 300, "1 add " * 3000 + "1"])
def test_deep_nesting_is_a_limit_and_no_recursion(text: str) -> None:
    with pytest.raises((QueryLimitError, QuerySyntaxError, UnsupportedError)):
        parse_filter(text)


@pytest.mark.parametrize(
    ("entity_type", "options", "error", "words"),
    [
        ("Datastream", {"$filter": "unit eq 'x'"}, UnknownNameError, "has no property 'unit'; known: name"),
        ("Thing", {"$filter": "name eq 'x"}, QuerySyntaxError, r"closing quote; .* \(at 8\)"),
        ("Thing", {"$filter": "name eq"}, QuerySyntaxError, r"found the end \(at 7\)"),
        ("Thing", {"$filter": "name == 'x'"}, QuerySyntaxError, r"\(at 5\)"),
        ("Thing", {"$filter": "name gt 5"}, QueryTypeError, "cannot compare a text with a number"),
        ("Thing", {"$filter": "name"}, QueryTypeError, "must be true or false"),
        ("Thing", {"$filter": "shout(name) eq 'A'"}, UnknownNameError, "no function 'shout'; known: substringof"),
        ("Thing", {"$filter": "length(name,name) eq 1"}, QueryTypeError, "takes 1 argument, not 2"),
        ("Thing", {"$filter": "round(name) eq 1"}, QueryTypeError, "round takes a number here, not a text"),
        ("Thing", {"$filter": "Datastreams eq 1"}, QueryError, "Datastreams"),
        ("Location", {"$filter": "st_within(location,'x')"}, QueryTypeError, "WKT"),
        ("Observation", {"$filter": "phenomenonTime gt 'soon'"}, QueryTypeError, "ISO 8601"),
        ("Thing", {"$orderby": "Datastreams/name"}, QueryTypeError, "leads to many"),
        ("Thing", {"$expand": "Datastream"}, UnknownNameError, "known: .*Datastreams"),
        ("Thing", {"$expand": "name"}, UnknownNameError, "has no link 'name'"),
        ("Thing", {"$select": "nam"}, UnknownNameError, r"\$select .*'nam'"),
        ("Thing", {"$top": "-1"}, QuerySyntaxError, "whole number"),
        ("Thing", {"$top": "1.5"}, QuerySyntaxError, "whole number"),
        ("Thing", {"$top": "20000"}, QueryLimitError, "more than 10000 rows"),
        ("Thing", {"$count": "yes"}, QuerySyntaxError, "true or false"),
        ("Thing", {"$filter": "Datastreams/any(d: name eq 'x')"}, UnsupportedError, "outer entity"),
        ("Location", {"$filter": "st_relate(location,geography'POINT(1 2)','zzz')"}, QueryTypeError, "pattern of nine"),
        ("Observation", {"$filter": f"result gt duration'P{'9' * 400}D'"}, QuerySyntaxError, "292,000 years"),
        ("Thing", {"$nope": "1"}, UnknownNameError, r"no option '\$nope'; known: \$filter"),
        ("Thing", {"$apply": "x"}, UnsupportedError, "apply"),
        ("Datastream", {"$filter": "resultType ne null"}, UnknownNameError, "resultType"),
        ("Thing", {"$expand": "Datastreams($top=1;$top=2)"}, QuerySyntaxError, "given twice"),
    ],
)
def test_errors_tell_where_what_and_what_instead(
    entity_type: str, options: dict[str, str], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        bind(parse_options(entity_type, options))


@pytest.mark.parametrize(
    ("entity_type", "text", "bound"),
    [
        ("Thing", "Datastreams/name eq 'x'", "Datastreams/any(x0: x0/name eq 'x')"),
        (
            "Thing",
            "Datastreams/Observations/result gt 5",
            "Datastreams/any(x0: x0/Observations/any(x1: x1/result gt 5))",
        ),
        ("Datastream", "Thing/Locations/name eq 'x'", "Thing/Locations/any(x0: x0/name eq 'x')"),
        ("Observation", "phenomenonTime gt '2020-10-10'", "phenomenonTime gt 2020-10-10T00:00:00Z"),
        ("Observation", "phenomenonTime gt 2020-10-10T00:00:00 01:00", "phenomenonTime gt 2020-10-09T23:00:00Z"),
        ("Observation", "result gt '3'", "result gt '3'"),
        ("Thing", "id eq 5 and Datastreams/id eq 3", "@iot.id eq 5 and Datastreams/any(x0: x0/@iot.id eq 3)"),
        ("Observation", "Datastream/id eq 5", "Datastream/@iot.id eq 5"),
    ],
)
def test_binding_brings_filters_into_one_form(entity_type: str, text: str, bound: str) -> None:
    query = bind(parse_options(entity_type, {"$filter": text}))
    assert query.filter is not None
    assert format_filter(query.filter) == bound
    assert bind(query) == query


@pytest.mark.parametrize(
    ("text", "orderby"),
    [
        ("name", "name asc,@iot.id asc"),
        ("name DESC", "name desc,@iot.id desc"),
        ("@iot.id desc,name", "@iot.id desc"),
        ("properties/a,name desc", "properties/a asc,name desc,@iot.id desc"),
    ],
)
def test_every_order_is_total(text: str, orderby: str) -> None:
    query = bind(parse_options("Thing", {"$orderby": text}))
    assert format_options(query)["$orderby"] == orderby


def test_limits_hold_at_every_level() -> None:
    deep = "Datastreams($expand=Thing($expand=Datastreams($expand=Thing)))"
    with pytest.raises(QueryLimitError, match="deeper than 3"):
        bind(parse_options("Thing", {"$expand": deep}), limits=Limits(max_expand_depth=3))
    many = " or ".join(f"name eq '{number}'" for number in range(99))
    with pytest.raises(QueryLimitError, match="more than 50 parts"):
        bind(parse_options("Thing", {"$expand": f"Datastreams($filter={many})"}), limits=Limits(max_filter_nodes=50))


@pytest.mark.parametrize(
    ("option", "text", "why"),
    [
        ("$orderby", ",".join(["name"] * 201), "an order costs as a filter does"),
        ("$filter", "Datastreams/Thing/" * 40 + "name eq 'a'", "each link to many is a question inside another"),
        ("$filter", "Datastreams/any(d: d/" + "Thing/Datastreams/" * 40 + "name eq 'a')", "also below any()"),
        ("$filter", "properties/" + "a/" * 80 + "b eq 1", "no JSON is so deep"),
    ],
)
def test_large_orders_and_long_paths_are_refused(option: str, text: str, why: str) -> None:
    with pytest.raises(QueryLimitError, match=r"more than 200 parts|deeper than (64|6)") as caught:
        bind(parse_options("Thing", {option: text}))
    assert caught.value.option == option, why


def test_slash_expands_of_one_link_are_joined() -> None:
    query = parse_options("Thing", {"$expand": "Datastreams/Sensor,Datastreams/ObservedProperty,Locations"})
    assert format_options(query)["$expand"] == "Datastreams($expand=Sensor,ObservedProperty),Locations"


@pytest.mark.parametrize(
    ("path", "entity_type", "filter_", "single"),
    [
        ("Things", "Thing", None, False),
        ("/Things(1)/", "Thing", "@iot.id eq 1", True),
        ("Things('x''y')", "Thing", "@iot.id eq 'x''y'", True),
        ("Datastreams(2)/Thing", "Thing", "Datastreams/any(x0: x0/@iot.id eq 2)", True),
        (
            "Things(1)//Datastreams(2)/Observations",
            "Observation",
            "Datastream/@iot.id eq 2 and Datastream/Thing/@iot.id eq 1",
            False,
        ),
    ],
)
def test_paths_address_sets(path: str, entity_type: str, filter_: str | None, single: bool) -> None:
    target = parse_path(path)
    assert (target.entity_type, target.single) == (entity_type, single)
    assert (None if target.filter is None else format_filter(target.filter)) == filter_


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("", QuerySyntaxError),
        ("Things(96568748-eb4e)", QuerySyntaxError),
        ("Things(1", QuerySyntaxError),
        ("Things/Datastreams", QuerySyntaxError),
        ("Things(1)(2)", QuerySyntaxError),
        ("Things(1)/$count", QuerySyntaxError),
        ("Things/$value", QuerySyntaxError),
        ("Things/$ref/x", QuerySyntaxError),
        ("Devices", UnknownNameError),
        ("Things(1)/nam", UnknownNameError),
    ],
)
def test_wrong_paths_are_refused(path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse_path(path)


@pytest.mark.parametrize(
    ("path", "marks"),
    [
        ("Things(1)/properties/a/b", (("properties", "a", "b"), False, False, False)),
        ("Things(1)/name/$value", (("name",), True, False, False)),
        ("Things/$ref", ((), False, True, False)),
        ("Things/$count", ((), False, False, True)),
    ],
)
def test_paths_go_to_properties_and_marks(path: str, marks: tuple[object, ...]) -> None:
    target = parse_path(path)
    assert (target.property, target.raw, target.ref, target.count) == marks


def test_positions_are_no_part_of_the_value() -> None:
    assert parse_filter("name eq 'x'") == parse_filter("  name   eq 'x'")
    assert msgspec.structs.asdict(parse_filter("name eq 1"))["op"] == "eq"
