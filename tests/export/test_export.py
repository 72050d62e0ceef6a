"""What is written is all that is stored, whole, with every digit."""

import csv
import gzip
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
import rdflib
from msgspec import UNSET

from ssclab_data.errors import SettingsError
from ssclab_data.export import FORMATS, export
from ssclab_data.linked_data import writing
from ssclab_data.linked_data.graphs import read_graph
from ssclab_data.linked_data.reading_back import entities, triples_of
from ssclab_data.model.entity import Link
from ssclab_data.model.sensorthings import (
    Datastream,
    FeatureOfInterest,
    Location,
    Observation,
    ObservedProperty,
    Sensor,
    Thing,
)
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant, Interval, UnitOfMeasurement, start_of
from ssclab_data.ontology.contexts import own_words
from ssclab_data.stores.base import Batch, Store
from ssclab_data.stores.memory import MemoryStore

BASE = "https://data.example"
START = Instant.parse("2026-01-08T22:00:00Z").us
SECOND = 1_000_000
CONCEPT = "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001"
ODD = 'a "quoted", text\r\nof two lines; =1+1'
RDF = {
    "ntriples": pyoxigraph.RdfFormat.N_TRIPLES,
    "turtle": pyoxigraph.RdfFormat.TURTLE,
    "jsonld": pyoxigraph.RdfFormat.JSON_LD,
}
MEDIA_TYPES = {"ntriples": writing.NTRIPLES, "turtle": writing.TURTLE, "jsonld": writing.JSONLD}
RDF_TYPE = str(rdflib.RDF.type)
RESULTS: tuple[Any, ...] = (12.3456789012, 1e-7, 123456789012, ODD, True, None, *range(6, 1_100))


@pytest.fixture
def store() -> Store:
    here = {"type": "Point", "coordinates": [4.776512345678, 51.589123456789]}
    feature = {"type": "Point", "coordinates": [4.776512345679, 51.589123456780]}
    store = MemoryStore("breda")
    store.apply(
        Batch(
            entities=(
                Location(key="x/l", name="Plein", description="", encoding_type="application/geo+json", location=here),
                FeatureOfInterest(
                    key="x/f", name="lucht", description="", encoding_type="application/geo+json", feature=feature
                ),
                Sensor(key="x/s", name="SDS011", description="", encoding_type="text/plain", metadata="laser"),
                ObservedProperty(key="property/pm25", name="PM2.5", definition=CONCEPT, description=""),
                Thing(key="x/23", name="Paal é", description="", locations=(Link(key="x/l"),)),
                Thing(key="x/24", name="Paal zonder plaats", description=""),
                Datastream(
                    key="x/23/pm25",
                    name="PM2.5",
                    description="",
                    observation_type="http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
                    unit_of_measurement=UnitOfMeasurement(
                        "microgram per cubic metre", "µg/m³", "http://qudt.org/vocab/unit/MicroGM-PER-M3"
                    ),
                    thing=Link(key="x/23"),
                    sensor=Link(key="x/s"),
                    observed_property=Link(key="property/pm25"),
                ),
            ),
            series=(
                Series(
                    datastream="x/23/pm25",
                    feature="x/f",
                    start=tuple(START + number * SECOND for number in range(len(RESULTS))),
                    end=(START + SECOND, *(None for _ in RESULTS[1:])),
                    result=RESULTS,
                ),
            ),
        )
    )
    return store


def written(store: Store, format_: str) -> tuple[int, str]:
    out = io.BytesIO()
    count = export(store, format_, out, base_iri=BASE)
    return count, out.getvalue().decode()


def test_csv_has_a_row_for_each_observation(store: Store) -> None:
    count, text = written(store, "csv")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert count == len(rows) == len(RESULTS)
    assert rows[0] == {
        "lab": "breda",
        "thing": "x/23",
        "datastream": "x/23/pm25",
        "observed_property": "pm25",
        "observed_property_iri": CONCEPT,
        "unit": "ug/m3",
        "time_start": "2026-01-08T22:00:00Z",
        "time_end": "2026-01-08T22:00:01Z",
        "result_time": "",
        "result": "12.3456789012",
        "longitude": "4.776512345679",
        "latitude": "51.58912345678",
        "iri": f"{BASE}/id/breda/Observation/x/23/pm25/2026-01-08T22:00:00Z%2F2026-01-08T22:00:01Z",
    }
    assert [row["result"] for row in rows[1:7]] == ["1e-7", "123456789012", ODD, "true", "", "6"]
    assert [row["time_end"] for row in rows[1:3]] == ["", ""]


