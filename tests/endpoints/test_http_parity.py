"""Any generated Query gives the same answer through HTTP, page by page, as from memory in one read."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssclab_data.endpoints.app import build_app
from ssclab_data.endpoints.sensorthings import columnar
from ssclab_data.endpoints.sensorthings.binding import BINDINGS, Binding
from ssclab_data.errors import QueryError
from ssclab_data.model.entity import Kind, in_version
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.multi import VIEWS
from ssclab_data.model.sensorthings import ENTITY_TYPES, Thing
from ssclab_data.model.values import Instant, Interval, UnitOfMeasurement
from ssclab_data.query import ast
from ssclab_data.query.bind import bind
from ssclab_data.query.odata import format_options, parse_options
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Batch, Page, Row
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import example_entities

from ..fuzzing.effort import effort
from ..fuzzing.lab import batch
from ..fuzzing.queries import MARKER, queries
from ..fuzzing.server import BASE, Server
from ..fuzzing.sound import check
from ..stores.generated import FILTERS, ORDERS, ROWS, series

TINY = Settings(page_size=2, max_page_size=3)
_MANY_PAGES = 200


def address(query: ast.Query, binding: Binding) -> str:
    """Write a query as a client does."""
    options = format_options(query)
    text = "&".join(f"{name}={quote(value, safe='')}" for name, value in options.items())
    return f"{BASE}{binding.prefix}/{VIEWS[query.entity_type].plural}?{text}"


def unpaged(query: ast.Query) -> ast.Query:
    """Give the query without the sizes of its pages: what all pages together are."""
    inner = tuple(ast.Expand(one.name, unpaged(one.query)) for one in query.expand)
    return msgspec.structs.replace(query, top=None, expand=inner)


class Reader:
    """Decode answers, following every link to a next page, on any level, to its end."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.asked = 0

    def whole(self, query: ast.Query, binding: Binding) -> dict[str, Any]:
        """Read all pages of a query."""
        self.asked = 0
        return self._set(self._get(address(query, binding)), query)

    def _get(self, link: str) -> Any:
        self.asked += 1
        assert self.asked < _MANY_PAGES, f"the pages do not end: {link}"
        answer = self.server.get(link)
        assert answer.status == 200, (link, answer)
        return answer.json()

    def _set(self, page: Any, query: ast.Query) -> dict[str, Any]:
        assert set(page) <= {"@iot.nextLink", "@iot.count", "value"}
        counts = [page.get("@iot.count")]
        rows = list(page["value"])
        while "@iot.nextLink" in page:
            assert page["value"], "a page with a next one is not empty"
            page = self._get(page["@iot.nextLink"])
            counts.append(page.get("@iot.count"))
            rows += page["value"]
        assert len(set(counts)) == 1, counts
        assert (counts[0] is not None) == query.count
        return {"count": counts[0], "rows": [self._entity(row, query) for row in rows]}

    def _entity(self, entity: dict[str, Any], query: ast.Query) -> dict[str, Any]:
        kind = ENTITY_TYPES[query.entity_type]
        found: dict[str, Any] = {}
        expanded = {one.name: one.query for one in query.expand}
        for link in kind.navigations:
            if link.name not in expanded:
                continue
            inner, value = expanded[link.name], entity.pop(link.name)
            if link.many:
                page = {"value": value}
                for name in ("@iot.nextLink", "@iot.count"):
                    if f"{link.name}{name}" in entity:
                        page[name] = entity.pop(f"{link.name}{name}")
                found[link.name] = self._set(page, inner)
            else:
                found[link.name] = None if value is None else self._entity(value, inner)
        for part in kind.properties:
            if part.name in entity:
                found[part.name] = decoded(part.kind, entity.pop(part.name))
        return {**found, **entity}


def decoded(kind: Kind, value: Any) -> Any:
    """Read a value of the wire: times as microseconds, all else as it is."""
    if value is None or kind not in (Kind.INSTANT, Kind.TIME, Kind.INTERVAL):
        return value
    times = [microseconds(text) for text in value.split("/")]
    return times[0] if len(times) == 1 else tuple(times)


def microseconds(text: str) -> int:
    """Read a time by the standard library."""
    assert text.endswith("Z")
    passed = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


