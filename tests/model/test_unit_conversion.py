"""Units convert exactly, as QUDT says, and back."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph, URIRef

from ssclab_data import resources
from ssclab_data.errors import SettingsError, ValueParseError
from ssclab_data.model.units import Unit, convert_unit, resolve_unit, units

QUDT = "http://qudt.org/schema/qudt/"


def converted(value: str, source: str, target: str) -> Fraction:
    scale, offset = convert_unit(resolve_unit(source), resolve_unit(target))
    return Fraction(value) * scale + offset


@pytest.mark.parametrize(
    ("value", "source", "target", "expected", "why"),
    [
        ("212", "°F", "Celsius", "100", "water boils: (212 - 32) * 5/9"),
        ("-40", "degF", "Cel", "-40", "where the two scales meet"),
        ("294650", "mK", "Cel", "21.5", "294.65 K - 273.15"),
        ("101325", "Pa", "hPa", "1013.25", "hundred pascal in a hectopascal"),
        ("101.325", "kPa", "mbar", "1013.25", "mbar is another name of hPa"),
        ("29.92", "inHg", "hPa", "1013.20748119", "29.92 * 25.4 mm * 133.322387415 Pa, rounded at the eighth digit"),
        ("36", "km/h", "m/s", "10", "36000 m in 3600 s"),
        ("10", "mph", "m/s", "4.4704", "a mile is 1609.344 m"),
        ("1", "knots", "m/s", "0.51444444", "1852 m in 3600 s"),
        ("2500", "mm/s", "m/s", "2.5", "thousand millimetres"),
        ("0.045", "ppm", "ppb", "45", "cases.md, row 7: 45 ppb = 0.045 ppm"),
        ("1.2", "mg/m3", "µg/m³", "1200", "thousand micrograms in a milligram"),
        ("1", "inch", "mm", "25.4", "by definition"),
        ("0.54", "1", "%", "54", "cases.md, row 73: a fraction is hundredths"),
        ("3", "#/0.1L", "#/cm3", "0.03", "0.1 L is 100 cm3"),
        ("7.2", "mm/h", "mm/s", "0.002", "3600 s in an hour"),
    ],
)
def test_values_convert(value: str, source: str, target: str, expected: str, why: str) -> None:
    assert round(converted(value, source, target), 8) == Fraction(expected), why


@pytest.mark.parametrize(
    ("source", "target"), [("ppb", "ug/m3"), ("dB(A)", "dB"), ("Cel", "hPa"), ("W/m2", "lx"), ("J/cm2", "W/m2")]
)
def test_units_of_different_quantities_do_not_convert(source: str, target: str) -> None:
    with pytest.raises(ValueParseError, match="is not a unit that converts to"):
        convert_unit(resolve_unit(source), resolve_unit(target))


PAIRS = [
    (one, other)
    for one in units().values()
    for other in units().values()
    if one.quantity and one.quantity == other.quantity
]


@given(st.sampled_from(PAIRS), st.fractions(-(10**9), 10**9))
def test_there_and_back_is_the_same_value(pair: tuple[Unit, Unit], value: Fraction) -> None:
    (there, plus), (back, minus) = convert_unit(*pair), convert_unit(pair[1], pair[0])
    assert (value * there + plus) * back + minus == value


@pytest.mark.needs("standards")
def test_factors_are_those_of_qudt(standards: Path) -> None:
    """Every factor, to the digits that QUDT writes; two units convert only where QUDT gives them one dimension."""
    graph = Graph().parse(standards / "qudt" / "units-subset.ttl")
    apart = {"angle": "QUDT counts degrees in radians, which is no rational number"}
    dimensions: dict[str, set[str]] = {}
    compared = 0
    for unit in units().values():
        one = URIRef(unit.definition)
        if not unit.quantity or (one, None, None) not in graph:
            continue
        dimensions.setdefault(unit.quantity, set()).update(
            map(str, graph.objects(one, URIRef(QUDT + "hasDimensionVector")))
        )
        if unit.quantity in apart:
            continue
        multiplier = Fraction(str(graph.value(one, URIRef(QUDT + "conversionMultiplier"))))
        offset = Fraction(str(graph.value(one, URIRef(QUDT + "conversionOffset")) or 0))
        assert abs(unit.multiplier / multiplier - 1) < Fraction(1, 10**30), unit
        assert unit.offset == offset, unit
        compared += 1
    assert compared >= 40
    assert {quantity: found for quantity, found in dimensions.items() if len(found) != 1} == {}


def test_a_factor_that_is_no_number_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "ontologies" / "codelists"
    folder.mkdir(parents=True)
    head = "ucum,definition,symbol,name_en,name_nl,synonyms,uncefact,quantity,multiplier,offset\n"
    (folder / "units.csv").write_text(head + "x,,x,x,x,,,length,0.3;048,\n")
    resources.use([tmp_path])
    try:
        with pytest.raises(SettingsError, match="'units', x: Invalid literal for Fraction"):
            units()
    finally:
        resources.use([])
