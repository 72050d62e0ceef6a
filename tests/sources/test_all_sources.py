"""Every real file is read by the source it is of, refused in words, or no payload; and nothing is read by another."""

from pathlib import Path

import pytest

from ssclab_data.errors import SourceError
from ssclab_data.sources.base import MappedPayload
from ssclab_data.sources.mapping import load_source, source_names
from tests.sample_files import NO_PAYLOADS, READ, REFUSED, context_of, every_file

from .mapped import adds_up, count, rules

ALSO_READ = {
    "sensorthings": "samen-meten",
    "samen-meten": "sensorthings",
    "eea-ereporting": "sos",
}
"""Another source that reads the same files too, as it should: one of a standard that the first one uses."""

WITHOUT_SAMPLES = {"airsenseur", "barcelona-noise", "sonitus", "uk-air"}
"""Sources of which no real payload was found."""


def mapped_file(samples: Path, file: str, source: str = "") -> MappedPayload:
    source = source or READ[file][0]
    return load_source(source).read((samples / file).read_bytes(), context_of(samples, source, file))


@pytest.mark.needs("samples")
def test_every_file_is_in_the_table(samples: Path) -> None:
    """A file that is added must be given its place: read, refused, or no payload."""
    assert every_file(samples) == sorted([*READ, *REFUSED, *NO_PAYLOADS])


def test_every_source_has_real_files() -> None:
    assert {source for source, _, _ in READ.values()} == {*source_names()} - WITHOUT_SAMPLES


@pytest.mark.needs("samples")
@pytest.mark.parametrize("file", READ)
def test_a_file_is_read_as_the_table_says(samples: Path, file: str) -> None:
    mapped = mapped_file(samples, file)
    _, observations, found = READ[file]
    assert (count(mapped), " ".join(sorted(rules(mapped)))) == (observations, found)
    assert adds_up(mapped)
    assert mapped.tally.records_read > 0
    assert mapped.entities or mapped.defaults or mapped.tally.records_rejected or not observations


@pytest.mark.needs("samples")
@pytest.mark.parametrize("file", REFUSED)
def test_a_file_is_refused_in_words_that_help(samples: Path, file: str) -> None:
    source, words = REFUSED[file]
    with pytest.raises(SourceError) as caught:
        mapped_file(samples, file, source)
    assert words in str(caught.value)
    assert file in str(caught.value)


@pytest.mark.needs("samples")
@pytest.mark.parametrize("source", source_names())
def test_no_source_makes_observations_of_what_is_of_another(samples: Path, source: str) -> None:
    """A file that is given to the wrong source is refused, or gives nothing: never values of another meaning."""
    own = [file for file, (name, _, _) in READ.items() if source in (name, ALSO_READ.get(name))]
    wrong = {}
    for file in sorted({*READ, *REFUSED, *NO_PAYLOADS} - {*own}):
        try:
            mapped = mapped_file(samples, file, source)
        except SourceError:
            continue
        assert adds_up(mapped), file
        if count(mapped):
            wrong[file] = count(mapped)
    assert wrong == {}
