"""Late rows are taken, repeats change nothing, and the watermark never runs ahead of what is stored."""

import json
from typing import Any

import pytest

from ssclab_data.feeds.status import Condition
from ssclab_data.model.values import Instant

from .conftest import FedLab, Reply, Request, Server, VirtualClock, payload


def serve(server: Server, rows: list[tuple[str, str, float]]) -> None:
    """Serve those rows that lie in the asked time, as a good service does."""

    def answer(request: Request) -> Reply:
        low, high = (Instant.parse(request.query[name]) for name in ("from", "to"))
        return Reply(body=payload(*(row for row in rows if low <= Instant.parse(row[1]) <= high)))

    server.answer = answer


def windowed(server: Server, **more: Any) -> dict[str, Any]:
    return {"url": f"{server.url}/rows?from={{since}}&to={{until}}", "overlap": "PT2H", **more}


def test_late_rows_within_the_overlap_are_taken_and_repeats_change_nothing(lab: FedLab, server: Server) -> None:
    rows = [("a", f"2026-06-01T{hour:02}:00:00Z", float(hour)) for hour in range(13)]
    serve(server, [row for row in rows if row[1][11:13] != "11"])
    first = lab.one(**windowed(server))
    assert (first.last.stored, first.watermark) == (12, "2026-06-01T12:00:00Z")
    serve(server, rows)
    second = lab.one(**windowed(server))
    assert (second.last.stored, second.last.unchanged) == (1, 2)  # 11:00 is new; 10:00 and 12:00 are there
    third = lab.one(**windowed(server))
    assert (third.last.stored, third.last.unchanged) == (0, 3)
    assert len(lab.rows()) == 13
    asked = [(request.query["from"], request.query["to"]) for request in server.asked]
    assert asked[0] == ("2026-05-31T12:00:00Z", "2026-06-01T12:00:00Z")  # P1D before the first run
    assert asked[1:] == [("2026-06-01T10:00:00Z", "2026-06-01T12:00:00Z")] * 2


def test_a_row_that_was_inserted_before_its_end_is_taken(lab: FedLab, server: Server) -> None:
    """cases.md, row 23: the last run was at 10:30; the row says inserted 10:00, begin 10:00, end 11:00."""
    row = {"id": "a", "begin": "2026-06-01T10:00:00Z", "end": "2026-06-01T11:00:00Z", "pm25": 7.0}
    before = {**row, "begin": "2026-06-01T09:00:00Z", "end": "2026-06-01T10:00:00Z", "inserted": "2026-06-01T09:00:00Z"}
    server.answer = lambda request: Reply(body=json.dumps({"rows": [before]}).encode())
    lab.clock = VirtualClock(Instant.parse("2026-06-01T10:30:00Z"))
    feed = windowed(server, overlap="PT0S")
    assert lab.one(**feed).watermark == "2026-06-01T10:00:00Z"
    row["inserted"] = "2026-06-01T10:00:00Z"
    server.answer = lambda request: Reply(body=json.dumps({"rows": [before, row]}).encode())
    lab.clock.forward(3600)
    status = lab.one(**feed)
    assert (status.last.stored, status.watermark) == (1, "2026-06-01T11:00:00Z")
    assert lab.one(**feed).last.stored == 0
    assert len(lab.rows()) == 2


def test_a_stamp_in_the_future_does_not_move_the_watermark_past_now(lab: FedLab, server: Server) -> None:
    """A clock ten minutes ahead is within what an ingest allows: the row is stored, but the watermark is not moved."""
    server.answer = lambda request: Reply(
        body=payload(
            ("a", "2026-06-01T11:00:00Z", 1.0), ("a", "2026-06-01T12:10:00Z", 2.0), ("a", "2036-01-01T00:00:00Z", 3.0)
        )
    )
    status = lab.one(url=server.url)
    assert (status.watermark, status.newest) == ("2026-06-01T11:00:00Z", "2026-06-01T11:00:00Z")
    assert (status.last.stored, status.last.rejected, status.findings["time-in-future"]) == (2, 1, 1)
    assert (lab.folder / "quarantine" / "rejected.ndjson").exists()


