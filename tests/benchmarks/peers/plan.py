"""Plan the Things, Datastreams and hourly Observations that every server gets."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.model.sensorthings import GEOJSON, OM
from ssclab_data.model.values import Instant

THINGS, PER_THING = 70, 20
DATASTREAMS = THINGS * PER_THING
START, HOUR = 1_767_225_600_000_000, 3_600_000_000
WEEK = 168
HIGH = 50.0
"""The limit in the filters of the requests."""
SEARCHED = 12
"""Number of the ObservedProperty in the filter of a request."""
WITHIN = 10
"""How many Things lie in the polygon of a request."""
POLYGON = "POLYGON((4.695 51,4.795 51,4.795 52.5,4.695 52.5,4.695 51))"
LEAST = 20

type Document = dict[str, Any]
type Floats = NDArray[np.float64]


class Plan(msgspec.Struct, frozen=True, dict=True):
    """The data of one run.

    Attributes:
        each: Observations of one Datastream.
    """

    each: int

    @classmethod
    def of(cls, scale: float) -> "Plan":
        """Spread millions of Observations evenly."""
        return cls(max(LEAST, round(scale * 1e6 / DATASTREAMS)))

    @property
    def rows(self) -> int:
        """How many Observations there are in all."""
        return self.each * DATASTREAMS

    @cached_property
    def results(self) -> Floats:
        """The results to one decimal, a row for each Datastream."""
        chance = np.random.default_rng(5)
        levels = 5.0 + 3.0 * (np.arange(DATASTREAMS) % PER_THING)
        daily = 4.0 * np.sin(2 * np.pi * np.arange(self.each) / 24)
        noise = chance.normal(0, 8, (DATASTREAMS, self.each))
        whole: Floats = np.round(levels[:, None] + daily[None, :] + noise, 1)
        return whole

    @property
    def week(self) -> int:
        """The first row of the last week."""
        return max(0, self.each - WEEK)

    def high_share(self) -> float:
        """Give the share of all results that are above the limit."""
        return float(np.mean(self.results > HIGH))

    def high_of_week(self) -> int:
        """Count the results above the limit in the last week."""
        return int(np.count_nonzero(self.results[:, self.week :] > HIGH))

    def high_of_searched(self) -> int:
        """Count the results above the limit of the ObservedProperty that is searched."""
        return int(np.count_nonzero(self.results[SEARCHED::PER_THING] > HIGH))


def time(row: int) -> str:
    """Give the time of a row, as text."""
    return str(Instant(START + row * HOUR))


def property_name(number: int) -> str:
    """Name an ObservedProperty."""
    return f"Property {number % PER_THING:02}"


def thing(number: int) -> Document:
    """Describe a Thing."""
    return {
        "name": f"Thing {number:02}",
        "description": f"A box with {PER_THING} instruments on a lamp post",
        "properties": {"number": number, "owner": "a city"},
    }


def location(number: int) -> Document:
    """Describe the place of a Thing."""
    return {
        "name": f"Place {number:02}",
        "description": "Beside a street",
        "encodingType": GEOJSON,
        "location": _point(number),
    }


def feature(number: int) -> Document:
    """Describe the FeatureOfInterest of a Thing's Observations."""
    return {
        "name": f"Air at place {number:02}",
        "description": "The air beside a street",
        "encodingType": GEOJSON,
        "feature": _point(number),
    }


def sensor(number: int) -> Document:
    """Describe a Sensor."""
    return {
        "name": f"Sensor {number:02}",
        "description": f"Instrument for property {number:02}",
        "encodingType": "application/pdf",
        "metadata": f"http://example.org/sensors/{number}.pdf",
    }


def observed_property(number: int) -> Document:
    """Describe an ObservedProperty."""
    return {
        "name": property_name(number),
        "definition": f"http://example.org/properties/{number}",
        "description": f"The property of number {number:02}",
    }


def datastream(number: int) -> Document:
    """Describe a Datastream."""
    return {
        "name": datastream_name(number),
        "description": f"{property_name(number)}, every hour",
        "observationType": f"{OM}OM_Measurement",
        "unitOfMeasurement": {"name": "microgram", "symbol": "µg/m³", "definition": "http://example.org/units/ugm3"},
    }


def datastream_name(number: int) -> str:
    """Name a Datastream."""
    return f"Datastream {number:04}"


def datastreams_of(number: int) -> Iterator[int]:
    """Give the numbers of the Datastreams of a Thing."""
    return iter(range(number * PER_THING, (number + 1) * PER_THING))


def _point(number: int) -> Document:
    return {"type": "Point", "coordinates": [round(4.7 + number / 100, 4), round(51.6 + number / 200, 4)]}
