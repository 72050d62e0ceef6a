"""What holds for real payloads of every vendor: same again, in any order, and rejected records can be read again."""

from pathlib import Path

import pytest

from ssclab_data.errors import SourceError
from ssclab_data.sources.base import MappedPayload

from .mapped import adds_up, read, results, rules

FOLDERS = {
    "airnow": "airnow",
    "chirpstack": "chirpstack",
    "netatmo": "netatmo",
    "ngsi": "ngsi",
    "openaq": "openaq",
    "opensensemap": "opensensemap",
    "purpleair": "purpleair",
    "smart-citizen": "smartcitizen",
    "ttn": "ttn",
}
REFUSED = {"error_not_found_response.json", "uplink_message-invalid-as-published.json"}


def mapped_files(samples: Path, source: str) -> list[tuple[str, bytes, MappedPayload]]:
    """Map the files of a source as they are, without anything from outside them; two of all cannot be."""
    found = []
    for file in sorted((samples / FOLDERS[source]).iterdir()):
        content = file.read_bytes()
        if file.name in REFUSED:
            with pytest.raises(SourceError):
                read(source, content, file.name)
            continue
        found.append((file.name, content, read(source, content, file.name)))
    return found


@pytest.mark.needs("samples")
@pytest.mark.parametrize("source", FOLDERS)
def test_every_record_and_field_is_accounted_for(samples: Path, source: str) -> None:
    files = mapped_files(samples, source)
    assert files
    for name, _, mapped in files:
        assert mapped.tally.records_read > 0, name
        assert adds_up(mapped), name


@pytest.mark.needs("samples")
@pytest.mark.parametrize("source", FOLDERS)
def test_a_payload_gives_the_same_each_time(samples: Path, source: str) -> None:
    for name, content, mapped in mapped_files(samples, source):
        again = read(source, content, name)
        assert (results(again), rules(again), again.tally) == (results(mapped), rules(mapped), mapped.tally), name


@pytest.mark.needs("samples")
@pytest.mark.parametrize("source", FOLDERS)
def test_a_rejected_record_is_read_again_to_the_same_findings(samples: Path, source: str) -> None:
    """What goes to the quarantine holds all that is needed to read it once the mapping or the source is mended."""
    for name, _, mapped in mapped_files(samples, source):
        for rejected in mapped.rejected[:20]:
            again = read(source, rejected.payload, name)
            assert {finding.rule for finding in rejected.findings} == set(rules(again)), name


@pytest.mark.needs("samples")
@pytest.mark.parametrize("source", FOLDERS)
def test_findings_are_worded_in_both_languages_with_a_cure(samples: Path, source: str) -> None:
    for name, _, mapped in mapped_files(samples, source):
        for finding in mapped.findings:
            assert all((finding.text, finding.text_nl, finding.cure, finding.cure_nl)), (name, finding.rule)
