"""Decide by the answers to earlier requests whether a request of a batch is carried out (`if`)."""

import re
from collections.abc import Callable, Iterator

from ssclab_data.errors import BodyError

_TOKEN = re.compile(r"\s*(?:(?P<name>\$[^\s()/]+(?:/\$succeeded)?)|(?P<word>[A-Za-z]+)|(?P<mark>[()]))")
_SUCCEEDED = "/$succeeded"
_WORDS = {"true": True, "false": False}
_MOST_CHARACTERS = 500
_MOST_NESTED = 20
_KNOWN = ("$id/$succeeded", "$id", "not", "and", "or", "true", "false", "( )")


def holds(condition: str, *, succeeded: Callable[[str], bool], found: Callable[[str], bool]) -> bool:
    """Evaluate a condition: `$id/$succeeded` by OData 4.01, `$id` by FROST-Server.

    Args:
        succeeded: tells of an id or a name of a group whether it succeeded.
        found: tells of an id whether an entity was made or found.

    Raises:
        BodyError: it is no condition.

    >>> ids = ("a",).__contains__
    >>> holds("$a/$succeeded and not ($b)", succeeded=ids, found=ids)
    True
    """
    return _Reader(condition, succeeded, found).whole()


def check_condition(condition: str, *, at: str) -> None:
    """Make sure that a text is a condition.

    Raises:
        BodyError: it is none.
    """
    try:
        holds(condition, succeeded=bool, found=bool)
    except BodyError as error:
        raise BodyError(str(error), path=at) from error


class _Reader:
    """Read a condition and evaluate it on the way."""

    def __init__(self, text: str, succeeded: Callable[[str], bool], found: Callable[[str], bool]) -> None:
        self._tokens = list(_cut(text))
        if self._tokens.count("(") + self._tokens.count("not") > _MOST_NESTED:
            raise BodyError(f"a condition has at most {_MOST_NESTED} of `not` and `(`")
        self._succeeded = succeeded
        self._found = found

    def whole(self) -> bool:
        value = self._any()
        if self._tokens:
            raise _fault(self._tokens[0])
        return value

    def _any(self) -> bool:
        value = self._all()
        while self._take("or"):
            other = self._all()
            value = value or other
        return value

    def _all(self) -> bool:
        value = self._one()
        while self._take("and"):
            other = self._one()
            value = value and other
        return value

    def _one(self) -> bool:
        if self._take("not"):
            return not self._one()
        if self._take("("):
            value = self._any()
            if not self._take(")"):
                raise _fault(self._tokens[0] if self._tokens else "the end")
            return value
        token = self._tokens.pop(0) if self._tokens else "the end"
        if token in _WORDS:
            return _WORDS[token]
        if not token.startswith("$"):
            raise _fault(token)
        name = token.removeprefix("$")
        return self._succeeded(name.removesuffix(_SUCCEEDED)) if name.endswith(_SUCCEEDED) else self._found(name)

    def _take(self, token: str) -> bool:
        if self._tokens and self._tokens[0] == token:
            self._tokens.pop(0)
            return True
        return False


def _cut(text: str) -> Iterator[str]:
    text = text.strip()
    if len(text) > _MOST_CHARACTERS:
        raise BodyError(f"a condition has at most {_MOST_CHARACTERS} characters")
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise _fault(text[position:])
        yield found[0].strip()
        position = found.end()


def _fault(token: str) -> BodyError:
    return BodyError(f"a condition does not go on with {token.strip()[:80]!r}", known=_KNOWN)
