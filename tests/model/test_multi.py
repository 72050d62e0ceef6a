"""A MultiDatastream is kept as a Datastream without loss, and shown as it was."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssclab_data.errors import BodyError
from ssclab_data.model.entity import Link, Navigation
from ssclab_data.model.multi import (
    VIEWS,
    MultiDatastream,
    check_result,
    datastream_of,
    is_multi,
    multi_of,
    observed_properties_of,
)
from ssclab_data.model.sensorthings import OM, Datastream
from ssclab_data.model.values import UnitOfMeasurement

TYPES = [OM + name for name in ("OM_Measurement", "OM_CountObservation", "OM_CategoryObservation", "OM_Observation")]
UNITS = st.none() | st.dictionaries(st.sampled_from(("name", "symbol", "definition", "x")), st.none() | st.text())
VALUES = st.lists(st.tuples(st.sampled_from(TYPES), UNITS, st.text()), min_size=1, unique_by=lambda value: value[2])


@given(VALUES)
def test_nothing_is_lost(values: list[tuple[str, Any, str]]) -> None:
    types, units, keys = (list(column) for column in zip(*values, strict=True))
    multi = MultiDatastream(
        key="x/1",
        name="weer",
        description="",
        multi_observation_data_types=types,
        unit_of_measurements=units,
        properties={"a": 1},
        thing=Link(key="x/t"),
    )
    kept = datastream_of(multi, keys)
    assert is_multi(kept)
    assert kept.thing == Link(key="x/t")
    assert kept.observed_property == Link(key=keys[0])
    assert kept.observed_properties == tuple(Link(key=key) for key in keys)
    assert observed_properties_of(kept) == tuple(keys)
    shown = multi_of(kept)
    assert (shown.multi_observation_data_types, shown.unit_of_measurements) == (types, units)
    assert (shown.key, shown.name, shown.properties) == ("x/1", "weer", {"a": 1})
    assert shown.observation_type == OM + "OM_ComplexObservation"


def test_a_field_is_swe_common_too() -> None:
    unit = {"name": "hectopascal", "symbol": "hPa", "definition": None}
    multi = MultiDatastream(multi_observation_data_types=TYPES[:1], unit_of_measurements=[unit])
    record = datastream_of(multi, ["property/p"]).result_type
    assert isinstance(record, dict)
    (field,) = record["fields"]
    assert (field["name"], field["type"]) == ("value1", "Quantity")
    assert field["uom"] == {"label": "hectopascal", "symbol": "hPa"}


@pytest.mark.parametrize(
    ("types", "units", "keys", "path"),
    [
        (TYPES[:2], [None], ["a", "b"], "unitOfMeasurements"),
        (TYPES[:1], [None, None], ["a", "b"], "multiObservationDataTypes"),
        (TYPES[:2], [None, None], ["a", "a"], "ObservedProperties"),
        ("OM_Measurement", [None], ["a"], "multiObservationDataTypes"),
        ([1], [None], ["a"], "multiObservationDataTypes"),
        (TYPES[:1], ["hPa"], ["a"], "unitOfMeasurements"),
    ],
)
def test_lists_that_do_not_fit(types: Any, units: Any, keys: list[str], path: str) -> None:
    with pytest.raises(BodyError) as caught:
        datastream_of(MultiDatastream(multi_observation_data_types=types, unit_of_measurements=units), keys)
    assert caught.value.path == path


def test_a_change_of_the_name_says_nothing_of_results() -> None:
    assert datastream_of(MultiDatastream(name="nieuw"), ()) == Datastream(name="nieuw")


@pytest.mark.parametrize(("result", "fits"), [([1, None], True), ([1], False), ([1, 2, 3], False), (1, False)])
def test_a_result_has_a_value_for_each(result: Any, fits: bool) -> None:
    multi = MultiDatastream(multi_observation_data_types=TYPES[:2], unit_of_measurements=[None, None])
    datastream = datastream_of(multi, ["a", "b"])
    if fits:
        check_result(result, datastream)
        return
    with pytest.raises(BodyError, match=r"result: .* 2"):
        check_result(result, datastream)


def test_a_datastream_of_one_value_is_none() -> None:
    assert not is_multi(Datastream(unit_of_measurement=UnitOfMeasurement()))
    assert not is_multi(Datastream(result_type={"type": "Quantity"}))


@pytest.mark.parametrize("name", VIEWS)
def test_every_link_of_a_view_leads_back(name: str) -> None:
    for link in VIEWS[name].navigations:
        back = VIEWS[link.target].by_name[link.inverse]
        assert isinstance(back, Navigation)
        assert (back.target, back.inverse) == (name, link.name)
