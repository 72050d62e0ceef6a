"""Bound what the fields of one payload can take of memory and time: few bytes can stand for many fields."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ssclab_data.sources.reading.text import ReadError

MOST_FIELDS = 10_000_000
"""The most fields of all records of a payload: what every record repeats counts each time."""

LONGEST_NAME = 1_000
"""The most characters of the names of the objects or elements that a field is in."""

MOST_ATTRIBUTES = 1_000
"""The most attributes of one element of XML."""

_left: ContextVar[int] = ContextVar("fields that a payload may still have")


@contextmanager
def bounded() -> Iterator[None]:
    """Let what is read within have so many fields, all together."""
    token = _left.set(MOST_FIELDS)
    try:
        yield
    finally:
        _left.reset(token)


def spend(fields: int) -> None:
    """Count fields of a payload that is being read; elsewhere nothing is counted.

    Raises:
        TooManyFields: there are more than it may have.
    """
    left = _left.get(None)
    if left is None:
        return
    _left.set(left - fields)
    if left < fields:
        raise TooManyFields(
            f"its records have more than {MOST_FIELDS:,} fields, with those that are repeated; split it"
        )


class TooManyFields(Exception):
    """A payload with too many fields; no `ReadError`, since those of one document leave the others to be read."""


def check_prefix(prefix: str) -> None:
    """Refuse names of objects that are so long that a few bytes in them would take much memory.

    Raises:
        ReadError: they are too long together.
    """
    if len(prefix) > LONGEST_NAME:
        raise ReadError(f"the names {prefix[:60]!r}… around a field are longer than {LONGEST_NAME:,} characters")
