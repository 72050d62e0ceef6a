"""Say what a `feeds.yaml` may declare."""

import msgspec

from ssclab_data.sources.declaration.base import Declared

MEBIBYTE = 1 << 20


class Pages(Declared, frozen=True, kw_only=True):
    """How an answer leads to the next one; one of the three ways.

    A path names members by their names, joined by dots (`pagination.next_page`).

    Attributes:
        next: path of the number or mark of the next page, which `parameter` takes.
        parameter: query parameter that asks for a page.
        link: path of the address of the next page (`@iot.nextLink`).
        header: `Link`, where the header of that name gives it (RFC 8288, `rel="next"`).
        most: the most pages that are read of one request.
    """

    next: str = ""
    parameter: str = ""
    link: str = ""
    header: str = ""
    most: int = 1000


class Window(Declared, frozen=True, kw_only=True):
    """How `{since}` and `{until}` are written, and how far they reach.

    Attributes:
        format: `iso`, `unix`, `unix-ms`, or as in `strftime` (`%Y-%m-%d`).
        zone: zone in which they are written: `UTC`, an offset, or a name such as `Europe/Amsterdam`.
        first: where the first run begins: a duration before now (`P7D`), or a moment (`2026-01-01T00:00:00Z`).
        span: the longest stretch of time that is asked for at once, a duration; "" asks for all in one request.
    """

    format: str = "iso"
    zone: str = "UTC"
    first: str = "P1D"
    span: str = ""


class Feed(Declared, frozen=True, kw_only=True):
    """One feed: a `url`, a `folder` or a `file`.

    Durations are ISO 8601 (`PT5M`). `{name}` in `url` and `given` is a value of `each`; `{since}` and `{until}` in
    `url` are the window that is asked for. A header or parameter that is secret is `env:NAME` or `file:PATH`, also
    behind other words (`Bearer env:TOKEN`).

    Attributes:
        name: of a-z, 0-9 and '-'; unique.
        source: name of a mapping, or path of a mapping file.
        url: http or https address.
        folder: folder whose files are taken when they are new or have changed.
        file: one file that is taken when it has changed.
        pattern: which files of the folder, such as `*.csv` or `**/*.json.gz`.
        each: values by name; the feed asks for every combination.
        every: how often.
        publishes: how often the publisher has something new; "" for as often as `every`. A feed is stale when nothing
            new came for three times as long.
        overlap: how much before the watermark is asked for again, so that late rows are taken.
        rate: the most requests a second; feeds of one host share the lowest of their rates.
        headers: sent to the host of `url` alone.
        parameters: query parameters that are sent too.
        hosts: other hosts that it may redirect to, and addresses or networks (`10.0.0.0/8`) that are not of the public
            internet and may be connected to.
        given: fields that every record gets where it has none of its own.
        tables: files of the tables that the mapping looks things up in, by name.
        pages: how an answer leads to the next one; None where it does not.
        window: how the asked time is written.
        bounded: whether rows outside the asked time are cut off; None: where `url` asks for a time.
        profile: profile by whose rules rows get a resultQuality, or "".
        deadline: how long a run may take.
        timeout: how long one answer may take.
        attempts: how often a request is tried.
        settle: how long a file must have been left alone before it is read.
        max_bytes: the largest answer or file, unpacked.
    """

    name: str
    source: str
    url: str = ""
    folder: str = ""
    file: str = ""
    pattern: str = "*"
    each: dict[str, tuple[str | int, ...]] = msgspec.field(default_factory=dict)
    every: str = "PT5M"
    publishes: str = ""
    overlap: str = "PT1H"
    rate: float = 2.0
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    parameters: dict[str, str] = msgspec.field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    given: dict[str, str] = msgspec.field(default_factory=dict)
    tables: dict[str, str] = msgspec.field(default_factory=dict)
    pages: Pages | None = None
    window: Window = Window()
    bounded: bool | None = None
    profile: str = ""
    deadline: str = "PT5M"
    timeout: str = "PT1M"
    attempts: int = 5
    settle: str = "PT10S"
    max_bytes: int = 64 * MEBIBYTE


class FeedsFile(Declared, frozen=True, kw_only=True):
    """A `feeds.yaml`, beside the lab's `lab.yaml`.

    Attributes:
        feeds: each runs by itself.
        together: how many run at the same time.
    """

    feeds: tuple[Feed, ...]
    together: int = 8
