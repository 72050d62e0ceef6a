"""Commands on data: init, ingest, replay, export."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from ssclab_data.cli.pairs import GivenOption, TableOption, pairs
from ssclab_data.errors import SettingsError
from ssclab_data.ingest import IngestReport
from ssclab_data.ingest import Progress as Step
from ssclab_data.lab import Lab
from ssclab_data.lab_files import LAB_FILE
from ssclab_data.model import codelists
from ssclab_data.model.identity import check_lab_key
from ssclab_data.validation.report import exit_code

_LAB = """# A living lab. `ssclab serve` and `ssclab ingest --lab` take this folder.
key: {key}                # 1 to 32 of a-z, 0-9 and '-'; part of every IRI, so never change it
name: {name}
municipality: "{code}"   # CBS code such as gm0758; empty where there is none
character: {character}
area:                   # lon/lat box in CRS84 degrees; a position outside it is a finding
  west: {west}
  south: {south}
  east: {east}
  north: {north}
# What the catalogue (/catalog, DCAT-AP-NL) says of the data; what is left out is named as missing there.
# publication:
#   contact:              # a team, not a person: it is published
#     name: Team Data
#     email: data@example.nl
#   licence: cc0          # cc0 and cc-by-4.0 are what the regulation on high-value data asks
#   documentation: https://example.nl/sensordata
#   terms: https://example.nl/voorwaarden   # terms of use, and quality of the service
# What the public gets of places at homes; see docs/publishing.md. Without it all places are public.
# publishing:
#   policies: {{public-space: exact, home: grid250, person-carried: municipality}}
"""

LabOption = Annotated[Path, typer.Option("--lab", help="The lab's .db file, or its folder with a lab.yaml.")]


class ExportFormat(StrEnum):
    """What a store is written as."""

    CSV = "csv"
    GEOJSON = "geojson"
    NTRIPLES = "ntriples"
    TURTLE = "turtle"
    JSONLD = "jsonld"


def init(
    directory: Annotated[Path, typer.Argument(help="Folder to make.")],
    key: Annotated[str, typer.Option(help="Key of the lab; the folder's name when left out.")] = "",
) -> None:
    """Make a folder for a lab, with a lab.yaml that explains itself."""
    key = check_lab_key(key or directory.name)
    known = codelists.municipalities().get(key)
    area = known.area if known is not None and known.area is not None else None
    text = _LAB.format(
        key=key,
        name=known.name if known else key,
        code=known.municipality if known else "",
        character=known.character if known else "mixed",
        west=area.west if area else 3.3,
        south=area.south if area else 50.7,
        east=area.east if area else 7.3,
        north=area.north if area else 53.6,
    )
    file = directory / LAB_FILE
    if file.exists():
        raise SettingsError(f"{file} is there already")
    directory.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    typer.echo(f"made {file}; look at it, then: ssclab ingest SOURCE FILES --lab {directory}")


def ingest(
    source: Annotated[str, typer.Argument(help="Name of a source (see `ssclab sources list`), or a mapping file.")],
    paths: Annotated[list[str], typer.Argument(help="Files, and patterns such as 'hours/*.json.gz'.")],
    lab: LabOption,
    key: Annotated[str, typer.Option(help="Key of the lab, where the .db file is new.")] = "",
    profile: Annotated[str, typer.Option(help="Profile by whose rules rows get a resultQuality.")] = "",
    quarantine: Annotated[Path | None, typer.Option(help="Folder for rejected records.")] = None,
    table: TableOption = None,
    given: GivenOption = None,
) -> None:
    """Map, check and store files; exit code 1 when anything was rejected."""
    with Lab.open(lab, key=key) as opened, _bar() as bar:
        task = bar.add_task("", total=None)

        def step(done: Step) -> None:
            bar.update(
                task,
                completed=done.bytes_done,
                total=done.bytes_total,
                description=f"{done.files_done}/{done.files_total}",
            )

        report = opened.ingest(
            source,
            *paths,
            profile=profile,
            quarantine=quarantine,
            progress=step,
            tables=pairs(table, "--table"),
            given=pairs(given, "--given"),
        )
    _finish(report)


def replay(
    quarantine: Annotated[Path, typer.Argument(help="Folder with rejected records.")],
    lab: LabOption,
    table: TableOption = None,
    given: GivenOption = None,
) -> None:
    """Read rejected records again; what passes is stored and leaves the quarantine."""
    with Lab.open(lab) as opened:
        report = opened.replay(quarantine, tables=pairs(table, "--table"), given=pairs(given, "--given"))
    _finish(report)


def export(
    target: Annotated[Path, typer.Argument(help="The lab's .db file, or its folder.")],
    form: Annotated[ExportFormat, typer.Option("--format", help="What to write.")],
    out: Annotated[Path | None, typer.Option(help="File to write; .gz compresses. Left out: standard output.")] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Write the exact store of a lab that has `publishing:`; for the city alone.")
    ] = False,
) -> None:
    """Write all that a lab holds; of a lab that has `publishing:`, what is published."""
    with Lab.open_served(target, exact=exact) as lab:
        count = lab.export(form.value, out if out is not None else sys.stdout.buffer)
    typer.echo(f"{count:,} written", err=True)


def _finish(report: IngestReport) -> None:
    Console().print(report)
    raise typer.Exit(exit_code(report.findings, report.rejected))


def _bar() -> Progress:
    columns = (TextColumn("files {task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
