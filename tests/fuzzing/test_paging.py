"""Following links to next pages while others write gives each entity that stays as it is once, and never one twice."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ssclab_data.endpoints.app import build_app
from ssclab_data.endpoints.sensorthings.binding import BINDINGS, Binding
from ssclab_data.errors import QueryError
from ssclab_data.model.entity import Handle
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.sensorthings import Datastream, FeatureOfInterest, Thing
from ssclab_data.query import ast
from ssclab_data.query.bind import bind
from ssclab_data.query.odata import parse_options
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Batch
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import ask, example_entities

from ..endpoints.test_http_parity import address
from ..stores.generated import FILTERS, ORDERS, ROWS, series
from .effort import effort
from .queries import TEXTS, conditions, orders
from .server import BASE, Server

STREAMS = st.sampled_from(["v/1/pm25", "v/1/noise", "v/2/pm25", "v/2/noise"])
KEYS = st.sampled_from(["v/1", "v/2", "v/3", "v/4"])
TINY = Settings(page_size=2, max_page_size=2)
_MOST_PAGES = 200

_FIRST = 1
_OF_FIRST = ast.Compare("eq", ast.Path(("Datastream", ast.ID)), ast.Literal(_FIRST))

type Write = Callable[["Lab"], None]


class Lab:
    """A SQLite store that is read by HTTP, and a memory store that is told the same and says what matches."""

    def __init__(self, folder: str) -> None:
        self.memory = MemoryStore("breda")
        self.sqlite = SQLiteStore.open(Path(folder) / "breda.db", lab="breda")

    def apply(self, batch: Batch) -> None:
        """Write a batch to both."""
        self.memory.apply(batch)
        self.sqlite.apply(batch)

    def delete(self, query: ast.BoundQuery) -> None:
        """Delete from both."""
        assert self.memory.delete(query) == self.sqlite.delete(query)

    def knows(self, name: str, key: str) -> bool:
        """Tell whether an entity is there."""
        return self.memory.count(ask(name, filter=f"@key eq '{key}'")) > 0

    def matching(self, query: ast.BoundQuery) -> dict[Handle, str]:
        """Give what matches now, with what it is sorted by."""
        return {row.handle: repr(row.order) for row in self.memory.read(query).rows}


def _record(stream: str, rows: list[Any], feature: str) -> Write:
    def record(lab: Lab) -> None:
        if lab.knows("Datastream", stream) and (not feature or lab.knows("FeatureOfInterest", feature)):
            lab.apply(Batch(series=(series(stream, rows, feature=feature),)))

    return record


def _rename(key: str, name: str) -> Write:
    return lambda lab: lab.apply(Batch(entities=(Thing(key=key, name=name, description=""),)))


def _describe(key: str, text: str) -> Write:
    return lambda lab: lab.apply(Batch(entities=(Thing(key=key, name=key, description=text, properties={"n": 1}),)))


def _retitle(stream: str, name: str) -> Write:
    return lambda lab: _known(lab, Datastream(key=stream, name=name))


def _refeature(key: str, name: str) -> Write:
    return lambda lab: _known(lab, FeatureOfInterest(key=key, name=name))


def _known(lab: Lab, entity: Any) -> None:
    """Update an entity that is there; one that is gone stays gone."""
    if lab.knows(type(entity).__name__, entity.key):
        lab.apply(Batch(entities=(entity,)))


def _delete(name: str, condition: ast.Expr) -> Write:
    return lambda lab: lab.delete(bind(ast.Query(entity_type=name, filter=condition)))


def _seal(least: int) -> Write:
    def seal(lab: Lab) -> None:
        lab.sqlite.seal(least)

    return seal


def _compact(lab: Lab) -> None:
    lab.sqlite.compact()


def _deletions() -> st.SearchStrategy[Write]:
    handles = st.integers(1, 4).flatmap(lambda stream: st.integers(1, 9).map(lambda number: (stream << 32) + number))
    return st.one_of(
        handles.map(lambda handle: _delete("Observation", _same(handle))),
        st.integers(1, 5).map(lambda handle: _delete("Datastream", _same(handle))),
        st.integers(1, 2).map(lambda handle: _delete("FeatureOfInterest", _same(handle))),
        st.integers(2, 4).map(lambda handle: _delete("Thing", _same(handle))),
    )


def _same(handle: int) -> ast.Expr:
    return ast.Compare("eq", ast.Path((ast.ID,)), ast.Literal(handle))


WRITES: st.SearchStrategy[Write] = st.one_of(
    st.builds(_record, STREAMS, ROWS, st.sampled_from(["v/1", "v/2", ""])),
    st.builds(_record, STREAMS, ROWS, st.sampled_from(["v/1", "v/2", ""])),
    st.builds(_rename, KEYS, TEXTS),
    st.builds(_describe, KEYS, TEXTS),
    st.builds(_retitle, STREAMS, TEXTS),
    st.builds(_refeature, st.sampled_from(["v/1", "v/2"]), TEXTS),
    _deletions(),
    st.integers(0, 2).map(_seal),
    st.just(_compact),
)
BETWEEN = st.lists(st.lists(WRITES, min_size=1, max_size=3), min_size=3, max_size=8)
ORDERED = st.sampled_from(
    [
        ("Thing", "name"),
        ("Thing", "description desc"),
        ("Datastream", "name desc"),
        ("Datastream", "Thing/name"),
        ("Datastream", "phenomenonTime desc"),
        ("FeatureOfInterest", "name"),
        ("HistoricalLocation", "Thing/name"),
        ("Observation", "result"),
        ("Observation", "result desc,phenomenonTime"),
        ("Observation", "resultTime desc"),
        ("Observation", "Datastream/name,result"),
        ("Observation", "FeatureOfInterest/name desc"),
        ("Observation", "Datastream/Thing/name"),
        ("Observation", "phenomenonTime"),
        ("Observation", "Datastream/phenomenonTime desc"),
        ("Observation", "parameters/n desc"),
    ]
)
"""Orders by what the writes change."""
NAMES = st.sampled_from(["Thing", "Datastream", "FeatureOfInterest", "Observation", "HistoricalLocation"])


@st.composite
def queries(draw: st.DrawFn) -> ast.Query:
    """Generate an order, and often a filter, on any type."""
    shape = draw(st.integers(0, 3))
    if shape == 0:
        return parse_options("Observation", {"$orderby": draw(ORDERS), "$filter": draw(FILTERS)})
    if shape == 1:
        name = draw(NAMES)
        return ast.Query(entity_type=name, filter=draw(conditions(name, 1)), orderby=draw(orders(name)))
    name, orderby = draw(ORDERED)
    options = {"$orderby": orderby}
    if name == "Observation" and shape == 2:
        options["$filter"] = draw(st.sampled_from(["result lt 2", "result ne 1", "parameters/n ne null"]))
    return parse_options(name, options)


def filled(lab: Lab, rows: list[Any]) -> None:
    """Put in what is there from the start, a part of it sealed."""
    steady = [(minute, None, minute % 5 - 1, minute, None, None) for minute in range(0, 13, 2)]
    lab.apply(Batch(entities=example_entities(), series=(series("v/1/pm25", steady),)))
    lab.sqlite.seal(1)
    more = tuple(Thing(key=f"v/{number}", name=f"more {number}", description="") for number in range(3, 8))
    lab.apply(Batch(entities=more, series=(series("v/2/noise", steady), series("v/1/noise", rows, feature=""))))


class Reading:
    """Read page after page with writes in between.

    Attributes:
        seen: the ids that came.
        moments: what matched before the first page, and after each write.
    """

    def __init__(self, lab: Lab, server: Server, query: ast.BoundQuery, between: list[list[Write]]) -> None:
        self.lab = lab
        self.server = server
        self.query = query
        self.writes = iter(between)
        self.seen: list[Handle] = []
        self.moments = [lab.matching(query)]

    def follow(self, link: str) -> None:
        """Read the pages of a set from an address on."""
        self.take(self._get(link))

    def follow_inner(self, link: str, name: str) -> None:
        """Read the entities at a link of an entity that is read with them, from an address on."""
        entity = self._get(link)
        mark = f"{name}@iot.nextLink"
        self.take({"value": entity[name], **({"@iot.nextLink": entity[mark]} if mark in entity else {})})

    def take(self, page: dict[str, Any]) -> None:
        """Take down a page, write, and go on."""
        for _ in range(_MOST_PAGES):
            self.seen += [row["@iot.id"] for row in page["value"]]
            for write in next(self.writes, []):
                write(self.lab)
                self.moments.append(self.lab.matching(self.query))
            if "@iot.nextLink" not in page:
                return
            page = self._get(page["@iot.nextLink"], missing={"value": []})
        raise AssertionError("the pages do not end")

    def _get(self, link: str, missing: dict[str, Any] | None = None) -> Any:
        answer = self.server.get(link)
        if answer.status == 404 and missing is not None:
            return missing  # the entity whose links are followed was deleted
        assert answer.status == 200, (link, answer)
        return answer.json()

    def check(self) -> None:
        """Make sure that what stayed as it was came once, and that nothing came twice that did not move."""
        for handle in self.moments[0]:
            places = {moment.get(handle) for moment in self.moments}
            if len(places) == 1:
                assert self.seen.count(handle) == 1, handle
        for handle in self.seen:
            places = {moment.get(handle) for moment in self.moments}
            assert places != {None}, f"{handle} never matched"
            assert self.seen.count(handle) == 1 or len(places) > 1, f"{handle} came twice"


@contextmanager
def serving(rows: list[Any]) -> Iterator[tuple[Lab, Server]]:
    """Fill a lab and serve it in tiny pages."""
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(folder)
        filled(lab, rows)
        labs = (LabInfo(key="breda", name="Breda"),)
        try:
            with Server(build_app(lab.sqlite, labs=labs, settings=TINY, title="Breda")) as server:
                yield lab, server
        finally:
            lab.sqlite.close()


@effort(60)
@given(rows=ROWS, query=queries(), between=BETWEEN, binding=st.sampled_from(BINDINGS))
def test_pages_give_what_stays_once(
    rows: list[Any], query: ast.Query, between: list[list[Write]], binding: Binding
) -> None:
    """Creates, updates of what is sorted by and of other things, deletions and sealing come between pages."""
    try:
        bound = bind(query, version=binding.version)
    except QueryError:
        return
    with serving(rows) as (lab, server):
        reading = Reading(lab, server, bound, between)
        reading.follow(address(query, binding))
        reading.check()


@effort(30)
@given(rows=ROWS, text=st.one_of(st.just("true"), FILTERS), orderby=ORDERS, between=BETWEEN)
def test_pages_of_expanded_links_give_what_stays_once(
    rows: list[Any], text: str, orderby: str, between: list[list[Write]]
) -> None:
    """The same from the first page inside an entity on."""
    options = {"$filter": text, "$orderby": orderby}
    try:
        bound = bind(parse_options("Observation", options))
    except QueryError:
        return
    bound = msgspec.structs.replace(bound, filter=ast.all_of(_OF_FIRST, bound.filter))
    inner = quote(";".join(f"{name}={value}" for name, value in options.items()), safe="")
    with serving(rows) as (lab, server):
        stream = lab.memory.read(ask("Datastream", filter="@key eq 'v/1/pm25'")).rows[0].handle
        assert stream == _FIRST
        reading = Reading(lab, server, bound, between)
        reading.follow_inner(f"{BASE}/sta/v1.1/Datastreams({stream})?$expand=Observations({inner})", "Observations")
        reading.check()
