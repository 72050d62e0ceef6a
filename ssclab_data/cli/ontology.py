"""Commands with which a workgroup keeps information models: check, and those that come beside it."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ssclab_data import resources
from ssclab_data.workgroup import check as checking
from ssclab_data.workgroup import reports
from ssclab_data.workgroup.faults import failed
from ssclab_data.workgroup.workspace import Workspace, find


class FaultFormat(StrEnum):
    """How to print what is wrong."""

    TABLE = "table"
    JSON = "json"
    SARIF = "sarif"


class Tongue(StrEnum):
    """Language of what is printed."""

    NL = "nl"
    EN = "en"


Strict = Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")]
Spoken = Annotated[Tongue, typer.Option("--language", help="Language of the messages.")]


def build() -> typer.Typer:
    """Give the commands."""
    group = typer.Typer(help="Keep information models.", no_args_is_help=True, rich_markup_mode=None)
    group.command()(check)
    return group


def check(
    targets: Annotated[list[str] | None, typer.Argument(help="Modules by id, or folders; all when left out.")] = None,
    strict: Strict = False,
    form: Annotated[FaultFormat, typer.Option("--format", help="How to print what is wrong.")] = FaultFormat.TABLE,
    language: Spoken = Tongue.EN,
) -> None:
    """Check modules and what lies beside them; exit code 1 when anything is wrong."""
    workspaces = find(targets or [])
    with _with_extensions(workspaces):
        faults = checking.check(workspaces)
    base = Path.cwd()
    if form is FaultFormat.JSON:
        sys.stdout.write(reports.as_json(faults, base=base))
    elif form is FaultFormat.SARIF:
        sys.stdout.write(reports.as_sarif(faults, language.value, base=base))
    else:
        sys.stdout.write(reports.as_lines(faults, language.value, base=base))
    raise typer.Exit(1 if failed(faults, strict=strict) else 0)


@contextmanager
def _with_extensions(workspaces: Iterable[Workspace]) -> Iterator[None]:
    """Take the extensions that are looked at into use, so that their code lists and modules are known."""
    before = resources.chosen()
    there = {str(one) for one in resources.extensions()}
    folders = {str(one.beside): None for one in workspaces if one.beside is not None}
    resources.use((*before, *(one for one in folders if one not in there)))
    try:
        yield
    finally:
        resources.use(before)
