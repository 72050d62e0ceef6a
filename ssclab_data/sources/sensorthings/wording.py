"""Word the findings about SensorThings documents, each with its cure, in English and Dutch."""

from typing import Any

from ssclab_data.model.finding import Finding, Severity
from ssclab_data.sources.findings import found as mapped

_TEXTS: dict[str, tuple[Severity, str, str, str, str]] = {
    "unknown-entity": (
        Severity.ERROR,
        "nothing says of which type {value} is",
        "niets zegt van welk type {value} is",
        "ask the service for pages or entities with their links (@iot.selfLink)",
        "vraag de dienst om pagina's of entiteiten met hun links (@iot.selfLink)",
    ),
    "wrong-value": (
        Severity.ERROR,
        "{name}: {value}",
        "{name} is niet bruikbaar: {value}",
        "correct it at the source; the rest of the entity is kept",
        "verbeter het bij de bron; de rest van de entiteit blijft",
    ),
    "no-datastream": (
        Severity.ERROR,
        "nothing says of which Datastream the Observation is",
        "niets zegt van welke Datastream de Observation is",
        "ask for them with $expand=Datastream($select=id), or give the id of the Datastream with the payload",
        "vraag ze op met $expand=Datastream($select=id), of geef het id van de Datastream mee met de payload",
    ),
    "raw-echo": (
        Severity.WARNING,
        "what was sent to the server, not what it stored: the Observation has no id, and no time of its own or a twin",
        "wat naar de server is gestuurd, niet wat die bewaarde: zonder id, en zonder eigen tijd of met een tweeling",
        "nothing: the stored one, with @iot.id, holds",
        "niets: de bewaarde, met @iot.id, geldt",
    ),
    "unit-kept-as-given": (
        Severity.WARNING,
        "no unit of the code list: {value}",
        "geen eenheid van de codelijst: {value}",
        "add the unit or a synonym to units.csv; the values are kept with the unit as it was given",
        "zet de eenheid of een synoniem in units.csv; de waarden blijven, met de eenheid zoals gegeven",
    ),
    "unit-unclear": (
        Severity.WARNING,
        "name, symbol and definition of the unit are of different units: {value}; the first that is known holds",
        "naam, symbool en definitie zijn van verschillende eenheden: {value}; de eerste bekende geldt",
        "ask the publisher which unit the values are in",
        "vraag de uitgever in welke eenheid de waarden staan",
    ),
    "unknown-observed-property": (
        Severity.INFO,
        "no observed property of the code list: {value}",
        "geen waargenomen eigenschap van de codelijst: {value}",
        "it is kept with its own definition; add it to observed-properties.csv, or align its concept",
        "zij blijft, met haar eigen definitie; zet haar in observed-properties.csv, of leg de overeenkomst vast",
    ),
    "quantity-kept-as-given": (
        Severity.WARNING,
        "{value} does not convert to the unit of the observed property; its own ObservedProperty is kept",
        "{value} is niet om te rekenen naar de eenheid van de eigenschap; de eigen ObservedProperty blijft",
        "ask the publisher what the values are",
        "vraag de uitgever wat de waarden zijn",
    ),
    "unknown-observation-type": (
        Severity.INFO,
        "observationType {value} is none of the standard; it follows from the unit",
        "observationType {value} is geen type van de standaard; het volgt uit de eenheid",
        "use the IRI of OGC 18-088, table 13",
        "gebruik de IRI uit OGC 18-088, tabel 13",
    ),
    "unknown-service": (
        Severity.INFO,
        "nothing says of which service the ids are: they hold for {value}",
        "niets zegt van welke dienst de id's zijn: ze gelden voor {value}",
        "keep the links (@iot.selfLink), or give the address of the service with the payload",
        "houd de links (@iot.selfLink), of geef het adres van de dienst mee met de payload",
    ),
    "partly-described": (
        Severity.INFO,
        "not all is said of it: {value}; it is stored only where it is not known yet",
        "niet alles is erover gezegd: {value}; het wordt alleen bewaard als het nog niet bekend is",
        "ask for whole entities, and for Datastreams with $expand=Thing,Sensor,ObservedProperty",
        "vraag om hele entiteiten, en om Datastreams met $expand=Thing,Sensor,ObservedProperty",
    ),
}

RULES = tuple(_TEXTS)
"""Names of the rules that only SensorThings documents have."""


def found(rule: str, *, where: str, record: int, field: str = "", value: Any = None) -> Finding:
    """Make a finding, of these rules or of those of all sources."""
    if rule not in _TEXTS:
        return mapped(rule, where=where, record=record, field=field, value=value)
    severity, text, dutch, cure, dutch_cure = _TEXTS[rule]
    facts = {"name": field, "value": value if isinstance(value, str) else repr(value)[:80]}
    return Finding(
        rule=rule,
        severity=severity,
        text=text.format(**facts),
        text_nl=dutch.format(**facts),
        cure=cure,
        cure_nl=dutch_cure,
        where=where,
        record=record,
        path="/" + field.replace("~", "~0").replace("/", "~1") if field else "",
        value=value,
    )
