"""Say what an ingest may be told: context, quarantine, clock, limits, and whom to tell how far it is."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from ssclab_data.model.values import Duration, Instant
from ssclab_data.sources.base import SourceContext
from ssclab_data.validation.series_rules import SeriesRules

MEBIBYTE = 1 << 20


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far an ingest is.

    Attributes:
        where: the file that is read, or was just done.
        bytes_total: sizes on disk; a file that cannot be measured counts as 0.
    """

    where: str
    files_done: int
    files_total: int
    bytes_done: int
    bytes_total: int


class IngestOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What an ingest may be told.

    Attributes:
        context: area and municipality of the lab; `where` is set for each file.
        quarantine: folder for what is rejected, made when it is needed; None keeps nothing of it.
        now: time of the run: recorded in the quarantine, and times after it are findings; None leaves both out.
        ahead: how far a source's clock may be ahead of `now`.
        quality: rules of quality control, those of a profile; rows without a resultQuality get one, and none is kept
            out. None gives no resultQuality.
        progress: called after each part of a file, and after each file.
        max_file_bytes: the largest file, unpacked, that is read where it cannot be read in parts (tables, JSON lists
            and JSON lines can).
        max_quarantine_bytes: the most that the quarantine holds.
    """

    context: SourceContext = SourceContext()
    quarantine: Path | None = None
    now: Instant | None = None
    ahead: Duration = Duration(15 * 60 * 1_000_000)
    quality: SeriesRules | None = None
    progress: Callable[[Progress], None] | None = None
    max_file_bytes: int = 256 * MEBIBYTE
    max_quarantine_bytes: int = 256 * MEBIBYTE
