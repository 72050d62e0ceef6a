"""Whatever is written, sealed, deleted and asked in whatever order, SQLite answers as memory does."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ssclab_data.errors import ConflictError, QueryError
from ssclab_data.model.sensorthings import Datastream
from ssclab_data.stores import recording, scanning, sealing
from ssclab_data.stores.base import Batch
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.shape import POLICY, DuplicatePolicy
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import all_pages, ask, example_entities

from .generated import FILTERS, ORDERS, ROWS, TIMES, plain, same, series

STREAMS = ("v/1/pm25", "v/1/noise", "v/2/pm25", "v/2/noise")
FEATURES = st.sampled_from(["v/1", "v/2", ""])


class SmallChunks:
    """Make chunks and hot tables so small that few rows need many of them."""

    def __init__(self) -> None:
        self.stack = ExitStack()
        for module, name, value in (
            (sealing, "CHUNK_ROWS", 3),
            (recording, "SEAL_ROWS", 4),
            (recording, "HOT_ROWS", 9),
            (scanning, "_HOT_BLOCK", 4),
        ):
            self.stack.enter_context(mock.patch.object(module, name, value))


class Stores(RuleBasedStateMachine):
    """One memory store and one SQLite store that are told the same."""

    def __init__(self) -> None:
        super().__init__()
        self.small = SmallChunks()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "breda.db"
        self.memory = MemoryStore("breda")
        self.sqlite = SQLiteStore.open(self.path, lab="breda")

    @initialize(policies=st.lists(st.sampled_from(DuplicatePolicy), min_size=4, max_size=4))
    def describe(self, policies: list[DuplicatePolicy]) -> None:
        """Give each Datastream a policy."""
        named = dict(zip(STREAMS, policies, strict=True))
        entities = [
            msgspec.structs.replace(entity, properties={POLICY: named[str(entity.key)]})
            if isinstance(entity, Datastream)
            else entity
            for entity in example_entities()
        ]
        self.both(Batch(entities=tuple(entities)))

    def both(self, batch: Batch) -> None:
        """Write to both."""
        one, other = self.memory.apply(batch), self.sqlite.apply(batch)
        assert one.sequence == other.sequence
        assert (one.created, one.updated, one.unchanged) == (other.created, other.updated, other.unchanged)
        assert (one.ignored, one.rejected) == (other.ignored, other.rejected)

    @rule(rows=ROWS, stream=st.sampled_from(STREAMS), feature=FEATURES)
    def record(self, rows: list[Any], stream: str, feature: str) -> None:
        """Write rows, and be told what became of each."""
        written = series(stream, rows, feature=feature)
        one, other = (store.transact(lambda work: work.record(written)) for store in (self.memory, self.sqlite))
        assert (list(one.handles), list(one.fates)) == (list(other.handles), list(other.fates))

    @rule(first=ROWS, second=ROWS, stream=st.sampled_from(STREAMS), feature=FEATURES)
    def write(self, first: list[Any], second: list[Any], stream: str, feature: str) -> None:
        """Write rows in any order, late, double and corrected."""
        self.both(Batch(series=(series(stream, first, feature=feature), series("v/2/pm25", second))))

    @rule(stream=st.sampled_from(STREAMS), start=st.integers(0, 40), count=st.integers(5, 14))
    def append(self, stream: str, start: int, count: int) -> None:
        """Write many rows in order, as a load does."""
        rows = [(start + n, None, float(n), n, None, None) for n in range(count)]
        self.both(Batch(series=(series(stream, rows),)))

    @rule(place=st.integers(0, 30), rows=ROWS, feature=FEATURES)
    def revise(self, place: int, rows: list[Any], feature: str) -> None:
        """Change what one Observation says, and when."""
        query = ask("Observation", orderby="@iot.id", skip=str(place), top="1", expand="Datastream")
        found = self.memory.read(query).rows
        if not found or not rows:
            return
        (stream,) = found[0].at("Datastream")
        revised = series(str(stream.entity.key), rows[:1], feature=feature)
        errors: list[int | None] = []
        for store in (self.memory, self.sqlite):
            try:
                store.transact(lambda work: work.revise(int(found[0].handle), revised))
                errors.append(None)
            except ConflictError as error:
                errors.append(error.handle)
        assert errors[0] == errors[1]

    @rule(text=FILTERS)
    def delete(self, text: str) -> None:
        """Delete what a filter finds."""
        query = asked(text, "@iot.id")
        if query is not None:
            assert self.memory.delete(query) == self.sqlite.delete(query)

    @rule(stream=st.sampled_from(STREAMS))
    def delete_stream(self, stream: str) -> None:
        """Delete a Datastream, and describe it again."""
        query = ask("Datastream", filter=f"@key eq '{stream}'")
        assert self.memory.delete(query) == self.sqlite.delete(query)
        entities = tuple(entity for entity in example_entities() if entity.key == stream)
        self.both(Batch(entities=tuple(entity for entity in entities if isinstance(entity, Datastream))))

    @rule(place=st.sampled_from(["v/1", "v/2"]))
    def delete_feature(self, place: str) -> None:
        """Delete a FeatureOfInterest with its Observations, and describe it again."""
        query = ask("FeatureOfInterest", filter=f"@key eq '{place}'")
        assert self.memory.delete(query) == self.sqlite.delete(query)
        self.both(Batch(defaults=tuple(entity for entity in example_entities() if entity.key == place)))

    @rule(stream=st.sampled_from(STREAMS), policy=st.sampled_from(DuplicatePolicy))
    def change_policy(self, stream: str, policy: DuplicatePolicy) -> None:
        """Let a Datastream do otherwise from now on."""
        self.both(Batch(entities=(Datastream(key=stream, properties={POLICY: policy}),)))

    @rule(least=st.integers(0, 3))
    def seal(self, least: int) -> None:
        """Move hot rows into chunks."""
        self.sqlite.seal(least)

    @rule()
    def compact(self) -> None:
        """Write chunks again."""
        self.sqlite.compact()

    @rule()
    def reopen(self) -> None:
        """Let another process go on."""
        self.sqlite.close()
        self.sqlite = SQLiteStore.open(self.path)

    @rule(text=FILTERS, orderby=ORDERS, size=st.integers(1, 5), skip=st.integers(0, 3))
    def ask(self, text: str, orderby: str, size: int, skip: int) -> None:
        """Ask for everything, page by page, and with rows passed over."""
        query = asked(text, orderby)
        if query is None:
            return
        same(self.memory, self.sqlite, query)
        pages = [[plain(row) for row in all_pages(store, query, size)] for store in (self.memory, self.sqlite)]
        assert pages[0] == pages[1] == plain(self.memory.read(query))[0]
        same(self.memory, self.sqlite, msgspec.structs.replace(query, top=size, skip=skip))

    @rule(
        stream=st.integers(1, 4),
        bounds=st.lists(st.tuples(st.sampled_from(["ge", "gt", "le", "lt"]), TIMES), max_size=2),
        orderby=st.sampled_from(["phenomenonTime", "phenomenonTime desc", "@iot.id"]),
        size=st.integers(1, 8),
    )
    def ask_run(self, stream: int, bounds: list[tuple[str, str]], orderby: str, size: int) -> None:
        """Ask for one Datastream in order, as charts and downloads do."""
        parts = [f"Datastream/@iot.id eq {stream}", *(f"phenomenonTime {op} {time}" for op, time in bounds)]
        query = ask("Observation", filter=" and ".join(parts), orderby=orderby)
        pages = [[plain(row) for row in all_pages(store, query, size)] for store in (self.memory, self.sqlite)]
        assert pages[0] == pages[1] == plain(self.memory.read(query))[0]

    @rule(orderby=ORDERS, size=st.integers(1, 3), text=FILTERS)
    def expand(self, orderby: str, size: int, text: str) -> None:
        """Expand to and from Observations."""
        if asked(text, orderby) is None:
            return
        inner = f"Observations($count=true;$filter={text};$orderby={orderby};$top={size};$expand="
        same(self.memory, self.sqlite, ask("Datastream", expand=f"{inner}FeatureOfInterest)"))
        same(self.memory, self.sqlite, ask("FeatureOfInterest", expand=f"{inner}Datastream)"))
        same(self.memory, self.sqlite, ask("Thing", filter=f"Datastreams/Observations/any(o: {prefixed(text)})"))

    @invariant()
    def counters_hold(self) -> None:
        """Counters, times, areas and the newest Observations are those of memory."""
        newest = "Observations($top=1;$count=true;$orderby=phenomenonTime desc)"
        same(self.memory, self.sqlite, ask("Datastream", expand=newest))
        same(self.memory, self.sqlite, ask("FeatureOfInterest", filter="Observations/any()"))
        assert self.memory.count(ask("Observation")) == self.sqlite.count(ask("Observation"))

    def teardown(self) -> None:
        """Let go."""
        self.sqlite.close()
        self.folder.cleanup()
        self.small.stack.close()


def asked(text: str, orderby: str) -> Any:
    """Ask for Observations; None where a generated filter is none."""
    try:
        return ask("Observation", filter=text, orderby=orderby, count="true", expand="Datastream,FeatureOfInterest")
    except QueryError:
        return None


def prefixed(text: str) -> str:
    """Give a condition that needs no lambda variable."""
    return "o/result gt 1" if "o:" in text else "o/result lt 1"


TestStores = Stores.TestCase
TestStores.settings = settings(max_examples=50, stateful_step_count=25)
