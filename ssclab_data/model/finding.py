"""Describe one result of checking data: which rule, how bad, where, what, and the cure."""

from enum import StrEnum
from typing import Any

import msgspec


class Severity(StrEnum):
    """How bad a finding is: an error keeps the value out, a warning keeps it and says so."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One result of a check.

    Attributes:
        rule: stable name of the rule, kebab-case (`unknown-unit`).
        severity: see `Severity`.
        text: the message in English.
        text_nl: the message in Dutch.
        cure: what to do about it, in English, or "".
        cure_nl: the same in Dutch.
        where: file name, or "" for a payload given in memory.
        record: zero-based number of the record in its file, or None.
        path: JSON Pointer (RFC 6901) inside the record or entity, "" for the whole.
        value: the offending value, when it is a JSON value.
        suggestion: the value or term to write instead, as it is to be written, or "".
        entity: natural key of the entity it is about, or "".
        count: how often it was found (equal findings are folded).
    """

    rule: str
    severity: Severity
    text: str
    text_nl: str = ""
    cure: str = ""
    cure_nl: str = ""
    where: str = ""
    record: int | None = None
    path: str = ""
    value: Any = None
    suggestion: str = ""
    entity: str = ""
    count: int = 1

    def message(self, language: str = "en") -> str:
        """Give the message in `nl` or `en`; English where there is no Dutch."""
        return self.text_nl if language == "nl" and self.text_nl else self.text

    def advice(self, language: str = "en") -> str:
        """Give the cure in `nl` or `en`; English where there is no Dutch."""
        return self.cure_nl if language == "nl" and self.cure_nl else self.cure

    def __str__(self) -> str:
        at = f"#{self.record}" if self.record is not None else ""
        place = f"{self.where}{at}{self.path}"
        return f"{self.severity}: {self.rule}: {place + ': ' if place else ''}{self.text}"
