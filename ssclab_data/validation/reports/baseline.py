"""Leave out what an earlier report has found already."""

import msgspec

from ssclab_data.model.finding import Finding
from ssclab_data.validation.outcome import Outcome
from ssclab_data.validation.reports.json_report import read_known


def only_new(outcome: Outcome, baseline: bytes, *, where: str) -> Outcome:
    """Keep the findings that a JSON report of before has not; the others are counted as known.

    Two findings are the same when rule, path, entity, file and text are; how often they were found does not count.

    Raises:
        SourceError: the baseline is no JSON report.
    """
    known = read_known(baseline, where=where)
    fresh = tuple(finding for finding in outcome.findings if _same(finding) not in known)
    left = sum(finding.count for finding in outcome.findings) - sum(finding.count for finding in fresh)
    return msgspec.structs.replace(outcome, findings=fresh, known=left)


def _same(finding: Finding) -> tuple[str, ...]:
    return finding.rule, finding.path, finding.entity, finding.where, finding.text
