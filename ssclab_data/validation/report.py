"""Fold, sort and print findings."""

from collections.abc import Iterable, Sequence
from io import StringIO
from typing import TYPE_CHECKING

import msgspec

from ssclab_data.model.finding import Finding, Severity
from ssclab_data.model.showing import lines

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

_LONGEST = 2000
_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
_DUTCH = {Severity.ERROR: "fout", Severity.WARNING: "waarschuwing", Severity.INFO: "opmerking"}
_STYLE = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "dim"}


def fold(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Make one of findings that say the same of the same place; the counts are added, the first record is kept."""
    folded: dict[tuple[str, ...], Finding] = {}
    for finding in findings:
        key = identity(finding)
        known = folded.get(key)
        folded[key] = finding if known is None else counted(known, finding.count)
    return tuple(folded.values())


def identity(finding: Finding) -> tuple[str, ...]:
    """Give what two findings share that say the same of the same place."""
    return (finding.rule, finding.severity, finding.where, finding.path, finding.entity, finding.text)


def counted(finding: Finding, more: int) -> Finding:
    """Give a finding that was found so many times more."""
    return msgspec.structs.replace(finding, count=finding.count + more)


def fold_rules(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Make one finding of each rule and path, whatever the file and entity; the first is the example."""
    folded: dict[tuple[str, ...], Finding] = {}
    for finding in findings:
        key = (finding.rule, finding.severity, finding.path)
        known = folded.get(key)
        folded[key] = finding if known is None else counted(known, finding.count)
    return tuple(folded.values())


def by_weight(findings: Iterable[Finding]) -> list[Finding]:
    """Sort errors first, then the most frequent, then by rule, file, record and path."""
    return sorted(findings, key=_weight)


def has_errors(findings: Iterable[Finding]) -> bool:
    """Tell whether a finding is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def exit_code(findings: Iterable[Finding], rejected: int = 0) -> int:
    """Give the exit code of a command: 1 when something was rejected or a finding is an error, else 0."""
    return 1 if rejected or has_errors(findings) else 0


def table(findings: Sequence[Finding], language: str = "en") -> "Table":
    """Lay findings out as a table, in the order given."""
    from rich.markup import escape
    from rich.table import Table

    columns = ("ernst", "regel", "waar", "bericht") if language == "nl" else ("severity", "rule", "where", "message")
    grid = Table("#", *columns, title_justify="left", box=None, pad_edge=False)
    grid.columns[0].justify = "right"
    grid.columns[3].overflow = "fold"
    for finding in findings:
        style = _STYLE[finding.severity]
        severity = _DUTCH[finding.severity] if language == "nl" else finding.severity.value
        cells = (severity, finding.rule, place(finding), finding.message(language))
        grid.add_row(str(finding.count), *(escape(lines(cell, _LONGEST)) for cell in cells), style=style)
    return grid


def place(finding: Finding) -> str:
    """Say where a finding lies: file, record, entity and path, as far as known."""
    record = f"#{finding.record}" if finding.record is not None else ""
    return " ".join(part for part in (f"{finding.where}{record}", f"{finding.entity}{finding.path}") if part)


def plain(renderable: "RenderableType", width: int = 120) -> str:
    """Draw a rich renderable as text without colours."""
    from rich.console import Console

    buffer = StringIO()
    console = Console(file=buffer, width=width, color_system=None, force_terminal=False, legacy_windows=False)
    console.print(renderable)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines())


def _weight(finding: Finding) -> tuple[int, int, str, str, int, str]:
    record = -1 if finding.record is None else finding.record
    return (_RANK[finding.severity], -finding.count, finding.rule, finding.where, record, finding.path)
