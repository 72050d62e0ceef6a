"""The simulated payloads: the same every time, in the shapes of real ones, plausible, and in the right municipality."""

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pytest

from ssclab_data.errors import SettingsError
from ssclab_data.model.codelists import municipalities
from ssclab_data.model.values import Instant
from ssclab_data.simulator import luchtmeetnet, sensor_community, smart_emission
from ssclab_data.simulator.faults import expected_findings
from ssclab_data.simulator.packing import octaves, pack_degrees
from ssclab_data.simulator.places import Place, Vendor, places
from ssclab_data.simulator.rhythm import Conditions, conditions
from ssclab_data.simulator.scenario import Scenario
from ssclab_data.simulator.write import write

# A Tuesday and the morning after it, in January.
SCENARIO = Scenario(end=Instant.parse("2026-01-14T23:00:00Z"), hours=24)
SHORT = Scenario(end=Instant.parse("2026-01-14T23:00:00Z"), hours=2, minutes=30)
PLACES = {place.key: place for place in places()}


def unpack_degrees(raw: int) -> float:
    """Decode by text, a nibble at a time, unlike any other decoder here."""
    nibbles = f"{raw:08x}"
    value = int(nibbles[1:3], 16) + int(nibbles[3:], 16) / 1e6
    return -value if nibbles[0] == "8" else value


def level_of(record: dict[str, Any]) -> float:
    """Add up the bands from 31.5 Hz to 8 kHz of the mean sound of a record."""
    names = ("0", *(f"plus{number}" for number in range(1, 9)))
    bands = [band for name in names for band in record[f"v_audio{name}"].to_bytes(4, "little")[:3]]
    return 10 * math.log10(sum(10 ** (band / 10) for band in bands[1:-1]))


def hour_records(place: Place, scenario: Scenario = SCENARIO) -> list[dict[str, Any]]:
    hours = [content for name, content in smart_emission.files(place, scenario) if "/timeseries/" in name]
    return [record for content in hours for record in json.loads(gzip.decompress(content))["timeseries"]]


def states(lab: str, number: int, scenario: Scenario = SCENARIO) -> list[Conditions]:
    place = PLACES[lab]
    unit = place.units[number - 1]
    return [conditions(unit, place.character, moment=hour, scenario=scenario) for hour in scenario.hour_starts()]


class TestWriting:
    def test_gives_the_same_bytes_every_time(self, tmp_path: Path) -> None:
        written = []
        for name in ("first", "second"):
            feeds = write(PLACES["breda"], SHORT, folder=tmp_path / name)
            files = [file for feed in feeds for file in feed.files]
            written.append([(str(file.relative_to(tmp_path / name)), file.read_bytes()) for file in files])
        assert written[0] == written[1]
        assert len(written[0]) == len({name for name, _ in written[0]}) > 20

    def test_gives_other_numbers_for_another_seed(self) -> None:
        other = Scenario(end=SHORT.end, hours=2, minutes=30, seed="other")
        assert hour_records(PLACES["breda"], SHORT) != hour_records(PLACES["breda"], other)

    def test_does_not_change_an_hour_when_earlier_ones_are_added(self) -> None:
        longer = Scenario(end=SHORT.end, hours=5, minutes=30)
        assert hour_records(PLACES["zoetermeer"], longer)[-4:] == hour_records(PLACES["zoetermeer"], SHORT)[-4:]

    @pytest.mark.parametrize(
        ("end", "hours", "minutes"),
        [
            ("2026-01-14T23:30:00Z", 1, 10),
            ("2026-01-14T23:00:00Z", 0, 10),
            ("2026-01-14T23:00:00Z", 1, 7),
            ("2026-01-14T23:00:00Z", 1, 0),
        ],
    )
    def test_refuses_a_span_that_has_no_whole_hours(self, end: str, hours: int, minutes: int) -> None:
        with pytest.raises(SettingsError):
            Scenario(end=Instant.parse(end), hours=hours, minutes=minutes)


