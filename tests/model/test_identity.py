"""Keys, IRIs and handles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssclab_data.errors import NotFoundError, SettingsError
from ssclab_data.model.entity import Handle
from ssclab_data.model.identity import (
    check_lab_key,
    iri,
    natural_key,
    observation_handle,
    observation_key,
    qualify,
    split_observation_handle,
    split_observation_key,
    split_qualified,
)
from ssclab_data.model.values import Instant, Interval, parse_time


@pytest.mark.parametrize("key", ["breda", "leidschendam-voorburg", "3", "a" * 32])
def test_lab_keys_that_are_allowed(key: str) -> None:
    assert check_lab_key(key) == key


@pytest.mark.parametrize("key", ["", "Breda", "-breda", "a" * 33, "bre da", "breda~1", "breda\n"])
def test_lab_keys_that_are_refused(key: str) -> None:
    with pytest.raises(SettingsError):
        check_lab_key(key)


def test_iri_is_made_from_the_natural_key() -> None:
    key = natural_key("smart-emission", "23", "noise level/avg")
    assert key == "smart-emission/23/noise%20level%2Favg"
    made = iri("https://data.example.nl/", "breda", entity_type="Datastream", key=key)
    assert made == "https://data.example.nl/id/breda/Datastream/smart-emission/23/noise%20level%2Favg"


@given(st.integers(1, 2**21 - 1), st.integers(0, 2**32 - 1))
def test_observation_handles_hold_their_datastream(datastream: int, sequence: int) -> None:
    handle = observation_handle(datastream, sequence)
    assert split_observation_handle(handle) == (datastream, sequence)
    assert int(float(handle)) == handle, "exact in clients that read numbers as doubles"


@pytest.mark.parametrize(
    "time", ["2016-01-08T22:00:06.757Z", "2016-01-08T22:00:00Z/2016-01-08T23:00:00Z"], ids=["instant", "interval"]
)
def test_observation_keys_hold_their_datastream_and_time(time: str) -> None:
    parsed: Instant | Interval = parse_time(time)
    key = observation_key("smart-emission/23/pm25", parsed)
    assert split_observation_key(key) == ("smart-emission/23/pm25", time, 0)


@given(
    st.sampled_from(["breda", "nl"]),
    st.one_of(st.integers(0, 2**60), st.sampled_from(["breda~12", "abc", "007", "٣", "9" * 5000])),
)
def test_hub_handles_are_reversible_and_stack(lab: str, handle: Handle) -> None:
    assert split_qualified(qualify(lab, handle)) == (lab, handle)


@pytest.mark.parametrize("handle", [12, "breda", "breda~", "12"])
def test_a_handle_without_a_lab_is_not_found_at_a_hub(handle: Handle) -> None:
    with pytest.raises(NotFoundError, match="breda~12"):
        split_qualified(handle)
