"""What is stated of an entity gives the entity again, by each format and each reader."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssclab_data.linked_data import writing
from ssclab_data.linked_data.graphs import read_graph
from ssclab_data.linked_data.reading_back import entities, triples_of
from ssclab_data.linked_data.sosa import triples
from ssclab_data.linked_data.words import Word, Words
from ssclab_data.model.sensorthings import Observation

from .entities import ENTITIES, KINDS, node_of

XSD = "http://www.w3.org/2001/XMLSchema#"
WORDS = Words(
    tuple(
        Word(key, f"https://ssclab.example/def/x#{number}", datatype)
        for number, (key, datatype) in enumerate(
            {"": XSD + "string", "e\u0301": XSD + "decimal", "@prefix": "", "<a> .": "@id", "😀𐀀": XSD + "date"}.items()
        )
    )
)
MEDIA_TYPES = sorted(writing.formats())


@pytest.mark.parametrize("kind", ENTITIES)
@settings(max_examples=40)
@given(st.data())
def test_nothing_that_is_mapped_is_lost(kind: str, data: st.DataObject) -> None:
    entity = data.draw(ENTITIES[kind])
    words = data.draw(st.sampled_from((WORDS, Words())))
    observation_type = data.draw(KINDS) if isinstance(entity, Observation) else ""
    stated = list(triples(node_of(entity, observation_type=observation_type), words))
    assert list(entities(stated, words)) == [entity]
    media_type = data.draw(st.sampled_from(MEDIA_TYPES))
    graph = read_graph(writing.document(stated, media_type), media_type)
    (read,) = entities(triples_of(graph), words)
    assert read == entity
