"""Find out what a target is, by its address, name and content, and read it."""

from pathlib import Path

from ssclab_data.errors import SourceError
from ssclab_data.ingest.files import read_file
from ssclab_data.ingest.options import IngestOptions
from ssclab_data.inspection.content import Content
from ssclab_data.inspection.documents import read_documents
from ssclab_data.inspection.linked_data import read_linked_data
from ssclab_data.inspection.service import read_service
from ssclab_data.inspection.table import NEEDED, read_table
from ssclab_data.linked_data.graphs import JSONLD, media_type_of
from ssclab_data.model.finding import Finding

_CONTEXT = b'"@context"'
_HEAD = 4_096


def is_service(target: str) -> bool:
    """Tell whether a target is an address."""
    return target.startswith(("http://", "https://"))


def read_target(target: str) -> Content:
    """Read a service by its address, or a file of SensorThings JSON, linked data or CSV.

    Raises:
        SourceError: it is none of them; a payload of a vendor needs its source.
        SettingsError: the address cannot be used.
    """
    if is_service(target):
        return read_service(target)
    content = read_file(Path(target), IngestOptions().max_file_bytes)
    if isinstance(content, Finding):
        return Content(target=target, findings=(content,))
    return _read(content, target)


def _read(content: bytes, where: str) -> Content:
    media_type = media_type_of(where.removesuffix(".gz"))
    start = content[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if media_type is not None:
        return read_linked_data(content, media_type, where=where)
    if start[:1] in (b"{", b"[") and _CONTEXT in start:
        return read_linked_data(content, JSONLD, where=where)
    if start[:1] in (b"{", b"["):
        return read_documents(content, where=where)
    if start.split(b"\n", 1)[0].count(b",") >= len(NEEDED) - 1:
        return read_table(content, where=where)
    raise SourceError(
        "neither SensorThings JSON, nor linked data, nor CSV; for a payload of a vendor give --source",
        source="validate",
        where=where,
    )
