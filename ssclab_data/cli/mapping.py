"""Commands on mappings: check, coverage, try, new, schema."""

import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ssclab_data import resources
from ssclab_data.cli.pairs import GivenOption, TableOption, pairs
from ssclab_data.errors import SettingsError
from ssclab_data.ingest.tables import read_tables
from ssclab_data.model.finding import Severity
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.mapping import MappedSource, find_source
from ssclab_data.sources.schema import ADDRESS, FILE
from ssclab_data.sources.tools.checking import check_file
from ssclab_data.sources.tools.coverage import Coverage, Fate, cover
from ssclab_data.sources.tools.drafting import draft
from ssclab_data.sources.tools.trying import Trial, try_payload

_FATES = {Fate.MAPPED: "green", Fate.STRUCTURE: "cyan", Fate.IGNORED: "dim", Fate.UNKNOWN: "red"}


class Form(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    JSON = "json"


MappingArgument = Annotated[str, typer.Argument(metavar="MAPPING", help="A mapping file, or the name of a source.")]
PayloadArgument = Annotated[Path, typer.Argument(metavar="PAYLOAD", help="A file as the source gives it.")]
FormatOption = Annotated[Form, typer.Option("--format", help="How to write it.")]


def build() -> typer.Typer:
    """Give the commands."""
    app = typer.Typer(help="Write mappings: check them, see what they leave out, try them, draft new ones.")
    app.command()(check)
    app.command()(coverage)
    app.command(name="try")(try_)
    app.command()(new)
    app.command()(schema)
    return app


def check(files: Annotated[list[Path], typer.Argument(metavar="FILES...", help="Mapping files.")]) -> None:
    """Find all that is wrong with mapping files, by line and key; exit code 1 when one cannot be used."""
    remarks = [remark for file in files for remark in check_file(file)]
    for remark in remarks:
        typer.echo(str(remark))
    if not remarks:
        typer.echo(f"{len(files)} mapping{'s' if len(files) > 1 else ''} without a mistake")
    raise typer.Exit(int(any(remark.error for remark in remarks)))


def coverage(
    mapping: MappingArgument,
    payloads: Annotated[list[Path], typer.Argument(metavar="PAYLOADS...", help="Files as the source gives them.")],
    form: FormatOption = Form.TABLE,
) -> None:
    """Tell what a mapping makes of each field of payloads, and what it leaves out; exit code 1 for unknown fields."""
    source = find_source(mapping)
    if not isinstance(source, MappedSource):
        raise SettingsError(f"{mapping} is written in Python: it has no mapping to look at")
    found = cover(source.mapping, [(str(path), _content(path)) for path in payloads])
    if form is Form.JSON:
        _json(found)
    else:
        _print_coverage(found)
    raise typer.Exit(int(any(seen.fate is Fate.UNKNOWN for seen in found.fields)))


def try_(
    mapping: MappingArgument,
    payload: PayloadArgument,
    form: FormatOption = Form.TABLE,
    limit: Annotated[int, typer.Option(help="The most Observations that are shown.", min=0)] = 10,
    table: TableOption = None,
    given: GivenOption = None,
) -> None:
    """Show what a payload becomes; nothing is stored. Exit code 1 when something is rejected."""
    beside = SourceContext(
        where=str(payload), tables=read_tables(pairs(table, "--table")), given=pairs(given, "--given")
    )
    trial = try_payload(find_source(mapping), _content(payload), beside, limit=limit)
    if form is Form.JSON:
        _json(trial)
    else:
        _print_trial(trial)
    raise typer.Exit(int(any(finding.severity is Severity.ERROR for finding in trial.findings)))


def new(
    payload: PayloadArgument,
    source: Annotated[str, typer.Option(help="Name of the source; the file's name when left out.")] = "",
    out: Annotated[Path | None, typer.Option(help="File to write; left out: standard output.")] = None,
) -> None:
    """Draft a mapping for a payload; every guess in it is marked."""
    if out is not None and out.exists():
        raise SettingsError(f"{out} is there already; a draft replaces nothing")
    name = source or payload.stem.lower().replace("_", "-").replace(" ", "-")
    made = draft(_content(payload), source=name, where=payload.name, schema=ADDRESS)
    if out is None:
        typer.echo(made.text, nl=False)
    else:
        out.write_text(made.text, encoding="utf-8")
        typer.echo(f"{out}: a draft that makes {made.observations} Observations of {payload}; look at every `# guess`")


def schema() -> None:
    """Write the JSON Schema of mapping files, for editors."""
    typer.echo(resources.read_text("schemas", FILE), nl=False)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error


def _json(value: Any) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode())


def _print_coverage(found: Coverage) -> None:
    console = _console()
    table = _table("field", "becomes", "detail", "records", "example")
    for seen in found.fields:
        fate = Text(seen.fate, style=_FATES[seen.fate])
        table.add_row(seen.field, fate, seen.detail, str(seen.records), Text(seen.example))
    console.print(f"{found.records} records, {found.rejected} of them rejected before their fields were looked at")
    console.print(table)
    console.print(Text("forms: " + ", ".join(f"{name} {count}" for name, count in found.forms.items())))
    if found.never_seen:
        console.print(Text("mapped, but never seen: " + ", ".join(found.never_seen)))
    if found.not_kept:
        console.print("\nin objects around the records, and in no record (`keep` takes them):")
        around = _table("member", "times", "example")
        for one in found.not_kept:
            around.add_row(Text(one.path), str(one.times), Text(one.example))
        console.print(around)


def _print_trial(trial: Trial) -> None:
    console = _console()
    _section(
        console,
        "Things",
        ("key", "name", "properties"),
        ((one.key, one.name, _said(one.properties)) for one in trial.things),
    )
    _section(console, "Locations", ("key", "position"), ((one.key, _position(one.geometry)) for one in trial.locations))
    _section(
        console,
        "Datastreams",
        ("key", "property", "unit", "Observations", "first", "result", "last", "result"),
        (
            (one.key, one.property, one.unit, one.observations, one.first_time, one.first, one.last_time, one.last)
            for one in trial.datastreams
        ),
    )
    _section(
        console,
        "the first Observations",
        ("Datastream", "phenomenonTime", "result"),
        ((one.datastream, one.phenomenon_time, one.result) for one in trial.observations),
    )
    _section(
        console,
        "findings",
        ("", "rule", "times", "what", "cure"),
        ((one.severity, one.rule, one.count, one.text, one.cure) for one in trial.findings),
    )
    tally = msgspec.structs.asdict(trial.tally)
    console.print(Text("tally: " + ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in tally.items())))


def _console() -> Console:
    """Give a console; where it is no terminal, wide enough that no row is folded."""
    return Console(soft_wrap=True, width=None if sys.stdout.isatty() else 240)


def _section(console: Console, title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    table = _table(*columns)
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    if table.row_count:
        console.print(f"{title}: {table.row_count}")
        console.print(table)
        console.print()


def _table(*columns: str) -> Table:
    table = Table(*columns, box=None, pad_edge=False)
    for column in table.columns:
        column.overflow = "fold"
    return table


def _said(properties: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in properties.items() if name != "source")


def _position(geometry: Any) -> str:
    point = isinstance(geometry, dict) and geometry.get("type") == "Point"
    return ", ".join(map(str, geometry["coordinates"])) if point else str(geometry)
