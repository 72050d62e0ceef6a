"""Name the rules of profiles, once: vocabulary, modelling and privacy; a profile says how bad each breach is."""

from collections.abc import Mapping

from ssclab_data.model.finding import Severity
from ssclab_data.validation.rules import Rule


def _rule(id_: str, text: str, text_nl: str, cure: str, cure_nl: str) -> Rule:
    return Rule(id_, Severity.WARNING, text, text_nl, cure, cure_nl)


_RULES = (
    # Vocabulary.
    _rule(
        "property-unknown",
        "{value} is no definition of an observed property that the code list knows",
        "{value} is geen definitie van een waargenomen eigenschap uit de codelijst",
        "use the definition of a row of observed-properties.csv, or add a row",
        "neem de definitie van een rij van observed-properties.csv, of voeg een rij toe",
    ),
    _rule(
        "definition-not-canonical",
        "{value} means {property}, and is not written as the code list writes it",
        "{value} betekent {property}, maar staat er niet zoals in de codelijst",
        "write {suggestion}",
        "schrijf {suggestion}",
    ),
    _rule(
        "property-not-in-profile",
        "{property} is not one of the observed properties of {profile}",
        "{property} hoort niet bij de waargenomen eigenschappen van {profile}",
        "check it against another profile too",
        "controleer het ook met een ander profiel",
    ),
    _rule(
        "property-twice",
        "{count} ObservedProperties all mean {property}",
        "{count} ObservedProperties betekenen allemaal {property}",
        "keep one ObservedProperty and link all Datastreams to it",
        "houd één ObservedProperty over en verwijs er met alle Datastreams naar",
    ),
    _rule(
        "unit-missing",
        "the results are measured, and no unit is given",
        "de resultaten zijn gemeten, maar er is geen eenheid",
        "give unitOfMeasurement with name, symbol and definition",
        "geef unitOfMeasurement met name, symbol en definition",
    ),
    _rule(
        "unit-unknown",
        "{value} is no unit that the code list knows",
        "{value} is geen eenheid uit de codelijst",
        "use a UCUM code or its QUDT IRI; add the unit to units.csv where it is missing",
        "neem een UCUM-code of de QUDT-IRI ervan; voeg de eenheid toe aan units.csv als hij ontbreekt",
    ),
    _rule(
        "unit-not-canonical",
        "{value} means {unit}, and is not written as the code list writes it",
        "{value} betekent {unit}, maar staat er niet zoals in de codelijst",
        "write {suggestion} in unitOfMeasurement/definition",
        "schrijf {suggestion} in unitOfMeasurement/definition",
    ),
    _rule(
        "unit-contradicts",
        "symbol {value} and definition {definition} are different units",
        "symbool {value} en definitie {definition} zijn verschillende eenheden",
        "find out which one the values are in",
        "zoek uit in welke van de twee de waarden staan",
    ),
    _rule(
        "unit-not-of-property",
        "{property} is published in {expected}, and this Datastream is in {value}",
        "{property} wordt gepubliceerd in {expected}, en deze Datastream is in {value}",
        "convert the values to {expected}",
        "reken de waarden om naar {expected}",
    ),
    _rule(
        "code-not-listed",
        "{value} is no code of {codelist}",
        "{value} is geen code van {codelist}",
        "known: {known}",
        "bekend: {known}",
    ),
    _rule(
        "value-missing",
        "{name} is missing",
        "{name} ontbreekt",
        "give {name}; {profile} asks for it",
        "geef {name}; {profile} vraagt erom",
    ),
    # Modelling.
    _rule(
        "thing-without-location",
        "the Thing has no Location",
        "het Thing heeft geen Location",
        "give the place where it stands, in CRS84",
        "geef de plek waar het staat, in CRS84",
    ),
    _rule(
        "thing-without-datastream",
        "the Thing has no Datastream",
        "het Thing heeft geen Datastream",
        "link its Datastreams, or leave the Thing out",
        "verwijs naar de Datastreams, of laat het Thing weg",
    ),
    _rule(
        "thing-per-property",
        "{count} Things at this place have one Datastream each: they look like the sensors of one platform",
        "{count} Things op deze plek hebben elk een Datastream: ze lijken de sensoren van een platform",
        "a Thing is the platform; make one Thing with a Datastream for each observed property",
        "een Thing is het platform; maak één Thing met een Datastream per waargenomen eigenschap",
    ),
    _rule(
        "axes-swapped",
        "{value} lies outside the Netherlands, and inside it with the axes swapped",
        "{value} ligt buiten Nederland, en erbinnen met verwisselde assen",
        "write longitude first: {suggestion}",
        "schrijf de lengtegraad eerst: {suggestion}",
    ),
    _rule(
        "coordinates-in-metres",
        "{value} are no degrees; they look like RD New (EPSG:28992)",
        "{value} zijn geen graden; ze lijken op RD New (EPSG:28992)",
        "convert them to CRS84: longitude and latitude in degrees",
        "reken ze om naar CRS84: lengte- en breedtegraad",
    ),
    _rule(
        "outside-municipality",
        "{value} lies {distance} km outside the area of {municipality}",
        "{value} ligt {distance} km buiten het gebied van {municipality}",
        "check the position and the municipality; the data are kept as they are",
        "controleer de positie en de gemeente; de gegevens blijven zoals ze zijn",
    ),
    _rule(
        "position-imprecise",
        "{value} has too few decimals to say where in the street it is",
        "{value} heeft te weinig decimalen om de plek in de straat te zien",
        "give five decimals, or state the precision on purpose in properties/placement",
        "geef vijf decimalen, of zeg in properties/placement waarom de plek vaag is",
    ),
    _rule(
        "measurement-kind-missing",
        "it is not told whether the values are raw or calibrated",
        "er staat niet bij of de waarden ruw of gekalibreerd zijn",
        "set properties/calibrated to true or false",
        "zet properties/calibrated op true of false",
    ),
    _rule(
        "raw-and-calibrated-mixed",
        "the Datastream speaks of raw and of calibrated values",
        "de Datastream spreekt van ruwe en van gekalibreerde waarden",
        "keep raw and calibrated values in Datastreams of their own",
        "geef ruwe en gekalibreerde waarden elk een eigen Datastream",
    ),
    _rule(
        "mean-as-instant",
        "values of a mean over {period} stand at an instant",
        "waarden van een gemiddelde over {period} staan op een tijdstip",
        "give phenomenonTime as an interval: start/end",
        "geef phenomenonTime als interval: begin/eind",
    ),
    _rule(
        "interval-not-declared",
        "the values stand over intervals, and the Datastream does not say that they are means",
        "de waarden staan over intervallen, en de Datastream zegt niet dat het gemiddelden zijn",
        "set properties/period, such as PT1H",
        "zet properties/period, bijvoorbeeld PT1H",
    ),
    # Privacy.
    _rule(
        "personal-data-in-text",
        "{what} in a text that is published",
        "{what} in een tekst die gepubliceerd wordt",
        "take it out; give a role and a general address instead",
        "haal het weg; noem een rol en een algemeen adres",
    ),
    _rule(
        "device-address-published",
        "{value} is the hardware address of a device",
        "{value} is het hardware-adres van een apparaat",
        "give the device a local id that is not its MAC or DevEUI",
        "geef het apparaat een eigen id dat niet zijn MAC of DevEUI is",
    ),
    _rule(
        "home-position-exact",
        "the exact position {value} of a sensor at a home is published",
        "de exacte positie {value} van een sensor bij een woning is gepubliceerd",
        "publish a position on a grid of at least 100 m",
        "publiceer een positie op een raster van ten minste 100 m",
    ),
    _rule(
        "legal-ground-missing",
        "personal data are processed, and no legal ground is given",
        "er worden persoonsgegevens verwerkt, en er is geen grondslag",
        "set properties/legalGround (GDPR, article 6)",
        "zet properties/legalGround (AVG, artikel 6)",
    ),
)

MODELLING_RULES: Mapping[str, Rule] = {rule.id: rule for rule in _RULES}
"""The rules by name."""
