"""Ingest, validate, mapping and publish ask nobody: every command but those that fetch runs without a socket."""

import os
import subprocess
import sys
from pathlib import Path

NO_SOCKETS = """\
import socket, sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request"):
        sys.stderr.write(f"ASKED {event} {arguments[1:]}\\n")
        raise PermissionError("no network in this test")

sys.addaudithook(refuse)
from ssclab_data.cli import main
main()
"""
ROWS = (
    '{"data": [{"station_number": "NL1", "formula": "NO2", "value": 18.2,'
    ' "timestamp_measured": "2025-01-15T11:00:00+00:00"}]}'
)
XML = '<?xml version="1.0"?><!DOCTYPE r SYSTEM "http://192.0.2.1/x.dtd"><r xmlns:x="http://192.0.2.1/y"><i>1</i></r>'
LAB = """\
key: helmond
name: Helmond
area: {west: 5.58, south: 51.43, east: 5.75, north: 51.52}
publishing: {}
"""
COMMANDS = [
    ["sources", "list"],
    ["mapping", "check", "luchtmeetnet"],
    ["mapping", "try", "luchtmeetnet", "rows.json"],
    ["mapping", "try", "sos", "rows.xml"],
    ["validate", "--source", "luchtmeetnet", "--profile", "lab-air@1", "rows.json"],
    ["ingest", "luchtmeetnet", "rows.json", "--lab", "lab"],
    ["ingest", "sos", "rows.xml", "--lab", "lab"],
    ["validate", "lab"],
    ["publish", "lab"],
    ["export", "lab", "--format", "ntriples"],
]


def test_no_command_that_only_reads_files_asks_anybody(tmp_path: Path) -> None:
    """The wrong payloads too: what they name is not looked for."""
    (tmp_path / "rows.json").write_text(ROWS)
    (tmp_path / "rows.xml").write_text(XML)
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "lab.yaml").write_text(LAB)
    environ = {**os.environ, "HTTP_PROXY": "http://192.0.2.1:1", "HTTPS_PROXY": "http://192.0.2.1:1"}
    for command in COMMANDS:
        done = subprocess.run(
            [sys.executable, "-c", NO_SOCKETS, *command],
            cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert "ASKED" not in done.stderr, command
        assert "Traceback" not in done.stderr, command
        assert "No such" not in done.stderr, (command, done.stderr)
        assert done.returncode in (0, 1, 2), command


def test_the_guard_itself_is_seen(tmp_path: Path) -> None:
    """A feed does ask, so that the test above would see it."""
    (tmp_path / "feeds.yaml").write_text(
        "feeds: [{name: x, source: luchtmeetnet, url: 'http://127.0.0.1:9/x', attempts: 1}]\n"
    )
    (tmp_path / "lab.yaml").write_text("key: helmond\nname: Helmond\n")
    done = subprocess.run(
        [sys.executable, "-c", NO_SOCKETS, "sources", "run", str(tmp_path), "--once"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "ASKED" in done.stderr, done.stderr