class TestPlaces:
    def test_are_the_living_labs_of_the_code_list(self) -> None:
        known = {key: (info.name, info.character) for key, info in municipalities().items()}
        assert {place.key: (place.name, place.character) for place in places()} == known

    def test_have_ten_units_each_with_ids_of_their_own(self) -> None:
        assert [len(place.units) for place in places()] == [10] * 7
        ids = [(unit.vendor, unit.id) for place in places() for unit in place.units]
        assert len(set(ids)) == 70

    @pytest.mark.parametrize("place", places(), ids=lambda place: place.key)
    def test_have_their_units_apart_and_in_the_municipality(self, place: Place) -> None:
        area = municipalities()[place.key].area
        assert area is not None
        assert all(area.contains(unit.longitude, unit.latitude) for unit in place.units)
        assert len({(unit.longitude, unit.latitude) for unit in place.units}) == 10

    def test_have_noise_everywhere_and_three_vendors_together(self) -> None:
        assert all(place.of(Vendor.SMART_EMISSION) for place in places())
        assert {unit.vendor for place in places() for unit in place.units} == set(Vendor)
        mixes = {tuple(len(place.of(vendor)) for vendor in Vendor) for place in places()}
        assert len(mixes) > 4


class TestSmartEmission:
    def test_packs_as_the_documents_work_out(self) -> None:
        assert pack_degrees(5.828231) == 6071111
        assert pack_degrees(51.829893) == 54307269
        assert unpack_degrees(pack_degrees(-3.25)) == -3.25

    @pytest.mark.parametrize("level", [36.0, 43.77, 55.2, 61.9, 83.0])
    def test_spreads_a_level_that_adds_up_again(self, level: float) -> None:
        names = ("0", *(f"plus{number}" for number in range(1, 10)))
        record = {f"v_audio{name}": octave for name, octave in zip(names, octaves(level), strict=True)}
        assert level_of(record) == pytest.approx(level, abs=0.5)

    def test_gives_positions_around_the_unit(self) -> None:
        for unit in PLACES["dordrecht"].of(Vendor.SMART_EMISSION):
            answer = smart_emission.last_answer(unit, PLACES["dordrecht"], scenario=SCENARIO)
            assert unpack_degrees(answer["s_longitude"]) == pytest.approx(unit.longitude, abs=3e-5)
            assert unpack_degrees(answer["s_latitude"]) == pytest.approx(unit.latitude, abs=3e-5)

    def test_says_what_the_unit_felt_in_raw_units(self) -> None:
        place = PLACES["helmond"]
        unit = place.units[0]
        hour = SCENARIO.start.datetime
        record = smart_emission.hour_answer(unit, place, hour=hour, scenario=SCENARIO)["timeseries"][0]
        felt = conditions(unit, place.character, moment=hour, scenario=SCENARIO)
        assert record["s_temperatureambient"] / 1000 - 273.15 == pytest.approx(felt.temperature, abs=0.001)
        assert record["s_barometer"] / 100 == pytest.approx(felt.pressure, abs=0.01)
        assert record["s_humidity"] / 1000 == pytest.approx(felt.humidity, abs=0.001)
        assert record["s_pm2_5"] / 1000 == pytest.approx(felt.pm25, abs=0.001)
        assert level_of(record) == pytest.approx(felt.noise, abs=0.5)

    def test_numbers_the_hours_from_one_and_keeps_each_record_in_its_hour(self) -> None:
        names = [name for name, _ in smart_emission.files(PLACES["helmond"], SHORT) if "20030001/timeseries" in name]
        assert names == [
            "devices/20030001/timeseries/20260114/22.json.gz",
            "devices/20030001/timeseries/20260114/23.json.gz",
        ]
        times = [record["time"] for record in hour_records(PLACES["helmond"], SHORT)]
        assert all(time.startswith(("2026-01-14T21:", "2026-01-14T22:")) for time in times)

    @pytest.mark.needs("samples")
    def test_writes_the_fields_of_a_real_hour_file(self, samples: Path) -> None:
        path = samples / "smart-emission" / "whale_timeseries-hour_device23_20160108_h23.json.gz"
        real = json.loads(gzip.decompress(path.read_bytes()))
        unit = PLACES["zoetermeer"].units[0]
        ours = smart_emission.hour_answer(unit, PLACES["zoetermeer"], hour=SCENARIO.start.datetime, scenario=SCENARIO)
        assert ours.keys() == real.keys()
        real_keys = [set(record) for record in real["timeseries"]]
        # The living labs' units had particle sensors; unit 23 of 2016 had none (specification v5, November 2017).
        particles = {"s_pm1", "s_pm2_5", "s_pm10", "s_tsp"}
        records = hour_records(PLACES["zoetermeer"])
        assert set().union(*records) - particles <= set().union(*real_keys)
        assert all(set(record) >= set.intersection(*real_keys) | particles for record in records)
        assert {type(real[name]) for name in real} == {type(ours[name]) for name in ours}

    @pytest.mark.needs("samples")
    def test_writes_devices_and_last_values_like_real_ones(self, samples: Path) -> None:
        folder = samples / "smart-emission"
        files = dict(smart_emission.files(PLACES["zoetermeer"], SHORT))
        device, real_device = (
            json.loads(files["devices/20010001/device.json"]),
            json.loads((folder / "whale_device.json").read_text()),
        )
        assert device.keys() == real_device.keys()
        assert device["outputs"][0].keys() == real_device["outputs"][0].keys()
        last = json.loads(files["devices/20010001/last.json"])
        real_last = json.loads((folder / "whale_last.json").read_text())
        assert set(last) - {"s_pm1", "s_pm2_5", "s_pm10", "s_tsp"} <= set(real_last)
        assert (type(last["id"]), len(last["time"])) == (type(real_last["id"]), len(real_last["time"]))


