"""Tell in an answer how each lab of a hub answered."""

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
    if not page.answers:
        return {}
    sources = " ".join(f'"{answer.lab}";status={answer.status}' for answer in page.answers)
    status = {"Federation-Status": f"complete=?{int(page.complete)}, sources=({sources})"}
    return status if page.complete else {**status, "Cache-Control": "no-store"}


def _source(answer: LabAnswer) -> dict[str, Any]:
    source: dict[str, Any] = {
        "id": answer.lab,
        "status": answer.status,
        "rows": answer.rows,
        "elapsedMs": round(answer.elapsed_ms, 1),
    }
    return {**source, "reason": answer.reason} if answer.reason else source