def test_rows_outside_the_asked_time_are_cut_off_and_noted(lab: FedLab, server: Server) -> None:
    """cases.md, row 128: asked in +01:00 over the change to summer time, the service gives an hour more.

    2022-03-27T01:00+01:00 to 04:00+01:00 is 00:00Z to 03:00Z; the service answers up to 04:00Z.
    """
    lab.clock = VirtualClock(Instant.parse("2022-03-27T03:00:00Z"))
    rows = [("a", f"2022-03-27T0{hour}:00:00+00:00", float(hour)) for hour in range(5)]
    server.answer = lambda request: Reply(body=payload(*rows))
    window = {"zone": "+01:00", "first": "PT3H"}
    status = lab.one(**windowed(server, window=window))
    assert server.asked[0].query == {"from": "2022-03-27T01:00:00+01:00", "to": "2022-03-27T04:00:00+01:00"}
    assert sorted(at for _, at in lab.rows()) == [f"2022-03-27T0{hour}:00:00Z" for hour in range(4)]
    assert status.findings == {"outside-window": 1}


@pytest.mark.parametrize(
    ("url", "bounded", "kept"),
    [
        ("/?from={since}&to={until}", None, ["11", "12"]),
        ("/?from={since}", None, ["11", "12", "12:05"]),
        ("/", None, ["09", "11", "12", "12:05"]),
        ("/", True, ["11", "12"]),
        ("/?from={since}&to={until}", False, ["09", "11", "12", "12:05"]),
    ],
)
def test_bounds_hold_for_what_was_asked(
    lab: FedLab, server: Server, url: str, bounded: bool | None, kept: list[str]
) -> None:
    """At 12:00 with a first window of two hours: 10:00 to 12:00."""
    times = ["09:00", "11:00", "12:00", "12:05"]
    server.answer = lambda request: Reply(body=payload(*(("a", f"2026-06-01T{at}:00Z", 1.0) for at in times)))
    lab.one(url=server.url + url, window={"first": "PT2H"}, bounded=bounded)
    assert sorted(at[11:16].removesuffix(":00") for _, at in lab.rows()) == kept


def test_a_long_time_is_asked_for_in_stretches(lab: FedLab, server: Server) -> None:
    """Three days in stretches of one; the watermark goes with them, so that what fails is asked for again alone."""
    rows = [("a", f"2026-05-{day}T18:00:00Z", 1.0) for day in (29, 30, 31)]
    serve(server, rows)
    good = server.answer
    feed = windowed(server, window={"first": "P3D", "span": "P1D"}, overlap="PT0S", rate=1000, attempts=1)
    server.answer = lambda request: good(request) if len(server.asked) < 3 else Reply(status=503)
    assert lab.one(**feed).watermark == "2026-05-30T18:00:00Z"
    server.answer = good
    assert lab.one(**feed).watermark == "2026-05-31T18:00:00Z"
    assert [request.query["from"][8:13] for request in server.asked] == ["29T12", "30T12", "31T12", "30T18", "31T18"]
    assert len(lab.rows()) == 3


def test_each_part_has_a_watermark_of_its_own(lab: FedLab, server: Server) -> None:
    def answer(request: Request) -> Reply:
        unit = request.path[1:]
        return Reply(body=payload((unit, "2026-06-01T11:00:00Z" if unit == "1" else "2026-06-01T09:00:00Z", 1.0)))

    server.answer = answer
    feed = {"url": f"{server.url}/{{unit}}?from={{since}}", "each": {"unit": [1, 2]}, "overlap": "PT0S", "rate": 1000}
    assert lab.one(**feed).watermark == "2026-06-01T09:00:00Z"  # the lowest: how far all are
    lab.one(**feed)
    assert [request.query["from"][11:13] for request in server.asked[2:]] == ["11", "09"]


def test_a_feed_where_nothing_new_came_for_three_intervals_is_stale(lab: FedLab, server: Server) -> None:
    """cases.md, row 55, for a feed that is asked: every 5 minutes, publishes every hour; stale after three hours."""
    server.answer = lambda request: Reply(body=payload(("a", "2026-06-01T11:00:00Z", 1.0)))
    feed = {"url": server.url, "publishes": "PT1H"}
    assert lab.one(**feed).state is Condition.OK
    lab.clock.forward(3 * 3600)
    assert lab.one(**feed).state is Condition.OK
    lab.clock.forward(1)
    assert lab.one(**feed).state is Condition.STALE
    server.answer = lambda request: Reply(body=payload(("a", "2026-06-01T14:00:00Z", 1.0)))
    assert lab.one(**feed).state is Condition.OK
