"""Count what an ingest read, wrote and rejected, so that the sums add up."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ssclab_data.model.finding import Finding, Severity
from ssclab_data.model.sensorthings import ENTITY_TYPES
from ssclab_data.model.values import Instant
from ssclab_data.sources.base import Tally
from ssclab_data.stores.base import WriteReport
from ssclab_data.validation.report import by_weight, fold, fold_rules, plain, table
from ssclab_data.validation.rules import RULES, Place

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table

MAX_FINDINGS = 1000
_SHOWN_FINDINGS = 20


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the entities of one type.

    Attributes:
        unchanged: already there with the same values.
        ignored: another one of the same time is kept, as the Datastream's duplicate policy says.
        rejected: kept out by a check, or refused by that policy.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    ignored: int = 0
    rejected: int = 0

    @property
    def written(self) -> int:
        """How many were created or updated."""
        return self.created + self.updated

    @property
    def total(self) -> int:
        """How many there were."""
        return self.written + self.unchanged + self.ignored + self.rejected

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


class IngestReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an ingest did; reports are added with `+`, and `str` draws the tables.

    Attributes:
        files_read: files (or payloads) that were read and stored, in whole or in part.
        files_failed: files of which nothing was stored.
        parts_failed: parts of other files of which nothing was stored.
        tally: what became of the records and their fields.
        observations_read: Observations that the mapping made; they were created, updated, unchanged, ignored or
            rejected.
        entities: what became of the entities, by type; Observations too.
        findings: folded; when there are very many, those past the first 1,000 are counted by rule.
        quarantine: folder with what was rejected; None when none was given.
        quarantined: how many records were added to it.
        newest: the newest moment of the phenomenonTimes that are now stored and not after the run; None where there is
            none.
    """

    files_read: int = 0
    files_failed: int = 0
    parts_failed: int = 0
    tally: Tally = Tally()
    observations_read: int = 0
    entities: Mapping[str, Counts] = {}
    findings: tuple[Finding, ...] = ()
    quarantine: Path | None = None
    quarantined: int = 0
    newest: Instant | None = None

    @property
    def observations(self) -> Counts:
        """What became of the Observations."""
        return self.entities.get("Observation", Counts())

    @property
    def rejected(self) -> int:
        """How many files, records, entities and Observations were kept out, records kept in part included."""
        records = self.tally.records_rejected + self.tally.records_partly
        return (
            self.files_failed + self.parts_failed + records + sum(counts.rejected for counts in self.entities.values())
        )

    @property
    def adds_up(self) -> bool:
        """Whether every record, field and Observation that was read is accounted for."""
        tally = self.tally
        records = tally.records_mapped + tally.records_partly + tally.records_rejected
        fields = tally.fields_mapped + tally.fields_ignored + tally.fields_rejected
        return (
            tally.records_read == records
            and tally.fields_read == fields
            and self.observations_read == self.observations.total
        )

    def __add__(self, other: "IngestReport") -> "IngestReport":
        return total((self, other))

    def __rich__(self) -> "Group":
        return _draw(self)

    def __str__(self) -> str:
        return plain(_draw(self))


def total(reports: Sequence[IngestReport]) -> IngestReport:
    """Add reports up."""
    entities: dict[str, Counts] = {}
    for report in reports:
        for name, counts in report.entities.items():
            entities[name] = entities.get(name, Counts()) + counts
    return IngestReport(
        files_read=sum(report.files_read for report in reports),
        files_failed=sum(report.files_failed for report in reports),
        parts_failed=sum(report.parts_failed for report in reports),
        tally=sum((report.tally for report in reports), Tally()),
        observations_read=sum(report.observations_read for report in reports),
        entities={name: entities[name] for name in ENTITY_TYPES if name in entities},
        findings=bounded(fold(finding for report in reports for finding in report.findings)),
        quarantine=next((report.quarantine for report in reports if report.quarantine), None),
        quarantined=sum(report.quarantined for report in reports),
        newest=max((report.newest for report in reports if report.newest is not None), default=None),
    )


def counts_of(written: WriteReport, rejected: Mapping[str, int]) -> dict[str, Counts]:
    """Join what a store wrote and what was kept out, by entity type in the order of the model."""
    parts = (written.created, written.updated, written.unchanged, written.ignored, written.rejected, rejected)
    return {
        name: Counts(
            created=written.created.get(name, 0),
            updated=written.updated.get(name, 0),
            unchanged=written.unchanged.get(name, 0),
            ignored=written.ignored.get(name, 0),
            rejected=written.rejected.get(name, 0) + rejected.get(name, 0),
        )
        for name in ENTITY_TYPES
        if any(part.get(name) for part in parts)
    }


def bounded(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Keep the first findings apart and count the others by rule, so that a report stays small."""
    if len(findings) <= MAX_FINDINGS:
        return tuple(findings)
    rest: dict[tuple[str, Severity], int] = {}
    for finding in findings[MAX_FINDINGS:]:
        named = finding.value if finding.rule == "more-findings" else finding.rule
        rest[(named, finding.severity)] = rest.get((named, finding.severity), 0) + finding.count
    more = (
        msgspec.structs.replace(
            RULES["more-findings"].finding({"rule": rule}, Place(value=rule, count=count)), severity=severity
        )
        for (rule, severity), count in rest.items()
    )
    return (*findings[:MAX_FINDINGS], *more)


def _draw(report: IngestReport) -> "Group":
    from rich.console import Group
    from rich.text import Text

    failed = f", {report.files_failed} failed" if report.files_failed else ""
    failed += f", {report.parts_failed} parts of files failed" if report.parts_failed else ""
    parts: list[RenderableType] = [Text(f"{report.files_read} files read{failed}"), _records(report), _entities(report)]
    folded = by_weight(fold_rules(report.findings))
    if folded:
        parts += [Text(""), table(folded[:_SHOWN_FINDINGS])]
    if len(folded) > _SHOWN_FINDINGS:
        parts.append(Text(f"and {len(folded) - _SHOWN_FINDINGS} more kinds of findings"))
    if report.quarantine is not None and report.rejected:
        parts.append(Text(f"rejected records are in {report.quarantine}"))
    return Group(*parts)


def _records(report: IngestReport) -> "Table":
    tally = report.tally
    grid = _grid("", "read", "mapped", "in part", "ignored", "rejected")
    records = (tally.records_read, tally.records_mapped, tally.records_partly, None, tally.records_rejected)
    fields = (tally.fields_read, tally.fields_mapped, None, tally.fields_ignored, tally.fields_rejected)
    for name, row in (("records", records), ("fields", fields)):
        grid.add_row(name, *("" if number is None else f"{number:,}" for number in row))
    return grid


def _entities(report: IngestReport) -> "Table":
    grid = _grid("", "read", "created", "updated", "unchanged", "ignored", "rejected")
    for name, counts in report.entities.items():
        row = (counts.total, counts.created, counts.updated, counts.unchanged, counts.ignored, counts.rejected)
        grid.add_row(name, *(f"{number:,}" for number in row))
    return grid


def _grid(*columns: str) -> "Table":
    from rich.table import Table

    grid = Table(box=None, pad_edge=False, collapse_padding=True, title_justify="left")
    for column in columns:
        grid.add_column(column, justify="right" if column else "left", min_width=9)
    return grid
