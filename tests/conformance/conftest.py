"""Serve an empty lab, and a filled one, in both versions."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ssclab_data.access import NO_TOKENS, Access
from ssclab_data.endpoints.app import build_app
from ssclab_data.model.lab import LabInfo
from ssclab_data.settings import Settings
from ssclab_data.stores.sqlite import SQLiteStore

from .service import Service
from .world import fill

VERSIONS = ("1.0", "1.1")
PAGE_SIZE = 7
MAX_PAGE_SIZE = 9


@pytest.fixture(params=VERSIONS, scope="session")
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def service(version: str, tmp_path: Path) -> Iterator[Service]:
    """An empty lab."""
    with _served(tmp_path, version) as service:
        yield service


@pytest.fixture(scope="session")
def filled(version: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The lab of `world`, to be read only."""
    with _served(tmp_path_factory.mktemp("filled"), version) as service:
        fill(service)
        yield service


@contextmanager
def _served(folder: Path, version: str) -> Iterator[Service]:
    settings = Settings(page_size=PAGE_SIZE, max_page_size=MAX_PAGE_SIZE)
    with closing(SQLiteStore.open(folder / "breda.db", lab="breda")) as store:
        labs = [LabInfo(key="breda", name="Breda")]
        access = Access(tokens=NO_TOKENS, anonymous_writes=True)
        app = build_app(store, labs=labs, settings=settings, title="Breda", access=access)
        with TestClient(app, base_url="http://testserver") as client:
            yield Service(client=client, version=version, root=f"http://testserver/sta/v{version}")
