"""Check real payloads of every source there is: each gives a report that a steward can act on, in both languages."""

from pathlib import Path

import pytest

from ssclab_data.inspection.payloads import read_payloads
from ssclab_data.inspection.run import Options, inspect
from ssclab_data.model import codelists
from ssclab_data.model.finding import Severity
from ssclab_data.model.values import Instant
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.mapping import load_source
from ssclab_data.validation.outcome import Outcome
from ssclab_data.validation.profile import load_profile
from ssclab_data.validation.reports import REPORTS, write_report

FILES = {
    "airnow": "airnow/*.json",
    "chirpstack": "chirpstack/*.json",
    "eea": "eea-ereporting/*.csv",
    "hackair": "hackair/*.json",
    "knmi-daily": "knmi/api-daggegevens-2019.txt",
    "knmi-hourly": "knmi/*",
    "luchtmeetnet": "luchtmeetnet/*.json",
    "madrid": "madrid/*.csv",
    "meet-je-stad": "meetjestad/*.tsv",
    "munisense": "munisense/*.json",
    "netatmo": "netatmo/*.json",
    "ngsi": "ngsi/*.json*",
    "openaq": "openaq/*json",
    "opensensemap": "opensensemap/*.json",
    "purpleair": "purpleair/get_*.json",
    "rivm-lml": "rivm-lml/[2s]*",
    "rivm-rio": "rivm-lml/rio-*.csv",
    "sensor-community": "sensor-community/*",
    "smart-citizen": "smartcitizen/*.[cC]*",
    "smart-emission": "smart-emission/[sw]*.json*",
    "sensorthings": "sta-*/[aeo]*.json",
    "sos": "sos-om/s*_[5i]*.xml",
    "eea-ereporting": "eea-ereporting/*.xml",
    "coveragejson": "coveragejson/p*",
    "irceline": "irceline-sos/*",
    "ttn": "ttn/*-repaired.json",
}
GIVEN = {
    "hackair": {"id": "h1"},
    "munisense": {"id": "m1", "unit": "dB(C)"},
    "sensor-community": {"esp8266id": "esp8266-1"},
    "netatmo": {"type": "Temperature", "station": "70:ee:50:00:00:01"},
    "openaq": {"location_id": "2178", "sensor_id": "3920"},
    "smart-citizen": {"device_id": "7"},
}
"""What payloads of a source do not tell themselves."""
TABLES = {"irceline": {"series": "irceline-sos/upstream-stations.json"}}
"""Tables beside payloads."""
KEPT_AS_GIVEN = {"sensorthings": {"property-unknown"}}
"""Rules that a source does not meet where services of others do not: it keeps what they say."""
NOW = Instant.parse("2026-11-27T12:00:00Z")


def report(samples: Path, source: str, profile: str) -> Outcome:
    files = sorted(samples.glob(FILES[source]))
    assert files, f"no samples of {source}"
    options = Options(profile=load_profile(profile), now=NOW, place=codelists.municipalities()["helmond"])
    tables = {name: (samples / file).read_bytes() for name, file in TABLES.get(source, {}).items()}
    context = SourceContext(given=GIVEN.get(source, {}), received=NOW, tables=tables)
    return inspect(read_payloads(load_source(source), files, context), options)


@pytest.mark.needs("samples")
@pytest.mark.parametrize("profile", ["lab-air@1", "lab-noise@1"])
@pytest.mark.parametrize("source", sorted(FILES))
def test_real_payloads_give_a_report_to_act_on(source: str, profile: str, samples: Path) -> None:
    outcome = report(samples, source, profile)
    assert outcome.checked["Observation"] > 0
    assert outcome.checked["SHACL focus node"] > 0
    assert sum(one.count for one in outcome.series) == outcome.checked["Observation"]
    for finding in outcome.findings:
        assert finding.text, finding
        assert finding.text_nl, finding
        assert finding.cure, finding
        assert finding.cure_nl, finding
        assert finding.where or finding.entity, finding
    for form in REPORTS:
        for language in ("nl", "en"):
            assert write_report(outcome, form, language)


@pytest.mark.needs("samples")
@pytest.mark.parametrize("source", sorted(FILES))
def test_what_our_mappings_make_meets_our_own_models(source: str, samples: Path) -> None:
    outcome = report(samples, source, "lab-core@1")
    modelled = {
        finding.rule: finding
        for finding in outcome.findings
        if finding.severity is Severity.ERROR
        and finding.rule.startswith(("shacl-", "unit-", "property-", "missing-", "unknown-property"))
    }
    assert modelled.keys() - KEPT_AS_GIVEN.get(source, set()) == set()
