"""Show that our server answers the eleven requests of the benchmark rightly, and that wrong answers are seen."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient

from ssclab_data import Lab, Settings

from .children import ServerError
from .peers import posting, stored
from .peers.plan import DATASTREAMS, Plan
from .peers.questions import Question, questions
from .peers.site import Known, Site

PLAN = Plan.of(0)
QUESTIONS = {one.letter: one for one in questions(PLAN)}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    file = tmp_path_factory.mktemp("requests") / "store.db"
    stored.fill(PLAN, file)
    with Lab.open(file, settings=Settings()) as lab, TestClient(lab.asgi()) as client:
        yield client


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=list(QUESTIONS))
def test_answer_is_right(client: TestClient, question: Question) -> None:
    observation = client.get("/sta/v1.1/Datastreams(7)/Observations?$top=1").json()["value"][0]["@iot.id"]
    target = question.target.format(datastream="Datastreams(7)", observation=f"Observations({observation})")
    answer = client.get(f"/sta/v1.1/{target}")
    assert answer.status_code == 200
    assert question.fault(answer.content) == ""


@pytest.mark.parametrize(
    ("letter", "document", "fault"),
    [
        ("a", {"value": [{}] * 9}, "9 rows, not 10"),
        ("a", {"detail": "x"}, "an answer of another form (KeyError: 'value')"),
        ("b", {"value": [{"Locations": [{}], "Datastreams": [{"Observations": []}]}]}, "0 rows, not 1,400"),
        ("d", {"value": [{"dataArray": [[1, 2]]}]}, "1 rows, not 20"),
        ("f", {"value": [{}], "@iot.count": 1}, "count 1, not 28,000"),
        ("g", {"value": [{}]}, "count None, not 20"),
        ("k", {"name": "x"}, "0 rows, not 1"),
    ],
)
def test_wrong_answer_is_seen(letter: str, document: object, fault: str) -> None:
    assert QUESTIONS[letter].fault(msgspec.json.encode(document)) == fault


@pytest.mark.parametrize("url", ["http://example.org/v1.1", "https://127.0.0.1/v1.1", "ftp://localhost/x"])
def test_only_this_machine_is_measured(url: str) -> None:
    with pytest.raises(ServerError, match="no http address of this machine"):
        Site.at("peer", url)


def test_site_is_read_from_an_address() -> None:
    assert Site.at("frost", "http://localhost:8081/FROST-Server/v1.1/") == Site("frost", 8081, "/FROST-Server/v1.1")


def test_arrays_and_singles_send_each_row_once() -> None:
    known = Known([""] * DATASTREAMS, list(range(DATASTREAMS)), [f"f{number}" for number in range(70)])
    site = Site("peer", 1, "/v1.1")
    bodies = [_body(one) for one in posting.arrays(site, PLAN, known=known, rows=range(2, PLAN.each))]
    sent = [
        (group["Datastream"]["@iot.id"], row[0], row[2])
        for body in bodies
        for group in body
        for row in group["dataArray"]
    ]
    for one in map(_body, posting.singles(site, PLAN, known=known, rows=range(2))):
        sent.append((one["Datastream"]["@iot.id"], one["phenomenonTime"], one["result"]))
    assert len(sent) == len({row[:2] for row in sent}) == PLAN.rows
    assert sum(row[2] for row in sent) == pytest.approx(PLAN.results.sum())


def _body(request: bytes) -> Any:
    return msgspec.json.decode(request.partition(b"\r\n\r\n")[2])
