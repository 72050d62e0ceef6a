"""Print faults and differences for people, for programs and for code hosts: lines, JSON, SARIF 2.1.0."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from ssclab_data.model.finding import Severity
from ssclab_data.workgroup.differences import Comparison
from ssclab_data.workgroup.faults import Fault, Language
from ssclab_data.workgroup.texts import RULES

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_WORDS = {
    "en": ("all is well", "{errors} errors, {warnings} warnings", "error", "warning"),
    "nl": ("alles is in orde", "{errors} fouten, {warnings} waarschuwingen", "fout", "waarschuwing"),
}
_DIFF_WORDS = {
    "en": ("the same", "asks for version {next} or later", "{new} is too small a step; call it {next}"),
    "nl": ("gelijk", "vraagt om versie {next} of later", "{new} is een te kleine stap; noem het {next}"),
}


def as_lines(faults: Sequence[Fault], language: Language, *, base: Path) -> str:
    """Write a fault in two lines, place and words, then cure; the sum comes last."""
    well, total, error, warning = _WORDS[language]
    if not faults:
        return f"{well}\n"
    lines = []
    for one in faults:
        level = error if one.severity is Severity.ERROR else warning
        lines.append(f"{shown(one.file, base)}:{one.line}: {level} {one.rule}: {one.message(language)}")
        lines.append(f"    -> {one.cure(language)}")
    errors = sum(one.severity is Severity.ERROR for one in faults)
    lines.append(total.format(errors=errors, warnings=len(faults) - errors))
    return "\n".join(lines) + "\n"


def as_json(faults: Sequence[Fault], *, base: Path) -> str:
    """Write a fault a line, with its words in both languages."""
    return "".join(msgspec.json.encode(_record(one, base)).decode() + "\n" for one in faults)


def as_sarif(faults: Sequence[Fault], language: Language, *, base: Path) -> str:
    """Write one run of SARIF; a rule is described once, and a result has its line."""
    names = sorted({one.rule for one in faults})
    driver = {
        "name": "ssclab-ontology-check",
        "version": version("ssclab-data"),
        "informationUri": "https://ssclab.example/docs",
        "rules": [_rule(name, language) for name in names],
    }
    results = [_result(one, names, language, base) for one in faults]
    run = {"tool": {"driver": driver}, "language": language, "results": results}
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def differences_as_lines(comparisons: Sequence[Comparison], language: Language) -> str:
    """Write what differs, the largest first, and which version it asks for."""
    same, asked, small = _DIFF_WORDS[language]
    lines = []
    for one in comparisons:
        versions = f" {one.old} → {one.new}" if one.old or one.new else ""
        lines.append(f"{one.name}{versions}: {one.level.word if one.differences else same}")
        lines += [f"  {each.level.word:<6} {each.message(language)}" for each in one.differences]
        if not one.fits:
            lines.append(f"  {small.format(new=one.new, next=one.next)}")
        elif one.differences and one.next:
            lines.append(f"  {asked.format(next=one.next)}")
    return "".join(f"{line}\n" for line in lines)


def differences_as_json(comparisons: Sequence[Comparison]) -> str:
    """Write one document with what differs, each with its words in both languages."""
    documents = [
        {
            "name": one.name,
            "old": one.old,
            "new": one.new,
            "level": one.level.word,
            "next": one.next,
            "fits": one.fits,
            "differences": [
                {
                    **msgspec.structs.asdict(each),
                    "level": each.level.word,
                    "text": {language: each.message(language) for language in ("en", "nl")},
                }
                for each in one.differences
            ],
        }
        for one in comparisons
    ]
    return msgspec.json.format(msgspec.json.encode(documents), indent=2).decode() + "\n"


def shown(file: str, base: Path) -> str:
    """Give a path relative to a folder where it lies below it."""
    path = Path(file)
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else file


def _record(one: Fault, base: Path) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "severity": one.severity,
        "file": shown(one.file, base),
        "line": one.line,
        "text": {language: one.message(language) for language in ("en", "nl")},
        "cure": {language: one.cure(language) for language in ("en", "nl")},
        "facts": one.facts,
    }


def _rule(name: str, language: Language) -> dict[str, Any]:
    words = RULES[name]
    text, cure = (words.nl, words.cure_nl) if language == "nl" else (words.en, words.cure_en)
    level = _LEVELS[words.severity]
    described = {"id": name, "shortDescription": {"text": text}, "help": {"text": cure}}
    return {**described, "defaultConfiguration": {"level": level}}


def _result(one: Fault, names: Sequence[str], language: Language, base: Path) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": quote(shown(one.file, base))}, "region": {"startLine": one.line}}
    return {
        "ruleId": one.rule,
        "ruleIndex": names.index(one.rule),
        "level": _LEVELS[one.severity],
        "message": {"text": f"{one.message(language)}. {one.cure(language)}"},
        "locations": [{"physicalLocation": place}],
    }
