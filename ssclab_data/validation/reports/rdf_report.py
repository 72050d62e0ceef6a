"""Write a report as an `sh:ValidationReport` (SHACL, section 3.6) in N-Triples."""

import hashlib
from collections.abc import Iterator
from urllib.parse import quote

import msgspec

from ssclab_data.linked_data.rdf import ntriples
from ssclab_data.linked_data.terms import IRI, Literal, Term, Triple, labelled, term, text, typed
from ssclab_data.model.finding import Finding, Severity
from ssclab_data.validation.outcome import Outcome
from ssclab_data.validation.reports.words import verdict

_SEVERITIES = {Severity.ERROR: "sh:Violation", Severity.WARNING: "sh:Warning", Severity.INFO: "sh:Info"}


def rdf_report(outcome: Outcome, language: str) -> bytes:
    """Write the report; messages are in both languages, whatever is asked for."""
    del language
    return "".join(ntriples(_triples(outcome))).encode()


def _triples(outcome: Outcome) -> Iterator[Triple]:
    report = IRI(f"urn:ssclab:report:{_digest(outcome.target, outcome.profile)}")
    conforms = str(verdict(outcome) != "verdict-bad").lower()
    yield Triple(report, term("rdf:type"), term("sh:ValidationReport"))
    yield Triple(report, term("sh:conforms"), typed(conforms, "xsd:boolean"))
    yield Triple(report, term("dct:subject"), text(outcome.target))
    if outcome.started is not None:
        yield Triple(report, term("dct:created"), typed(str(outcome.started), "xsd:dateTime"))
    for number, finding in enumerate(outcome.findings):
        result = IRI(f"{report.value}:{number}")
        yield Triple(report, term("sh:result"), result)
        for predicate, value in _facts(finding):
            yield Triple(result, term(predicate), value)


def _facts(finding: Finding) -> Iterator[tuple[str, Term]]:
    yield "rdf:type", term("sh:ValidationResult")
    yield "sh:resultSeverity", term(_SEVERITIES[finding.severity])
    yield "sh:focusNode", _focus(finding)
    yield "sh:sourceConstraintComponent", IRI(f"https://ssclab.example/def/rule/{quote(finding.rule)}")
    yield "sh:resultMessage", labelled(finding.text, "en")
    if finding.text_nl:
        yield "sh:resultMessage", labelled(finding.text_nl, "nl")
    if finding.value is not None:
        yield "sh:value", _value(finding.value)
    if finding.path:
        yield "dct:identifier", text(f"{finding.entity}{finding.path}")


def _focus(finding: Finding) -> IRI:
    if "://" in finding.entity or finding.entity.startswith("urn:"):
        return IRI(finding.entity)
    place = "/".join(part for part in (finding.where, finding.entity) if part)
    return IRI(f"urn:ssclab:checked:{quote(place, safe='/') or 'target'}")


def _value(value: object) -> Literal:
    return text(value) if isinstance(value, str) else typed(msgspec.json.encode(value).decode(), "rdf:JSON")


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
