"""Smart Citizen: four lines of header, words for no value, kilopascals, and numbers of sensors as names."""

from pathlib import Path

import pytest

from .mapped import adds_up, count, read, results, rules, values

CARD = (
    b"TIME,BATT,TEMP,PRESS,NOISE_A,PM_25\r\n"
    b"ISO 8601,%,C,kPa,dBA,ug/m3\r\n"
    b"Time,Battery,Temperature,Barometric pressure,Noise dBA,PM 2.5\r\n"
    b",10,55,58,53,87\r\n"
    b"2025-01-15T12:00:26Z,-1,21.85,102.24,54.99,none\r\n"
    b"2025-01-15T12:01:26Z,-1,null,102.25,48.94,7\r\n"
)


def test_a_card_is_read_by_its_first_line_and_its_units() -> None:
    """102.24 kPa is 1022.4 hPa; none and null are no values."""
    mapped = read("smart-citizen", CARD, given={"device_id": "7"})
    first, second = "2025-01-15T12:00:26Z", "2025-01-15T12:01:26Z"
    assert results(mapped) == {
        "7/temperature": [(first, 21.85)],
        "7/pressure": [(first, 1022.4), (second, 1022.5)],
        "7/noise-level": [(first, 54.99), (second, 48.94)],
        "7/pm25": [(second, 7.0)],
    }
    assert mapped.tally.fields_missing == 2
    assert mapped.findings == ()
    assert adds_up(mapped)


def test_a_unit_in_the_header_holds() -> None:
    """35.6 °F is 2 °C."""
    card = CARD.replace(b"%,C,kPa", b"%,degF,kPa").replace(b"21.85", b"35.6")
    assert values(read("smart-citizen", card, given={"device_id": "7"}))["7/temperature"] == 2.0


def test_a_card_does_not_say_which_kit_it_is_from() -> None:
    mapped = read("smart-citizen", CARD)
    assert rules(mapped) == {"no-id": 2}
    assert count(mapped) == 0


def test_numbers_are_sensors_and_raw_readings_are_put_aside() -> None:
    payload = {"data": [{"t": "2025-02-02 15:59:52 +0100", "v": {"13": {"12": 4.5, "12_raw": 1450, "58": 101.3}}}]}
    mapped = read("smart-citizen", payload)
    assert results(mapped) == {
        "13/temperature": [("2025-02-02T14:59:52Z", 4.5)],
        "13/pressure": [("2025-02-02T14:59:52Z", 1013.0)],
    }
    assert mapped.findings == ()


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("file", "observations", "missing", "found"),
    [
        ("sdcard-18-12-06.CSV", 7782, 3891, {}),  # 1,297 rows: six sensors with values, three with none
        ("fake_device_data.csv", 11, 3, {}),  # 7 rows of 2, of which three are null
        ("single_device_add.json", 0, 0, {"unknown-field": 4}),  # sensors 5 and 6, of which no list tells
    ],
)
def test_real_files(samples: Path, file: str, observations: int, missing: int, found: dict[str, int]) -> None:
    mapped = read("smart-citizen", (samples / "smartcitizen" / file).read_bytes(), file, {"device_id": "7"})
    assert (count(mapped), mapped.tally.fields_missing, rules(mapped)) == (observations, missing, found)
    assert adds_up(mapped)
