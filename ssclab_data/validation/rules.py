"""Name every rule of the checks, once: severity, message in English and Dutch, cure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ssclab_data.model.finding import Finding, Severity
from ssclab_data.model.values import is_finite

_SHOWN = 60
_ERROR, _WARNING = Severity.ERROR, Severity.WARNING


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a finding lies and how often it was seen.

    Attributes:
        path: JSON Pointer inside the entity or record.
        value: the offending value.
        entity: natural key of the entity.
        where: file name.
    """

    path: str = ""
    value: Any = None
    entity: str = ""
    where: str = ""
    record: int | None = None
    count: int = 1


class Rule(msgspec.Struct, frozen=True):
    """One rule; the texts name its facts in braces."""

    id: str
    severity: Severity
    text: str
    text_nl: str
    cure: str = ""
    cure_nl: str = ""

    def finding(self, facts: Mapping[str, object], place: Place = Place()) -> Finding:  # noqa: B008 (frozen)
        """Make a finding of this rule; a value that JSON cannot hold is given as text."""
        return Finding(
            rule=self.id,
            severity=self.severity,
            text=self.text.format_map(facts),
            text_nl=self.text_nl.format_map(facts),
            cure=self.cure.format_map(facts),
            cure_nl=self.cure_nl.format_map(facts),
            where=place.where,
            record=place.record,
            path=place.path,
            value=place.value if is_finite(place.value) else str(place.value),
            entity=place.entity,
            count=place.count,
        )


