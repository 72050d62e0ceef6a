"""Answers that are kept: never an old one, never more than the room there is."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from ssclab_data.endpoints.answers import Answer, Answers
from ssclab_data.endpoints.app import build_app
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.sensorthings import Thing
from ssclab_data.query.ast import BoundQuery
from ssclab_data.settings import Settings
from ssclab_data.stores.base import Batch, Page
from ssclab_data.stores.memory import MemoryStore

THINGS = "/sta/v1.1/Things"


class Watched(MemoryStore):
    """A store that counts its reads of Things."""

    def __init__(self, lab: str) -> None:
        super().__init__(lab)
        self.reads = 0

    def read(self, query: BoundQuery) -> Page:
        self.reads += query.entity_type == "Thing"
        return super().read(query)


@pytest.fixture
def store() -> Watched:
    store = Watched("breda")
    store.apply(Batch(entities=(Thing(key="v/1", name="A", description=""),)))
    return store


def client_of(store: Watched, room: int = 1_000_000) -> TestClient:
    settings = Settings(answer_bytes=room)
    return TestClient(build_app(store, labs=(LabInfo(key="breda", name="Breda"),), settings=settings, title="Breda"))


def test_the_same_request_reads_once_until_something_is_written(store: Watched) -> None:
    client = client_of(store)
    first, again = client.get(THINGS), client.get(THINGS)
    assert (first.content, dict(first.headers), store.reads) == (again.content, dict(again.headers), 1)
    store.apply(Batch(entities=(Thing(key="v/1", name="B"),)))
    assert client.get(THINGS).json()["value"][0]["name"] == "B"
    assert store.reads == 2


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (f"{THINGS}?$top=1", {}),
        ("/sta/v1.0/Things", {}),
        (THINGS, {"host": "other.example"}),
        (THINGS, {"accept": "text/html"}),
    ],
)
def test_another_request_is_another_answer(store: Watched, path: str, headers: dict[str, str]) -> None:
    client = client_of(store)
    client.get(THINGS)
    client.get(path, headers=headers)
    assert store.reads == 2


def test_a_kept_answer_is_revalidated_stripped_and_packed_as_a_new_one(store: Watched) -> None:
    client = client_of(store)
    first = client.get(THINGS)
    known = client.get(THINGS, headers={"if-none-match": first.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    head = client.head(THINGS)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", first.headers["etag"])
    entity = client.get(f"{THINGS}(1)").headers["etag"]
    assert client.get(f"{THINGS}(1)", headers={"if-none-match": entity}).status_code == 304
    assert store.reads == 2


@pytest.mark.parametrize("path", [f"{THINGS}(9)", f"{THINGS}?$filter=x", "/health"])
def test_errors_and_what_must_not_be_stored_are_not_kept(
    store: Watched, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[str] = []
    monkeypatch.setattr(Answers, "keep", lambda _self, tag, _answer: kept.append(tag))
    client_of(store).get(path)
    assert kept == []


def sized(size: int) -> Answer:
    return Answer([], bytes(size))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda answers: None, "abc"),
        (lambda answers: answers.get("a"), "ac"),
        (lambda answers: answers.keep("a", sized(10)), "ac"),
    ],
)
def test_what_was_not_asked_for_the_longest_goes_first(change: Callable[[Answers], None], expected: str) -> None:
    answers = Answers(10_000)
    for name in "abc":
        answers.keep(name, sized(1_500))
    change(answers)
    if expected != "abc":
        answers.keep("d", sized(3_500))
    assert "".join(name for name in "abc" if answers.get(name)) == expected


def test_an_answer_that_would_push_out_most_others_is_not_kept(store: Watched) -> None:
    client = client_of(store, room=5_000)
    client.get(THINGS)
    client.get(THINGS)
    assert store.reads == 2
