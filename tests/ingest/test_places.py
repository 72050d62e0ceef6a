"""Where Things are and were, as a store holds it after ingests: moves, jitter, late records, mobile units, twins."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ssclab_data import Lab
from ssclab_data.ingest import IngestOptions, IngestReport, ingest_payload
from ssclab_data.ingest.places import MAX_PLACES
from ssclab_data.inspection.run import Options, inspect
from ssclab_data.inspection.stored import read_store
from ssclab_data.model.sensorthings import HistoricalLocation
from ssclab_data.model.values import Instant
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.mapping import MappedSource, parse_mapping
from ssclab_data.stores.base import Row, Store
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import ask

MAPPING = """
source: SOURCE
title: test
documentation: test
forms: [{name: one, reader: json, having: [id]}]
time: {fields: [t], zone: UTC, because: test, received: RECEIVED}
thing: {id: [id], name: "{name|id}", description: test}
sensor: {id: [id], name: "Sensor {id}", description: test}
fields: {no2: {property: no2, unit: ug/m3}}
place: {pair: p, tolerance: TOLERANCE}
"""
DAY = 86_400_000_000


def source(name: str = "vendor", tolerance: float = 50, received: str = "false") -> MappedSource:
    text = MAPPING.replace("SOURCE", name).replace("TOLERANCE", str(tolerance)).replace("RECEIVED", received)
    return MappedSource(parse_mapping(text, "test.yaml"))


SOURCE = source()


def on(day: int, longitude: float, latitude: float, value: float = 1.0, **more: Any) -> dict[str, Any]:
    """Make a record of unit 1 at noon of a day of March 2026."""
    return {"id": "1", "t": f"2026-03-{day:02}T12:00:00Z", "p": [longitude, latitude], "no2": value, **more}


def ingest(
    store: Store, *records: dict[str, Any], of: MappedSource = SOURCE, context: SourceContext | None = None
) -> IngestReport:
    options = IngestOptions(context=context or SourceContext())
    report = ingest_payload(store, of, msgspec.json.encode(list(records)), options=options)
    assert report.adds_up
    return report


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store = MemoryStore("breda")
    if request.param == "sqlite":
        opened = SQLiteStore.open(tmp_path / "lab.db", lab="breda")
    yield opened
    opened.close()


def places(store: Store, thing: str = "vendor/1") -> list[str]:
    """Give the cells of the Locations that a Thing has now."""
    query = ask("Thing", filter=f"name eq '{thing.rpartition('/')[2]}'", expand="Locations")
    (row,) = [one for one in store.read(query).rows if one.entity.key == thing]
    return [_cell(one) for one in row.at("Locations")]


def history(store: Store) -> list[tuple[str, list[str]]]:
    rows = store.read(ask("HistoricalLocation", expand="Locations", orderby="time")).rows
    return [(_day(row), [_cell(one) for one in row.at("Locations")]) for row in rows]


def features(store: Store) -> dict[str, list[str]]:
    """Give the days of the Observations at each FeatureOfInterest."""
    found: dict[str, list[str]] = {}
    for row in store.read(ask("Observation", expand="FeatureOfInterest", orderby="phenomenonTime")).rows:
        for feature in row.at("FeatureOfInterest"):
            found.setdefault(_cell(feature), []).append(str(row.entity.key).rpartition("/")[2][:10])
    return found


def _cell(row: Row) -> str:
    return str(row.entity.key).rpartition("/")[2]


def _day(row: Row) -> str:
    assert isinstance(row.entity, HistoricalLocation)
    return str(row.entity.time)[:10]


OLD, NEW = (5.10, 52.08), (5.38, 52.15)
"""The two neighbourhoods of row 16 of cases.md."""


def test_a_unit_that_keeps_its_id_after_a_move_has_two_places(store: Store) -> None:
    """cases.md, rows 14 and 16: observations before the move keep their FeatureOfInterest."""
    ingest(store, on(1, *OLD))
    ingest(store, on(2, *NEW))
    assert places(store) == ["52.150,5.380"]
    assert history(store) == [("2026-03-01", ["52.080,5.100"]), ("2026-03-02", ["52.150,5.380"])]
    assert features(store) == {"52.080,5.100": ["2026-03-01"], "52.150,5.380": ["2026-03-02"]}
    assert store.count(ask("Thing")) == 1


def test_jitter_is_one_place(store: Store) -> None:
    """cases.md, row 16: 20 m is less than 50 m, also where it crosses the edge of a cell (52.0805).

    0.00018 degrees of latitude are 20 m.
    """
    ingest(store, on(1, 5.1, 52.08041), on(2, 5.1, 52.08059))
    ingest(store, on(3, 5.1, 52.08041))
    assert places(store) == ["52.080,5.100"]
    assert history(store) == []
    assert store.count(ask("Location")) == 1


@pytest.mark.parametrize(("tolerance", "stays"), [(200, 1), (100, 2)])
def test_a_tolerance_is_that_of_the_mapping(store: Store, tolerance: float, stays: int) -> None:
    """cases.md, row 64: 22005003 at two positions 111 m apart; one place within 200 m, two within less."""
    mapping = source(tolerance=tolerance)
    ingest(store, on(1, -3.388, 48.550), on(2, -3.388, 48.551), of=mapping)
    assert len(places(store)) == 1
    assert store.count(ask("Location")) == stays
    assert len(history(store)) == (0 if stays == 1 else stays)


def test_a_late_record_moves_the_beginning_of_a_stay(store: Store) -> None:
    """Days 3, then 6 at the new place; then, late, 1 and 4 at the old, and 5 at the new place."""
    ingest(store, on(3, *OLD), on(6, *NEW))
    ingest(store, on(4, *OLD))
    ingest(store, on(5, *NEW), on(1, *OLD))
    assert history(store) == [("2026-03-01", ["52.080,5.100"]), ("2026-03-05", ["52.150,5.380"])]


def test_a_unit_that_comes_back_has_three_stays(store: Store) -> None:
    ingest(store, on(1, *OLD), on(5, *OLD))
    ingest(store, on(3, *NEW))
    assert places(store) == ["52.080,5.100"]
    assert history(store) == [
        ("2026-03-01", ["52.080,5.100"]),
        ("2026-03-03", ["52.150,5.380"]),
        ("2026-03-05", ["52.080,5.100"]),
    ]


def test_repeating_a_move_changes_nothing(store: Store) -> None:
    records = (on(1, *OLD), on(2, *NEW))
    first = ingest(store, *records)
    before = store.sequence
    again = ingest(store, *records)
    assert store.sequence == before
    assert {name: counts.created for name, counts in first.entities.items() if counts.created} == {
        "Thing": 1,
        "Location": 2,
        "HistoricalLocation": 2,
        "Datastream": 1,
        "Sensor": 1,
        "ObservedProperty": 1,
        "Observation": 2,
        "FeatureOfInterest": 2,
    }
    assert sum(counts.written for counts in again.entities.values()) == 0


def test_zero_is_no_place(store: Store) -> None:
    """cases.md, row 17: the Thing has no Location, and its Observations stay."""
    report = ingest(store, on(1, 0, 0))
    assert [finding.rule for finding in report.findings] == ["no-position"]
    assert (places(store), store.count(ask("Location")), store.count(ask("Observation"))) == ([], 0, 1)
    assert report.rejected == 0


def test_a_position_that_was_unknown_for_a_while_is_no_move(store: Store) -> None:
    ingest(store, on(1, *OLD), on(2, 0, 0), on(3, *OLD))
    assert (places(store), history(store)) == (["52.080,5.100"], [])


def test_a_mobile_unit_has_no_history(store: Store) -> None:
    """101 places, more than a kilometre apart, one a day."""
    start = Instant.parse("2026-01-01T00:00:00Z").us
    records = [
        on(1, 5.0 + 0.02 * number, 52.0) | {"t": str(Instant(start + number * DAY))} for number in range(MAX_PLACES + 1)
    ]
    assert len(history_after(store, records[:-1])) == MAX_PLACES
    report = ingest(store, records[-1])
    assert [(finding.rule, finding.entity) for finding in report.findings] == [("mobile-unit", "vendor/1")]
    assert (places(store), history(store)) == (["52.000,7.000"], [])
    assert store.count(ask("Location")) == 1
    assert store.count(ask("FeatureOfInterest")) == MAX_PLACES + 1
    late = ingest(store, on(1, 4.5, 52.0) | {"t": "2025-12-01T00:00:00Z"})
    assert [finding.rule for finding in late.findings] == ["mobile-unit"]
    assert places(store) == ["52.000,7.000"]


def history_after(store: Store, records: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    ingest(store, *records)
    return history(store)


def test_names_do_not_make_things(store: Store) -> None:
    """cases.md, row 19: one id is one Thing, however its name is written."""
    ingest(store, on(1, *OLD, name="Centrum, Straat 1"))
    ingest(store, on(2, *OLD, name="Centrum,Straat 1"))
    assert store.count(ask("Thing")) == 1
    assert store.count(ask("Observation")) == 2


def found_in(store: Store) -> dict[str, tuple[str, str]]:
    outcome = inspect(read_store(store, base_iri="https://example.org", target="store"), Options())
    return {one.rule: (one.entity, one.text) for one in outcome.findings if one.rule.startswith("same-")}


def test_two_ids_at_one_place_are_two_things_and_a_notice(store: Store) -> None:
    """cases.md, row 19: nothing is merged on names or places."""
    ingest(store, on(1, *OLD, name="Centrum, Straat 1"), on(1, *OLD, id="2", name="Centrum,Straat 1"))
    assert store.count(ask("Thing")) == 2
    found = found_in(store)
    assert list(found) == ["same-place"]
    assert found["same-place"][0] == "vendor/2"
    assert "vendor/1" in found["same-place"][1]


def test_one_station_by_two_sources_is_kept_twice_and_flagged(store: Store) -> None:
    """cases.md, row 20: 3.5 m apart, NO2 29.5 in the same hour."""
    ingest(store, on(1, 4.90000, 52.37000, 29.5), of=source("one"))
    ingest(store, on(1, 4.90004, 52.37002, 29.5), of=source("two"))
    assert (store.count(ask("Thing")), store.count(ask("Observation"))) == (2, 2)
    (text,) = (text for _, text in found_in(store).values())
    assert text.startswith("same station, two sources: one/1 is 3.5 m away, and 1 of 1 values")


@pytest.mark.parametrize(
    ("longitude", "value", "why"),
    [(4.90004, 12.0, "another value: two stations side by side"), (4.91, 29.5, "680 m away, by chance the same value")],
)
def test_neighbours_are_no_twins(store: Store, longitude: float, value: float, why: str) -> None:
    ingest(store, on(1, 4.90000, 52.37000, 29.5), of=source("one"))
    ingest(store, on(1, longitude, 52.37002, value), of=source("two"))
    assert found_in(store) == {}, why


def test_a_replayed_message_is_one_observation(store: Store) -> None:
    """cases.md, row 53: the same body 14 s apart; it is known by device, property and the device's own time."""
    message = on(1, *OLD)
    first = ingest(store, message, context=SourceContext(received=Instant.parse("2026-03-01T12:00:01Z")))
    again = ingest(store, message, context=SourceContext(received=Instant.parse("2026-03-01T12:00:15Z")))
    assert (first.observations.created, again.observations.created, again.observations.unchanged) == (1, 0, 1)
    assert store.count(ask("Observation")) == 1


