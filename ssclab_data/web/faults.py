"""Name what can be wrong with an answer over HTTP."""

from enum import StrEnum


class WebFault(StrEnum):
    """What is wrong with an answer."""

    UNREACHABLE = "unreachable"  # no connection, or it ended before the answer
    BROKEN = "broken"  # not HTTP, cut off, or packed wrongly
    TOO_LARGE = "too-large"
    ADDRESS = "address"  # no address at all
    FORBIDDEN = "forbidden"  # an address that may not be asked