def test_geojson_has_each_thing_with_its_latest_value(store: Store) -> None:
    count, text = written(store, "geojson")
    features = {feature["properties"]["key"]: feature for feature in json.loads(text)["features"]}
    assert count == len(features) == 2
    assert features["x/23"]["geometry"]["coordinates"] == [4.776512345678, 51.589123456789]
    assert features["x/23"]["id"] == f"{BASE}/id/breda/Thing/x/23"
    (latest,) = features["x/23"]["properties"]["latest"]
    assert (latest["result"], latest["observedProperty"], latest["unit"]) == (1_099, CONCEPT, "µg/m³")
    assert features["x/24"]["geometry"] is None


def test_the_three_kinds_of_rdf_say_the_same(store: Store) -> None:
    graphs = {}
    for format_, parser in RDF.items():
        count, text = written(store, format_)
        graphs[format_] = set(pyoxigraph.parse(text, format=parser))
        assert count >= len(graphs[format_]) > 0
    assert graphs["ntriples"] == graphs["turtle"] == graphs["jsonld"]
    kinds = Counter(one.object.value.rpartition("/")[2] for one in graphs["turtle"] if one.predicate.value == RDF_TYPE)
    assert kinds["Observation"] == len(RESULTS)
    assert kinds["Platform"] == 2


@pytest.mark.parametrize("format_", sorted(RDF))
def test_what_was_written_makes_the_same_store(store: Store, format_: str) -> None:
    _, text = written(store, format_)
    graph = read_graph(text.encode(), MEDIA_TYPES[format_])
    read = list(entities(triples_of(graph), own_words()))
    other = MemoryStore("breda")
    described = tuple(one for one in read if not isinstance(one, Observation))
    observations = [one for one in read if isinstance(one, Observation)]
    other.apply(Batch(entities=described, series=tuple(map(series_of, observations))))
    assert set(written(other, "ntriples")[1].splitlines()) == set(written(store, "ntriples")[1].splitlines())


def series_of(one: Observation) -> Series:
    """Make a series of one Observation."""
    time, moment = one.phenomenon_time, one.result_time
    assert isinstance(time, (Instant, Interval))
    assert isinstance(one.datastream, Link)
    assert isinstance(one.feature_of_interest, Link)
    return Series(
        datastream=str(one.datastream.key),
        feature=str(one.feature_of_interest.key),
        start=(start_of(time).us,),
        end=(time.end.us if isinstance(time, Interval) else None,),
        result=(None if one.result is UNSET else one.result,),
        result_time=(moment.us if isinstance(moment, Instant) else None,),
    )


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_every_digit_survives(store: Store, format_: str) -> None:
    _, text = written(store, format_)
    if format_ != "geojson":  # which has the latest value only
        assert "12.3456789012" in text
        assert "51.58912345678" in text
    assert format_ == "csv" or "51.589123456789" in text


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_a_compressed_file_holds_the_same_and_is_the_same_again(store: Store, format_: str, tmp_path: Path) -> None:
    first, second = tmp_path / "a.gz", tmp_path / "b.gz"
    count = export(store, format_, first, base_iri=BASE)
    export(store, format_, str(second), base_iri=BASE)
    assert first.read_bytes() == second.read_bytes()
    expected, text = written(store, format_)
    assert (count, gzip.decompress(first.read_bytes()).decode()) == (expected, text)


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_an_empty_store_gives_a_whole_document(format_: str) -> None:
    count, text = written(MemoryStore("breda"), format_)
    assert count == 0
    if format_ == "geojson":
        assert json.loads(text) == {"type": "FeatureCollection", "features": []}
    if format_ == "jsonld":
        assert json.loads(text)["@graph"] == []
    if format_ == "csv":
        assert text.startswith("lab,thing,")


def test_an_unknown_format_names_the_known_ones(store: Store) -> None:
    with pytest.raises(SettingsError, match="ntriples"):
        export(store, "xlsx", io.BytesIO(), base_iri=BASE)


def test_a_file_that_cannot_be_written_is_told(store: Store, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot write"):
        export(store, "csv", tmp_path / "nowhere" / "x.csv", base_iri=BASE)


class HalfStore(MemoryStore):
    """Breaks while it is read."""

    def read(self, query: Any) -> Any:
        if query.entity_type == "FeatureOfInterest":
            raise RuntimeError("disk")
        return super().read(query)


def test_no_half_file_is_left(store: Store, tmp_path: Path) -> None:
    del store
    half = HalfStore("breda")
    with pytest.raises(RuntimeError):
        export(half, "ntriples", tmp_path / "x.nt", base_iri=BASE)
    assert list(tmp_path.iterdir()) == []