class Oracle:
    """Say, from rows of the memory store, what an answer must hold once it is decoded."""

    def __init__(self, store: MemoryStore, binding: Binding) -> None:
        self.store = store
        self.binding = binding

    def whole(self, query: ast.Query) -> dict[str, Any] | QueryError:
        """Answer a query in one read, or give the error that it is."""
        try:
            bound = bind(unpaged(query), version=self.binding.version)
        except QueryError as error:
            return error
        return self._set(self.store.read(bound), bound)

    def _set(self, page: Page, query: ast.Query) -> dict[str, Any]:
        return {"count": page.count, "rows": [self._entity(row, query) for row in page.rows]}

    def _entity(self, row: Row, query: ast.Query) -> dict[str, Any]:
        kind = ENTITY_TYPES[query.entity_type]
        selected = {path[0] for path in query.select}
        link = f"{BASE}{self.binding.prefix}/{kind.plural}({row.handle})"
        found: dict[str, Any] = {} if selected else {"@iot.selfLink": link}
        if not selected or ast.ID in selected:
            found["@iot.id"] = row.handle
        for part in kind.properties:
            value = getattr(row.entity, part.field)
            if part.name == "resultTime" and kind.name == "Observation" and value is msgspec.UNSET:
                value = None  # OGC 18-088, 8.2.7: it is always there
            wanted = in_version(part, self.binding.version) and (not selected or part.name in selected)
            if wanted and value is not msgspec.UNSET:
                shown = narrowed(raw(value), [path[1:] for path in query.select if path[0] == part.name])
                if shown is not msgspec.UNSET:
                    found[part.name] = shown
        expanded = {one.name: one.query for one in query.expand}
        for step in VIEWS[kind.name].navigations:
            if step.name in expanded:
                related = row.related[step.name]
                if isinstance(related, Page):
                    found[step.name] = self._set(related, expanded[step.name])
                else:
                    found[step.name] = None if related is None else self._entity(related, expanded[step.name])
            elif (kind.name, step.name) == ("Observation", "MultiDatastream"):
                continue  # none of these is of one
            elif in_version(step, self.binding.version) and (not selected or step.name in selected):
                found[f"{step.name}@iot.navigationLink"] = f"{link}/{step.name}"
        return found


def raw(value: Any) -> Any:
    """Give a value of the model in the form of `decoded`."""
    match value:
        case Instant(us=us):
            return us
        case Interval(start=start, end=end):
            return (start.us, end.us)
        case UnitOfMeasurement():
            return {"name": value.name, "symbol": value.symbol, "definition": value.definition}
    return value


def narrowed(value: Any, paths: list[tuple[str, ...]]) -> Any:
    """Keep the members that are selected (of one level, as the generated queries have it)."""
    if not paths or () in paths:
        return value
    if not isinstance(value, dict):
        return msgspec.UNSET
    return {name: member for name, member in value.items() if (name,) in paths}


