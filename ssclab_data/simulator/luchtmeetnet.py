"""Write what the open API of Luchtmeetnet answers: stations and their hour means, in pages."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ssclab_data.simulator.places import Place, Unit, Vendor
from ssclab_data.simulator.rhythm import Conditions, conditions
from ssclab_data.simulator.scenario import Scenario

type Answer = dict[str, Any]
type File = tuple[str, bytes]

_PAGE_ROWS = 100
_COMPONENTS = ("NO2", "O3", "PM10", "PM25")
_TYPES = {"traffic": "Traffic", "industry": "Industrial"}


def files(place: Place, scenario: Scenario) -> Iterator[File]:
    """Give the path below the source's folder, and the bytes, of each file of a lab's units."""
    units = place.of(Vendor.LUCHTMEETNET)
    if not units:
        return
    listed = [{"number": unit.id, "location": _name(unit, place)} for unit in units]
    for number, page in enumerate(pages(listed), 1):
        yield f"stations-page-{number}.json", msgspec.json.encode(page)
    for unit in units:
        yield f"stations/{unit.id}.json", msgspec.json.encode(station(unit, place))
    rows = [row for unit in units for row in _rows(unit, place, scenario)]
    for number, page in enumerate(pages(rows), 1):
        yield f"measurements-page-{number}.json", msgspec.json.encode(page)


def pages(rows: Sequence[Answer]) -> Iterator[Answer]:
    """Cut rows into pages; the last page names page 1 as the next, as the real API does."""
    last = -(-len(rows) // _PAGE_ROWS)
    for number in range(1, last + 1):
        yield {
            "pagination": {
                "last_page": last,
                "first_page": 1,
                "prev_page": max(1, number - 1),
                "current_page": number,
                "page_list": list(range(1, last + 1)),
                "next_page": number + 1 if number < last else 1,
            },
            "data": list(rows[(number - 1) * _PAGE_ROWS : number * _PAGE_ROWS]),
        }


def station(unit: Unit, place: Place) -> Answer:
    """Give the answer for one station; it does not hold the station's number."""
    name = _name(unit, place)
    return {
        "data": {
            "type": _TYPES.get(place.character, "Municipal"),
            "components": list(_COMPONENTS),
            "geometry": {"type": "point", "coordinates": [unit.longitude, unit.latitude]},
            "municipality": place.name,
            "url": "",
            "province": None,
            "organisation": "Living lab (simulated)",
            "location": name,
            "year_start": "2018",
            "description": {"NL": name, "EN": name},
        }
    }


def _rows(unit: Unit, place: Place, scenario: Scenario) -> Iterator[Answer]:
    """Give the hour means, the newest first; the stamp is the start of the hour."""
    for hour in reversed(list(scenario.hour_starts())):
        seen = conditions(unit, place.character, moment=hour + timedelta(minutes=30), scenario=scenario)
        for formula, value in _values(seen).items():
            yield {
                "station_number": unit.id,
                "value": value,
                "timestamp_measured": _stamp(hour),
                "formula": formula,
            }


def _values(seen: Conditions) -> dict[str, float]:
    """Give the hour means in µg/m³, which the answer does not say."""
    return dict(zip(_COMPONENTS, (round(value, 1) for value in (seen.no2, seen.o3, seen.pm10, seen.pm25)), strict=True))


def _stamp(hour: datetime) -> str:
    return f"{hour:%Y-%m-%dT%H:%M:%S}+00:00"


def _name(unit: Unit, place: Place) -> str:
    return f"{place.name}-Meetpunt {unit.number}"
