"""Texts made to hurt are answered or refused, soon, and never by a fault of ours."""

import contextlib
from collections.abc import Iterator

import pytest

from ssclab_data.errors import CursorError, QueryError, UnsupportedError
from ssclab_data.model.values import Instant
from ssclab_data.query import ast
from ssclab_data.query.bind import Limits, bind
from ssclab_data.query.odata import parse_options
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import ask, example_batch

MANY = 10_000
COLLECTIONS = "GEOMETRYCOLLECTION(" * MANY + "POINT(1 2)" + ")" * MANY

REFUSED = {
    "deep parentheses": "(" * MANY + "1 eq 1" + ")" * MANY,
    "deep not": "not " * MANY + "true",
    "deep calls": "tolower(" * MANY + "name" + ")" * MANY + " eq 'a'",
    "deep any": "Datastreams/any(d: d/Thing/" * MANY + "name eq 'a'" + ")" * MANY,
    "minuses": "-" * MANY + "name",
    "many ands": " and ".join(["name eq 'a'"] * MANY),
    "many ors over a link": " or ".join(["Datastreams/name eq 'a'"] * MANY),
    "a long sum": "1" + " add 1" * MANY + " eq 2",
    "a long list": "name in (" + ",".join(["'a'"] * MANY) + ")",
    "a long path": "properties/" + "a/" * MANY + "b eq 1",
    "a long way": "Datastreams/Thing/" * 20 + "name eq 'a'",
    "a huge number": "properties/n eq 1" + "0" * MANY,
    "a huge power": "properties/n eq 1e" + "9" * MANY,
    "a long name": "n" * MANY + " eq 1",
    "a long function": "f" * MANY + "(1) eq 1",
    "a long time": "properties/t eq 2020-01-01T00:00:00." + "0" * MANY + "x",
    "a long duration": "properties/t eq duration'P" + "9" * MANY + "D'",
    "a long interval": "Datastreams/phenomenonTime lt '" + "2020-01-01/" * MANY + "'",
    "nested geometry": f"st_within(Locations/location,geography'{COLLECTIONS}')",
    "a geometry without end": "st_within(Locations/location,geography'POINT(1e999 1)')",
    "a geometry of nothing": "st_within(Locations/location,geography'POINT(nan 1)')",
    "a cut geometry": "st_within(Locations/location,geography'POINT(1 2)\0)')",
    "a text of marks without end": "name eq 'a" + "\u0308\u0323" * 16 + "'",
    "half a surrogate": "name eq '\ud83d'",
    "half a surrogate as a name": "properties/\udc00 eq 1",
    "NUL outside a text": "name\0 eq 'a'",
}
ANSWERED = {
    "NUL in a text": "name eq 'a\0b' or startswith(name,'\0')",
    "leading zeros": "properties/n eq " + "0" * MANY + "1",
    "many digits after the point": "properties/n eq 0." + "1" * MANY,
    "a long text": "name eq '" + "a" * 1_000_000 + "'",
    "a long text of quotes": "name eq '" + "''" * 100_000 + "'",
    "a text of combining marks": "name eq 'a" + "\u0308\u0323" * 15 + "'",
    "spaces": " " * MANY + "name" + "\n\t" * MANY + "eq" + " " * MANY + "'a'",
    "other scripts": "name eq '温度' or name eq '😀' or name eq 'Bücher [neu] 100% <b>' or properties/größe eq 1",
    "brackets": "name eq '[a]' and contains(name,'](') and name ne '''[''' ",
    "SQL": "name eq '''; DROP TABLE thing; --' or properties/'x''); DROP' eq 1",
    "a deep path into JSON": "properties/" + "a/" * 60 + "b eq 1",
    "a member named as an id": "properties/@id eq 'x' or properties/@iot.id eq 1",
    "a polygon of many corners": "st_within(Locations/location,geography'LINESTRING("
    + ",".join(f"{number} {number % 7}" for number in range(MANY))
    + ")')",
}


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MemoryStore, SQLiteStore]]:
    """Fill both stores."""
    memory = MemoryStore("breda")
    path = tmp_path_factory.mktemp("hostile") / "breda.db"
    with contextlib.closing(SQLiteStore.open(path, lab="breda")) as sqlite:
        for store in (memory, sqlite):
            store.apply(example_batch())
        yield memory, sqlite


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_it_is_refused(text: str) -> None:
    with pytest.raises((QueryError, UnsupportedError)) as caught:
        bind(parse_options("Thing", {"$filter": text}))
    assert len(str(caught.value)) < 2 * MANY, "a refusal does not repeat all it refuses"


@pytest.mark.parametrize("option", ["$filter", "$orderby", "$select", "$expand", "$top", "$count"])
@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_it_is_no_fault_in_any_option(option: str, text: str) -> None:
    with contextlib.suppress(QueryError, UnsupportedError):
        bind(parse_options("Thing", {option: text}))


@pytest.mark.parametrize("text", ANSWERED.values(), ids=ANSWERED)
def test_it_is_answered(stores: tuple[MemoryStore, SQLiteStore], text: str) -> None:
    query = ask("Thing", filter=text, orderby="properties/" + "a/" * 60 + "b,name")
    memory, sqlite = stores
    assert [row.handle for row in memory.read(query).rows] == [row.handle for row in sqlite.read(query).rows]


@pytest.mark.parametrize("count", [1, 1_001, 20_000])
@pytest.mark.parametrize(
    ("entity_type", "path", "constants"),
    [
        ("Thing", "@iot.id", "{}"),
        ("Thing", "name", "'Thing {}'"),
        ("Thing", "properties/height", "{}"),
        ("Datastream", "Thing/@iot.id", "{}"),
        ("Observation", "Datastream/@iot.id", "{}"),
        ("Observation", "result", "{}"),
    ],
)
def test_long_lists_within_other_limits(
    stores: tuple[MemoryStore, SQLiteStore], count: int, entity_type: str, path: str, constants: str
) -> None:
    memory, sqlite = stores
    text = f"{path} in ({','.join(constants.format(number) for number in range(1, count + 1))})"
    query = bind(parse_options(entity_type, {"$filter": text}), limits=Limits(max_filter_nodes=100_000))
    found = [row.handle for row in memory.read(query).rows]
    assert found == [row.handle for row in sqlite.read(query).rows]
    assert found


def test_a_cursor_of_another_order_is_refused() -> None:
    after: tuple[ast.Value, ...] = (Instant(0),)
    with pytest.raises(CursorError, match="has 1 values for an order of 2"):
        bind(ast.Query(entity_type="Thing", orderby=(ast.OrderBy(ast.Path(("name",))),), after=after))
