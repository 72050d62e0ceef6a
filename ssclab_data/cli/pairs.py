"""Read options that give a value by a name, such as `--table stations=FILE`."""

from collections.abc import Sequence
from typing import Annotated

import typer

from ssclab_data.errors import SettingsError

TableOption = Annotated[
    list[str] | None, typer.Option("--table", metavar="NAME=FILE", help="Table that the mapping looks things up in.")
]
GivenOption = Annotated[
    list[str] | None, typer.Option("--given", metavar="FIELD=TEXT", help="Field that records have which lack it.")
]


def pairs(texts: Sequence[str] | None, option: str) -> dict[str, str]:
    """Part `name=value` texts.

    Raises:
        SettingsError: one has no `=`, or a name comes twice.
    """
    found: dict[str, str] = {}
    for text in texts or ():
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise SettingsError(f"{option} {text!r}: write it as NAME=VALUE")
        if name in found:
            raise SettingsError(f"{option} gives {name!r} twice")
        found[name] = value
    return found
