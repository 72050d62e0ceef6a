"""Check real payloads of every source there is: each gives a report that a steward can act on, in both languages."""

import re
from pathlib import Path

import pytest

from ssclab_data.inspection.payloads import read_payloads
from ssclab_data.inspection.run import Options, inspect
from ssclab_data.model import codelists
from ssclab_data.model.finding import Finding, Severity
from ssclab_data.sources.base import Described
from ssclab_data.sources.declaration import MappingFile
from ssclab_data.sources.mapping import load_source, source_names
from ssclab_data.validation.outcome import Outcome
from ssclab_data.validation.profile import load_profile
from ssclab_data.validation.reports import REPORTS, write_report
from tests.sample_files import NOW, READ, context_of

WITHOUT_VALUES = {"samen-meten", "inspire-ef"}
"""Sources of whose real payloads none holds a value."""
KEPT_AS_GIVEN = {"sensorthings": {"property-unknown", "unit-unknown"}}
"""Rules that a source does not meet where services of others do not: it keeps what they say."""
LOOK_ALIKES = {
    "airsenseur": (
        b'{"results": [{"series": [{"name": "ASE_NL_01", "columns": ["time", "latitude", "longitude", "name", '
        b'"sampleEvaluatedVal"], "values": [["2018-09-17T12:00:00Z", 52.166, 4.996, "Tempe", 21.5], '
        b'["2018-09-17T12:00:00Z", 52.166, 4.996, "COA4", 70000]]}]}]}'
    ),
    "barcelona-noise": (
        b"Id_Instal,Timestamp_local,Nivell_LAeq_1h\n31,2024-02-10T01:00:02+01:00,54.6\n31,10 February,55\n"
    ),
    "sonitus": b'[{"datetime": "2024-07-01 10:15:00", "laeq": "61.2"}, {"datetime": "10:30", "laeq": "61.2"}]',
    "uk-air": b"Date,time,Ozone,status,unit\n01/01/2020,01:00,44.4,R,ugm-3\n01/01/2020,02:00,44.4,R,ppx\n",
}
"""Payloads of the sources of which no real one was found, each with one fault."""
LOOK_ALIKE_NAMES = {"sonitus": "monitor=01548.json", "uk-air": "MY1_2020.csv"}
ENGLISH = re.compile(
    r"\b(the|and|with|is not|must|should|field|value|file|has no|known|missing|expected|unit of|"
    r"which|there|were|of the|give|check)\b"
)
"""Words of our English texts that are no Dutch."""
QUOTED = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"|<[^>]*>|https?://\S+")


def payloads(samples: Path, folder: Path, source: str) -> list[Path]:
    """Give the files that a source reads; one that is made where there is no real one."""
    real = [samples / file for file, (name, _, _) in READ.items() if name == source]
    if real:
        return real
    made = folder / LOOK_ALIKE_NAMES.get(source, "payload")
    made.write_bytes(LOOK_ALIKES[source])
    return [made]


def report(samples: Path, folder: Path, source: str, profile: str) -> Outcome:
    files = payloads(samples, folder, source)
    options = Options(profile=load_profile(profile), now=NOW, place=codelists.municipalities()["helmond"])
    return inspect(read_payloads(load_source(source), files, context_of(samples, source)), options)


def english(finding: Finding) -> list[str]:
    """Find English words in the Dutch texts, outside what they quote of the payload, or of the mapping's own words."""
    own = str(finding.value) if finding.rule == "incomplete-message" else ""
    text = f"{finding.text_nl}. {finding.cure_nl}"
    return ENGLISH.findall(QUOTED.sub("", text.replace(own, "") if own else text))


def profile_of(source: str) -> str:
    found = load_source(source)
    about = found.about if isinstance(found, Described) else None
    return about.profile if isinstance(about, MappingFile) else "lab-core@1"


@pytest.mark.needs("samples")
@pytest.mark.parametrize("source", source_names())
def test_real_payloads_give_a_report_to_act_on(source: str, samples: Path, tmp_path: Path) -> None:
    """By the profile that fits the source, as its page says."""
    outcome = report(samples, tmp_path, source, profile_of(source))
    assert outcome.checked["SHACL focus node"] > 0
    assert (outcome.checked.get("Observation", 0) > 0) == (source not in WITHOUT_VALUES)
    assert sum(one.count for one in outcome.series) == outcome.checked.get("Observation", 0)
    for finding in outcome.findings:
        assert all((finding.text, finding.text_nl, finding.cure, finding.cure_nl)), finding
        assert english(finding) == [], finding
        assert finding.where or finding.entity, finding
    for form in REPORTS:
        for language in ("nl", "en"):
            assert write_report(outcome, form, language)


@pytest.mark.needs("samples")
@pytest.mark.parametrize("profile", ["lab-air@1", "lab-noise@1"])
@pytest.mark.parametrize("source", ["sensor-community", "munisense", "luchtmeetnet", "sensorthings"])
def test_a_profile_that_does_not_fit_gives_a_report_too(
    source: str, profile: str, samples: Path, tmp_path: Path
) -> None:
    outcome = report(samples, tmp_path, source, profile)
    assert all(finding.text_nl and finding.cure_nl for finding in outcome.findings)
    assert write_report(outcome, "html", "nl")


@pytest.mark.needs("samples")
@pytest.mark.parametrize("source", source_names())
def test_what_our_mappings_make_meets_our_own_models(source: str, samples: Path, tmp_path: Path) -> None:
    outcome = report(samples, tmp_path, source, "lab-core@1")
    modelled = {
        finding.rule: finding
        for finding in outcome.findings
        if finding.severity is Severity.ERROR
        and finding.rule.startswith(("shacl-", "unit-", "property-", "missing-", "unknown-property"))
    }
    assert modelled.keys() - KEPT_AS_GIVEN.get(source, set()) == set()
