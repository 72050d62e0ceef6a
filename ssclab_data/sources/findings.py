"""Word the findings of mapping, each with its cure, in English and Dutch."""

from typing import Any

import msgspec

from ssclab_data.model.finding import Finding, Severity
from ssclab_data.model.showing import LONGEST, one_line
from ssclab_data.sources.reasons import dutch as dutch_reason

_TEXTS: dict[str, tuple[Severity, str, str, str, str]] = {
    "unknown-field": (
        Severity.ERROR,
        "the mapping does not know the field {name}",
        "de mapping kent het veld {name} niet",
        "add it to `fields`, or to `ignore` with the reason",
        "zet het onder `fields`, of onder `ignore` met de reden",
    ),
    "unknown-form": (
        Severity.ERROR,
        "it has none of the forms of the mapping",
        "het heeft geen van de vormen van de mapping",
        "add a form to the mapping, or keep it out of what is read; it is in the quarantine",
        "voeg een vorm toe aan de mapping, of laat het buiten wat wordt gelezen; het staat in de quarantaine",
    ),
    "unreadable-record": (
        Severity.ERROR,
        "the record cannot be read: {value}",
        "het record is niet te lezen: {value}",
        "mend it at the source; the record is in the quarantine",
        "herstel het bij de bron; het record staat in de quarantaine",
    ),
    "repeated-field": (
        Severity.ERROR,
        "the record gives {name} more than once, and nothing says which value holds",
        "het record geeft {name} meer dan eens, en niets zegt welke waarde geldt",
        "mend it at the source; the record is in the quarantine",
        "herstel het bij de bron; het record staat in de quarantaine",
    ),
    "not-a-number": (
        Severity.ERROR,
        "{name}: {value} is no number",
        "{name}: {value} is geen getal",
        "correct it at the source, or add the text to `missing`",
        "verbeter het bij de bron, of zet de tekst onder `missing`",
    ),
    "outside-limits": (
        Severity.ERROR,
        "{name}: {value} is outside {limits}",
        "{name}: {value} ligt buiten {limits}",
        "check the sensor; the limits are in the mapping",
        "controleer de sensor; de grenzen staan in de mapping",
    ),
    "unsigned-wrap": (
        Severity.ERROR,
        "{name}: {value} is a negative number stored as an unsigned one, outside {limits}",
        "{name}: {value} is een negatief getal dat zonder teken is opgeslagen, buiten {limits}",
        "check the sensor",
        "controleer de sensor",
    ),
    "cannot-decode": (
        Severity.ERROR,
        "{name}: {value}",
        "{name}: kan niet worden uitgepakt ({value})",
        "check the sensor",
        "controleer de sensor",
    ),
    "no-id": (
        Severity.ERROR,
        "the record does not say which unit it is of",
        "het record zegt niet van welke eenheid het is",
        "name the file after the station, as the API does",
        "noem het bestand naar het station, zoals de API doet",
    ),
    "bad-time": (
        Severity.ERROR,
        "{value}",
        "geen bruikbaar tijdstip: {value}",
        "correct the time stamp",
        "verbeter het tijdstip",
    ),
    "zone-missing": (
        Severity.ERROR,
        "the time {value} has no zone",
        "het tijdstip {value} heeft geen tijdzone",
        "declare the zone in the mapping, with the reason",
        "noem de tijdzone in de mapping, met de reden",
    ),
    "ambiguous-time": (
        Severity.ERROR,
        "{value}",
        "geen eenduidig tijdstip: {value}",
        "let the source write UTC or an offset, or declare in `fold` which of the two it means",
        "laat de bron UTC of een offset schrijven, of noem in `fold` welke van de twee zij bedoelt",
    ),
    "skipped-time": (
        Severity.ERROR,
        "{value}",
        "geen bestaand tijdstip: {value}",
        "check the clock of the source, or the zone in the mapping",
        "controleer de klok van de bron, of de tijdzone in de mapping",
    ),
    "unknown-unit": (
        Severity.ERROR,
        "{name}: the unit is {value}, which is no unit of the code list",
        "{name}: de eenheid is {value}, en dat is geen eenheid van de codelijst",
        "add it, or a synonym, to units.csv; the value is in the quarantine",
        "zet haar, of een synoniem, in units.csv; de waarde staat in de quarantaine",
    ),
    "other-quantity": (
        Severity.ERROR,
        "{name}: the unit {value} does not convert to that of the property, {limits}",
        "{name}: de eenheid {value} is niet om te rekenen naar die van de eigenschap, {limits}",
        "name its property in `by_unit`, or the state of the air in `gas`; the value is in the quarantine",
        "noem de eigenschap in `by_unit`, of de luchttoestand in `gas`; de waarde staat in de quarantaine",
    ),
    "flagged-by-source": (
        Severity.WARNING,
        "the source itself calls values of {name} missing or wrong ({value})",
        "de bron noemt waarden van {name} zelf ontbrekend of fout ({value})",
        "look at the instrument, or leave it: what the source puts aside is only counted",
        "kijk naar het instrument, of laat het zo: wat de bron terzijde legt wordt alleen geteld",
    ),
    "unknown-flag": (
        Severity.ERROR,
        "{name}: the mapping does not know what the flag {value} means, so its values are kept out",
        "{name}: de mapping weet niet wat de vlag {value} betekent; de waarden worden daarom niet bewaard",
        "add it to `codes`, as the source explains it",
        "zet haar onder `codes`, met de uitleg van de bron",
    ),
    "two-values": (
        Severity.ERROR,
        "{name} gives {value} for the same series and time as {limits}, with another value",
        "{name} geeft {value} voor dezelfde reeks en tijd als {limits}, met een andere waarde",
        "give one of the two fields a `series` of its own, or ignore it with the reason",
        "geef een van beide velden een eigen `series`, of negeer het met de reden",
    ),
    "incomplete-message": (
        Severity.WARNING,
        "the record has no {name}, so its values are not taken: {value}",
        "het record heeft geen {name}; de waarden worden daarom niet overgenomen: {value}",
        "look at the device, or at the settings of the platform that it sends to; its place is kept",
        "kijk naar het apparaat, of naar de instellingen van het platform waar het naar zendt; de plek blijft",
    ),
    "bad-position": (
        Severity.ERROR,
        "no position: {value}",
        "geen positie: {value}",
        "the receiver has no fix, or the field is broken; the values are kept without a place",
        "de ontvanger heeft geen positie, of het veld is stuk; de waarden blijven, zonder plek",
    ),
    "no-position": (
        Severity.WARNING,
        "the position is 0, which means none",
        "de positie is 0: er is geen positie",
        "wait for a fix; the values are kept without a place",
        "wacht tot er een positie is; de waarden blijven, zonder plek",
    ),
    "axis-order": (
        Severity.WARNING,
        "{value} leaves open which number comes first; they are read as {limits}",
        "{value} laat open welk getal eerst komt; ze zijn gelezen als {limits}",
        "write urn:ogc:def:crs:EPSG::4326 (latitude first) or CRS84 (longitude first) at the source",
        "schrijf urn:ogc:def:crs:EPSG::4326 (breedtegraad eerst) of CRS84 (lengtegraad eerst) bij de bron",
    ),
    "outside-area": (
        Severity.WARNING,
        "the position {value} is outside {name}",
        "de positie {value} ligt buiten {name}",
        "check the unit, or the area of the lab; the values are kept",
        "controleer het apparaat, of het gebied van het lab; de waarden blijven",
    ),
    "outside-area-unless-swapped": (
        Severity.WARNING,
        "the position {value} is outside {name}, and would be inside it with its two numbers swapped",
        "de positie {value} ligt buiten {name}, en zou erbinnen liggen als de twee getallen werden omgewisseld",
        "check which of the two comes first at the source, and `order` in the mapping; nothing is swapped by itself",
        "ga bij de bron na welk getal eerst komt, en `order` in de mapping; er wordt niets vanzelf omgewisseld",
    ),
    "outside-stated-municipality": (
        Severity.WARNING,
        "the position {value} is outside {name}, the municipality that the record names",
        "de positie {value} ligt buiten {name}, de gemeente die het record noemt",
        "check the position and the municipality at the source; the data are kept as they are",
        "controleer de positie en de gemeente bij de bron; de gegevens blijven zoals ze zijn",
    ),
    "table-not-given": (
        Severity.WARNING,
        "the table {name} was not given: what it tells of the records is left out",
        "de tabel {name} is niet gegeven: wat die over de records zegt, ontbreekt",
        "give it with --table {name}=FILE",
        "geef hem met --table {name}=BESTAND",
    ),
    "table-not-given-required": (
        Severity.ERROR,
        "the table {name} was not given, and the records cannot be read without it",
        "de tabel {name} is niet gegeven, en zonder die tabel zijn de records niet te lezen",
        "give it with --table {name}=FILE",
        "geef hem met --table {name}=BESTAND",
    ),
    "wrong-table": (
        Severity.ERROR,
        "the table cannot be read: {value}",
        "de tabel kan niet worden gelezen: {value}",
        "mend the table; nothing of it is used",
        "herstel de tabel; er wordt niets van gebruikt",
    ),
    "wrong-row": (
        Severity.ERROR,
        "{name}: {value}",
        "{name}: {value}",
        "mend the line; what is wrong in it is not used",
        "herstel de regel; wat eraan schort wordt niet gebruikt",
    ),
    "unknown-column": (
        Severity.WARNING,
        "the table {name} has columns that are not used: {value}",
        "de tabel {name} heeft kolommen die niet worden gebruikt: {value}",
        "take them out, or write them as the documentation of the table does",
        "haal ze weg, of schrijf ze zoals de documentatie van de tabel",
    ),
    "overlapping-rows": (
        Severity.ERROR,
        "{limits} both hold for the unit {value} at the same time",
        "{limits} gelden tegelijk voor de eenheid {value}",
        "end the one before the other begins (`until`); the later one is used from its `since` on",
        "laat de ene eindigen voor de andere begint (`until`); vanaf zijn `since` geldt de latere",
    ),
    "no-match": (
        Severity.WARNING,
        "the table {limits} has no row for {name} {value}",
        "de tabel {limits} heeft geen regel voor {name} {value}",
        "add the row, or check by which field the mapping joins",
        "voeg de regel toe, of ga na op welk veld de mapping koppelt",
    ),
    "no-match-required": (
        Severity.ERROR,
        "the table {limits} has no row for {name} {value}, and the record cannot be read without it",
        "de tabel {limits} heeft geen regel voor {name} {value}, en zonder die regel is het record niet te lezen",
        "add the row, or check by which field the mapping joins; the record is in the quarantine",
        "voeg de regel toe, of ga na op welk veld de mapping koppelt; het record staat in de quarantaine",
    ),
    "ambiguous-key": (
        Severity.ERROR,
        "{name}: {value} is ambiguous: {limits}",
        "{name}: {value} is dubbelzinnig: {limits}",
        "write the full code, or tell the rows apart (`within`, `since`); the record is in the quarantine",
        "schrijf de volledige code, of onderscheid de regels (`within`, `since`); het record staat in de quarantaine",
    ),
    "channel-not-configured": (
        Severity.INFO,
        "{name} has no {value} according to the registry: these fields are passed over",
        "{name} heeft volgens het register geen {value}: deze velden worden overgeslagen",
        "add them to `channels` in the registry when the device does have them",
        "zet ze bij `channels` in het register als het apparaat ze wel heeft",
    ),
}

