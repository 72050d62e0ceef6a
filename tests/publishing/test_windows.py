"""What may show that somebody is at home is published as means over closed quarters of an hour."""

import math
from collections import defaultdict
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssclab_data import Lab
from ssclab_data.model import codelists
from ssclab_data.model.sensorthings import Observation
from ssclab_data.model.values import Instant, Interval, end_of, start_of
from ssclab_data.publishing.policy import is_ambient, property_of
from ssclab_data.query import ast
from ssclab_data.query.bind import bind
from ssclab_data.selection import pages

from .street import HOME, MINUTE, START, Rows, lab_folder, publish, series, stream, thing, write

OF = "x/kastje"
QUARTER = 15


def home(folder: Path, property_id: str, rows: Rows, **columns: Any) -> Path:
    """Make a lab with one home and one Datastream."""
    lab_folder(folder)
    entities = [*thing(OF, properties={"placement": "home"}), *stream(OF, property_id)]
    write(folder, entities, series(f"{OF}/{property_id}", rows, **columns))
    return folder


def found(folder: Path) -> list[tuple[int, int, Any, Any]]:
    """Give what is published: begin and end in minutes after `START`, result and parameters, by time."""
    by_time = (ast.OrderBy(ast.Path(("phenomenonTime",))),)
    with Lab.open_served(folder) as lab:
        rows = list(pages(lab.store, ast.Query(entity_type="Observation", orderby=by_time)))
    said = []
    for row in rows:
        one = cast("Observation", row.entity)
        assert isinstance(one.phenomenon_time, (Instant, Interval))
        begin, end = start_of(one.phenomenon_time).us, end_of(one.phenomenon_time).us
        said.append(((begin - START) // MINUTE, (end - START) // MINUTE, one.result, one.parameters))
    return said


def means(folder: Path) -> list[tuple[int, Any]]:
    return [(begin, result) for begin, _, result, _ in found(folder)]


@pytest.mark.parametrize(
    ("property_id", "rows", "expected"),
    [
        # 12:00-12:15 holds 400, 410 and 420: their mean; 12:15 belongs to the next window, which has too few.
        ("co2", [(0, 400), (7, 410), (14, 420), (15, 900), (16, 901)], [(0, 410.0)]),
        # 10 log10((10^5 + 10^7 + 10^5) / 3) = 10 log10(3.4e6) = 65.315: the loud minute counts, as it must.
        ("noise-level", [(1, 50.0), (2, 70.0), (3, 50.0)], [(0, 65.315)]),
        # A maximum has no mean.
        ("lamax", [(1, 50.0), (2, 70.0), (3, 50.0)], []),
        # Lamps are seen; three decimals are kept: 10 / 3.
        ("illuminance", [(30, 1.0), (31, 4.0), (32, 5.0)], [(30, 3.333)]),
        # Air outdoors says nothing of people: as it is measured.
        ("pm25", [(0, 3.5), (7, 4.25)], [(0, 3.5), (7, 4.25)]),
        ("temperature", [(0, 3.5)], [(0, 3.5)]),
        # Text could hold anything.
        ("pm25", [(0, 3.5), (7, "Dorpsstraat 5"), (8, None), (9, True)], [(0, 3.5)]),
        ("co2", [(0, 400), (7, "x"), (14, 420)], []),
    ],
)
def test_what_is_published_of_a_home(
    tmp_path: Path, property_id: str, rows: Rows, expected: list[tuple[int, float]]
) -> None:
    folder = home(tmp_path / "helmond", property_id, rows)
    report = publish(folder)
    assert means(folder) == expected
    assert report.read == len(rows)


def test_means_say_of_how_many_values_and_when_they_were_known(tmp_path: Path) -> None:
    """phenomenonTime is the window, resultTime its end: no time is finer than the window."""
    folder = home(tmp_path / "helmond", "co2", [(1, 400), (2, 401), (3, 402), (4, 403)])
    publish(folder)
    assert found(folder) == [(0, 15, 401.5, {"count": 4})]
    with Lab.open_served(folder) as lab:
        (row,) = pages(lab.store, ast.Query(entity_type="Observation"))
        assert cast("Observation", row.entity).result_time == Instant(START + 15 * MINUTE)


def test_parameters_and_quality_of_a_home(tmp_path: Path) -> None:
    """Parameters may hold anything; of quality the flags of the code list pass."""
    quality = [1, "3", {"by": "Jan"}, "seen at Dorpsstraat 5"]
    rows = [(minute, 2.5) for minute in range(4)]
    folder = home(tmp_path / "helmond", "pm25", rows, result_quality=quality, parameters=[{"lat": HOME[1]}] * 4)
    publish(folder)
    with Lab.open_served(folder) as lab:
        seen = [cast("Observation", row.entity) for row in pages(lab.store, ast.Query(entity_type="Observation"))]
    assert [one.result_quality for one in seen][:2] == [1, 3]
    assert not [one for one in seen[2:] if one.result_quality]
    assert not [one for one in seen if one.parameters]


def test_values_that_failed_are_in_no_mean(tmp_path: Path) -> None:
    """Flag 4 failed, 9 is missing; 3 is suspect and may be right."""
    rows = [(1, 400), (2, 410), (3, 420), (4, 9999), (5, 0)]
    folder = home(tmp_path / "helmond", "co2", rows, result_quality=[1, 3, None, 4, "9"])
    report = publish(folder)
    assert means(folder) == [(0, 410.0)]
    assert (report.aggregated, report.suppressed) == (3, 2)


@pytest.mark.parametrize(
    ("minutes", "expected", "why"),
    [
        ((0, 60), [(0, 60)], "an hour mean is coarser than a window"),
        ((0, 15), [(0, 15)], "a window"),
        ((0, 5), [], "one value of five minutes is too few"),
        ((10, 20), [], "it lies in two windows"),
        ((1, 61), [], "an hour that slides by the minute gives minutes by its differences"),
    ],
)
def test_means_of_the_source(tmp_path: Path, minutes: tuple[int, int], expected: list[Any], why: str) -> None:
    begin, end = minutes
    rows = [(begin, 41.5)]
    folder = home(tmp_path / "helmond", "laeq", rows, end=[START + end * MINUTE])
    publish(folder)
    assert [(one[0], one[1]) for one in found(folder)] == expected, why


def test_a_window_is_published_when_it_is_closed(tmp_path: Path) -> None:
    """Each minute from 12:00 on, somebody publishes: the mean appears once, and never changes."""
    lab_folder(tmp_path / "helmond")
    entities = [*thing(OF, properties={"placement": "home"}), *stream(OF, "co2")]
    folder, seen = tmp_path / "helmond", []
    for minute in range(50):
        write(folder, entities if minute == 0 else [], series(f"{OF}/co2", [(minute, 400 + minute)]))
        publish(folder, now=Instant(START + minute * MINUTE))
        seen.append(means(folder))
    assert seen[29] == []
    assert seen[30:45] == [[(0, 407.0)]] * 15  # (400 + ... + 414) / 15, a quarter of an hour after its end
    assert seen[45:] == [[(0, 407.0), (15, 422.0)]] * 5


def test_of_two_means_nobody_can_tell_one_value(tmp_path: Path) -> None:
    """One or two late values change nothing, three do: their mean is all that a difference can tell."""
    folder = home(tmp_path / "helmond", "co2", [(1, 400), (2, 400), (3, 400)])
    publish(folder)
    for late in (4, 5):
        write(folder, [], series(f"{OF}/co2", [(late, 1000)]))
        report = publish(folder)
        assert (means(folder), report.held) == ([(0, 400.0)], 1)
        assert not report.changed
    write(folder, [], series(f"{OF}/co2", [(6, 1000)]))
    report = publish(folder)
    assert (means(folder), report.held, report.written) == ([(0, 700.0)], 0, 1)
    assert publish(folder, full=True).held == 0


def test_a_window_of_which_too_little_is_left_is_taken_back(tmp_path: Path) -> None:
    folder = home(tmp_path / "helmond", "co2", [(1, 400), (2, 410), (3, 420), (31, 1), (32, 2), (33, 3)])
    publish(folder)
    with Lab.open(folder) as lab:
        first = ast.Compare("eq", ast.Path(("result",)), ast.Literal(400))
        lab.store.delete(bind(ast.Query(entity_type="Observation", filter=first)))
    report = publish(folder)
    assert (means(folder), report.removed, report.clean) == ([(30, 2.0)], 1, True)
    with Lab.open(folder) as lab:
        lab.store.delete(bind(ast.Query(entity_type="Observation")))
    assert publish(folder).removed == 1
    assert means(folder) == []


def test_the_least_number_of_values_is_the_citys(tmp_path: Path) -> None:
    folder = home(tmp_path / "helmond", "co2", [(minute, 400) for minute in range(5)])
    file = folder / "lab.yaml"
    file.write_text(file.read_text().replace("{}", "{minimum_values: 6}"))
    assert publish(folder).suppressed == 5
    write(folder, [], series(f"{OF}/co2", [(5, 400)]))
    assert publish(folder).aggregated == 6


def test_each_property_is_in_one_row_and_those_of_sound_are_guarded() -> None:
    rows = {row["code"]: row["properties"].split("|") for row in codelists.read("presence")}
    named = [*rows["ambient"], *rows["revealing"]]
    assert len(named) == len(set(named))
    assert set(named) <= set(codelists.observed_properties())
    for info in codelists.observed_properties().values():
        if info.ucum.startswith("dB") or info.ucum in ("W", "kW.h", "J", "{#}") or info.id in ("co2", "illuminance"):
            assert not is_ambient(info) or info.id == "ultrafine", info.id
    assert property_of("property/co2", "") is not None


@settings(max_examples=12)
@given(
    rows=st.dictionaries(st.integers(0, 59), st.floats(20, 100), max_size=40),
    now=st.integers(0, 120),
    property_id=st.sampled_from(["noise-level", "co2"]),
)
def test_means_agree_with_an_oracle(
    tmp_path_factory: pytest.TempPathFactory, rows: dict[int, float], now: int, property_id: str
) -> None:
    """Windows by hand: a dictionary of lists, and the formulas of the two means."""
    folder = home(tmp_path_factory.mktemp("means") / "helmond", property_id, sorted(rows.items()))
    report = publish(folder, now=Instant(START + now * MINUTE))
    windows = defaultdict(list)
    for minute, value in rows.items():
        windows[minute // QUARTER].append(value)
    expected, pending = [], 0
    for window, values in sorted(windows.items()):
        if (window + 2) * QUARTER > now:
            pending += len(values)
        elif len(values) >= 3:
            powers = [10 ** (value / 10) for value in values]
            mean = sum(values) / len(values) if property_id == "co2" else 10 * math.log10(sum(powers) / len(powers))
            expected.append((window * QUARTER, mean))
    assert [begin for begin, _ in means(folder)] == [begin for begin, _ in expected]
    for (_, mean), (_, wanted) in zip(means(folder), expected, strict=True):
        assert math.isclose(mean, wanted, abs_tol=5.1e-4)
    assert report.pending == pending
