"""Commands on sources: what can be read, and the feeds that bring it in."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ssclab_data.errors import MappingError
from ssclab_data.feeds import Feed, FeedState, Status, keep_running, run_feeds, statuses
from ssclab_data.feeds.status import Circuit, Condition
from ssclab_data.lab import Lab
from ssclab_data.sources.base import Described
from ssclab_data.sources.mapping import load_source, source_names

_COLOURS = {Condition.OK: "green", Condition.STALE: "yellow", Condition.FAILING: "red", Condition.NEVER: "dim"}
_NUMBERS = ("stored", "unchanged", "rejected")
_COLUMNS = ("feed", "state", "newest", *_NUMBERS)

LabArgument = Annotated[Path, typer.Argument(help="The lab's folder, with its lab.yaml and feeds.yaml.")]


class StatusFormat(StrEnum):
    """How a status is written."""

    TABLE = "table"
    JSON = "json"


def build() -> typer.Typer:
    """Give the commands."""
    app = typer.Typer(help="List sources; run the feeds of a lab and see how they stand.")
    app.callback(invoke_without_command=True)(_sources)
    app.command(name="list")(show_sources)
    app.command()(run)
    app.command()(status)
    return app


def _sources(context: typer.Context) -> None:
    """List sources; run the feeds of a lab and see how they stand."""
    if context.invoked_subcommand is None:
        show_sources()


def show_sources() -> None:
    """List the sources that can be read, with their titles."""
    names = source_names()
    width = max(map(len, names), default=0)
    for name in names:
        typer.echo(f"{name:<{width}}  {_title(name)}".rstrip())


def run(
    lab: LabArgument,
    feed: Annotated[list[str] | None, typer.Option("--feed", help="Run this feed alone; may be repeated.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Run each feed once, due or not, and stop.")] = False,
) -> None:
    """Run feeds whenever they are due, until Ctrl-C; with --once exit code 1 when a feed fails."""
    with Lab.open(lab) as opened:
        work = run_feeds if once else keep_running
        found = work(opened.feeds, opened.feed_place(), names=feed or (), tell=_tell)
    if once:
        _print(found)
        raise typer.Exit(int(any(one.state is Condition.FAILING for one in found)))


def status(
    lab: LabArgument,
    form: Annotated[StatusFormat, typer.Option("--format", help="How to write it.")] = StatusFormat.TABLE,
) -> None:
    """Show how the feeds of a lab stand; exit code 1 when one fails or is stale."""
    with Lab.open(lab) as opened:
        found = statuses(opened.feeds, opened.feed_place())
    if form is StatusFormat.JSON:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode({"feeds": found}), indent=2) + b"\n")
    else:
        _print(found)
    raise typer.Exit(int(any(one.state in (Condition.FAILING, Condition.STALE) for one in found)))


def _title(name: str) -> str:
    """Give the title of a source; a mapping that is wrong keeps no other one from being listed."""
    try:
        source = load_source(name)
    except MappingError as error:
        return f"cannot be used: {error}"
    return source.about.title if isinstance(source, Described) else ""


def _tell(feed: Feed, state: FeedState) -> None:
    """Write one line about a run."""
    counts = state.last
    result = state.message or f"{counts.stored:,} stored, {counts.unchanged:,} unchanged, {counts.rejected:,} rejected"
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    typer.echo(f"{now} {feed.name}: {result}", err=True)


def _print(found: Sequence[Status]) -> None:
    console = Console(soft_wrap=True)
    table = Table(*_COLUMNS, box=None, pad_edge=False)
    for column in table.columns:
        column.no_wrap = True
        column.justify = "right" if column.header in _NUMBERS else "left"
    for one in found:
        numbers = (f"{getattr(one.total, name):,}" for name in _NUMBERS)
        table.add_row(one.feed, Text(_words(one), style=_COLOURS[one.state]), _short(one.newest), *numbers)
    console.print(table)
    for one in found:
        console.print(Text("\n".join(_notes(one))))


def _words(one: Status) -> str:
    return one.state if one.circuit is Circuit.CLOSED else f"{one.state} ({one.circuit})"


def _notes(one: Status) -> list[str]:
    counts = one.total
    kept = f", {counts.quarantined:,} in the quarantine" if counts.quarantined else ""
    times = {"tried": one.last_try, "succeeded": one.last_success, "watermark": one.watermark, "next": one.next_try}
    notes = [
        f"{one.feed}:",
        "  " + ", ".join(f"{name} {_short(moment)}" for name, moment in times.items()),
        f"  {counts.requests:,} requests, {counts.not_modified:,} not modified, {counts.received:,} bytes{kept}",
    ]
    if one.message:
        notes.append(f"  {_short(one.failed_at)} {one.message}; {one.cure}")
    if one.partial:
        notes.append("  not finished: the next run goes on where it was left")
    if one.findings:
        found = ", ".join(f"{rule} {count:,}" for rule, count in sorted(one.findings.items()))
        notes.append(f"  findings of the last run: {found}")
    return notes


def _short(moment: str) -> str:
    """Write a moment to the second."""
    return f"{moment[:19]}Z" if moment else "-"
