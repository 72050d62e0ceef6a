"""Word the findings of mapping, in English and Dutch, each with its cure."""

from typing import Any

import msgspec

from ssclab_data.model.finding import Finding, Severity

_TEXTS: dict[str, tuple[Severity, str, str, str]] = {
    "unknown-field": (
        Severity.ERROR,
        "the mapping does not know the field {name}",
        "de mapping kent het veld {name} niet",
        "add it to `fields`, or to `ignore` with the reason",
    ),
    "repeated-field": (
        Severity.ERROR,
        "the record gives {name} more than once, and nothing says which value holds",
        "het record geeft {name} meer dan eens, en niets zegt welke waarde geldt",
        "mend it at the source; the record is in the quarantine",
    ),
    "not-a-number": (
        Severity.ERROR,
        "{name}: {value} is no number",
        "{name}: {value} is geen getal",
        "correct it at the source, or add the text to `missing`",
    ),
    "outside-limits": (
        Severity.ERROR,
        "{name}: {value} is outside {limits}",
        "{name}: {value} ligt buiten {limits}",
        "check the sensor; the limits are in the mapping",
    ),
    "unsigned-wrap": (
        Severity.ERROR,
        "{name}: {value} is a negative number stored as an unsigned one, outside {limits}",
        "{name}: {value} is een negatief getal dat zonder teken is opgeslagen, buiten {limits}",
        "check the sensor",
    ),
    "cannot-decode": (
        Severity.ERROR,
        "{name}: {value}",
        "{name}: kan niet worden uitgepakt ({value})",
        "check the sensor",
    ),
    "no-id": (
        Severity.ERROR,
        "the record does not say which unit it is of",
        "het record zegt niet van welke eenheid het is",
        "name the file after the station, as the API does",
    ),
    "bad-time": (Severity.ERROR, "{value}", "geen bruikbaar tijdstip: {value}", "correct the time stamp"),
    "zone-missing": (
        Severity.ERROR,
        "the time {value} has no zone",
        "het tijdstip {value} heeft geen tijdzone",
        "declare the zone in the mapping, with the reason",
    ),
    "bad-position": (
        Severity.ERROR,
        "no position: {value}",
        "geen positie: {value}",
        "the receiver has no fix, or the field is broken; the values are kept without a place",
    ),
    "no-position": (
        Severity.WARNING,
        "the position is 0, which means none",
        "de positie is 0: er is geen positie",
        "wait for a fix; the values are kept without a place",
    ),
    "outside-area": (
        Severity.WARNING,
        "the position {value} is outside {name}",
        "de positie {value} ligt buiten {name}",
        "check the unit, or the area of the lab; the values are kept",
    ),
}

_SAME_RULE = {"unsigned-wrap": "outside-limits"}
"""Wordings of a rule for a special case."""

RULES = tuple(rule for rule in _TEXTS if rule not in _SAME_RULE)
"""Names of the rules."""


def found(rule: str, *, where: str, record: int, field: str = "", value: Any = None, limits: str = "") -> Finding:
    """Make a finding."""
    severity, text, dutch, cure = _TEXTS[rule]
    facts = {"name": field, "value": value if isinstance(value, str) else repr(value), "limits": limits}
    return Finding(
        rule=_SAME_RULE.get(rule, rule),
        severity=severity,
        text=text.format(**facts),
        text_nl=dutch.format(**facts),
        cure=cure,
        where=where,
        record=record,
        path="/" + field.replace("~", "~0").replace("/", "~1") if field and rule != "outside-area" else "",
        value=value,
    )


def fold(findings: list[Finding]) -> tuple[Finding, ...]:
    """Make findings that differ in their record and value alone one, with a count; the first one's record stays."""
    folded: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        folded.setdefault((finding.rule, finding.where, finding.path), []).append(finding)
    return tuple(_counted(group) for group in folded.values())


def _counted(group: list[Finding]) -> Finding:
    return msgspec.structs.replace(group[0], count=sum(finding.count for finding in group))
