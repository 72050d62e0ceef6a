"""Collect findings and counts of a run, in memory that does not grow with the data."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from ssclab_data.model.finding import Finding
from ssclab_data.validation.report import counted, identity
from ssclab_data.validation.rules import RULES, Place

MAX_FINDINGS = 5_000
"""So many different findings are kept apart; the others are counted by rule and severity."""


class Collection:
    """Findings folded as they come: those that say the same of the same place are one with a count."""

    def __init__(self) -> None:
        self.checked: Counter[str] = Counter()
        self._folded: dict[tuple[str, ...], Finding] = {}
        self._beyond: Counter[tuple[str, str]] = Counter()

    def add(self, findings: Iterable[Finding]) -> None:
        """Take findings in."""
        for finding in findings:
            key = identity(finding)
            known = self._folded.get(key)
            if known is not None:
                self._folded[key] = counted(known, finding.count)
            elif len(self._folded) < MAX_FINDINGS:
                self._folded[key] = finding
            else:
                self._beyond[finding.rule, finding.severity] += finding.count

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was found; the rules of which more was found than is kept apart come last."""
        return (*self._folded.values(), *self._counted())

    def _counted(self) -> Iterable[Finding]:
        for (rule, severity), count in sorted(self._beyond.items()):
            made = RULES["more-findings"].finding({"rule": rule}, Place(value=rule, count=count))
            yield msgspec.structs.replace(made, severity=severity)
