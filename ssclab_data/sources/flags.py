"""Read what a source says itself of how good its values are."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import msgspec

from ssclab_data.model.values import JsonObject
from ssclab_data.sources.declaration import FlagRule
from ssclab_data.sources.findings import Refusal

_UNUSABLE = ("4", "9")
_WORSE = {"1": 0, "2": 1, "3": 2, "9": 3, "4": 4}


class Mark(msgspec.Struct, frozen=True):
    """What the source says of one value.

    Attributes:
        code: in the list of quality flags.
        text: as the source writes it.
    """

    code: str
    text: str

    @property
    def usable(self) -> bool:
        """Whether there is a value that did not fail."""
        return self.code not in _UNUSABLE

    @property
    def quality(self) -> JsonObject:
        """As resultQuality."""
        return {"qartod": int(self.code), "source": self.text}


class Flags:
    """Read the flags of records.

    Attributes:
        names: fields that hold flags.
    """

    def __init__(self, rules: Mapping[str, FlagRule]) -> None:
        self.names = frozenset(rule.field for rule in rules.values())
        self._rules = tuple(rules.values())
        self.rules_for = cache(self._rules_for)

    def mark(self, field: str, fields: Mapping[str, Any]) -> Mark | None:
        """Give what the source says of the value of a field, the worst of its flags; None where it says nothing.

        Raises:
            Refusal: it says what the mapping does not explain.
        """
        marks = [mark for rule in self.rules_for(field) if (mark := _mark(rule, fields)) is not None]
        return max(marks, key=lambda mark: _WORSE[mark.code], default=None)

    def _rules_for(self, field: str) -> tuple[FlagRule, ...]:
        return tuple(
            rule
            for rule in self._rules
            if not rule.fields or any(fnmatchcase(field, pattern) for pattern in rule.fields)
        )


def merge_quality(one: JsonObject | None, other: JsonObject | None) -> JsonObject | None:
    """Make one resultQuality of two: the worst flag, and all that the source says.

    >>> merge_quality({"qartod": 1, "source": "V"}, {"qartod": 3, "source": "trace"})
    {'qartod': 3, 'source': 'V; trace'}
    """
    if one is None or other is None:
        return other if one is None else one
    worst = max(one["qartod"], other["qartod"], key=lambda code: _WORSE[str(code)])
    return {"qartod": worst, "source": f"{one['source']}; {other['source']}"}


def _mark(rule: FlagRule, fields: Mapping[str, Any]) -> Mark | None:
    text = _text(fields.get(rule.field))
    if text in rule.codes:
        return Mark(rule.codes[text], text)
    if text:
        raise Refusal("unknown-flag", rule.field, text)
    return Mark(rule.absent, "") if rule.absent else None


def _text(value: Any) -> str:
    """Give a flag as the mapping writes it: `1` for 1.0, `true` for True."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