def test_the_time_of_arrival_is_no_phenomenon_time_unless_the_mapping_says_so(store: Store) -> None:
    """cases.md, row 53: a message without a time of its own is kept out, not given the time of its replay."""
    message = {name: value for name, value in on(1, *OLD).items() if name != "t"}
    context = SourceContext(received=Instant.parse("2026-03-01T12:00:15Z"))
    report = ingest(store, message, context=context)
    assert ([one.rule for one in report.findings], report.rejected) == (["bad-time"], 1)
    assert store.count(ask("Observation")) == 0
    allowed = ingest(store, message, of=source(received="true"), context=context)
    assert (allowed.observations.created, features(store)) == (1, {"52.080,5.100": ["2026-03-01"]})


MOVED = """device,longitude,latitude,since
1,5.10,52.08,2026-01-01
1,5.38,52.15,2026-03-02
"""


@pytest.mark.parametrize("reverse", [False, True])
def test_moves_of_the_registry_hold_over_what_units_send(store: Store, reverse: bool) -> None:
    """cases.md, row 14: HistoricalLocations are from when the registry says, in whichever order records come."""
    context = SourceContext(tables={"registry": MOVED.encode()})
    records = [on(1, 5.2, 52.1), on(2, 5.2, 52.1), on(3, 0, 0)]
    for record in reversed(records) if reverse else records:
        assert ingest(store, record, context=context).findings == ()
    assert places(store) == ["52.150,5.380"]
    assert history(store) == [("2026-01-01", ["52.080,5.100"]), ("2026-03-02", ["52.150,5.380"])]
    assert features(store) == {"52.080,5.100": ["2026-03-01"], "52.150,5.380": ["2026-03-02", "2026-03-03"]}


