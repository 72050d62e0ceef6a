"""Values of a field, from what a source writes to a result in the unit of its property, worked out by hand."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssclab_data.errors import ValueParseError
from ssclab_data.model.codelists import observed_properties, read
from ssclab_data.model.units import resolve_unit
from ssclab_data.sources.declaration import FieldRule, FlagRule, Gas, Special
from ssclab_data.sources.findings import Refusal
from ssclab_data.sources.flags import Flags, merge_quality
from ssclab_data.sources.gases import convert_gas, molar_mass
from ssclab_data.sources.quantities import Channel

AT_20 = Gas(temperature=20, pressure=1013.25, because="the EU reports at 20 degrees")
AT_15 = Gas(temperature=15, pressure=1013.25, because="the standard atmosphere")
TRACE = {"-1": Special(result=0.0, quality="3", meaning="trace: less than 0.05 mm")}
VALIDITY = FlagRule(field="flag", codes={"-1": "9", "1": "1", "2": "3", "N": "4", "true": "1"}, because="its manual")


def value(rule: dict[str, Any], raw: Any, decimal: str = ".", **fields: Any) -> Any:
    """Give the result of one field, None where there is none, or the rule by which it is refused."""
    channel = Channel("x", FieldRule(**{"property": "pm25", "unit": "ug/m3", **rule}), ("", "nan"))
    try:
        found = channel.read("x", {"x": raw, **fields}, decimal)
    except Refusal as refusal:
        return refusal.rule
    return None if found is None else found[1].result


RAIN = {"property": "precipitation", "unit": "mm", "scale": "0.1", "special": TRACE}


@pytest.mark.parametrize(
    ("rule", "raw", "expected", "why"),
    [
        ({}, "8.1", 8.1, "a number in a text"),
        ({}, 0, 0.0, "cases.md, row 35: a true 0 is a value"),
        ({"missing": (-1,)}, -1, None, "cases.md, row 35: a code for an error is none"),
        ({"missing": (-999,)}, -999, None, "cases.md, row 59"),
        ({"missing": (-999,)}, "-999.0", None, "cases.md, row 59: numbers are compared as numbers"),
        ({"missing": ("-999.99",)}, -999.99, None, "cases.md, row 58: in the mapping as a text"),
        ({"missing": (-999,), "minimum": -5}, -1.8, -1.8, "cases.md, row 59: noise around zero is kept"),
        ({"minimum": -5}, -5.1, "outside-limits", "but for a limit"),
        ({}, "nan", None, "a word for no value"),
        ({}, " ", None, "blanks, as cells of columns of fixed width"),
        ({}, None, None, "null"),
        ({}, float("nan"), None, "what binary formats write for no value"),
        ({}, float("inf"), "not-a-number", "what no instrument measures"),
        ({}, "wet", "not-a-number", "a word that is not declared"),
        ({}, "NaN", "not-a-number", "another word"),
        ({}, True, "not-a-number", "a truth value is no 1"),
        ({}, [1], "not-a-number", "a list"),
        ({"property": "pressure", "unit": "hPa", "minimum": 500}, 0, "outside-limits", "cases.md, row 34: never 0 hPa"),
        ({"property": "pressure", "unit": "hPa", "scale": "0.1"}, 10126, 1012.6, "cases.md, row 28: tenths"),
        (RAIN, -1, 0.0, "cases.md, row 28: a trace is no negative rain"),
        (RAIN, 3, 0.3, "tenths beside it"),
        ({"property": "temperature", "unit": "°F"}, 212, 100.0, "Fahrenheit is converted"),
        ({"property": "wind-speed", "unit": "km/h"}, 36, 10.0, "as are kilometres per hour"),
        ({"property": "relative-humidity", "unit": "1", "maximum": 1}, 0.54, 54.0, "cases.md, row 73: a fraction"),
        ({"property": "relative-humidity", "unit": "1", "maximum": 1}, 54, "outside-limits", "cases.md, row 73"),
        ({"property": "relative-humidity", "unit": "%"}, "54.00", 54.0, "cases.md, row 73: sensor.community"),
        ({"property": "pm25", "unit": "mg/m3"}, "0.0123", 12.3, "thousand micrograms, exactly"),
        ({"property": "co", "unit": "mg/m3", "scale": "0.001"}, 1234, 1234.0, "the scale goes before the unit"),
    ],
)  # fmt: skip
def test_a_raw_value_becomes_a_result(rule: dict[str, Any], raw: Any, expected: Any, why: str) -> None:
    assert value(rule, raw) == expected, why


def test_the_decimal_mark_is_the_declared_one() -> None:
    assert value({}, "1,5", ",") == 1.5
    assert value({}, "1.500", ",") == "not-a-number", "the other mark is refused, never cut off"
    assert value({}, "1,500") == "not-a-number"


@pytest.mark.parametrize(
    ("rule", "unit", "raw", "expected", "why"),
    [
        ({"unit_field": "u"}, "mg/m3", 0.5, 500.0, "the record tells the unit"),
        ({"unit_field": "u"}, "", 0.5, 0.5, "it does not, and `unit` holds"),
        ({"unit_field": "u", "unit": ""}, "", 0.5, "unknown-unit", "it does not, and nothing else does"),
        ({"unit_field": "u"}, "furlong", 0.5, "unknown-unit", "a unit that nobody knows is never silent"),
        ({"unit_field": "u"}, 1.5, 0.5, "unknown-unit", "nor is what is no unit at all"),
        ({"unit_field": "u"}, None, 0.5, 0.5, "null tells none, and `unit` holds"),
        ({"unit_field": "u"}, "ppb", 0.5, "other-quantity", "cases.md, row 8: particulate matter has no mole fraction"),
        ({"unit_field": "u", "gas": AT_20}, "ppb", 0.5, "other-quantity", "cases.md, row 8: nor a molar mass"),
        ({"unit_field": "u", "property": "no2"}, "ppb", 5, "other-quantity", "cases.md, row 8: not without a state"),
    ],
)
def test_a_record_may_tell_its_unit(rule: dict[str, Any], unit: Any, raw: float, expected: Any, why: str) -> None:
    assert value(rule, raw, u=unit) == expected, why


@pytest.mark.parametrize(("gas", "ppb"), [(AT_20, 5.23), (AT_15, 5.14)])
def test_a_gas_is_converted_at_the_declared_state_of_the_air(gas: Gas, ppb: float) -> None:
    """cases.md, row 8: 10 µg/m3 NO2, M = 46.0055 g/mol."""
    assert round(value({"property": "no2-mole-fraction", "unit": "ug/m3", "gas": gas}, 10), 2) == ppb
    assert value({"property": "no2", "unit": "ppb", "gas": gas}, ppb) == pytest.approx(10, rel=1e-3)


def test_what_was_assumed_of_the_air_is_told() -> None:
    channel = Channel("x", FieldRule(property="no2", unit="ppb", gas=AT_20), ())
    told = {"temperature": 20.0, "pressure": 1013.25, "molarMass": 46.0055, "because": "the EU reports at 20 degrees"}
    assert channel.quantity("ppb").facts == {"sourceUnit": "ppb", "assumedAir": told}
    assert channel.quantity("ug/m3").facts == {"sourceUnit": "µg/m³"}


def test_only_gases_have_a_molar_mass() -> None:
    with pytest.raises(ValueParseError, match="'pm10' is not a gas"):
        molar_mass("pm10")
    with pytest.raises(ValueParseError, match="converts to"):
        convert_gas(resolve_unit("hPa"), resolve_unit("ppb"), gas=AT_20, property_id="no2")
    listed = {one for row in read("gases") for one in row["observed"].split("|")}
    assert listed <= set(observed_properties())


@given(st.sampled_from(["no2", "o3", "co", "so2"]), st.integers(-30, 45), st.integers(900, 1080), st.integers(1, 10**6))
def test_a_gas_there_and_back(property_id: str, celsius: int, hectopascal: int, raw: int) -> None:
    gas = Gas(temperature=celsius, pressure=hectopascal, because="")
    mass, mole = resolve_unit("ug/m3"), resolve_unit("ppb")
    there = convert_gas(mass, mole, gas=gas, property_id=property_id)
    assert raw * there * convert_gas(mole, mass, gas=gas, property_id=property_id) == raw


def test_units_of_different_kinds_are_different_properties() -> None:
    """cases.md, row 7."""
    rule = FieldRule(property="o3", unit_field="u", by_unit={"ppb": "o3-mole-fraction"})
    channel = Channel("x", rule, ())
    read_each = [channel.read("x", {"x": 45, "u": unit}, ".") for unit in ("ppb", "µg/m³", "ppm")]
    found = [(one[0].info.id, one[1].result) for one in read_each if one]
    assert found == [("o3-mole-fraction", 45.0), ("o3", 45.0), ("o3-mole-fraction", 45000.0)]


@pytest.mark.parametrize(
    ("flag", "code", "usable"),
    [("1", "1", True), (1, "1", True), (1.0, "1", True), (-1, "9", False), ("N", "4", False), (True, "1", True)],
)
def test_a_flag_says_how_good_a_value_is(flag: Any, code: str, *, usable: bool) -> None:
    mark = Flags({"validity": VALIDITY}).mark("x", {"flag": flag, "x": 0.0})
    assert mark is not None
    assert (mark.code, mark.usable) == (code, usable)


def test_a_flag_that_is_not_given_or_not_known() -> None:
    flags = Flags({"validity": VALIDITY})
    assert flags.mark("x", {}) is flags.mark("x", {"flag": " "}) is flags.mark("x", {"flag": None}) is None
    with pytest.raises(Refusal) as refusal:
        flags.mark("x", {"flag": "Z"})
    assert (refusal.value.rule, refusal.value.field) == ("unknown-flag", "flag")
    absent = Flags({"v": FlagRule(field="flag", codes={}, absent="2", because="")})
    assert absent.mark("x", {}).quality == {"qartod": 2, "source": ""}  # type: ignore[union-attr]


def test_the_worst_flag_holds_and_flags_are_for_fields() -> None:
    general = FlagRule(field="all", codes={"ok": "1", "maintenance": "4"}, because="")
    own = FlagRule(field="pm_flag", codes={"?": "3"}, fields=("pm*",), because="")
    flags = Flags({"general": general, "own": own})
    fields = {"all": "ok", "pm_flag": "?"}
    assert flags.mark("pm25", fields).code == "3"  # type: ignore[union-attr]
    assert flags.mark("no2", fields).code == "1"  # type: ignore[union-attr]
    assert flags.mark("pm25", {**fields, "all": "maintenance"}).code == "4"  # type: ignore[union-attr]


def test_qualities_are_merged_to_the_worst() -> None:
    good, trace = {"qartod": 1, "source": "V"}, {"qartod": 3, "source": "trace"}
    assert merge_quality(good, trace) == {"qartod": 3, "source": "V; trace"}
    assert merge_quality(None, trace) is merge_quality(trace, None) is trace
