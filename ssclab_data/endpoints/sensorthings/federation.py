"""Tell in an answer how each lab of a hub answered."""

from collections.abc import Sequence
from typing import Any

from ssclab_data.stores.base import LabAnswer, Page


def member(page: Page) -> dict[str, Any]:
    """Make the member `federation` of a body."""
    return {"complete": page.complete, "sources": [_source(answer) for answer in page.answers]}


def headers(page: Page) -> dict[str, str]:
    """Make the headers of a hub's answer, which is never cached when partial; RFC 8941 says how they are written.

    >>> from ssclab_data.stores.base import AnswerStatus, LabAnswer, Page
    >>> answers = (LabAnswer(lab="breda", status=AnswerStatus.OK), LabAnswer(lab="3b", status=AnswerStatus.TIMEOUT))
    >>> headers(Page(entity_type="Thing", rows=(), answers=answers))["Federation-Status"]
    'complete=?0, sources=("breda";status=ok "3b";status=timeout)'
    """
    return status_of(page.answers)


def status_of(answers: Sequence[LabAnswer]) -> dict[str, str]:
    """Make the same headers of the answers of the labs; none where there are no labs."""
    if not answers:
        return {}
    complete = all(answer.arrived for answer in answers)
    sources = " ".join(f'"{answer.lab}";status={answer.status}' for answer in answers)
    status = {"Federation-Status": f"complete=?{int(complete)}, sources=({sources})"}
    return status if complete else {**status, "Cache-Control": "no-store"}


def _source(answer: LabAnswer) -> dict[str, Any]:
    source: dict[str, Any] = {
        "id": answer.lab,
        "status": answer.status,
        "rows": answer.rows,
        "elapsedMs": round(answer.elapsed_ms, 1),
    }
    return {**source, "reason": answer.reason} if answer.reason else source