class TestSensorCommunity:
    @pytest.mark.needs("samples")
    def test_writes_the_api_in_the_real_shape(self, samples: Path) -> None:
        real = json.loads((samples / "sensor-community" / "api-v1-sensor-152.json").read_text())
        place = PLACES["veldhoven"]
        ours = sensor_community.api_answer(
            place.of(Vendor.SENSOR_COMMUNITY), place, hour=SCENARIO.start.datetime, scenario=SCENARIO
        )
        assert shape(ours) == shape(real)

    @pytest.mark.needs("samples")
    @pytest.mark.parametrize(
        ("kind", "real"),
        [
            ("sds011", "archive-2019-05-18_sds011_sensor_15462.csv"),
            ("bme280", "archive-2018-08-30_bme280_sensor_16423.csv"),
        ],
    )
    def test_writes_the_archive_with_the_real_header(self, samples: Path, kind: str, real: str) -> None:
        header = (samples / "sensor-community" / real).read_text().splitlines()[0]
        files = [content for name, content in sensor_community.files(PLACES["breda"], SCENARIO) if f"_{kind}_" in name]
        assert files
        for content in files:
            lines = content.decode().splitlines()
            assert lines[0] == header
            assert len(lines) > 1
            assert all(line.count(";") == header.count(";") for line in lines)

    def test_keeps_each_reading_on_the_day_of_its_file(self) -> None:
        for name, content in sensor_community.files(PLACES["leidschendam-voorburg"], SCENARIO):
            day = name.split("/")[1]
            rows = content.decode().splitlines()[1:]
            assert all(row.split(";")[5].startswith(day) for row in rows)


