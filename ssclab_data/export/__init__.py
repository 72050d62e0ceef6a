"""Write all that a store holds to a file: csv, geojson, ntriples, turtle or jsonld."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from ssclab_data.errors import SettingsError
from ssclab_data.export.features import write_geojson
from ssclab_data.export.graph import write_jsonld, write_ntriples, write_turtle
from ssclab_data.export.table import write_csv
from ssclab_data.stores.base import Store

type Writer = Callable[[Store, BinaryIO, str], int]

FORMATS: dict[str, Writer] = {
    "csv": write_csv,
    "geojson": write_geojson,
    "jsonld": write_jsonld,
    "ntriples": write_ntriples,
    "turtle": write_turtle,
}


def export(store: Store, format_: str, out: str | Path | BinaryIO, *, base_iri: str) -> int:
    """Write all that is stored.

    A file appears under its name only when it is whole; a name that ends in `.gz` is compressed.

    Args:
        format_: a key of `FORMATS`.
        base_iri: first part of every IRI.

    Returns:
        How many Observations (csv), Things (geojson) or triples (the others) were written.

    Raises:
        SettingsError: there is no such format, or the file cannot be written.
    """
    writer = FORMATS.get(format_)
    if writer is None:
        raise SettingsError(f"no export format {format_!r}; known: {', '.join(FORMATS)}")
    if not isinstance(out, (str, Path)):
        return writer(store, out, base_iri)
    with _whole_file(Path(out)) as file:
        return writer(store, file, base_iri)


@contextmanager
def _whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes its name when it is complete, and is gone when writing it failed."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as raw:
            if path.suffix == ".gz":
                with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as packed:
                    yield cast("BinaryIO", packed)
            else:
                yield raw
        part.replace(path)
    except OSError as error:
        raise SettingsError(f"cannot write {path}: {error}") from error
    finally:
        part.unlink(missing_ok=True)
