"""Word the findings of publishing, each with its cure, in English and Dutch."""

from collections.abc import Mapping
from types import MappingProxyType

from ssclab_data.model.finding import Severity
from ssclab_data.validation.rules import Rule

_RULES = (
    Rule(
        "placement-unknown",
        Severity.INFO,
        "it is not said where the Thing is: it is published as {policy}",
        "niet gezegd is waar het Thing staat: het wordt gepubliceerd als {policy}",
        "set properties/placement to public-space, home or person-carried",
        "zet properties/placement op public-space, home of person-carried",
    ),
    Rule(
        "policy-not-stricter",
        Severity.WARNING,
        "properties/publishing asks for {asked}, which is not known or less strict than {policy}: {policy} holds",
        "properties/publishing vraagt om {asked}, wat niet bekend is of minder streng dan {policy}: {policy} geldt",
        "take it away, or give a stricter one: grid100, grid250, grid1000, municipality",
        "haal het weg, of geef een strengere: grid100, grid250, grid1000, municipality",
    ),
    Rule(
        "addresses-not-checked",
        Severity.WARNING,
        "no table of addresses is given: it was not checked that {minimum} addresses share the cell of a home",
        "er is geen tabel met adressen: niet nagegaan is of {minimum} adressen de cel van een woning delen",
        "give publishing/addresses in lab.yaml: counts of BAG addresses, x,y,addresses in RD New metres",
        "geef publishing/addresses in lab.yaml: aantallen BAG-adressen, x,y,addresses in meters RD New",
    ),
    Rule(
        "property-not-published",
        Severity.WARNING,
        "the Datastream is not published: what it measures is not in the code list, or its results are arrays",
        "de Datastream wordt niet gepubliceerd: wat zij meet staat niet in de codelijst, of elk resultaat is een lijst",
        "use a definition of the code list of observed properties",
        "gebruik een definitie uit de codelijst van waargenomen eigenschappen",
    ),
    Rule(
        "register-field-not-published",
        Severity.INFO,
        "properties/{name} is not published: it may tell who or where somebody is",
        "properties/{name} wordt niet gepubliceerd: het kan zeggen wie of waar iemand is",
        "write it without names, numbers and addresses; an owner is published of a Thing in public space alone",
        "schrijf het zonder namen, nummers en adressen; een eigenaar wordt alleen in de openbare ruimte gepubliceerd",
    ),
)
RULES: Mapping[str, Rule] = MappingProxyType({rule.id: rule for rule in _RULES})
"""The rules by name."""
