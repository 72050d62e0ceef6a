"""The commands on a store, as they are typed; and a server of several processes beside a writer."""

import asyncio
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from anyio.to_thread import current_default_thread_limiter
from typer.testing import CliRunner

from ssclab_data.cli.app import build
from ssclab_data.cli.nodes import free_ports
from ssclab_data.endpoints.upkeep import Sealer, lifespan
from ssclab_data.errors import StoreBusyError, StoreError
from ssclab_data.model.series import Series
from ssclab_data.stores.base import Batch
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import START, ask, example_batch, example_entities


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "breda.db"
    store = SQLiteStore.open(file, lab="breda")
    store.apply(example_batch())
    store.close()
    return file


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(build(), ["store", *words])
    return result.exit_code, result.output


def test_each_command_says_what_it_did(path: Path, tmp_path: Path) -> None:
    assert "11: 0 in 0 chunks, 11 hot" in run("info", str(path))[1]
    assert run("seal", str(path)) == (0, "11 Observations moved into chunks\n")
    assert run("check", str(path)) == (0, "all is well\n")
    assert run("compact", str(path))[0] == 0
    copy = tmp_path / "copy.db"
    assert re.fullmatch(r".*copy\.db: [\d,]+ bytes\n", run("backup", str(path), str(copy))[1])
    assert run("check", str(copy)) == (0, "all is well\n")


def test_damage_gives_exit_code_1(path: Path) -> None:
    store = SQLiteStore.open(path)
    store.seal(1)
    store._connection().execute("UPDATE chunk SET start_blob = x'00'")
    store.close()
    code, text = run("check", str(path))
    assert code == 1
    assert "Datastream 'v/1/pm25'" in text
    assert "problems" in text


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(build(), ["store", "info", str(tmp_path / "none.db")])
    assert "does not exist" in str(result.exception)


class Failing:
    """A store whose sealing fails in known ways, then works."""

    def __init__(self) -> None:
        self.calls = 0

    def seal(self, least: int = 1) -> int:
        self.calls += 1
        if self.calls == 1:
            raise StoreBusyError("busy")
        if self.calls == 2:
            raise StoreError("disk is full")
        return least


def test_the_sealer_goes_on_after_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    store = Failing()
    sealer = Sealer(store, every_seconds=0.001)
    sealer.start()
    deadline = time.monotonic() + 30
    while store.calls < 4 and time.monotonic() < deadline:
        time.sleep(0.001)
    sealer.stop()
    assert store.calls >= 4
    assert [record.message for record in caplog.records] == ["sealing failed; it is tried again"]


def test_an_application_on_a_file_takes_few_threads_and_seals(path: Path) -> None:
    store = SQLiteStore.open(path)
    asyncio.run(run_for_a_moment(store))
    assert store.count(ask("Observation")) == 11
    store.close()


async def run_for_a_moment(store: SQLiteStore) -> None:
    others = sealers()
    async with lifespan(store, threads=3)(None):
        assert current_default_thread_limiter().total_tokens == 3
        assert len(sealers() - others) == 1
    assert sealers() <= others


def sealers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "ssclab-sealer"}


def test_workers_answer_while_another_process_writes(path: Path) -> None:
    """Two processes serve one file, a third writes to it, and what was written is answered at once."""
    (port,) = free_ports(1)
    words = [sys.executable, "-m", "ssclab_data", "serve", str(path), "--port", str(port), "--workers", "2"]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    writer = SQLiteStore.open(path)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
            wait_until_served(client)
            for number in range(20):
                rows = range(100 * number, 100 * (number + 1))
                writer.apply(
                    Batch(
                        entities=example_entities(),
                        series=(
                            Series(
                                datastream="v/1/noise",
                                start=tuple(START + row for row in rows),
                                result=tuple(float(row) for row in rows),
                            ),
                        ),
                    )
                )
                for _ in range(2):
                    answer = client.get("/sta/v1.1/Datastreams(2)/Observations/$count")
                    assert answer.text == str(100 * (number + 1))
        assert writer.count(ask("Observation", filter="Datastream/@iot.id eq 2")) == 2_000
    finally:
        writer.close()
        server.terminate()
        server.wait(30)


def wait_until_served(client: httpx.Client) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            client.get("/health").raise_for_status()
        except httpx.HTTPError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return
