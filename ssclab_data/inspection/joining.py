"""Join the outcomes of several targets into one report."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from ssclab_data.inspection.collecting import Collection
from ssclab_data.validation.outcome import Outcome


def join(outcomes: Sequence[Outcome]) -> Outcome:
    """Add outcomes of one profile up; findings keep the target they are of."""
    if len(outcomes) == 1:
        return outcomes[0]
    found = Collection()
    checked: Counter[str] = Counter()
    for outcome in outcomes:
        checked.update(outcome.checked)
        found.add(msgspec.structs.replace(one, where=one.where or outcome.target) for one in outcome.findings)
    return Outcome(
        target=", ".join(outcome.target for outcome in outcomes),
        profile=next((outcome.profile for outcome in outcomes), ""),
        started=next((outcome.started for outcome in outcomes), None),
        engines={kind: name for outcome in outcomes for kind, name in outcome.engines.items()},
        checked=dict(checked),
        records_read=sum(outcome.records_read for outcome in outcomes),
        records_rejected=sum(outcome.records_rejected for outcome in outcomes),
        findings=found.findings,
        series=tuple(series for outcome in outcomes for series in outcome.series),
    )
