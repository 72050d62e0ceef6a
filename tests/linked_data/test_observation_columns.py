"""Observations written from columns are the triples that the description of each of them has."""

from collections.abc import Sequence

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from ssclab_data.linked_data import writing
from ssclab_data.linked_data.observations import ObservationWriter
from ssclab_data.linked_data.sosa import Node, triples
from ssclab_data.model.identity import observation_key
from ssclab_data.model.sensorthings import Datastream, FeatureOfInterest, ObservedProperty, Sensor
from ssclab_data.model.values import Instant, Interval

from ..rendering.test_rendering import One, columns_of, entity_of, rows_of
from .entities import BASE, KEYS, KINDS, named
from .test_reading_back import WORDS
from .test_writing import OXIGRAPH, quad_of

FEATURES = {1: f"{BASE}/FeatureOfInterest/x/f", 2: f"{BASE}/FeatureOfInterest/x/%C3%A9"}


def datastream_of(key: str, observation_type: str, *, model: bool, observed: int) -> Node:
    sensor = replace(named(Sensor(key="x/s")), model=model)
    properties = tuple(named(ObservedProperty(key=f"property/{at}")) for at in range(observed))
    entity = Datastream(key=key, observation_type=observation_type)
    links = {"Sensor": (sensor,), "ObservedProperty": properties[:1], "ObservedProperties": properties}
    return Node(iri=f"{BASE}/Datastream/{key}", entity=entity, links=links)


def nodes_of(rows: Sequence[One], datastream: Node) -> list[Node]:
    nodes = []
    for row in rows:
        time = Instant(row.start) if row.stop is None else Interval(Instant(row.start), Instant(row.stop))
        key = observation_key(str(datastream.entity.key), time)
        feature = FEATURES.get(row.feature)
        links = {"Datastream": (datastream,)}
        if feature:
            links["FeatureOfInterest"] = (Node(iri=feature, entity=FeatureOfInterest()),)
        entity = replace(entity_of(row), key=key)
        nodes.append(Node(iri=f"{BASE}/Observation/{key}", entity=entity, links=links))
    return nodes


@pytest.mark.parametrize("media_type", sorted(writing.formats()))
@settings(max_examples=60)
@given(rows_of(), KEYS, KINDS, st.booleans(), st.integers(0, 2))
def test_columns_say_what_descriptions_say(
    media_type: str, rows: list[One], key: str, observation_type: str, model: bool, observed: int
) -> None:
    syntax = writing.formats()[media_type]
    datastream = datastream_of(key, observation_type, model=model, observed=observed)
    written = list(ObservationWriter(syntax, datastream, words=WORDS).write(columns_of(rows), FEATURES))
    stated = [one for node in nodes_of(rows, datastream) for one in triples(node, WORDS)]
    text = b"".join(piece.text for piece in written).removeprefix(syntax.separator)
    found = set(pyoxigraph.parse(syntax.head + text + syntax.tail, format=OXIGRAPH[media_type]))
    assert found == {quad_of(one) for one in stated}
    assert sum(piece.triples for piece in written) == len(stated)


def test_more_rows_than_are_written_at_once_and_several_of_one_time() -> None:
    rows = [One(handle=number, start=number // 2 * 1_000_000, result=number) for number in range(5_000)]
    columns = replace(columns_of(rows), ordinal=columns_of(rows).handle % 2)
    syntax = writing.formats()[writing.NTRIPLES]
    written = list(ObservationWriter(syntax, datastream_of("v/1", "", model=False, observed=1)).write(columns, {}))
    lines = b"".join(piece.text for piece in written).splitlines()
    assert len(lines) == len(set(lines)) == sum(piece.triples for piece in written)
    assert sum(b"/1970-01-01T00:41:39Z~2> <http://purl.org/dc/terms/identifier>" in line for line in lines) == 1


def test_nothing_is_written_of_no_rows() -> None:
    syntax = writing.formats()[writing.TURTLE]
    writer = ObservationWriter(syntax, datastream_of("v/1", "", model=False, observed=1))
    assert list(writer.write(replace(columns_of([One()]), **empty()), {})) == []


def empty() -> dict[str, object]:
    whole = columns_of([One()])
    result = replace(whole.result, kind=whole.result.kind[:0], floats=None)
    return {"handle": whole.handle[:0], "start": whole.start[:0], "stop": whole.stop[:0], "result": result}


def test_absent_features_are_not_stated() -> None:
    syntax = writing.formats()[writing.NTRIPLES]
    writer = ObservationWriter(syntax, datastream_of("v/1", "", model=False, observed=1))
    (written,) = writer.write(columns_of([One(feature=9, quality=UNSET)]), FEATURES)
    assert b"hasFeatureOfInterest" not in written.text
