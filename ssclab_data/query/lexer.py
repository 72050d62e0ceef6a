"""Cut the text of a query option into tokens that know their position (OData 4.01 ABNF as OGC 18-088 uses it)."""

import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC
from enum import StrEnum
from unicodedata import combining

import msgspec

from ssclab_data.errors import QuerySyntaxError, ValueParseError
from ssclab_data.model.values import Duration, Instant, Interval, Time, parse_local
from ssclab_data.query.ast import ID, WKT, Value

WIRE_ID = "@iot.id"
"""How SensorThings 1.x writes the handle."""

_CLOCK = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
# A client that forgets to encode the "+" of an offset sends a blank in its place.
_ZONE = r"(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?|[ ][0-9]{2}:[0-9]{2})"
_STAMP = rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:[Tt]{_CLOCK}{_ZONE}?)?"
_QUOTED = r"'(?:[^']|'')*+'"
_PLAIN = r"[\w@.~-]+"
_TOKEN = re.compile(
    "|".join(
        (
            r"(?P<blank>\s+)",
            rf"duration(?P<duration>{_QUOTED})",
            rf"geography(?P<geography>{_QUOTED})",
            rf"(?P<stamp>{_STAMP}(?:/{_STAMP})?)(?!\w)",
            rf"(?P<clock>{_CLOCK})(?!\w)",
            r"(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?!\w)",
            rf"(?P<text>{_QUOTED})",
            rf"(?P<name>(?:[^\W\d][\w.]*|@[\w.]+)(?:/(?:{_QUOTED}|{_PLAIN}))*)",
            r"(?P<option>\$\w+)",
            r"(?P<mark>[(),;:=*-])",
        )
    )
)
_SEGMENT = re.compile(rf"{_QUOTED}|{_PLAIN}")
_LOST_PLUS = re.compile(r"(:[0-9]{2}(?:\.[0-9]+)?) ([0-9]{2}:[0-9]{2})(?=/|$)")
_LARGEST = 2**63
_DIGITS = 19
_LONGEST_TIME = 200
_MARKS = 30
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class Located(str):
    """A name that remembers where it stood in the text; equal to the plain name, so nodes of the AST are too.

    Attributes:
        position: zero-based offset in the text of the option, or None.
    """

    __slots__ = ("position",)
    position: int | None

    def __new__(cls, text: str, position: int | None = None) -> "Located":
        """Make the name."""
        name = super().__new__(cls, text)
        name.position = position
        return name


class TokenKind(StrEnum):
    """What a token is."""

    VALUE = "value"
    NAME = "name"  # one name, or several joined by slashes
    OPTION = "option"
    MARK = "mark"
    END = "end"


class Token(msgspec.Struct, frozen=True):
    """One token.

    Attributes:
        text: as written.
        value: what a VALUE stands for.
        segments: the parts of a NAME, quotes taken off.
    """

    kind: TokenKind
    text: str
    position: int
    value: Value = None
    segments: tuple[Located, ...] = ()


def position_of(name: str) -> int | None:
    """Tell where a name stood in the text, if it was read from one."""
    return name.position if isinstance(name, Located) else None


def quoted(text: str) -> str:
    """Write a text between single quotes, those inside doubled."""
    return "'" + text.replace("'", "''") + "'"


def format_segment(name: str) -> str:
    """Write one part of a path, in quotes where it would not read back as it is.

    >>> format_segment("owner"), format_segment("a/b")
    ('owner', "'a/b'")
    """
    if name == ID:
        return WIRE_ID
    return name if re.fullmatch(_PLAIN, name) and name != WIRE_ID else quoted(name)


def parse_filter_time(text: str) -> Time:
    """Read a time as filters have it: a date or a stamp without zone is UTC, two with a slash are an interval.

    Raises:
        ValueParseError: it is no time.

    >>> str(parse_filter_time("2020-10-10"))
    '2020-10-10T00:00:00Z'
    """
    if len(text) > _LONGEST_TIME:
        raise ValueParseError(text[:40], "an ISO 8601 date and time")
    whole = _LOST_PLUS.sub(r"\1+\2", text)
    start, slash, end = whole.partition("/")
    return Interval(_instant(start), _instant(end)) if slash else _instant(start)


