"""Whatever the address of a request is, the answer is documented, and no value of it is part of a statement."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given

from ssclab_data.endpoints.app import build_app
from ssclab_data.model.lab import LabInfo
from ssclab_data.settings import Settings
from ssclab_data.stores.scanning import Budget
from ssclab_data.stores.sqlite import SQLiteStore

from .effort import effort
from .lab import batch
from .queries import MARKER
from .server import Server
from .sound import check
from .spying import Seen, watched
from .urls import TARGETS

BUDGET = Budget(seconds=1.0, rows=1_000)


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    with watched() as seen:
        yield seen


@pytest.fixture(scope="module")
def server(seen: Seen) -> Iterator[Server]:
    """Serve a small lab, half of it sealed, that may not compute for long."""
    with tempfile.TemporaryDirectory() as folder:
        store = SQLiteStore.open(Path(folder) / "breda.db", lab="breda", budget=BUDGET)
        store.apply(batch())
        store.seal(3)
        app = build_app(store, labs=(LabInfo(key="breda", name="Breda"),), settings=Settings(), title="Breda")
        with Server(app) as server:
            yield server
        store.close()


@effort(500)
@given(target=TARGETS)
def test_any_address_has_a_documented_answer(server: Server, target: bytes) -> None:
    """From the grammar, spoiled, nested too deep, too long, or no address at all."""
    if target.startswith(b"/sta/"):
        check(server.get(target))


def test_values_went_to_the_store_as_parameters(server: Server, seen: Seen) -> None:
    """The watch looks where values go."""
    before = seen.bound
    for option in (f"$filter=name eq '{MARKER}'", f"$filter=properties/{MARKER} eq 1", f"$orderby=properties/{MARKER}"):
        check(server.get(f"/sta/v1.1/Things?{option}"))
    assert seen.bound >= before + 3