def exact(value: Any) -> str:
    """Write a value so that kinds of numbers are told apart and the order of members does not matter."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{name!r}:{exact(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(exact, value)) + "]"
    return repr(value)


@contextmanager
def both(first: list[Any], second: list[Any]) -> Iterator[tuple[Server, MemoryStore]]:
    """Fill a memory store and a SQLite store, the latter partly sealed, and serve the latter in tiny pages."""
    memory = MemoryStore("breda")
    with tempfile.TemporaryDirectory() as folder:
        sqlite = SQLiteStore.open(Path(folder) / "breda.db", lab="breda")
        things = (
            Thing(key="v/3", name=f"Ä {MARKER}", description="", properties={"n": 1.5, MARKER: "x", "s": MARKER}),
            Thing(key="v/4", name="o'x%", description=MARKER),
        )
        batches = [
            Batch(entities=(*example_entities(), *things), series=(series("v/1/pm25", first),)),
            Batch(series=(series("v/2/noise", second), series("v/1/noise", second, feature=""))),
        ]
        for number, one in enumerate(batches):
            memory.apply(one)
            sqlite.apply(one)
            if not number:
                sqlite.seal(1)
        app = build_app(sqlite, labs=(LabInfo(key="breda", name="Breda"),), settings=TINY, title="Breda")
        try:
            with Server(app) as server:
                yield server, memory
        finally:
            sqlite.close()


ROWS_A = [(minute, None if minute % 2 else 2, minute / 2, minute, None, None) for minute in range(7)]
ROWS_B = [(minute, None, result, None, None, 3) for minute, result in enumerate(["high", 1, None, True, {"a": [1]}])]


NESTED = ast.Query(
    entity_type="Thing",
    count=True,
    expand=(
        ast.Expand(
            "Datastreams",
            ast.Query(
                entity_type="Datastream",
                top=1,
                count=True,
                expand=(ast.Expand("Observations", ast.Query(entity_type="Observation", top=1, skip=1)),),
            ),
        ),
    ),
)
VERSIONS = st.sampled_from(BINDINGS)


@effort(40)
@given(ROWS, ROWS, st.lists(st.tuples(queries(), VERSIONS), min_size=1, max_size=4), st.sampled_from([1, 32]))
@example(ROWS_A, ROWS_B, [(NESTED, binding) for binding in BINDINGS], 1)
def test_http_answers_as_memory_does(
    first: list[Any], second: list[Any], asked: list[tuple[ast.Query, Binding]], least: int
) -> None:
    """Entities, values, order, counts and the pages below, with answers written from columns or from entities."""
    with both(first, second) as (server, memory), mock.patch.object(columnar, "LEAST_ROWS", least):
        for query, binding in asked:
            compare(server, Oracle(memory, binding), query)


@effort(30)
@given(ROWS, ROWS, st.lists(st.tuples(FILTERS, ORDERS, VERSIONS), min_size=1, max_size=4), st.integers(1, 3))
def test_http_answers_filters_as_memory_does(
    first: list[Any], second: list[Any], asked: list[tuple[str, str, Binding]], top: int
) -> None:
    """The filters and orders of the parity tests of the stores, on Observations and in expands."""
    with both(first, second) as (server, memory):
        for text, orderby, binding in asked:
            options = {"$filter": text, "$orderby": orderby, "$top": str(top), "$count": "true"}
            compare(server, Oracle(memory, binding), parse_options("Observation", options))
            inner = ";".join(f"{name}={value}" for name, value in options.items())
            deep = {"$expand": f"Datastreams($expand=Observations({inner}))", "$top": "1"}
            compare(server, Oracle(memory, binding), parse_options("Thing", deep))


@effort(80)
@given(queries(views=True), VERSIONS)
def test_both_stores_answer_alike_over_multi_datastreams(
    of_both: tuple[Server, Server], query: ast.Query, binding: Binding
) -> None:
    """Which have one code for the views of 1.x, and two for what is read."""
    target = address(query, binding)
    one, other = (server.get(target) for server in of_both)
    check(one)
    assert (one.status, unsigned(one.json())) == (other.status, unsigned(other.json())), target


@pytest.fixture(scope="module")
def of_both() -> Iterator[tuple[Server, Server]]:
    """Serve the lab of the fuzzing tests, which has a MultiDatastream, from both stores."""
    memory = MemoryStore("breda")
    with tempfile.TemporaryDirectory() as folder:
        sqlite = SQLiteStore.open(Path(folder) / "breda.db", lab="breda")
        for store in (memory, sqlite):
            store.apply(batch())
        sqlite.seal(5)
        labs = (LabInfo(key="breda", name="Breda"),)
        apps = [build_app(store, labs=labs, settings=TINY, title="Breda") for store in (memory, sqlite)]
        with Server(apps[0]) as one, Server(apps[1]) as other:
            yield one, other
        sqlite.close()


def unsigned(value: Any) -> Any:
    """Leave the signed cursors of links to next pages out: each store has a key of its own."""
    if isinstance(value, list):
        return [unsigned(one) for one in value]
    if isinstance(value, dict):
        return {
            name: one.partition("$skiptoken=")[0] if name.endswith("@iot.nextLink") else unsigned(one)
            for name, one in value.items()
        }
    return value


def compare(server: Server, oracle: Oracle, query: ast.Query) -> None:
    """Make sure that an answer is right, or that what memory refuses is refused."""
    target = address(query, oracle.binding)
    wanted = oracle.whole(query)
    if isinstance(wanted, QueryError):
        answer = server.get(target)
        assert (answer.status, answer.json()["code"]) == (400, wanted.code), (wanted, answer)
        return
    if query.top == 0:
        wanted["rows"] = []
    assert exact(Reader(server).whole(query, oracle.binding)) == exact(wanted), target
