"""A filter over to-many links holds where the join of them has a row for which it is true."""

import itertools
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssclab_data.errors import QueryLimitError, QueryTypeError
from ssclab_data.query import ast
from ssclab_data.query.bind import Limits, bind
from ssclab_data.query.evaluate import evaluate
from ssclab_data.query.expression import parse_filter
from ssclab_data.query.odata import parse_options

type Node = dict[str, object]
"""An entity of the test: properties by name, and lists of entities by the name of a to-many link."""

MANY = ("Datastreams", "Locations")


class NodeReader:
    """Read a node as a store reads an entity."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def value(self, segments: tuple[str, ...]) -> object:
        """Give a property."""
        return self.node.get(segments[0])

    def members(self, path: tuple[str, ...]) -> Iterator["NodeReader"]:
        """Give the entities at a to-many link."""
        found = self.node[path[0]]
        assert isinstance(found, list)
        return map(NodeReader, found)


class JoinedReader:
    """Read one row of the join: a node with at most one entity at each link."""

    def __init__(self, node: Node, chosen: dict[str, Node]) -> None:
        self.node = node
        self.chosen = chosen

    def value(self, segments: tuple[str, ...]) -> object:
        """Give a property of the node, or of what was chosen at a link."""
        *links, name = segments
        return (self.chosen[links[0]] if links else self.node).get(name)

    def members(self, path: tuple[str, ...]) -> Iterable["JoinedReader"]:
        """Give none: the filters of this test have no any()."""
        return ()


def holds_in_join(expr: ast.Expr, node: Node) -> bool:
    """Write the join out: every choice of one entity at each link, or of nothing where there is none."""
    nothing: list[Node] = [{}]
    choices = []
    for link in MANY:
        found = node[link]
        assert isinstance(found, list)
        choices.append(found or nothing)
    rows = (dict(zip(MANY, row, strict=True)) for row in itertools.product(*choices))
    return any(evaluate(expr, JoinedReader(node, row)) is True for row in rows)


NAMES = st.sampled_from(["a", "b", None])
MEMBERS = st.lists(st.fixed_dictionaries({"name": NAMES, "description": NAMES}), max_size=3)
NODES = st.fixed_dictionaries({"name": NAMES, "description": NAMES, "Datastreams": MEMBERS, "Locations": MEMBERS})
LEAVES = st.builds(
    "{}{} {} {}".format,
    st.sampled_from(["", "Datastreams/", "Locations/"]),
    st.sampled_from(["name", "description"]),
    st.sampled_from(["eq", "ne", "gt"]),
    st.sampled_from(["'a'", "'b'", "null"]),
) | st.sampled_from(["Datastreams/name eq Datastreams/description", "name in ('a',null)", "Locations/name in ('b')"])
FILTERS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=200)
@given(FILTERS, NODES)
def test_a_bound_filter_is_the_join(text: str, node: Node) -> None:
    bound = bind(parse_options("Thing", {"$filter": text}), limits=Limits(max_filter_nodes=5_000))
    assert bound.filter is not None
    assert (evaluate(bound.filter, NodeReader(node)) is True) == holds_in_join(parse_filter(text), node)
    assert bind(bound, limits=Limits(max_filter_nodes=50_000)) == bound


@pytest.mark.parametrize(
    "text",
    ["Datastreams/name eq Locations/name", "startswith(Datastreams/name,name)", "Datastreams/name eq name"],
)
def test_one_condition_on_two_entities_is_refused(text: str) -> None:
    with pytest.raises(QueryTypeError, match=r"Datastreams and over others.*\(at "):
        bind(parse_options("Thing", {"$filter": text}))


def test_a_join_that_grows_too_large_is_refused() -> None:
    clauses = " and ".join("(Datastreams/name eq 'a' or Locations/name eq 'b')" for _ in range(12))
    with pytest.raises(QueryLimitError, match=r"written out.*any\(\)"):
        bind(parse_options("Thing", {"$filter": clauses}))