_SAME_RULE = {
    "unsigned-wrap": "outside-limits",
    "outside-area-unless-swapped": "outside-area",
    "skipped-time": "ambiguous-time",
    "table-not-given-required": "table-not-given",
    "no-match-required": "no-match",
}
"""Wordings of a rule for a special case."""

_REASONED = {"bad-time", "ambiguous-time", "skipped-time", "cannot-decode", "wrong-row", "wrong-table", "bad-position"}
"""Rules whose value is a reason in words."""

_UNPLACED = ("outside-area", "outside-area-unless-swapped", "outside-stated-municipality")
"""Rules whose name is not that of a field."""

RULES = tuple(rule for rule in _TEXTS if rule not in _SAME_RULE)
"""Names of the rules."""


class Refusal(ValueError):
    """Why a value, or a record, is kept out; the caller makes a finding of it.

    Attributes:
        rule: name of the finding.
        field: the field that it is about.
        value: what was found.
        limits: what it should have been.
    """

    def __init__(self, rule: str, field: str, value: Any, *, limits: str = "") -> None:
        super().__init__(f"{rule}: {field}: {value}")
        self.rule = rule
        self.field = field
        self.value = value
        self.limits = limits


def found(
    rule: str, *, where: str, record: int | None, field: str = "", value: Any = None, limits: str = ""
) -> Finding:
    """Make a finding."""
    severity, text, dutch, cure, dutch_cure = _TEXTS[rule]
    value = _short(value)
    facts = {
        "name": one_line(field),
        "value": value if isinstance(value, str) else repr(value),
        "limits": one_line(limits),
    }
    return Finding(
        rule=_SAME_RULE.get(rule, rule),
        severity=severity,
        text=text.format(**facts),
        text_nl=dutch.format(**(facts | {"value": dutch_reason(facts["value"])} if rule in _REASONED else facts)),
        cure=cure.format(**facts),
        cure_nl=dutch_cure.format(**facts),
        where=where,
        record=record,
        path="/" + field.replace("~", "~0").replace("/", "~1") if field and rule not in _UNPLACED else "",
        value=value,
    )


def _short(value: Any) -> Any:
    """Give a value of a payload as it fits in a finding; the whole of it is in the quarantine."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, list | dict) and len(repr(value)) > LONGEST:
        return one_line(repr(value))
    return value


def fold(findings: list[Finding]) -> tuple[Finding, ...]:
    """Make findings that differ in their record and value alone one, with a count; the first one's record stays."""
    folded: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        folded.setdefault((finding.rule, finding.where, finding.path), []).append(finding)
    return tuple(_counted(group) for group in folded.values())


def _counted(group: list[Finding]) -> Finding:
    return msgspec.structs.replace(group[0], count=sum(finding.count for finding in group))
