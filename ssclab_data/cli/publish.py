"""The command that brings what the public gets to what a lab holds."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ssclab_data.errors import SettingsError
from ssclab_data.lab import Lab


def publish(
    target: Annotated[Path, typer.Argument(help="The lab's folder, with `publishing:` in its lab.yaml.")],
    out: Annotated[Path | None, typer.Option(help="File to make or bring up to date; public.db when left out.")] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Look at all of it, not at changes alone; accept a new key.")
    ] = False,
    owner: Annotated[
        str, typer.Option("--owner", help="Only print under which key the Thing of this key is published.")
    ] = "",
) -> None:
    """Derive from the exact store of a lab the one that the public gets; exit code 1 when traces of old data stay."""
    if not target.is_dir():
        raise SettingsError(f"{target} is no folder with a lab.yaml")
    with Lab.open(target) as lab:
        if owner:
            typer.echo(lab.published_key(owner))
            return
        report = lab.publish(out, full=full)
    Console().print(report)
    raise typer.Exit(0 if report.clean else 1)
