"""JSON Patches are applied as RFC 6902 says; an independent implementation is the oracle."""

from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonpointer import JsonPointerException

from ssclab_data.editing.patching import MAX_NODES, MAX_OPERATIONS, Unfit, apply_patch, same
from ssclab_data.errors import BodyError

# RFC 6902, appendix A: document, operations, result (None where it fails).
EXAMPLES: list[tuple[Any, list[Any], Any]] = [
    ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "qux"}], {"baz": "qux", "foo": "bar"}),
    ({"foo": ["bar", "baz"]}, [{"op": "add", "path": "/foo/1", "value": "qux"}], {"foo": ["bar", "qux", "baz"]}),
    ({"baz": "qux", "foo": "bar"}, [{"op": "remove", "path": "/baz"}], {"foo": "bar"}),
    ({"foo": ["bar", "qux", "baz"]}, [{"op": "remove", "path": "/foo/1"}], {"foo": ["bar", "baz"]}),
    ({"baz": 1}, [{"op": "replace", "path": "/baz", "value": "boo"}], {"baz": "boo"}),
    ({"a": {"b": 1}, "c": {}}, [{"op": "move", "from": "/a/b", "path": "/c/d"}], {"a": {}, "c": {"d": 1}}),
    ({"a": [1, 2, 3, 4]}, [{"op": "move", "from": "/a/1", "path": "/a/3"}], {"a": [1, 3, 4, 2]}),
    ({"a": [1]}, [{"op": "copy", "from": "/a", "path": "/b"}], {"a": [1], "b": [1]}),
    ({"a": ["b", 2]}, [{"op": "test", "path": "/a/1", "value": 2}], {"a": ["b", 2]}),
    ({"a": "b"}, [{"op": "test", "path": "/a", "value": "c"}], None),
    (
        {"foo": "bar"},
        [{"op": "add", "path": "/child", "value": {"g": {}}, "xyz": 1}],
        {"foo": "bar", "child": {"g": {}}},
    ),
    ({"foo": "bar"}, [{"op": "add", "path": "/baz/bat", "value": "qux"}], None),
    ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": 10}], {"/": 9, "~1": 10}),
    ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": "10"}], None),
    ({"foo": ["bar"]}, [{"op": "add", "path": "/foo/-", "value": ["a"]}], {"foo": ["bar", ["a"]]}),
    ({"a": 1}, [{"op": "replace", "path": "", "value": [1]}], [1]),
    ({"a": [1]}, [{"op": "add", "path": "/a/01", "value": 1}], None),
    ({"a": [1]}, [{"op": "add", "path": "/a/3", "value": 1}], None),
    ({"a": [1]}, [{"op": "remove", "path": "/a/-"}], None),
    ({"a": 1}, [{"op": "test", "path": "/a", "value": True}], None),
    ({"a": 1}, [{"op": "test", "path": "/a", "value": 1.0}], {"a": 1}),
]


@pytest.mark.parametrize(("document", "operations", "result"), EXAMPLES)
def test_the_examples_of_the_standard(document: Any, operations: list[Any], result: Any) -> None:
    if result is None:
        with pytest.raises(Unfit):
            apply_patch(document, operations)
    else:
        assert apply_patch(document, operations) == result


@pytest.mark.parametrize(
    "operations",
    [
        {},
        [1],
        [{}],
        [{"op": "add", "path": "/a"}],
        [{"op": "move", "path": "/a"}],
        [{"op": "add", "path": "a", "value": 1}],
        [{"op": "add", "path": 5, "value": 1}],
        [{"op": "move", "from": "/a", "path": "/a/b"}],
        [{"op": "test", "path": "", "value": {"a": {}}}] * (MAX_OPERATIONS + 1),
    ],
)
def test_what_is_no_patch_is_refused(operations: Any) -> None:
    with pytest.raises(BodyError):
        apply_patch({"a": {}}, operations)


def test_copies_of_copies_end() -> None:
    doubling = [{"op": "copy", "from": "", "path": "/again"}] * 60
    with pytest.raises(BodyError, match=str(MAX_NODES)):
        apply_patch({"a": list(range(10))}, [{**one, "path": f"/{n}"} for n, one in enumerate(doubling)])


def test_the_document_stays_as_it_is() -> None:
    document = {"a": [1, {"b": 2}]}
    apply_patch(document, [{"op": "remove", "path": "/a/1/b"}, {"op": "add", "path": "/a/-", "value": 5}])
    assert document == {"a": [1, {"b": 2}]}


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["x", "", "0"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "0", "~", "/"]), inner, max_size=3)
    ),
    max_leaves=8,
)
pointers = st.lists(st.sampled_from(["a", "b", "0", "1", "-", "~0", "~1"]), max_size=3).map(
    lambda parts: "".join(f"/{part}" for part in parts)
)
operations = st.one_of(
    st.fixed_dictionaries({"op": st.sampled_from(["add", "replace"]), "path": pointers, "value": values}),
    st.fixed_dictionaries({"op": st.just("remove"), "path": pointers.filter(bool)}),
    st.fixed_dictionaries(
        {"op": st.sampled_from(["move", "copy"]), "from": pointers.filter(bool), "path": pointers.filter(bool)}
    ),
)


@given(document=st.dictionaries(st.sampled_from(["a", "b", "0"]), values, max_size=3), one=operations)
def test_an_operation_does_what_another_implementation_does(document: Any, one: Any) -> None:
    try:
        wanted = jsonpatch.apply_patch(document, [one])
    except (jsonpatch.JsonPatchException, JsonPointerException, TypeError, KeyError, IndexError):
        with pytest.raises((Unfit, BodyError)):
            apply_patch(document, [one])
        return
    try:
        found = apply_patch(document, [one])
    except Unfit:
        assert "-" in one.get("from", one["path"]).split("/") + one["path"].split("/"), (
            "the other one reads - as an item"
        )
        return
    except BodyError:
        assert one["op"] == "move", "the other one lets a value move into itself"
        return
    assert same(found, wanted)
