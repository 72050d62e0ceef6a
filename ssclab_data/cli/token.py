"""Commands that keep the tokens by which others write to a lab: add, list, revoke."""

from pathlib import Path
from typing import Annotated

import typer

from ssclab_data.access import TokenFile
from ssclab_data.errors import SettingsError
from ssclab_data.lab_files import token_file

Target = Annotated[Path, typer.Argument(help="A lab's .db file, or its folder.")]
HUB_ENDINGS = (".yaml", ".yml")


def build() -> typer.Typer:
    """Give the commands."""
    group = typer.Typer(help="Keep the tokens of a lab.", no_args_is_help=True, rich_markup_mode=None)
    group.command()(add)
    group.command("list")(list_)
    group.command()(revoke)
    return group


def add(target: Target, name: Annotated[str, typer.Option(help="Who will write with it.")]) -> None:
    """Make a token and print it, this once; a running server knows it at once."""
    typer.echo(_tokens(target).add(name))
    typer.echo("Keep it now: it cannot be shown again.", err=True)


def list_(target: Target) -> None:
    """Print name, time of making and last characters of each token."""
    tokens = _tokens(target).tokens()
    width = max((len(token.name) for token in tokens), default=0)
    for token in tokens:
        typer.echo(f"{token.name:<{width}}  {token.created}  …{token.ends_in}")


def revoke(target: Target, name: Annotated[str, typer.Argument(help="Name of the token.")]) -> None:
    """Remove a token; a running server refuses it at once."""
    _tokens(target).revoke(name)
    typer.echo(f"{name} can no longer write")


def _tokens(target: Path) -> TokenFile:
    if target.suffix in HUB_ENDINGS:
        raise SettingsError(f"{target} is a hub, which nobody writes to; name the lab at its node")
    if not target.exists():
        raise SettingsError(f"{target} does not exist")
    return token_file(target)
