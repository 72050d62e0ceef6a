"""Command `ssclab validate`: check files, a store or a live service, and report."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ssclab_data.cli.language import Language
from ssclab_data.cli.pairs import GivenOption, TableOption, pairs
from ssclab_data.errors import SettingsError
from ssclab_data.ingest.tables import REGISTRY_FILES, read_tables, registry_file
from ssclab_data.inspection.joining import join
from ssclab_data.inspection.payloads import read_payloads
from ssclab_data.inspection.registry import check_registry
from ssclab_data.inspection.run import Options, inspect
from ssclab_data.inspection.targets import is_service, read_target
from ssclab_data.lab import Lab
from ssclab_data.lab_files import LAB_FILE
from ssclab_data.model import codelists
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.values import Instant
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.mapping import find_source
from ssclab_data.validation.outcome import Outcome
from ssclab_data.validation.profile import load_profile
from ssclab_data.validation.report import exit_code
from ssclab_data.validation.reports import write_report
from ssclab_data.validation.reports.baseline import only_new
from ssclab_data.validation.reports.terminal import draw

_STORE_SUFFIX = ".db"


class Form(StrEnum):
    """How the report is written."""

    TABLE = "table"
    HTML = "html"
    JSON = "json"
    SARIF = "sarif"
    CSV = "csv"
    RDF = "rdf"


class Engine(StrEnum):
    """The engine of SHACL."""

    AUTO = "auto"
    PYSHACL = "pyshacl"
    SHACL = "shacl"


def validate(
    targets: Annotated[list[str], typer.Argument(help="Files, a store (.db), a lab folder, or the URL of a service.")],
    profile: Annotated[
        str, typer.Option(help="Profile, such as lab-air@1; none checks schemas and limits alone.")
    ] = "",
    source: Annotated[str, typer.Option(help="Source of payloads (see `ssclab sources`), or a mapping file.")] = "",
    form: Annotated[Form, typer.Option("--format", help="How to write the report.")] = Form.TABLE,
    out: Annotated[Path | None, typer.Option(help="File to write it to.")] = None,
    language: Annotated[Language, typer.Option(help="Language of the report.")] = Language.EN,
    baseline: Annotated[Path | None, typer.Option(help="JSON report of before: show only what is new.")] = None,
    municipality: Annotated[str, typer.Option(help="Lab key or CBS code: where the positions must lie.")] = "",
    engine: Annotated[Engine, typer.Option(help="Engine of SHACL.")] = Engine.AUTO,
    table: TableOption = None,
    given: GivenOption = None,
) -> None:
    """Check targets and report what is wrong; exit code 1 when anything is."""
    options = Options(
        profile=load_profile(profile) if profile else None,
        engine=engine.value,
        now=Instant.of(datetime.now(UTC)),
        place=_municipality(municipality) if municipality else None,
    )
    beside = SourceContext(tables=read_tables(pairs(table, "--table")), given=pairs(given, "--given"))
    outcome = _payloads(targets, source, beside, options=options) if source else _targets(targets, options)
    if baseline is not None:
        outcome = only_new(outcome, _read(baseline), where=str(baseline))
    _write(outcome, form, out, language.value)
    raise typer.Exit(exit_code(outcome.findings))


def _payloads(targets: Sequence[str], source: str, beside: SourceContext, *, options: Options) -> Outcome:
    place = options.place or LabInfo(key="target", name="")
    context = msgspec.structs.replace(beside, area=place.area, municipality=place.name)
    return inspect(read_payloads(find_source(source), [Path(target) for target in targets], context), options)


def _targets(targets: Sequence[str], options: Options) -> Outcome:
    return join([outcome for target in targets for outcome in _checked(target, options)])


def _checked(target: str, options: Options) -> Iterator[Outcome]:
    path = Path(target)
    if not is_service(target) and (path.suffix == _STORE_SUFFIX or (path / LAB_FILE).exists()):
        with Lab.open(path) as lab:
            yield lab.inspect(options)
        own = registry_file(path)
        if own is not None:
            yield check_registry(own, options.now)
        return
    if path.name in REGISTRY_FILES and path.is_file():
        yield check_registry(path, options.now)
        return
    if path.is_dir():
        raise SettingsError(f"{target} is a folder without a {LAB_FILE}; give a lab folder, or files and --source")
    yield inspect(read_target(target), options)


def _municipality(text: str) -> LabInfo:
    for info in codelists.municipalities().values():
        if text.lower() in (info.key, info.municipality, info.name.lower()):
            return info
    raise SettingsError(f"no municipality {text!r}; known: {', '.join(codelists.municipalities())}")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"baseline {path}: {error.strerror}") from error


def _write(outcome: Outcome, form: Form, out: Path | None, language: str) -> None:
    if out is None and form is Form.TABLE:
        from rich.console import Console

        Console().print(draw(outcome, language))
        return
    content = write_report(outcome, form.value, language)
    if out is None:
        sys.stdout.buffer.write(content)
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        raise SettingsError(f"cannot write {out}: {error.strerror}") from error
    typer.echo(f"wrote {out}", err=True)
