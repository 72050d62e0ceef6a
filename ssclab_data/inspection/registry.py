"""Check a registry of units as a target of its own."""

from pathlib import Path

from ssclab_data.errors import SourceError
from ssclab_data.model.values import Instant
from ssclab_data.sources.beside import table_finding
from ssclab_data.sources.listing import read_lines
from ssclab_data.sources.register import TABLE, read_register
from ssclab_data.validation.outcome import Outcome


def check_registry(file: Path, now: Instant | None) -> Outcome:
    """Find what is wrong with the rows of a registry, each with its line.

    Raises:
        OSError: it cannot be read.
    """
    content = file.read_bytes()
    faults = read_register(content).faults
    wrong = {fault.field for fault in faults if fault.rule == "wrong-row"}
    return Outcome(
        target=str(file),
        profile="",
        started=now,
        engines={},
        checked={"row": _count(content)},
        records_read=_count(content),
        records_rejected=len(wrong),
        findings=tuple(table_finding(fault, str(file)) for fault in faults),
        series=(),
    )


def _count(content: bytes) -> int:
    try:
        return len(read_lines(content, TABLE))
    except SourceError:
        return 0