class TestLuchtmeetnet:
    @pytest.mark.needs("samples")
    def test_writes_answers_in_the_real_shape(self, samples: Path) -> None:
        files = {name: json.loads(content) for name, content in luchtmeetnet.files(PLACES["dordrecht"], SCENARIO)}
        folder = samples / "luchtmeetnet"
        pairs = (
            ("stations-page-1.json", "get_stations.json"),
            ("measurements-page-1.json", "get_measurements.json"),
            (f"stations/{PLACES['dordrecht'].units[-1].id}.json", "station-geleen.json"),
        )
        for ours, real in pairs:
            assert shape(files[ours]) == shape(json.loads((folder / real).read_text()))

    def test_gives_every_hour_of_every_component_once_over_its_pages(self) -> None:
        files = luchtmeetnet.files(PLACES["dordrecht"], SCENARIO)
        pages = [json.loads(content) for name, content in files if name.startswith("measurements")]
        rows = [row for page in pages for row in page["data"]]
        keys = {(row["station_number"], row["formula"], row["timestamp_measured"]) for row in rows}
        assert len(rows) == len(keys) == 4 * 4 * 24
        assert [page["pagination"]["current_page"] for page in pages] == [1, 2, 3, 4]
        assert pages[-1]["pagination"]["next_page"] == 1


class TestRhythms:
    def test_have_an_event_evening_in_breda_alone(self) -> None:
        event = SCENARIO.event
        assert str(event) == "2026-01-14T18:00:00Z/2026-01-14T22:00:00Z"
        hours = [Instant.of(hour) for hour in SCENARIO.hour_starts()]
        during = [
            state.noise
            for hour, state in zip(hours, states("breda", 1), strict=True)
            if event.start <= hour < event.end
        ]
        assert len(during) == 4
        assert min(during) > 75
        assert all(state.noise < 70 for lab in PLACES if lab != "breda" for state in states(lab, 1))

    @pytest.mark.parametrize("end", ["2026-01-14T22:00:00Z", "2026-01-14T23:00:00Z", "2026-01-15T17:00:00Z"])
    def test_put_the_event_before_the_end(self, end: str) -> None:
        scenario = Scenario(end=Instant.parse(end), hours=28)
        assert scenario.start <= scenario.event.start
        assert scenario.event.end <= scenario.end

    def test_have_a_rush_hour_in_helmond(self) -> None:
        no2 = [state.no2 for state in states("helmond", 1)]
        local = [(hour.hour + 1) % 24 for hour in SCENARIO.hour_starts()]
        by_hour = dict(zip(local, no2, strict=True))
        assert by_hour[8] > 1.5 * by_hour[12]
        assert by_hour[17] > 1.5 * by_hour[23]

    def test_have_industry_in_dordrecht_by_day(self) -> None:
        by_hour = dict(zip([hour.hour for hour in SCENARIO.hour_starts()], states("dordrecht", 1), strict=True))
        coarse = {hour: state.pm10 - state.pm25 for hour, state in by_hour.items()}
        assert coarse[12] > 1.5 * coarse[2]

    def test_stay_within_what_is_believable(self) -> None:
        for lab in PLACES:
            for state in states(lab, 2):
                assert 0 < state.pm1 < state.pm25 < state.pm10 < 150
                assert 30 <= state.noise <= 95
                assert 20 <= state.humidity <= 100
                assert -20 < state.temperature < 40
                assert 980 < state.pressure < 1045
                assert state.co2 > 400


class TestFaults:
    def test_are_written_as_often_as_they_are_expected(self) -> None:
        expected = {(finding.lab, finding.rule): finding.count for finding in expected_findings(SCENARIO)}
        without_fix = [record for record in hour_records(PLACES["helmond"]) if record["s_longitude"] == 0]
        broken = [record for record in hour_records(PLACES["dordrecht"]) if record["s_barometer"] > 110_000]
        unknown = [record for record in hour_records(PLACES["breda"]) if "s_vibration" in record]
        counts = sorted(expected.values())
        assert sorted((len(without_fix), len(broken), len(unknown))) == counts

    def test_follow_the_length_of_the_scenario(self) -> None:
        assert sum(finding.count for finding in expected_findings(SHORT)) == 4 + 2 + 2


def shape(value: Any) -> Any:
    """Describe a JSON value by its keys and types; a list by the shapes in it, null by nothing."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in sorted(value.items()) if part is not None}
    if isinstance(value, list):
        shapes = [shape(part) for part in value]
        return [part for index, part in enumerate(shapes) if part not in shapes[:index]]
    return type(value).__name__
