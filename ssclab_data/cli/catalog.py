"""The command that writes the catalogue of a lab or a hub."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ssclab_data.cli.token import HUB_ENDINGS
from ssclab_data.errors import SettingsError
from ssclab_data.export.catalogue import Place, catalogue_of
from ssclab_data.federation import Federation
from ssclab_data.federation.harvest import harvest
from ssclab_data.lab import Lab
from ssclab_data.linked_data import writing
from ssclab_data.linked_data.dcat import CatalogueInfo, triples
from ssclab_data.model.lab import LabInfo
from ssclab_data.settings import Settings, from_environment


class CatalogFormat(StrEnum):
    """How a catalogue is written."""

    TURTLE = "turtle"
    JSONLD = "jsonld"
    NTRIPLES = "ntriples"


_MEDIA_TYPES = {
    CatalogFormat.TURTLE: writing.TURTLE,
    CatalogFormat.JSONLD: writing.JSONLD,
    CatalogFormat.NTRIPLES: writing.NTRIPLES,
}


def catalog(
    target: Annotated[Path, typer.Argument(help="A lab's .db file or folder, or a federation.yaml.")],
    form: Annotated[CatalogFormat, typer.Option("--format", help="How to write it.")] = CatalogFormat.TURTLE,
    out: Annotated[Path | None, typer.Option(help="File to write. Left out: standard output.")] = None,
    url: Annotated[
        str, typer.Option("--url", help="Public address at which it is served; SSCLAB_BASE_URL when left out.")
    ] = "",
) -> None:
    """Write the DCAT-AP-NL catalogue of a lab or a hub; exit code 1 when a lab of a hub did not answer."""
    settings = from_environment(os.environ)
    found, missing = _read(target, settings, url or settings.base_url)
    content = writing.document(triples(found), _MEDIA_TYPES[form])
    if out is None:
        sys.stdout.buffer.write(content)
    else:
        try:
            out.write_bytes(content)
        except OSError as error:
            raise SettingsError(f"cannot write {out}: {error.strerror}") from error
    for note in found.notes:
        if note.language == "en":
            typer.echo(note.text, err=True)
    raise typer.Exit(1 if missing else 0)


def _read(target: Path, settings: Settings, url: str) -> tuple[CatalogueInfo, bool]:
    """Give the catalogue, and whether a lab is missing in it."""
    if not target.exists():
        raise SettingsError(f"{target} does not exist")
    if target.suffix in HUB_ENDINGS:
        with Federation.open(target, settings=settings) as hub:
            info = LabInfo(key=hub.store.lab, name=hub.name, publication=hub.store.publication)
            harvested = harvest(hub.store, info, _place(url, settings))
            return harvested.catalogue, bool(harvested.catalogue.missing)
    with Lab.open_served(target, settings=settings) as lab:
        return catalogue_of(lab.store, lab.info, _place(url or lab.info.url, settings)), False


def _place(url: str, settings: Settings) -> Place:
    """Say where it is served.

    Raises:
        SettingsError: that is not known.
    """
    if not url.startswith(("http://", "https://")):
        raise SettingsError("give --url, the public address at which it is served, such as https://data.example.nl")
    return Place(base_url=url.rstrip("/"), base_iri=settings.base_iri)
