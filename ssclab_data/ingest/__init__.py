"""Bring payloads into a store: source, checks, store, and a report that adds up."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import msgspec

from ssclab_data.errors import SourceError, StoreError, UnknownSourceError
from ssclab_data.ingest.checks import part
from ssclab_data.ingest.files import read_parts
from ssclab_data.ingest.newest import newest
from ssclab_data.ingest.options import IngestOptions, Progress
from ssclab_data.ingest.places import write
from ssclab_data.ingest.quarantine import Entry, Quarantine
from ssclab_data.ingest.report import Counts, IngestReport, counts_of, total
from ssclab_data.model.finding import Finding
from ssclab_data.sources.base import MappedPayload, Source
from ssclab_data.sources.mapping import load_source
from ssclab_data.stores.base import Store
from ssclab_data.validation.quality import Clock
from ssclab_data.validation.report import fold
from ssclab_data.validation.rules import RULES, Place

__all__ = ["IngestOptions", "IngestReport", "Progress", "ingest_files", "ingest_payload", "replay"]


def ingest_payload(store: Store, source: Source, payload: bytes, *, options: IngestOptions) -> IngestReport:
    """Map, check and store one payload, in one transaction."""
    return _Run(store, options).payload(source, payload, where=options.context.where)


def ingest_files(
    store: Store, source: Source, paths: Sequence[Path], *, options: IngestOptions | None = None
) -> IngestReport:
    """Map, check and store files, each in one transaction; a file that fails does not stop the others."""
    run = _Run(store, options or IngestOptions())
    sizes = [path.stat().st_size if path.exists() else 0 for path in paths]
    reports = []
    for number, path in enumerate(paths):
        reports.append(run.file(source, path, tell=partial(run.tell, str(path), number=number, sizes=sizes)))
        run.tell(str(path), number=number + 1, sizes=sizes)
    return run.finish(reports)


def replay(store: Store, quarantine: Path, *, options: IngestOptions | None = None) -> IngestReport:
    """Read the rejected records of a quarantine again; what passes leaves it.

    Raises:
        SettingsError: the quarantine cannot be read.
    """
    options = options or IngestOptions()
    kept = Quarantine(quarantine, max_bytes=options.max_quarantine_bytes)
    run = _Run(store, msgspec.structs.replace(options, quarantine=None))
    entries = list(kept.entries())
    reports, left = [], []
    for entry in entries:
        report = run.entry(entry)
        reports.append(report)
        if report.rejected:
            left.append(msgspec.structs.replace(entry, findings=report.findings))
    if len(left) < len(entries):
        kept.replace(left)
    return msgspec.structs.replace(total(reports), quarantine=quarantine)


class _Run:
    """One run: where it writes and what it may."""

    def __init__(self, store: Store, options: IngestOptions) -> None:
        self.store = store
        self.options = options
        self.clock = None if options.now is None else Clock(options.now, options.ahead)
        self.quarantine = None
        if options.quarantine is not None:
            self.quarantine = Quarantine(options.quarantine, max_bytes=options.max_quarantine_bytes)

    def file(self, source: Source, path: Path, *, tell: Callable[..., None]) -> IngestReport:
        """Ingest one file; a large one in parts, each in a transaction of its own."""
        reports: list[IngestReport] = []
        records = 0
        for found in read_parts(path, source, self.options.max_file_bytes):
            if isinstance(found, Finding):
                reports.append(IngestReport(files_failed=1, findings=(found,)))
                continue
            report = self.payload(source, found.content, where=str(path), first=records)
            records += report.tally.records_read
            reports.append(report)
            tell(within=found.done)
        return _one_file(reports)

    def entry(self, entry: Entry) -> IngestReport:
        """Ingest what a quarantine holds."""
        try:
            return self.payload(load_source(entry.source), entry.payload, where=entry.where)
        except UnknownSourceError as error:
            return _failed(str(error), entry.where)

    def payload(self, source: Source, payload: bytes, *, where: str, first: int = 0) -> IngestReport:
        """Ingest one payload.

        Args:
            first: number of its first record in the file that it is a part of.
        """
        try:
            mapped = source.read(payload, msgspec.structs.replace(self.options.context, where=where))
        except SourceError as error:
            return _failed(error.message, where, rule="wrong-payload")
        return self._mapped(source.name, _numbered(mapped, first), payload=payload, where=where)

    def _mapped(self, source: str, mapped: MappedPayload, *, payload: bytes, where: str) -> IngestReport:
        parted = part(mapped, self.clock, quality=self.options.quality)
        findings = (*mapped.findings, *(_placed(finding, where) for finding in parted.findings))
        try:
            stored = self.store.transact(partial(write, batch=parted.batch, tolerance=mapped.tolerance))
        except StoreError as error:
            kept = self._keep([Entry(source=source, where=where, payload=payload)])
            return _not_stored(mapped, str(error), where, quarantined=kept)
        entries = [
            Entry(source=source, where=where, record=one.record, payload=one.payload, findings=one.findings)
            for one in mapped.rejected
        ]
        if parted.held:
            entries.append(Entry(source=source, where=where, payload=payload, findings=parted.findings))
        written = stored.report
        findings = (*findings, *(_placed(finding, where) for finding in stored.findings))
        unchanged = dict(written.unchanged)
        if parted.repeated:
            unchanged["Observation"] = unchanged.get("Observation", 0) + parted.repeated
        return IngestReport(
            files_read=1,
            tally=mapped.tally,
            observations_read=sum(len(one) for one in mapped.series),
            entities=counts_of(msgspec.structs.replace(written, unchanged=unchanged), parted.rejected),
            findings=fold(findings),
            quarantine=self.options.quarantine,
            quarantined=self._keep(entries),
            newest=newest(parted.batch.series, self.options.now),
        )

    def _keep(self, entries: Iterable[Entry]) -> int:
        if self.quarantine is None:
            return 0
        run = "" if self.options.now is None else str(self.options.now)
        return sum(self.quarantine.add(msgspec.structs.replace(entry, run=run)) for entry in entries)

    def finish(self, reports: Sequence[IngestReport]) -> IngestReport:
        """Add up, and say it when the quarantine was full."""
        report = msgspec.structs.replace(total(reports), quarantine=self.options.quarantine)
        if self.quarantine is None or not self.quarantine.full:
            return report
        full = RULES["quarantine-full"].finding({"limit": f"{self.options.max_quarantine_bytes:,}"})
        return msgspec.structs.replace(report, findings=(*report.findings, full))

    def tell(self, where: str, *, number: int, sizes: Sequence[int], within: int = 0) -> None:
        """Tell the caller how far it is: files done, and bytes read of the one at hand."""
        if self.options.progress is not None:
            self.options.progress(
                Progress(
                    where=where,
                    files_done=number,
                    files_total=len(sizes),
                    bytes_done=sum(sizes[:number]) + within,
                    bytes_total=sum(sizes),
                )
            )


def _numbered(mapped: MappedPayload, first: int) -> MappedPayload:
    """Number the records by their place in the file that the payload is a part of."""
    if not first:
        return mapped
    findings = [
        one if one.record is None else msgspec.structs.replace(one, record=one.record + first)
        for one in mapped.findings
    ]
    rejected = [msgspec.structs.replace(one, record=one.record + first) for one in mapped.rejected]
    return msgspec.structs.replace(mapped, findings=tuple(findings), rejected=tuple(rejected))


def _one_file(reports: Sequence[IngestReport]) -> IngestReport:
    """Add up the parts of a file; where some were stored, those of which nothing was are counted as parts."""
    report = total(reports)
    if not report.files_read:
        return msgspec.structs.replace(report, files_failed=1)
    return msgspec.structs.replace(report, files_read=1, files_failed=0, parts_failed=report.files_failed)


def _failed(reason: str, where: str, *, rule: str = "not-stored") -> IngestReport:
    finding = RULES[rule].finding({"reason": reason}, Place(where=where))
    return IngestReport(files_failed=1, findings=(finding,))


def _not_stored(mapped: MappedPayload, reason: str, where: str, *, quarantined: int) -> IngestReport:
    """Count all that a payload held as rejected."""
    rows = sum(len(one) for one in mapped.series)
    report = _failed(reason, where)
    return msgspec.structs.replace(
        report,
        tally=mapped.tally,
        observations_read=rows,
        entities={"Observation": Counts(rejected=rows)},
        findings=(*mapped.findings, *report.findings),
        quarantined=quarantined,
    )


def _placed(finding: Finding, where: str) -> Finding:
    return finding if finding.where else msgspec.structs.replace(finding, where=where)