def parse_number(text: str) -> int | float:
    """Read a number; whole numbers beyond 64 bits become floating point.

    Raises:
        ValueParseError: it is beyond the range of floating point.
    """
    number = float(text)
    if math.isinf(number):
        raise ValueParseError(text[:40], "a number within the range of double precision")
    digits = text.lstrip("-")
    if not digits.isdecimal() or len(digits.lstrip("0")) > _DIGITS:
        return number
    whole = int(digits.lstrip("0") or "0") * (-1 if text.startswith("-") else 1)
    return whole if -_LARGEST <= whole < _LARGEST else number


def parse_clock(text: str) -> Duration:
    """Read a time of day, as what has passed since midnight.

    Raises:
        ValueParseError: it is none.

    >>> str(parse_clock("10:30:00"))
    'PT37800S'
    """
    if re.fullmatch(_CLOCK, text) is None:
        raise ValueParseError(text[:40], "a time of day (10:30:00) or a duration (PT10H30M)")
    midnight, moment = _instant("2000-01-01"), _instant(f"2000-01-01T{text}")
    return Duration(moment.us - midnight.us)


def tokenize(text: str) -> Iterator[Token]:
    """Cut a text into tokens, the last of kind END.

    Raises:
        QuerySyntaxError: a character that starts no token, or a value that is none.
    """
    broken = _SURROGATE.search(text)
    if broken is not None:
        raise QuerySyntaxError("half a surrogate pair, which is no character", position=broken.start())
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise QuerySyntaxError(_complaint(text[position]), position=position)
        if match.lastgroup != "blank":
            yield _token(match)
        position = match.end()
    yield Token(TokenKind.END, "", len(text))


def _token(match: re.Match[str]) -> Token:
    group, text, position = str(match.lastgroup), match[0], match.start()
    if group == "name":
        return Token(TokenKind.NAME, text, position, segments=tuple(_segments(text, position)))
    if group not in _READ:
        return Token(TokenKind(group), text, position)
    try:
        return Token(TokenKind.VALUE, text, position, value=_READ[group](match[group]))
    except ValueParseError as error:
        raise QuerySyntaxError(str(error), position=position) from error


def _segments(text: str, position: int) -> Iterator[Located]:
    for match in _SEGMENT.finditer(text):
        name = _unquoted(match[0]) if match[0].startswith("'") else match[0]
        yield Located(ID if match[0] == WIRE_ID else name, position + match.start())


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")


def _text(text: str) -> str:
    """Read a text; longer runs of combining marks than a language has take long to put in order (UAX 15, 13)."""
    if not text.isascii():
        run = 0
        for character in text:
            run = run + 1 if combining(character) else 0
            if run > _MARKS:
                raise ValueParseError(text[:40], f"a text of at most {_MARKS} combining marks in a row")
    return _unquoted(text)


def _instant(text: str) -> Instant:
    moment = parse_local(text)
    return Instant.of(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


_READ: dict[str, Callable[[str], Value]] = {
    "duration": lambda text: Duration.parse(_unquoted(text)),
    "geography": lambda text: WKT(_unquoted(text)),
    "stamp": parse_filter_time,
    "clock": parse_clock,
    "number": parse_number,
    "text": _text,
}


def _complaint(character: str) -> str:
    if character == "'":
        return "a text without a closing quote; a quote inside a text is doubled"
    if character == '"':
        return "a double quote; texts stand between single quotes"
    if character in "<>!&|+%":
        return f"unexpected {character!r}; operators are eq ne gt ge lt le and or not add sub mul div mod"
    if character.isdigit():
        return "neither a number nor a time; texts stand between single quotes"
    return f"unexpected {character!r}"
