"""Say what every answer must be, whatever was asked: documented, whole, and never a fault of ours."""

import re
from pathlib import Path

from .server import Answer

_DOCS = Path(__file__).resolve().parents[2] / "docs" / "errors.md"
GOOD = (200, 201, 204, 304)


def documented() -> dict[str, set[int]]:
    """Read from the documentation which codes of errors there are, with the statuses of each."""
    rows = re.findall(r"^\| `([a-z-]+)` \| ([^|]*) \|", _DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    return {code: {int(status) for status in re.findall(r"\d{3}", statuses)} for code, statuses in rows}


CODES = documented()


def check(answer: Answer) -> None:
    """Make sure that an answer is one that the documentation knows."""
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    if answer.status in GOOD:
        if answer.status in (204, 304) or (answer.status == 201 and not answer.body):
            assert answer.body == b""
        elif media_type in ("application/json", "application/geo+json"):
            answer.json()
        else:
            assert media_type in ("text/plain", "text/csv", "text/html", "multipart/mixed"), media_type
        return
    assert answer.status < 500 or answer.status in (501, 503), answer
    assert media_type == "application/problem+json", answer
    problem = answer.json()
    assert problem["status"] == answer.status
    assert answer.status in CODES[problem["code"]], problem
    assert problem["detail"] == problem["message"] != ""
