"""Compile the patterns of JSON Schema, which are those of ECMA-262, as Python's."""

import re
from functools import cache

_SPACE = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_WORD, _DIGIT = "A-Za-z0-9_", "0-9"
_OUTSIDE = {
    r"\d": f"[{_DIGIT}]",
    r"\D": f"[^{_DIGIT}]",
    r"\w": f"[{_WORD}]",
    r"\W": f"[^{_WORD}]",
    r"\s": f"[{_SPACE}]",
    r"\S": f"[^{_SPACE}]",
    "$": r"\Z",
}
_INSIDE = {r"\d": _DIGIT, r"\w": _WORD, r"\s": _SPACE}
_PIECE = re.compile(r"\\.|.", re.DOTALL)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    r"""Compile a pattern as ECMA-262 means it: `$` is the end of the text, `\d` ten digits, `\s` its own white space.

    Raises:
        re.error: it is no pattern.

    >>> [bool(compiled("^\\d+$").search(text)) for text in ("12", "12\n", "١٢")]
    [True, False, False]
    """
    return re.compile("".join(_translated(pattern)))


def _translated(pattern: str) -> list[str]:
    parts: list[str] = []
    inside = False
    for piece in _PIECE.findall(pattern):
        parts.append((_INSIDE if inside else _OUTSIDE).get(piece, piece))
        inside = piece != "]" if inside else piece == "["
    return parts
