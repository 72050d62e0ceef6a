"""Publish a street and serve it, once for all tests that only look."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ssclab_data import Lab

from .street import publish, street


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """The folder of `street.street`, not published yet."""
    return street(tmp_path / "helmond")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a street that was published."""
    folder = street(tmp_path_factory.mktemp("street") / "helmond")
    publish(folder)
    return folder


@pytest.fixture(scope="module")
def client(published: Path) -> Iterator[TestClient]:
    """What serves it to the public."""
    with Lab.open_served(published) as lab, TestClient(lab.asgi(base_url="https://helmond.example")) as client:
        yield client
