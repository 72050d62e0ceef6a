"""Whatever the body of a request is, the answer is documented, and a request that is refused changed nothing."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssclab_data.access import NO_TOKENS, Access
from ssclab_data.endpoints.app import build_app
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.multi import VIEWS
from ssclab_data.settings import Settings
from ssclab_data.stores import maintenance
from ssclab_data.stores.base import Store
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore

from .bodies import Asked, batches, single
from .effort import effort
from .lab import batch
from .server import Answer, Server
from .sound import CODES, check
from .spying import watched


def served(store: Store) -> Server:
    """Serve a store that anybody on this machine may write to."""
    access = Access(tokens=NO_TOKENS, anonymous_writes=True)
    labs = (LabInfo(key="breda", name="Breda"),)
    return Server(build_app(store, labs=labs, settings=Settings(), title="Breda", access=access))


@pytest.fixture(scope="module")
def filled() -> bytes:
    """Give the bytes of a store of which a part is sealed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "breda.db"
        store = SQLiteStore.open(path, lab="breda")
        store.apply(batch())
        store.seal(5)
        store.close()
        return path.read_bytes()


@contextmanager
def opened(filled: bytes) -> Iterator[tuple[SQLiteStore, Server]]:
    """Open a copy of the store, and serve it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "breda.db"
        path.write_bytes(filled)
        store = SQLiteStore.open(path)
        try:
            with served(store) as server:
                yield store, server
        finally:
            store.close()


def exported(store: SQLiteStore) -> dict[str, list[Any]]:
    """Give all that is in the file, by table."""
    with closing(sqlite3.connect(store.path)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}


def send(server: Server, asked: Asked) -> Answer:
    """Send a generated request."""
    return server.send(asked.method, asked.target, body=asked.body, headers=asked.headers)


def kept(server: Server) -> bytes:
    """Read everything that clients can see."""
    answers = []
    for kind in VIEWS.values():
        answer = server.get(f"/sta/v1.1/{kind.plural}?$top=1000")
        check(answer)
        assert answer.status == 200, answer
        answers.append(answer.body)
    return b"\n".join(answers)


@effort(120)
@given(asked=single())
def test_any_body_has_a_documented_answer(filled: bytes, asked: Asked) -> None:
    """What is refused leaves every table as it was; what is taken can be read, and the store stays whole."""
    with watched(), opened(filled) as (store, server):
        before, sequence = exported(store), store.sequence
        answer = send(server, asked)
        check(answer)
        if answer.status >= 400:
            assert (store.sequence, exported(store)) == (sequence, before)
            return
        kept(server)
        assert list(maintenance.check(store)) == []
        if answer.status == 201 and "location" in answer.headers:
            assert server.get(answer.headers["location"]).status == 200


@effort(40)
@given(several=st.lists(single(), min_size=1, max_size=4))
def test_both_stores_take_and_refuse_the_same(filled: bytes, several: list[Asked]) -> None:
    """Statuses, codes and ids are those of the memory store, whose code is another one."""
    memory = MemoryStore("breda")
    memory.apply(batch())
    with opened(filled) as (_, server), served(memory) as other:
        for asked in several:
            one, two = send(server, asked), send(other, asked)
            assert outcome(one) == outcome(two), asked
        handles = [[row["@iot.id"] for row in msgspec.json.decode(line)["value"]] for line in kept(server).splitlines()]
        others = [[row["@iot.id"] for row in msgspec.json.decode(line)["value"]] for line in kept(other).splitlines()]
        assert handles == others


def outcome(answer: Answer) -> tuple[Any, ...]:
    """Say what became of a request, without times that are those of the clock."""
    code = answer.json()["code"] if answer.status >= 400 else ""
    return answer.status, code, answer.headers.get("location"), answer.headers.get("receipt")


@effort(40)
@given(asked=batches())
def test_any_batch_has_a_documented_answer(filled: bytes, asked: Asked) -> None:
    """Each answer in it is documented too, and the store stays whole."""
    with watched(), opened(filled) as (store, server):
        before, sequence = exported(store), store.sequence
        answer = send(server, asked)
        check(answer)
        assert b"HTTP/1.1 500" not in answer.body, answer
        if answer.status >= 400:
            assert (store.sequence, exported(store)) == (sequence, before)
            return
        kept(server)
        assert list(maintenance.check(store)) == []
        if answer.headers["content-type"] == "application/json":
            for one in answer.json()["responses"]:
                assert one["status"] < 400 or one["status"] in CODES[one["body"]["code"]], one
