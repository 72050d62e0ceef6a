"""The central law of ingest: order, batches and repetition of records leave no trace in what a store holds."""

import io
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssclab_data.export import export
from ssclab_data.ingest import IngestOptions, ingest_payload
from ssclab_data.model.values import Instant
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.mapping import load_source
from ssclab_data.stores.base import Store
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore

START = 1_775_000_000_000_000
MINUTE = 60_000_000

# Longitude and latitude. The second lies 14 m from the first, in another cell (52.1005 is the edge of two); the third
# 22 m from the first in the same cell; the fourth 60 m from the first, which is another place, in the cell of the
# second; the others are streets away.
SITES = (
    (5.300000, 52.100440),
    (5.300000, 52.100565),
    (5.300000, 52.100240),
    (5.300000, 52.100980),
    (5.304000, 52.103000),
    (5.310000, 52.110000),
)


class Reading(msgspec.Struct, frozen=True, order=True):
    """One record: which unit, in which minute, at which site."""

    unit: int
    minute: int
    site: int


type Batches = Sequence[Sequence[Reading]]
type Payloads = Callable[[Iterable[Reading]], list[bytes]]


@st.composite
def readings(draw: st.DrawFn) -> list[Reading]:
    """Units that stay, jitter, move, come back and wander; one record per unit and minute."""
    minutes = draw(st.sets(st.tuples(st.integers(1, 2), st.integers(0, 30)), min_size=1, max_size=16))
    return [Reading(unit, minute, draw(st.integers(0, len(SITES) - 1))) for unit, minute in sorted(minutes)]


@st.composite
def batches(draw: st.DrawFn, records: list[Reading]) -> Batches:
    """Put records in any order, some of them twice, and cut them anywhere."""
    repeated = draw(st.lists(st.sampled_from(records), max_size=6))
    shuffled = draw(st.permutations([*records, *repeated]))
    cuts = sorted(draw(st.sets(st.integers(1, len(shuffled)), max_size=6)) | {0, len(shuffled)})
    return [shuffled[begin:end] for begin, end in pairwise(cuts)]


def smart_emission(records: Iterable[Reading]) -> list[bytes]:
    """Hours as the raw sensor API gives them, one payload per unit."""
    by_unit: dict[int, list[dict[str, Any]]] = {}
    for one in records:
        longitude, latitude = SITES[one.site]
        row = {
            "time": str(Instant(START + one.minute * MINUTE)),
            "p_unitserialnumber": one.unit,
            "s_longitude": packed(longitude),
            "s_latitude": packed(latitude),
            "s_temperatureambient": 293_150 + 100 * one.minute,
        }
        by_unit.setdefault(one.unit, []).append(row)
    return [msgspec.json.encode({"id": str(unit), "timeseries": rows}) for unit, rows in by_unit.items()]


def packed(degrees: float) -> int:
    """Pack degrees in nibbles, as the Jose units do."""
    millionths = round(degrees * 1_000_000)
    return millionths // 1_000_000 << 20 | millionths % 1_000_000


def sensor_community(records: Iterable[Reading]) -> list[bytes]:
    """A list of readings as the API gives it, all units in one payload."""
    rows = [
        {
            "id": 1,
            "timestamp": str(Instant(START + one.minute * MINUTE)).replace("T", " ").removesuffix("Z"),
            "location": {
                "id": one.unit,
                "longitude": f"{SITES[one.site][0]:.6f}",
                "latitude": f"{SITES[one.site][1]:.6f}",
            },
            "sensor": {"id": 100 + one.unit, "sensor_type": {"name": "SDS011"}},
            "sensordatavalues": [{"value": str(10 + one.minute), "value_type": name} for name in ("P1", "P2")],
        }
        for one in records
    ]
    return [msgspec.json.encode(rows)]


SOURCES: dict[str, Payloads] = {"smart-emission": smart_emission, "sensor-community": sensor_community}


def content(store: Store) -> frozenset[bytes]:
    """Give all that a store holds, as triples over IRIs."""
    out = io.BytesIO()
    export(store, "ntriples", out, base_iri="https://example.org")
    return frozenset(out.getvalue().splitlines())


def ingested(store: Store, source: str, parts: Batches) -> frozenset[bytes]:
    for part in parts:
        for payload in SOURCES[source](part):
            report = ingest_payload(store, load_source(source), payload, options=IngestOptions(context=SourceContext()))
            assert report.adds_up
            assert report.rejected == 0
    return content(store)


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=60)
@given(data=st.data())
def test_no_order_batching_or_repetition_shows(source: str, data: st.DataObject) -> None:
    """The oracle is one payload with every record once, in the order of time."""
    records = data.draw(readings())
    whole = ingested(MemoryStore("breda"), source, [records])
    parts = data.draw(batches(records))
    assert ingested(MemoryStore("breda"), source, parts) == whole


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=15)
@given(data=st.data())
def test_the_embedded_store_holds_the_same(
    source: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    records = data.draw(readings())
    whole = ingested(MemoryStore("breda"), source, [records])
    store = SQLiteStore.open(tmp_path_factory.mktemp("order") / "lab.db", lab="breda")
    try:
        assert ingested(store, source, data.draw(batches(records))) == whole
    finally:
        store.close()


def test_sealed_history_tells_the_same(tmp_path: Path) -> None:
    """Observations in chunks are looked at as those that are not: a late record from before a move."""
    records = [Reading(1, minute, 0 if minute < 300 else 5) for minute in range(600) if minute != 120]
    late = Reading(1, 120, 4)
    whole = ingested(MemoryStore("breda"), "smart-emission", [sorted([*records, late])])
    with_chunks = SQLiteStore.open(tmp_path / "lab.db", lab="breda")
    ingested(with_chunks, "smart-emission", [records])
    with_chunks.seal(1)
    assert ingested(with_chunks, "smart-emission", [[late]]) == whole
    with_chunks.close()
