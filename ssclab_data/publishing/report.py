"""Report what was published and what was not."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from ssclab_data.model.finding import Finding
from ssclab_data.validation.report import by_weight, fold_rules, plain, table

if TYPE_CHECKING:
    from rich.console import Group


class PublishReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a lab has published by now, and what this run did for it.

    Attributes:
        things: Things by policy.
        datastreams: that are published.
        kept_back: Datastreams that are not.
        read: Observations of the exact store, of all Things.
        copied: of these, those that are published one by one.
        aggregated: those that are in a published mean.
        suppressed: those that are not published: too few in their window, failed, or no numbers.
        pending: those whose window is not closed.
        replaced: those that another one of the same time stands for.
        not_published: those of Datastreams that are kept back.
        written: Observations that this run made or changed in the published store.
        removed: those that it deleted.
        held: means that it left as they were, because too few of their values have changed.
        examined: Datastreams that it looked at; the others have not changed.
        changed: whether it wrote anything.
        clean: whether no trace of what was deleted or changed is left in the file.
    """

    things: Mapping[str, int] = {}
    datastreams: int = 0
    kept_back: int = 0
    read: int = 0
    copied: int = 0
    aggregated: int = 0
    suppressed: int = 0
    pending: int = 0
    replaced: int = 0
    not_published: int = 0
    written: int = 0
    removed: int = 0
    held: int = 0
    examined: int = 0
    changed: bool = False
    clean: bool = True
    findings: tuple[Finding, ...] = ()

    @property
    def adds_up(self) -> bool:
        """Whether every Observation that was read is accounted for."""
        parts = (self.copied, self.aggregated, self.suppressed, self.pending, self.replaced, self.not_published)
        return self.read == sum(parts)

    def __rich__(self) -> "Group":
        return _draw(self)

    def __str__(self) -> str:
        return plain(_draw(self))


def _draw(report: PublishReport) -> "Group":
    from rich.console import Group
    from rich.text import Text

    policies = ", ".join(f"{number:,} {name}" for name, number in report.things.items()) or "none"
    kept = f"; {report.kept_back:,} are not published" if report.kept_back else ""
    lines = [
        f"Things: {policies}",
        f"Datastreams: {report.datastreams:,}{kept}; {report.examined:,} were looked at",
        f"Observations: {report.read:,} = {report.copied:,} copied + {report.aggregated:,} in means + "
        f"{report.suppressed:,} suppressed + {report.pending:,} pending + {report.replaced:,} replaced + "
        f"{report.not_published:,} not published",
        f"this run: {report.written:,} written, {report.removed:,} removed, {report.held:,} means held"
        if report.changed
        else "this run: nothing to write",
    ]
    if not report.clean:
        lines.append("another process reads the file: publish again, so that no trace of what was removed stays in it")
    parts = [Text("\n".join(lines))]
    return Group(*parts, *([table(by_weight(fold_rules(report.findings)))] if report.findings else []))
