"""Any mixture of failures, repeats and kills ends with the same store as one clean run."""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ssclab_data import Lab
from ssclab_data.feeds.state import FeedState, Part, StateFile
from ssclab_data.feeds.status import Condition
from ssclab_data.ingest import IngestOptions, ingest_payload
from ssclab_data.model.values import Instant
from ssclab_data.sources.mapping import load_file
from ssclab_data.stores.base import Transaction
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.web.client import in_process

from .conftest import NOON, FedLab, payload, triples

HOUR = 3_600_000_000
UNITS = ("1", "2")
FEED: dict[str, Any] = {
    "url": "http://10.0.0.1/{unit}?from={since}&to={until}",
    "each": {"unit": list(UNITS)},
    "overlap": "PT6H",
    "window": {"first": str(NOON)},
    "pages": {"next": "next", "parameter": "page"},
    "rate": 1000,
    "attempts": 2,
}


class KilledError(BaseException):
    """The process is gone: nothing that follows is done."""


class Publisher:
    """A service of two units with a row an hour, some of them up to three hours late, in pages.

    Args:
        late: hours that the row of each hour comes late.
        page: how many rows a page has.
    """

    def __init__(self, late: list[int], page: int) -> None:
        self.late = late
        self.page = page
        self.faults: list[str] = []
        self.hour = 0

    def rows(self, unit: str) -> list[tuple[str, str, float]]:
        """Give what is published by now, the newest first."""
        due = [hour for hour in range(self.hour + 1) if hour + self.late[hour % len(self.late)] <= self.hour]
        return [(unit, str(Instant(NOON.us + hour * HOUR)), hour + int(unit) / 8) for hour in reversed(due)]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        low, high, page = query["from"], query["to"], int(query.get("page", 1))
        found = [row for row in self.rows(scope["path"][1:]) if low <= row[1] <= high]
        part = found[(page - 1) * self.page : page * self.page]
        body = payload(*part, next=page + 1 if len(found) > page * self.page else None)
        fault = self.faults.pop(0) if self.faults else "good"
        body = {"cut": body[: len(body) // 2], "null": b"null"}.get(fault, body)
        status = {"busy": 503, "gone": 410, "full": 429}.get(fault, 200)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})


class Fuse:
    """Kill the process at its n-th write: of the store, before or after it commits, or of the state of the feeds."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.dead = False

    def burn(self) -> None:
        if self.left is not None:
            self.left -= 1
            self.dead = self.dead or self.left < 0
        if self.dead:
            raise KilledError


class FusedStore(MemoryStore):
    def __init__(self, lab: str, fuse: Fuse) -> None:
        super().__init__(lab)
        self.fuse = fuse

    def transact[T](self, work: Callable[[Transaction], T]) -> T:
        self.fuse.burn()
        done = super().transact(work)
        self.fuse.burn()
        return done


steps = st.tuples(
    st.sampled_from([0, 1, 3, 12]),  # hours that go by: also more than the overlap
    st.lists(st.sampled_from(["good", "busy", "cut", "null", "gone", "full"]), max_size=6),
    st.one_of(st.none(), st.integers(0, 12)),  # the write at which the process is killed
)


@settings(max_examples=25)
@example(late=[0], plan=[(12, [], 1)], page=100)  # shows a watermark that moves before the store commits
@given(
    late=st.lists(st.integers(0, 3), min_size=1, max_size=5),
    plan=st.lists(steps, min_size=1, max_size=5),
    page=st.sampled_from([8, 100]),
)
def test_whatever_happens_the_store_is_that_of_one_clean_run(
    late: list[int], plan: list[tuple[int, list[str], int | None]], page: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        fuse = Fuse()
        lab = FedLab(Path(name), FusedStore("breda", fuse))
        publisher = Publisher(late, page)
        place = msgspec.structs.replace(lab.place, transport=lambda rules: in_process(publisher))
        for hours, faults, kill in [*plan, (3, [], None), (0, [], None), (0, [], None)]:
            publisher.hour += hours
            publisher.faults = list(faults)
            lab.clock.seconds = max(lab.clock.seconds, publisher.hour * 3600.0)
            fuse.left, fuse.dead = kill, False
            run_until_killed(lab, place, fuse)
        fuse.left, fuse.dead = None, False
        status = lab.run({"name": "only", **FEED}, place=place)["only"]
        assert (status.state, status.last.stored) == (Condition.OK, 0)
        assert triples(lab.store) == triples(clean(lab, publisher))


def run_until_killed(lab: FedLab, place: Any, fuse: Fuse) -> None:
    put_part, put_feed = StateFile.put_part, StateFile.put_feed

    def fused_part(own: StateFile, feed: str, name: str, state: Part) -> None:
        fuse.burn()
        put_part(own, feed, name, state)

    def fused_feed(own: StateFile, name: str, state: FeedState) -> None:
        fuse.burn()
        put_feed(own, name, state)

    with pytest.MonkeyPatch.context() as patch, suppress(KilledError):
        patch.setattr(StateFile, "put_part", fused_part)
        patch.setattr(StateFile, "put_feed", fused_feed)
        lab.run({"name": "only", **FEED}, place=place)


def clean(lab: FedLab, publisher: Publisher) -> MemoryStore:
    """Store all that was published, once."""
    store = MemoryStore("breda")
    source = load_file(lab.folder / "toy.yaml")
    for unit in UNITS:
        if publisher.rows(unit):
            ingest_payload(store, source, payload(*publisher.rows(unit)), options=IngestOptions())
    return store


KILLED = """
import os, sys
from pathlib import Path
from ssclab_data import Lab
from ssclab_data.feeds.state import StateFile
put = StateFile.put_part
def die(own, feed, name, state):
    if name == "2.csv" and "{when}" == "before":
        os._exit(9)
    put(own, feed, name, state)
    if name == "2.csv":
        os._exit(9)
StateFile.put_part = die
with Lab.open(Path("{folder}")) as lab:
    lab.run_feeds()
"""


def test_a_process_that_is_killed_between_store_and_watermark_only_repeats(tmp_path: Path) -> None:
    """With a store on disk: killed before and after the file is noted, then run to the end."""
    stores = {}
    for when in ("before", "after", "never"):
        folder = tmp_path / when
        FedLab(folder_of(folder))
        for number in (1, 2, 3):
            (folder / "in" / f"{number}.csv").write_text(f"id;time;pm25\na;2026-06-01T0{number}:00:00Z;1\n")
        if when != "never":
            script = KILLED.format(folder=folder, when=when)
            assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
        with Lab.open(folder) as opened:
            (status,) = opened.run_feeds()
            assert status.state is Condition.OK
            assert status.last.unchanged == (1 if when == "before" else 0)
            stores[when] = triples(opened.store)
    assert stores["before"] == stores["after"] == stores["never"]


def folder_of(folder: Path) -> Path:
    (folder / "in").mkdir(parents=True)
    (folder / "lab.yaml").write_text("key: breda\nname: Breda\n")
    (folder / "feeds.yaml").write_text(
        "feeds:\n  - {name: only, source: toy.yaml, folder: in, pattern: '*.csv', settle: PT0S}\n"
    )
    return folder
