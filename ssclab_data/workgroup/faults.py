"""Hold what a check of an information model finds, without a language: rule, place and facts."""

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from ssclab_data.model.finding import Severity
from ssclab_data.workgroup.texts import RULES

type Language = Literal["nl", "en"]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong in an information model.

    Attributes:
        rule: name of the rule, kebab-case; `texts.RULES` has its words.
        file: where it is.
        line: one-based.
        facts: what the words of the rule name, by place holder.
    """

    rule: str
    file: str
    line: int = 1
    facts: Mapping[str, str] = {}

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return RULES[self.rule].severity

    def message(self, language: Language = "en") -> str:
        """Say what is wrong.

        >>> Fault(rule="label-missing", file="air.ttl", facts={"term": "air:Filter", "language": "nl"}).message()
        'air:Filter has no rdfs:label in nl'
        """
        words = RULES[self.rule]
        return (words.nl if language == "nl" else words.en).format_map(self.facts)

    def cure(self, language: Language = "en") -> str:
        """Say what to do about it."""
        words = RULES[self.rule]
        return (words.cure_nl if language == "nl" else words.cure_en).format_map(self.facts)


def fault(rule: str, place: tuple[str, int], **facts: object) -> Fault:
    """Make a fault.

    Args:
        place: file and line.
    """
    return Fault(rule=rule, file=place[0], line=place[1], facts={name: str(fact) for name, fact in facts.items()})


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Sort by file, line and rule, each fault once."""
    once = {(one.file, one.line, one.rule, tuple(sorted(one.facts.items()))): one for one in faults}
    return tuple(once[key] for key in sorted(once))


def failed(faults: Iterable[Fault], *, strict: bool) -> bool:
    """Tell whether a check fails: by an error, and by a warning too where it is strict."""
    return any(strict or one.severity is Severity.ERROR for one in faults)
