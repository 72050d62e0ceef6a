"""`ssclab sources`: what can be read, and how feeds run and stand."""

import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ssclab_data.sources.mapping import source_names

MAPPING = """\
source: toy
title: Toy
documentation: made for tests
forms:
  - {name: rows, reader: json, records: rows, having: [time]}
  - {name: table, reader: table, delimiter: ";", having: [time]}
time: {fields: [time], because: made for tests}
thing: {id: [id], name: "{id}", description: a toy}
sensor: {id: [id], name: "{id}", description: a toy}
fields:
  pm25: {property: pm25, unit: ug/m3}
"""


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ssclab_data", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def api() -> Iterator[str]:
    """A service whose `/good` has a row, and that refuses all else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            good = self.path == "/good"
            self.send_response(200 if good else 403)
            self.end_headers()
            self.wfile.write(b'{"rows": [{"id": "a", "time": "2026-06-01T10:00:00Z", "pm25": 5}]}' if good else b"no")

        def log_message(self, format: str, *args: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def lab(tmp_path: Path, api: str) -> Path:
    """A lab with a feed that is good, one that fails, and a folder."""
    folder = tmp_path / "breda"
    (folder / "in").mkdir(parents=True)
    (folder / "in" / "1.csv").write_text("id;time;pm25\nb;2026-06-01T09:00:00Z;1\nb;2026-06-01T10:00:00Z;x\n")
    (folder / "lab.yaml").write_text("key: breda\nname: Breda\n")
    (folder / "toy.yaml").write_text(MAPPING)
    (folder / "feeds.yaml").write_text(
        f"feeds:\n"
        f"  - {{name: good, source: toy.yaml, url: '{api}/good', publishes: P9999D}}\n"
        f"  - {{name: bad, source: toy.yaml, url: '{api}/bad'}}\n"
        f"  - {{name: files, source: toy.yaml, folder: in, settle: PT0S}}\n"
    )
    return folder


def test_sources_are_listed_with_their_titles() -> None:
    done = run("sources", "list")
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(source_names())
    assert re.search(r"^luchtmeetnet +Luchtmeetnet open API$", done.stdout, re.MULTILINE)
    assert run("sources").stdout == done.stdout


def test_feeds_run_once_and_tell_how_they_stand(lab: Path, api: str) -> None:
    before = run("sources", "status", lab)
    assert (before.returncode, before.stdout.count(" never ")) == (0, 3)
    done = run("sources", "run", lab, "--once")
    assert done.returncode == 1
    assert re.search(r"^good +ok .* 1 +0 +0$", done.stdout, re.MULTILINE), done.stdout
    assert re.search(r"^bad +failing .* 0 +0 +0$", done.stdout, re.MULTILINE)
    assert re.search(r"^files +ok .* 1 +0 +1$", done.stdout, re.MULTILINE)
    assert f"{api}/bad: HTTP 403 Forbidden; check the token in `headers` or `parameters`" in done.stdout
    assert "good: 1 stored, 0 unchanged, 0 rejected" in done.stderr
    status = run("sources", "status", lab, "--format", "json")
    assert status.returncode == 1
    feeds = {feed["feed"]: feed for feed in json.loads(status.stdout)["feeds"]}
    assert {name: feed["state"] for name, feed in feeds.items()} == {"good": "ok", "bad": "failing", "files": "ok"}
    assert feeds["good"]["watermark"] == "2026-06-01T10:00:00Z"
    assert feeds["files"]["total"]["quarantined"] == 1
    assert (lab / "quarantine" / "rejected.ndjson").exists()


def test_one_feed_runs_alone(lab: Path) -> None:
    assert run("sources", "run", lab, "--once", "--feed", "good").returncode == 0
    assert run("sources", "status", lab).stdout.count(" never ") == 2


@pytest.mark.parametrize(
    ("words", "change", "told"),
    [
        (["--feed", "nothing"], lambda lab: None, "there is no feed 'nothing'; known: good, bad, files"),
        ([], lambda lab: (lab / "feeds.yaml").unlink(), "feeds.yaml: cannot be read"),
        ([], lambda lab: (lab / "feeds.yaml").write_text("feeds: 1"), "feeds.yaml: /feeds"),
    ],
)
def test_what_cannot_run_is_one_line(lab: Path, words: list[str], change: Callable[[Path], object], told: str) -> None:
    change(lab)
    done = run("sources", "run", lab, "--once", *words)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert told in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_feeds_run_until_they_are_stopped(lab: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "ssclab_data", "sources", "run", str(lab)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            lines = [process.stderr.readline() for _ in range(3)]
            assert {line.split()[1] for line in lines} == {"good:", "bad:", "files:"}
            second = run("sources", "run", lab, "--once")
            assert (second.returncode, "another `ssclab sources run` is at work" in second.stderr) == (2, True)
            assert run("sources", "status", lab).stdout.count(" never ") == 0
            process.send_signal(number)
            assert process.wait(30) == 0
            assert process.stderr.read() == ""
        finally:
            process.kill()
