"""Write a report as SARIF 2.1.0 (OASIS), which code hosts and editors show beside the file."""

from importlib.metadata import version
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

import msgspec

from ssclab_data.model.finding import Finding, Severity
from ssclab_data.validation.outcome import Outcome

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def sarif_report(outcome: Outcome, language: str) -> bytes:
    """Write one run; a rule is described once, a finding is a result with its place."""
    rules = {finding.rule: finding for finding in reversed(outcome.findings)}
    driver = {
        "name": "ssclab-data",
        "version": version("ssclab-data"),
        "informationUri": "https://ssclab.example/docs",
        "rules": [_rule(finding, language) for _, finding in sorted(rules.items())],
    }
    run = {
        "tool": {"driver": driver},
        "language": language,
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, sorted(rules), outcome.target, language) for finding in outcome.findings],
        "properties": {"target": outcome.target, "profile": outcome.profile, "checked": dict(outcome.checked)},
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _rule(finding: Finding, language: str) -> dict[str, Any]:
    described: dict[str, Any] = {"id": finding.rule, "shortDescription": {"text": finding.message(language)}}
    if finding.cure:
        described["help"] = {"text": finding.advice(language)}
    return described


def _result(finding: Finding, rules: list[str], target: str, language: str) -> dict[str, Any]:
    text = finding.message(language)
    if finding.suggestion:
        text = f"{text} -> {finding.suggestion}"
    return {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "occurrenceCount": finding.count,
        "locations": [_location(finding, target)],
    }


def _location(finding: Finding, target: str) -> dict[str, Any]:
    where = finding.where or target
    uri = where if "://" in where else quote(PurePath(where).as_posix())
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    name = f"{finding.entity}{finding.path}"
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding.record is not None:
        location["properties"] = {"record": finding.record}
    if name:
        location["logicalLocations"] = [{"fullyQualifiedName": name}]
    return location
