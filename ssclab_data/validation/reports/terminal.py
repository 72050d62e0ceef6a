"""Draw a report as tables for a terminal."""

from typing import TYPE_CHECKING

import msgspec

from ssclab_data.model.finding import Finding
from ssclab_data.validation.outcome import Outcome, SeriesSummary
from ssclab_data.validation.report import by_weight, fold_rules, plain, table
from ssclab_data.validation.reports.words import FLAGS, counts_of, length, number, verdict, word

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table

_SHOWN = 40
_SERIES = 20
_STYLES = {"verdict-good": "green", "verdict-warnings": "yellow", "verdict-bad": "red"}


def draw(outcome: Outcome, language: str) -> "Group":
    """Lay a report out: verdict, what was looked at, findings, series."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = [_verdict(outcome, language), _looked_at(outcome, language), Text("")]
    folded = [_shorter(finding, outcome.target) for finding in by_weight(fold_rules(outcome.findings))]
    parts.append(table(folded[:_SHOWN], language) if folded else Text(word("none", language)))
    if len(folded) > _SHOWN:
        parts.append(Text(f"+ {len(folded) - _SHOWN}: {word('more', language)}"))
    if outcome.series:
        parts += [Text(""), _series(outcome.series, language)]
    return Group(*parts)


def text_report(outcome: Outcome, language: str) -> bytes:
    """Draw a report without colours."""
    return plain(draw(outcome, language)).encode() + b"\n"


def _shorter(finding: Finding, target: str) -> Finding:
    """Leave out the place when it is the target itself; of other files the last part of the name will do."""
    where = "" if finding.where == target else finding.where.rpartition("/")[2]
    return msgspec.structs.replace(finding, where=where)


def _verdict(outcome: Outcome, language: str) -> "RenderableType":
    from rich.text import Text

    name = verdict(outcome)
    known = f", {number(outcome.known, language)} {word('known', language)}" if outcome.known else ""
    return Text(f"{word(name, language)}: {counts_of(outcome, language)}{known}", style=_STYLES[name])


def _looked_at(outcome: Outcome, language: str) -> "RenderableType":
    from rich.text import Text

    profile = outcome.profile or word("no-profile", language)
    looked = ", ".join(f"{name} {number(count, language)}" for name, count in outcome.checked.items())
    lines = [
        f"{word('target', language)}: {outcome.target}",
        f"{word('profile', language)}: {profile}",
        f"{word('looked-at', language)}: {looked or '0'}",
    ]
    if outcome.records_read:
        rejected = number(outcome.records_rejected, language)
        lines.append(
            f"{number(outcome.records_read, language)} {word('records', language)}, "
            f"{rejected} {word('rejected', language)}"
        )
    if outcome.engines:
        lines.append(f"{word('engines', language)}: {', '.join(outcome.engines.values())}")
    return Text("\n".join(lines))


def _series(series: tuple[SeriesSummary, ...], language: str) -> "Table":
    from rich.markup import escape
    from rich.table import Table

    flags = [(flag, name) for flag, name in FLAGS if any(one.flags.get(flag) for one in series)]
    grid = Table(word("series", language), box=None, pad_edge=False)
    grid.columns[0].overflow = "fold"
    worst = sorted(series, key=lambda one: -(one.flags.get(4, 0) + one.flags.get(3, 0)))
    rows = [
        (
            number(one.count, language),
            length(one.cadence),
            number(one.gap_count, language),
            *(number(one.flags.get(flag, 0), language) for flag, _ in flags),
        )
        for one in worst[:_SERIES]
    ]
    for at, name in enumerate(("count", "cadence", "gaps", *(name for _, name in flags))):
        head = word(name, language)
        least = max(len(head), *(len(row[at]) for row in rows)) if rows else len(head)
        grid.add_column(head, justify="right", no_wrap=True, min_width=least)
    for one, cells in zip(worst, rows, strict=False):
        grid.add_row(escape(one.name or one.datastream), *cells)
    if len(worst) > _SERIES:
        grid.add_row(f"+ {number(len(worst) - _SERIES, language)}")
    return grid
