"""Whatever one lab does, the hub answers in time, with the rows of the others, and says who is missing and why."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from ssclab_data.errors import FederationError, NotFoundError, SettingsError, StoreError, UnsupportedError
from ssclab_data.federation import FederatedStore, Peer
from ssclab_data.model.lab import LabInfo
from ssclab_data.query import ast
from ssclab_data.query.bind import bind
from ssclab_data.stores.base import AnswerStatus, Batch, Page

DEADLINE = 0.4
GRACE = 0.05
BY_NAME = (ast.OrderBy(ast.Path(("name",))),)
THINGS = bind(ast.Query(entity_type="Thing", orderby=BY_NAME, top=10))


def things(*rows: tuple[int, str], **members: Any) -> dict[str, Any]:
    return {**members, "value": [{"@iot.id": number, "name": name, "description": ""} for number, name in rows]}


@pytest.fixture
def hub(peer_of: Callable[..., Peer]) -> Any:
    """Open a hub over labs given as applications or peers; all are closed after the test."""
    opened: list[FederatedStore] = []

    def open_hub(**labs: Any) -> FederatedStore:
        peers = [lab if isinstance(lab, Peer) else peer_of(key, lab) for key, lab in labs.items()]
        opened.append(FederatedStore(peers, key="nl", deadline_seconds=DEADLINE))
        return opened[-1]

    yield open_hub
    for store in opened:
        store.close()


def told(page: Page) -> dict[str, str]:
    return {answer.lab: str(answer.status) for answer in page.answers}


def names(page: Page) -> list[tuple[object, object]]:
    return [(row.handle, getattr(row.entity, "name", None)) for row in page.rows]


def test_rows_of_all_labs_come_in_one_order(hub: Any, canned: Callable[..., Any]) -> None:
    store = hub(
        breda=canned(things((1, "a"), (2, "c"))),
        zoetermeer=canned(things((7, "a"), (1, "b"))),
        helmond=canned(things()),
    )
    page = store.read(THINGS)
    assert names(page) == [("breda~1", "a"), ("zoetermeer~7", "a"), ("zoetermeer~1", "b"), ("breda~2", "c")]
    assert page.complete
    assert not page.more
    assert {answer.lab: answer.rows for answer in page.answers} == {"breda": 2, "helmond": 0, "zoetermeer": 2}
    assert page.rows[0].order == ("a", "breda~1")


@pytest.mark.parametrize("silence", ["accept", "head", "trickle"])
def test_a_lab_that_never_ends_its_answer_is_cut_off_at_the_deadline(
    hub: Any, canned: Callable[..., Any], raw_server: Callable[..., Any], silence: str
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if silence != "accept":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        for _ in range(100_000):
            if silence == "trickle":
                writer.write(b" ")
                await writer.drain()
            await asyncio.sleep(0.01)
            if reader.at_eof():
                return

    server = raw_server(serve)
    store = hub(breda=canned(things((1, "a"))), slow=Peer(LabInfo(key="slow", name="Slow"), server.url))
    started = time.monotonic()
    page = store.read(THINGS)
    assert time.monotonic() - started < DEADLINE + GRACE
    assert names(page) == [("breda~1", "a")]
    assert told(page) == {"breda": "ok", "slow": "timeout"}
    assert page.missing[0].reason == "no whole answer within 0.4 s"
    assert page.missing[0].elapsed_ms >= DEADLINE * 1000
    assert server.closed.wait(1), "the connection to the lab that was too late is still open"


def test_an_application_that_blocks_its_thread_does_not_hold_up_the_hub(hub: Any, canned: Callable[..., Any]) -> None:
    release = threading.Event()

    async def blocking(scope: Any, receive: Any, send: Any) -> None:
        try:
            await asyncio.shield(asyncio.to_thread(release.wait, 5))
        except asyncio.CancelledError:
            await asyncio.to_thread(release.wait, 5)
            raise

    store = hub(breda=canned(things((1, "a"))), stuck=blocking)
    started = time.monotonic()
    page = store.read(THINGS)
    elapsed = time.monotonic() - started
    release.set()
    assert elapsed < DEADLINE + GRACE
    assert told(page) == {"breda": "ok", "stuck": "timeout"}


def _bad_answers() -> list[tuple[str, Any, str, str]]:
    return [
        ("page", ("<html></html>", {"content_type": "text/html"}), "invalid", "web page"),
        ("broken", ('{"value": [{"@iot.id": 1', {}), "invalid", "broken JSON"),
        ("refusal", ('{"detail": "no"}', {"status": 500}), "error", "HTTP 500: no"),
        ("no list", ('{"things": []}', {}), "invalid", "no list `value`"),
        ("not entities", ('{"value": [1]}', {}), "invalid", "no JSON object"),
        ("no id", ('{"value": [{"name": "x"}]}', {}), "invalid", "without @iot.id"),
        ("wrong type", ('{"value": [{"@iot.id": 1, "name": 5}]}', {}), "invalid", "Thing name"),
        ("wrong order", (json.dumps(things((1, "b"), (2, "a"))), {}), "invalid", "out of order at bad~2"),
        ("same row twice", (json.dumps(things((1, "a"), (1, "a"))), {}), "invalid", "out of order at bad~1"),
        ("ids backwards", (json.dumps(things((2, "a"), (1, "a"))), {}), "invalid", "out of order"),
        (
            "other host",
            (json.dumps(things((1, "a"), **{"@iot.nextLink": "http://evil.example/"})), {}),
            "invalid",
            "another host",
        ),
        ("no link", (json.dumps(things((1, "a"), **{"@iot.nextLink": 5})), {}), "invalid", "is no text"),
        ("circle", (json.dumps(things(**{"@iot.nextLink": "Things?$skip=1"})), {}), "invalid", "circle"),
    ]


@pytest.mark.parametrize(("case", "given", "status", "words"), _bad_answers(), ids=lambda value: str(value)[:20])
def test_a_lab_that_answers_wrongly_is_named_and_gives_no_row(
    hub: Any,
    canned: Callable[..., Any],
    answering: Callable[..., Any],
    *,
    case: str,
    given: Any,
    status: str,
    words: str,
) -> None:
    body, options = given
    page = hub(bad=answering(body, **options), breda=canned(things((1, "a")))).read(THINGS)
    assert names(page) == [("breda~1", "a")], case
    assert told(page) == {"bad": status, "breda": "ok"}
    assert words in page.missing[0].reason


def test_a_killed_lab_is_named(hub: Any, canned: Callable[..., Any], raw_server: Callable[..., Any]) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        return None

    server = raw_server(serve)
    server.stop()
    page = hub(breda=canned(things((1, "a"))), dead=Peer(LabInfo(key="dead", name="Dead"), server.url)).read(THINGS)
    assert told(page) == {"breda": "ok", "dead": "error"}
    assert "no connection" in page.missing[0].reason


def test_with_all_labs_down_there_is_an_error_that_names_them(hub: Any, answering: Callable[..., Any]) -> None:
    store = hub(breda=answering("", status=500), helmond=answering("<html>"))
    with pytest.raises(FederationError) as caught:
        store.read(THINGS)
    assert [lab for lab, _ in caught.value.missing] == ["breda", "helmond"]
    assert "breda: HTTP 500" in str(caught.value)


def test_a_lab_that_fails_halfway_gives_nothing(
    hub: Any, canned: Callable[..., Any], answering: Callable[..., Any]
) -> None:
    first = things((1, "a"), **{"@iot.nextLink": "Things?$skip=1"})
    page = hub(bad=canned(first, {"value": "?"}), breda=canned(things((1, "b")))).read(THINGS)
    assert names(page) == [("breda~1", "b")]
    assert told(page) == {"bad": "invalid", "breda": "ok"}


def test_next_links_are_followed_until_there_is_enough(hub: Any, canned: Callable[..., Any]) -> None:
    pages = [things((number, "a"), **{"@iot.nextLink": f"Things?$skip={number}"}) for number in range(1, 6)]
    lab = canned(*pages)
    page = hub(breda=lab).read(msgspec.structs.replace(THINGS, top=2))
    assert [handle for handle, _ in names(page)] == ["breda~1", "breda~2"]
    assert page.more
    assert len(lab.asked) == 3, "one row more than the page tells whether there is more"


def test_counts_are_exact_or_absent(hub: Any, canned: Callable[..., Any], answering: Callable[..., Any]) -> None:
    counting = msgspec.structs.replace(THINGS, count=True)
    two, three = things((1, "a"), **{"@iot.count": 2}), things((1, "b"), **{"@iot.count": 3})
    assert hub(breda=canned(two), helmond=canned(three)).read(counting).count == 5
    assert hub(breda=canned(two), helmond=answering("", status=500)).read(counting).count is None
    assert hub(breda=canned(two), helmond=canned(things((1, "b")))).read(counting).count is None
    assert hub(breda=canned(two), helmond=canned(three)).count(THINGS) == 5


@pytest.mark.parametrize(
    ("document", "words"), [({"value": "?"}, "no exact count"), ({"value": [], "@iot.count": "3"}, "not a number")]
)
def test_a_count_names_who_is_missing(
    hub: Any, canned: Callable[..., Any], document: dict[str, Any], words: str
) -> None:
    store = hub(breda=canned({"value": [], "@iot.count": 2}), helmond=canned(document))
    with pytest.raises(FederationError, match=words) as caught:
        store.count(THINGS)
    assert [lab for lab, _ in caught.value.missing] == ["helmond"]


def test_a_hub_behind_a_hub_passes_on_who_is_missing(hub: Any, canned: Callable[..., Any]) -> None:
    sources = [
        {"id": "breda", "status": "ok", "rows": 1},
        {"id": "helmond", "status": "timeout", "reason": "too slow"},
        {"id": "rijswijk", "status": "odd"},
    ]
    inner = canned(
        {"value": [{"@iot.id": "breda~5", "name": "a", "description": ""}], "federation": {"sources": sources}}
    )
    page = hub(south=inner).read(THINGS)
    assert names(page) == [("south~breda~5", "a")]
    assert told(page) == {"south": "ok", "south~helmond": "timeout", "south~rijswijk": "error"}
    assert not page.complete


@pytest.mark.parametrize(("handle", "asked"), [("breda~12", ["breda"]), ("helmond~12", ["helmond"]), ("gone~12", [])])
def test_only_the_lab_that_an_id_names_is_asked(
    hub: Any, canned: Callable[..., Any], handle: str, asked: list[str]
) -> None:
    labs = {key: canned(things((12, "a"))) for key in ("breda", "helmond")}
    wanted = ast.Compare("eq", ast.Path((ast.ID,)), ast.Literal(handle))
    page = hub(**labs).read(msgspec.structs.replace(THINGS, filter=wanted))
    assert [key for key, lab in labs.items() if lab.asked] == asked
    assert {lab for lab, status in told(page).items() if status == AnswerStatus.NOT_RELEVANT} == labs.keys() - set(
        asked
    )
    assert page.complete


@pytest.mark.parametrize("value", [12, "12", "breda"])
def test_an_id_that_names_no_lab_is_not_found(hub: Any, canned: Callable[..., Any], value: Any) -> None:
    wanted = ast.Compare("eq", ast.Path((ast.ID,)), ast.Literal(value))
    with pytest.raises(NotFoundError, match="breda~12"):
        hub(breda=canned(things())).read(msgspec.structs.replace(THINGS, filter=wanted))


def test_a_hub_only_reads(hub: Any, canned: Callable[..., Any]) -> None:
    store = hub(breda=canned(things()))
    for write, given in ((store.apply, Batch()), (store.delete, THINGS), (store.changes, 0)):
        with pytest.raises(UnsupportedError):
            write(given)


def test_a_closed_hub_says_so(hub: Any, canned: Callable[..., Any]) -> None:
    store = hub(breda=canned(things()))
    store.read(THINGS)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.read(THINGS)


def test_many_threads_may_read_at_once(hub: Any, canned: Callable[..., Any]) -> None:
    store = hub(breda=canned(things((1, "a"))), helmond=canned(things((1, "b"))))
    pages: list[Page] = []
    threads = [threading.Thread(target=lambda: pages.append(store.read(THINGS))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [names(page) for page in pages] == [[("breda~1", "a"), ("helmond~1", "b")]] * 12


def test_what_a_hub_knows_of_itself(hub: Any, canned: Callable[..., Any], peer_of: Callable[..., Peer]) -> None:
    store = hub(breda=canned(things()), alkmaar=canned(things()))
    assert store.lab == "nl"
    assert [lab.key for lab in store.labs] == ["alkmaar", "breda"]
    assert store.sequence != store.sequence, "a hub cannot promise that nothing changed"
    assert len(store.secret) == 32
    peers = [peer_of("breda", canned()), peer_of("breda", canned())]
    for wrong in ([], peers):
        with pytest.raises(SettingsError, match="each once"):
            FederatedStore(wrong, key="nl", deadline_seconds=1)
    with pytest.raises(SettingsError, match="deadline"):
        FederatedStore(peers[:1], key="nl", deadline_seconds=0)
    assert FederatedStore(peers[:1], key="nl", deadline_seconds=1, secret=b"shared").secret == b"shared"
