"""Commands that look after a store: info, seal, check, compact, backup."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ssclab_data.errors import SettingsError
from ssclab_data.lab import Lab
from ssclab_data.stores import maintenance
from ssclab_data.stores.sqlite import SQLiteStore

Target = Annotated[Path, typer.Argument(help="A lab's .db file, or its folder.")]


def build() -> typer.Typer:
    """Give the commands."""
    group = typer.Typer(help="Look after a store.", no_args_is_help=True, rich_markup_mode=None)
    for command in (info, seal, check, compact, backup):
        group.command()(command)
    return group


def info(target: Target) -> None:
    """Print sizes and counts."""
    with _opened(target) as store:
        rows = maintenance.sizes(maintenance.info(store))
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        typer.echo(f"{name:<{width}}  {text}")


def seal(
    target: Target,
    least: Annotated[int, typer.Option(help="Leave Datastreams with fewer new Observations as they are.", min=1)] = 1,
) -> None:
    """Move new Observations into chunks now."""
    with _opened(target) as store:
        typer.echo(f"{store.seal(least):,} Observations moved into chunks")


def check(target: Target) -> None:
    """Check the file, every chunk and every counter; exit 1 when something is wrong."""
    found = 0
    with _opened(target) as store:
        for problem in maintenance.check(store):
            found += 1
            typer.echo(f"{problem.where}: {problem.what}")
    typer.echo(f"{found} problems" if found else "all is well")
    raise typer.Exit(1 if found else 0)


def compact(target: Target) -> None:
    """Write chunks that are not full together, and give free pages back to the disk."""
    with _opened(target) as store:
        typer.echo(f"{maintenance.compact(store):,} bytes fewer")


def backup(target: Target, copy: Annotated[Path, typer.Argument(help="File to make.")]) -> None:
    """Copy a store while it is in use."""
    with _opened(target) as store:
        maintenance.backup(store, copy)
    typer.echo(f"{copy}: {copy.stat().st_size:,} bytes")


@contextmanager
def _opened(target: Path) -> Iterator[SQLiteStore]:
    if not target.exists():
        raise SettingsError(f"{target} does not exist")
    with Lab.open(target) as lab:
        if not isinstance(lab.store, SQLiteStore):
            raise SettingsError(f"{target} is no SQLite store")
        yield lab.store
