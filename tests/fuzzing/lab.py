"""Fill the lab that requests are sent to: the examples of the stores, and a MultiDatastream with Observations."""

from ssclab_data.model.entity import Link
from ssclab_data.model.multi import MultiDatastream, datastream_of
from ssclab_data.model.sensorthings import OM, Thing
from ssclab_data.model.series import Series
from ssclab_data.stores.base import Batch
from ssclab_data.testing import START, example_entities, example_series

from ..stores.generated import MINUTE
from .queries import MARKER

UNITS = [{"name": "microgram", "symbol": "µg", "definition": None}, {"name": "decibel", "symbol": "dB"}]


def batch() -> Batch:
    """Give all of it."""
    multi = datastream_of(
        MultiDatastream(
            key="v/1/multi",
            name=f"both {MARKER}",
            description="",
            multi_observation_data_types=[f"{OM}OM_Measurement"] * len(UNITS),
            unit_of_measurements=UNITS,
            thing=Link(key="v/1"),
            sensor=Link(key="s/1"),
        ),
        ["property/noise", "property/pm25"],
    )
    results = [[number, number / 2] for number in range(4)]
    starts = tuple(START + number * MINUTE for number in range(len(results)))
    marked = Thing(key=f"v/{MARKER}", name=MARKER, description="", properties={MARKER: MARKER, "n": 1})
    return Batch(
        entities=(*example_entities(), multi, marked),
        series=(*example_series(), Series(datastream="v/1/multi", feature="v/1", start=starts, result=tuple(results))),
    )