def shown(value: object) -> str:
    """Write a value for a message, cut when it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


_RULES = (
    # Descriptive entities, found by JSON Schema.
    Rule(
        "missing-property",
        _ERROR,
        "{name} is missing",
        "{name} ontbreekt",
        "give {name}; it is mandatory",
        "geef {name}; het is verplicht",
    ),
    Rule(
        "missing-link",
        _ERROR,
        "the link to {name} is missing",
        "de verwijzing naar {name} ontbreekt",
        "link the entity to its {name}",
        "verwijs van de entiteit naar haar {name}",
    ),
    Rule(
        "unknown-property",
        _ERROR,
        "{name} is no property of this type",
        "{name} is geen eigenschap van dit type",
        "known here: {known}{elsewhere}",
        "hier bekend: {known}{elsewhere}",
    ),
    Rule(
        "wrong-type",
        _ERROR,
        "{value} is not of type {expected}",
        "{value} is niet van het type {expected}",
        "give a value of type {expected}",
        "geef een waarde van het type {expected}",
    ),
    Rule(
        "empty-text",
        _ERROR,
        "the text is empty",
        "de tekst is leeg",
        "give a text of at least one character",
        "geef een tekst van ten minste één teken",
    ),
    Rule(
        "bad-format",
        _ERROR,
        "{value} is not a valid {expected}",
        "{value} is geen geldige {expected}",
        "write it as in {example}",
        "schrijf het zoals in {example}",
    ),
    Rule(
        "zone-missing",
        _ERROR,
        "{value} has no time zone",
        "{value} heeft geen tijdzone",
        "end the time with Z or an offset such as +01:00",
        "sluit de tijd af met Z of een verschil zoals +01:00",
    ),
    Rule(
        "end-before-start",
        _ERROR,
        "the interval ends before it starts ({value})",
        "het interval eindigt voor het begint ({value})",
        "check which edge of the interval the source's stamp marks",
        "zoek uit welk einde van het interval de bron aangeeft",
    ),
    Rule(
        "impossible-position",
        _ERROR,
        "{value} is no longitude (-180 to 180) or latitude (-90 to 90)",
        "{value} is geen lengtegraad (-180 tot 180) of breedtegraad (-90 tot 90)",
        "give longitude, then latitude, in CRS84 degrees",
        "geef eerst de lengtegraad, dan de breedtegraad, in CRS84",
    ),
    Rule(
        "zero-position",
        _ERROR,
        "position 0,0 means that there is none",
        "positie 0,0 betekent dat er geen positie is",
        "leave the position out until it is known",
        "laat de positie weg tot zij bekend is",
    ),
    Rule(
        "not-geojson",
        _ERROR,
        "{value} is no GeoJSON geometry type",
        "{value} is geen GeoJSON-geometrietype",
        "give a geometry or a Feature by RFC 7946",
        "geef een geometrie of een Feature volgens RFC 7946",
    ),
    Rule(
        "unit-not-ucum",
        _ERROR,
        "{value} is no UCUM code: a code has ASCII letters only",
        "{value} is geen UCUM-code: een code heeft alleen ASCII-letters",
        "write ug/m3 in the code and keep µg/m³ for the symbol",
        "schrijf ug/m3 als code, en µg/m³ alleen als symbool",
    ),
    Rule(
        "value-not-allowed",
        _ERROR,
        "{value} does not meet {keyword} {expected}",
        "{value} voldoet niet aan {keyword} {expected}",
        "see the schema",
        "zie het schema",
    ),
    Rule(
        "not-here", _ERROR, "{value} cannot stand here", "{value} kan hier niet staan", "leave it out", "laat het weg"
    ),
    Rule(
        "not-json",
        _ERROR,
        "{value} is a {type}, which JSON does not have",
        "{value} is een {type}, en die kent JSON niet",
        "write it as text, in quotes",
        "schrijf het als tekst, tussen aanhalingstekens",
    ),
    Rule(
        "too-deep",
        _ERROR,
        "the value lies more than {limit} levels deep",
        "de waarde ligt meer dan {limit} niveaus diep",
        "send the document as the standard lays it out",
        "stuur het document zoals de standaard het indeelt",
    ),
    Rule(
        "key-missing",
        _ERROR,
        "the {name} has no natural key",
        "de {name} heeft geen natuurlijke sleutel",
        "let the mapping give a key made from the source's own id",
        "laat de mapping een sleutel maken van het eigen id van de bron",
    ),
    Rule(
        "depends-on-rejected",
        _ERROR,
        "the {name} needs {target}, which was kept out",
        "de {name} heeft {target} nodig, en die is geweigerd",
        "mend {target} first, then replay the quarantine",
        "herstel eerst {target}, en lees daarna de quarantaine opnieuw in",
    ),
    # Observations, checked by column.
    Rule(
        "not-finite",
        _ERROR,
        "{value} is not a finite number",
        "{value} is geen eindig getal",
        "leave the value out where there is none",
        "laat de waarde weg waar er geen is",
    ),
    Rule(
        "not-a-number",
        _ERROR,
        "{value} is no number, and {property} is measured in {unit}",
        "{value} is geen getal, en {property} wordt gemeten in {unit}",
        "map the field as a number",
        "lees het veld als getal",
    ),
    Rule(
        "below-minimum",
        _WARNING,
        "{property} {value} {unit} is below the plausible minimum {limit}",
        "{property} {value} {unit} ligt onder het aannemelijke minimum {limit}",
        "check the unit of the source; the limit is in observed-properties.csv",
        "controleer de eenheid van de bron; de grens staat in observed-properties.csv",
    ),
    Rule(
        "above-maximum",
        _WARNING,
        "{property} {value} {unit} is above the plausible maximum {limit}",
        "{property} {value} {unit} ligt boven het aannemelijke maximum {limit}",
        "check the unit of the source; the limit is in observed-properties.csv",
        "controleer de eenheid van de bron; de grens staat in observed-properties.csv",
    ),
    Rule(
        "limits-not-checked",
        _WARNING,
        "the limits of {property} are in {unit}, and the Datastream's unit is {value}",
        "de grenzen van {property} zijn in {unit}, en de eenheid van de Datastream is {value}",
        "let the mapping convert to {unit}",
        "laat de mapping omrekenen naar {unit}",
    ),
    Rule(
        "time-impossible",
        _ERROR,
        "{value} microseconds since 1970 lies outside the years 1 to 9999",
        "{value} microseconden sinds 1970 ligt buiten de jaren 1 tot 9999",
        "check the time format of the source",
        "controleer de tijdnotatie van de bron",
    ),
    Rule(
        "time-in-future",
        _ERROR,
        "{value} lies more than {limit} after the time of the run",
        "{value} ligt meer dan {limit} na het tijdstip van de verwerking",
        "check the zone of the source's clock (local time with a Z behind it?)",
        "controleer de tijdzone van de bron (plaatselijke tijd met een Z erachter?)",
    ),
    Rule(
        "duplicate-time",
        _ERROR,
        "{value} occurs twice with different values; the first is kept",
        "{value} komt twee keer voor met verschillende waarden; de eerste telt",
        "let the source give one value for each time",
        "laat de bron één waarde per tijdstip geven",
    ),
    Rule(
        "repeated-row",
        Severity.INFO,
        "{value} occurs twice with the same values",
        "{value} komt twee keer voor met dezelfde waarden",
    ),
    Rule(
        "outside-window",
        _WARNING,
        "rows outside the time that was asked for ({low} to {high}) were cut off",
        "rijen buiten de gevraagde tijd ({low} tot {high}) zijn weggelaten",
        "nothing, where the service gives more than it is asked; else check `window` (zone, format)",
        "niets, als de dienst meer geeft dan gevraagd; kijk anders naar `window` (zone, format)",
    ),
    # Files and stores.
    Rule(
        "unreadable-file",
        _ERROR,
        "{reason}",
        "het bestand is niet te lezen: {reason}",
        "check the path and the file",
        "controleer het pad en het bestand",
    ),
    Rule(
        "file-too-large",
        _ERROR,
        "the file is larger than {limit} bytes",
        "het bestand is groter dan {limit} bytes",
        "split the file",
        "splits het bestand",
    ),
    Rule(
        "wrong-payload",
        _ERROR,
        "{reason}",
        "geen payload van deze bron: {reason}",
        "check the file and the source",
        "controleer het bestand en de bron",
    ),
    Rule(
        "nothing-checked",
        _ERROR,
        "nothing was checked: there is no {what} in it",
        "er is niets gecontroleerd: er zit geen {what} in",
        "check that the file is what it was said to be, and that the profile fits it",
        "kijk of het bestand is wat het heet te zijn, en of het profiel erbij past",
    ),
    Rule(
        "entity-unreadable",
        _ERROR,
        "a value of it cannot be read: {reason}",
        "een waarde ervan is niet te lezen: {reason}",
        "mend the value; until then the shapes alone have looked at it",
        "herstel de waarde; tot dan is alleen met de shapes gekeken",
    ),
    Rule(
        "service-unreadable",
        _ERROR,
        "the service cannot be read here: {reason}",
        "de dienst is hier niet te lezen: {reason}",
        "check the address, and ask the one who runs it",
        "controleer het adres, en vraag de beheerder",
    ),
    Rule(
        "service-read-in-part",
        _WARNING,
        "there are more than {limit} {name}; the rest was not looked at",
        "er zijn meer dan {limit} {name}; de rest is niet bekeken",
        "check a copy of the store to look at everything",
        "controleer een kopie van de opslag om alles te bekijken",
    ),
    Rule(
        "bad-cell",
        _ERROR,
        "{column} {value}: {reason}",
        "{column} {value}: {reason}",
        "docs/profiles.md has the columns of a CSV file",
        "docs/profiles.md noemt de kolommen van een CSV-bestand",
    ),
    Rule(
        "not-stored",
        _ERROR,
        "{reason}",
        "niet opgeslagen: {reason}",
        "mend the cause and run again",
        "neem de oorzaak weg en begin opnieuw",
    ),
    Rule(
        "quarantine-full",
        _ERROR,
        "the quarantine is full ({limit} bytes): rejected records were not kept",
        "de quarantaine is vol ({limit} bytes): geweigerde records zijn niet bewaard",
        "replay or empty the quarantine, then ingest the file again",
        "lees de quarantaine opnieuw in of leeg haar, en lees daarna het bestand opnieuw",
    ),
    Rule(
        "quarantine-unreadable",
        _ERROR,
        "line {line} cannot be read: {reason}",
        "regel {line} is niet te lezen: {reason}",
        "mend or delete the line",
        "herstel of verwijder de regel",
    ),
    Rule(
        "more-findings",
        _WARNING,
        "more findings of rule {rule} than are kept apart",
        "meer bevindingen van regel {rule} dan apart worden bewaard",
        "mend these first and run again",
        "herstel deze eerst en begin opnieuw",
    ),
)

RULES: Mapping[str, Rule] = {rule.id: rule for rule in _RULES}
"""The rules by name."""
