"""A wrong `feeds.yaml` is told with its place, before anything is asked."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from ssclab_data import resources
from ssclab_data.errors import SettingsError
from ssclab_data.feeds.declaration import Window
from ssclab_data.feeds.file import parse_feeds
from ssclab_data.feeds.schema import feeds_schema
from ssclab_data.feeds.secrets import Vault, is_secret
from ssclab_data.feeds.templates import moment
from ssclab_data.model.values import Instant

URL = "https://api.example.org/units"


def test_the_schema_is_up_to_date() -> None:
    """`python -m ssclab_data.feeds.schema` writes it anew."""
    assert Path(str(resources.folder("schemas")), "feeds.schema.json").read_bytes() == feeds_schema()


@pytest.mark.parametrize(
    ("feed", "words"),
    [
        ({}, "feed 'a': give one of url, folder and file, not none"),
        ({"url": URL, "folder": "in"}, "not url and folder"),
        ({"urls": URL}, r"/feeds/0/urls: .*\(did you mean 'url'\?\)"),
        ({"url": URL, "every": "5m"}, "/feeds/0/every"),
        ({"url": URL, "every": "PT0S"}, "every must be longer than nothing"),
        ({"url": f"{URL}/{{unit}}"}, r"url: no \{unit\} in each; known: \{since\}, \{until\}"),
        ({"url": URL, "each": {"unit": [1]}}, "unit is not used in url"),
        ({"url": f"{URL}/{{unit}}", "each": {"unit": []}}, "unit has no values"),
        ({"url": f"{URL}/{{since}}", "each": {"since": [1]}}, "since has a meaning of its own"),
        ({"url": "https://{unit}.example.org/", "each": {"unit": ["a"]}}, "the host is fixed"),
        ({"url": "https://anna:secret@api.example.org/"}, "without a user in it"),
        ({"url": URL, "given": {"id": "{unit}"}}, "given: no {unit} in each; known: none"),
        ({"url": URL, "hosts": ["https://b.example/"]}, "is no host; write it as in api.example.org"),
        ({"url": URL, "pages": {}}, "give one of next"),
        ({"url": URL, "pages": {"next": "page"}}, "next and parameter belong together"),
        ({"url": URL, "pages": {"link": "next", "header": "Link"}}, "give one of next"),
        ({"url": URL, "window": {"zone": "Europe/Breda"}}, "is not a zone"),
        ({"url": URL, "window": {"first": "yesterday"}}, "window: 'yesterday' is not"),
        ({"url": URL, "headers": {"Authorization": "Bearer 123"}}, "looks like a secret: write env:NAME"),
        ({"url": URL, "parameters": {"apikey": "123"}}, "looks like a secret"),
        ({"folder": "in", "headers": {"Accept": "text/csv"}}, "headers are for a feed with a url"),
    ],
)
def test_a_wrong_feed_is_told(feed: dict[str, Any], words: str) -> None:
    document = {"feeds": [{"name": "a", "source": "toy", **feed}]}
    with pytest.raises(SettingsError, match=words):
        parse_feeds(msgspec.yaml.encode(document).decode(), where="feeds.yaml")


def test_two_feeds_of_one_name_are_told() -> None:
    feed = {"name": "a", "source": "toy", "file": "a.csv"}
    with pytest.raises(SettingsError, match="'a' is there 2 times"):
        parse_feeds(msgspec.yaml.encode({"feeds": [feed, feed]}).decode(), where="feeds.yaml")


def test_a_text_that_is_no_yaml_is_told() -> None:
    with pytest.raises(SettingsError, match="it is no YAML"):
        parse_feeds("feeds: [", where="feeds.yaml")


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window(), "2022-03-27T00:00:00Z"),
        (Window(zone="+01:00"), "2022-03-27T01:00:00+01:00"),
        (Window(zone="Europe/Amsterdam"), "2022-03-27T01:00:00+01:00"),  # the clock goes forward an hour later
        (Window(format="unix"), "1648339200"),  # 19,078 days of 86,400 s
        (Window(format="unix-ms"), "1648339200000"),
        (Window(format="%Y%m%d%H"), "2022032700"),
    ],
)
def test_a_moment_is_written_as_the_service_reads_it(window: Window, expected: str) -> None:
    assert moment(Instant.parse("2022-03-27T00:00:00Z"), window) == expected


def test_secrets_are_taken_when_a_feed_runs_and_hidden_in_all_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "key.txt").write_text("b/2 +\n")
    vault = Vault({"TOKEN": "a1"}, tmp_path)
    opened = vault.open({"Authorization": "Bearer env:TOKEN", "key": "file:key.txt", "Accept": "text/csv"})
    assert opened == {"Authorization": "Bearer a1", "key": "b/2 +", "Accept": "text/csv"}
    for text in ("x?key=b/2 +", "x?key=b%2F2%20%2B", "x?key=b%2F2+%2B"):
        assert vault.hide(text) == "x?key=***"
    assert not is_secret("text/csv")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("env:NOBODY", "the variable NOBODY is not set"),
        ("file:nothing.txt", "nothing.txt cannot be read"),
        ("env:EMPTY", "holds no text of one line"),
        ("env:LINES", "holds no text of one line"),
    ],
)
def test_a_secret_that_is_not_there_is_told(tmp_path: Path, text: str, words: str) -> None:
    vault = Vault({"EMPTY": " ", "LINES": "a\r\nHost: evil.example"}, tmp_path)
    with pytest.raises(SettingsError, match=words):
        vault.open({"Authorization": text})