def test_the_registry_of_a_lab_folder_is_taken_by_itself(tmp_path: Path) -> None:
    (tmp_path / "lab.yaml").write_text("key: breda\nname: Breda\n", encoding="utf-8")
    (tmp_path / "registry.csv").write_text(MOVED + "1,5.0,52.0,2026-03-02\n", encoding="utf-8")
    (tmp_path / "row.json").write_bytes(msgspec.json.encode([on(1, 5.2, 52.1)]))
    with Lab.open(tmp_path) as lab:
        report = lab.ingest(SOURCE, tmp_path / "row.json")
        assert [one.rule for one in report.findings] == ["overlapping-rows"]
        assert "lines 3 and 4" in report.findings[0].text
        assert features(lab.store) == {"52.080,5.100": ["2026-03-01"]}


def test_a_station_that_never_moved_costs_one_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """Things of one place are asked for by key, all at once; their Observations are not looked at."""
    from ssclab_data.ingest.known import Observed

    store = MemoryStore("breda")
    ingest(store, on(1, *OLD))
    refused: Callable[..., Any] = lambda *_: pytest.fail("Observations were read")  # noqa: E731
    monkeypatch.setattr(Observed, "spots", refused)
    ingest(store, on(2, *OLD))
    assert places(store) == ["52.080,5.100"]
