"""Put the commands together."""

import os
from importlib import metadata
from typing import Annotated

import typer

from ssclab_data import resources
from ssclab_data.cli import catalog, data, demo, mapping, ontology, publish, serving, sources, store, token, validate
from ssclab_data.settings import extension_folders, from_environment


def build() -> typer.Typer:
    """Give the command line with all its commands."""
    app = typer.Typer(
        name="ssclab",
        help="Map, validate, store, serve and federate municipal sensor data.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_version)
    for command in (
        demo.demo,
        data.init,
        data.ingest,
        data.replay,
        validate.validate,
        serving.serve,
        data.export,
        publish.publish,
        catalog.catalog,
    ):
        app.command()(command)
    app.add_typer(mapping.build(), name="mapping")
    app.add_typer(ontology.build(), name="ontology")
    app.add_typer(sources.build(), name="sources")
    app.add_typer(store.build(), name="store")
    app.add_typer(token.build(), name="token")
    return app


def _print(value: bool) -> None:
    if value:
        typer.echo(metadata.version("ssclab-data"))
        raise typer.Exit


def _version(
    version: Annotated[
        bool, typer.Option("--version", callback=_print, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Map, validate, store, serve and federate municipal sensor data."""
    resources.use(extension_folders(from_environment(os.environ)))
