"""Hold the words of the reports in Dutch and English, and write numbers, times and periods for people."""

from collections.abc import Mapping

from ssclab_data.model.finding import Severity
from ssclab_data.model.values import Instant, Interval
from ssclab_data.validation.outcome import Outcome

WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("Validation report", "Validatierapport"),
    "target": ("Checked", "Gecontroleerd"),
    "profile": ("Profile", "Profiel"),
    "no-profile": ("none: schemas and plausible limits only", "geen: alleen schema's en aannemelijke grenzen"),
    "started": ("Time of the run", "Tijdstip"),
    "engines": ("Engines", "Controleprogramma's"),
    "verdict-good": ("In order", "In orde"),
    "verdict-warnings": ("In order, with warnings", "In orde, met waarschuwingen"),
    "verdict-bad": ("Not in order", "Niet in orde"),
    "errors": ("errors", "fouten"),
    "warnings": ("warnings", "waarschuwingen"),
    "infos": ("remarks", "opmerkingen"),
    "known": ("known before (in the baseline)", "al bekend (in de nulmeting)"),
    "looked-at": ("What was looked at", "Wat is bekeken"),
    "records": ("records read", "records gelezen"),
    "rejected": ("of them not taken whole", "daarvan niet in hun geheel overgenomen"),
    "findings": ("Findings", "Bevindingen"),
    "none": ("Nothing was found.", "Er is niets gevonden."),
    "severity": ("severity", "ernst"),
    "rule": ("rule", "regel"),
    "where": ("where", "waar"),
    "message": ("message", "bericht"),
    "value": ("value", "waarde"),
    "instead": ("write instead", "schrijf liever"),
    "cure": ("what to do", "wat te doen"),
    "count": ("count", "aantal"),
    "series": ("Series", "Reeksen"),
    "period": ("period", "periode"),
    "cadence": ("every", "elke"),
    "gaps": ("gaps", "gaten"),
    "good": ("good", "goed"),
    "not-evaluated": ("not evaluated", "niet beoordeeld"),
    "suspect": ("suspect", "verdacht"),
    "fail": ("fail", "fout"),
    "missing": ("missing", "ontbreekt"),
    "error": ("error", "fout"),
    "warning": ("warning", "waarschuwing"),
    "info": ("remark", "opmerking"),
    "more": ("more findings are in the JSON and CSV reports", "meer bevindingen staan in de JSON- en CSV-rapporten"),
    "longest-gaps": ("longest gaps", "langste gaten"),
    "per-day": ("rows per day", "rijen per dag"),
}

FLAGS = ((1, "good"), (2, "not-evaluated"), (3, "suspect"), (4, "fail"), (9, "missing"))
"""The flags of QARTOD with their words, in their order."""


def word(name: str, language: str) -> str:
    """Give a word in `nl` or `en`."""
    english, dutch = WORDS[name]
    return dutch if language == "nl" else english


def number(value: int, language: str) -> str:
    """Write a whole number with groups of three.

    >>> number(12345, "nl"), number(12345, "en")
    ('12.345', '12,345')
    """
    text = f"{value:,}"
    return text.replace(",", ".") if language == "nl" else text


def count_of(outcome: Outcome, severity: Severity) -> int:
    """Add up how often findings of a severity were made."""
    return sum(finding.count for finding in outcome.findings if finding.severity is severity)


def counts_of(outcome: Outcome, language: str) -> str:
    """Say how many errors, warnings and remarks there are."""
    words = ((Severity.ERROR, "errors"), (Severity.WARNING, "warnings"), (Severity.INFO, "infos"))
    counts = [(count_of(outcome, severity), name) for severity, name in words]
    return ", ".join(
        f"{number(count, language)} {word(name.removesuffix('s') if count == 1 else name, language)}"
        for count, name in counts
    )


def verdict(outcome: Outcome) -> str:
    """Give the name of the word for the whole."""
    if any(finding.severity is Severity.ERROR for finding in outcome.findings):
        return "verdict-bad"
    warned = any(finding.severity is Severity.WARNING for finding in outcome.findings)
    return "verdict-warnings" if warned else "verdict-good"


def period(interval: Interval | None) -> str:
    """Write a period, to the minute.

    >>> period(Interval.parse("2026-01-01T00:00:00Z/2026-01-02T12:30:05Z"))
    '2026-01-01 00:00 – 2026-01-02 12:30'
    """
    return "" if interval is None else f"{_minute(interval.start)} – {_minute(interval.end)}"


def length(microseconds: int | None) -> str:
    """Write a length of time in its largest two units.

    >>> length(3_600_000_000), length(93_784_000_000), length(None)
    ('1 h', '1 d 2 h', '')
    """
    if microseconds is None:
        return ""
    left, parts = microseconds, []
    for unit, size in (("d", 86_400_000_000), ("h", 3_600_000_000), ("min", 60_000_000), ("s", 1_000_000)):
        whole, left = divmod(left, size)
        if whole:
            parts.append(f"{whole} {unit}")
    return " ".join(parts[:2]) or f"{microseconds / 1_000_000:g} s"


def _minute(moment: Instant) -> str:
    return str(moment)[:16].replace("T", " ")
