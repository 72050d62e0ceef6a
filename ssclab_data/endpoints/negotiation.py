"""Choose the media type of an answer from what a client takes (RFC 9110, 12.5.1)."""

from collections.abc import Sequence


def choose(accept: str, offered: Sequence[str]) -> str | None:
    """Give the offered media type that the client likes best; of equals the first offered; None when it takes none.

    >>> choose("text/html;q=0.5, application/ld+json", ("text/turtle", "application/ld+json"))
    'application/ld+json'
    >>> choose("", ("text/turtle", "text/html"))
    'text/turtle'
    """
    if not accept.strip():
        return offered[0]
    ranges = [_read(part) for part in accept.split(",")]
    best = max(offered, key=lambda media_type: _quality(media_type, ranges))
    return best if _quality(best, ranges) > 0 else None


def _read(part: str) -> tuple[str, float]:
    """Read one range and its weight; a weight that is no number counts as 0."""
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            digits = parameter[2:]
            return name, float(digits) if digits.replace(".", "", 1).isdecimal() else 0.0
    return name, 1.0


def _quality(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Give the weight of the most specific range that covers a media type."""
    for wanted in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        weights = [weight for name, weight in ranges if name == wanted]
        if weights:
            return max(weights)
    return 0.0
