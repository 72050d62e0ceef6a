"""What is written by templates is what readers of RDF read, whatever the texts are."""

from collections.abc import Sequence

import pyoxigraph
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from ssclab_data.errors import ValueParseError
from ssclab_data.linked_data import writing
from ssclab_data.linked_data.parts import json_literal
from ssclab_data.linked_data.terms import IRI, PREFIXES, Term, Triple, escaped, is_iri, labelled, text, typed

from .entities import IRIS, ODD, TEXTS, VALUES

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")

RDFLIB = {writing.NTRIPLES: "nt", writing.TURTLE: "turtle", writing.JSONLD: "json-ld"}
OXIGRAPH = {
    writing.NTRIPLES: pyoxigraph.RdfFormat.N_TRIPLES,
    writing.TURTLE: pyoxigraph.RdfFormat.TURTLE,
    writing.JSONLD: pyoxigraph.RdfFormat.JSON_LD,
}
RESOURCES = st.one_of(
    st.sampled_from([f"{PREFIXES['sosa']}Sensor", f"{PREFIXES['ssc']}a.b", f"{PREFIXES['dct']}", "http://a/b#c"]),
    TEXTS.map(lambda value: f"http://example.org/{value}".replace("#", "")),
    TEXTS.map(lambda value: f"urn:x:{value}".replace("#", "")),
).map(IRI)
LITERALS = st.one_of(
    VALUES.map(json_literal),
    TEXTS.map(text),
    st.tuples(TEXTS, st.sampled_from(("nl", "en", "nl-BE"))).map(lambda pair: labelled(*pair)),
    st.sampled_from(("true", "false", "1", "0")).map(lambda value: typed(value, "xsd:boolean")),
    st.sampled_from(("1", "+1.0", "-.5", "00.10", "5")).map(lambda value: typed(value, "xsd:decimal")),
    st.sampled_from(("1e3", "INF", "0.1")).map(lambda value: typed(value, "xsd:double")),
)
TRIPLES = st.lists(st.builds(Triple, RESOURCES, RESOURCES, RESOURCES | LITERALS), min_size=1, max_size=4)


@settings(max_examples=150)
@given(TRIPLES)
def test_two_readers_find_the_same_graph_in_every_format(stated: Sequence[Triple]) -> None:
    expected = {quad_of(one) for one in stated}
    graphs = []
    for media_type in writing.formats():
        document = writing.document(stated, media_type)
        assert set(pyoxigraph.parse(document, format=OXIGRAPH[media_type])) == expected, document
        graphs.append(rdflib.Graph().parse(data=document, format=RDFLIB[media_type]))
    assert len(graphs[0]) == len(expected)
    assert isomorphic(graphs[0], graphs[1])
    assert isomorphic(graphs[0], graphs[2])


def quad_of(one: Triple) -> pyoxigraph.Quad:
    return pyoxigraph.Quad(
        pyoxigraph.NamedNode(escaped(one.subject.value)),
        pyoxigraph.NamedNode(escaped(one.predicate.value)),
        node_of(one.object),
    )


def node_of(value: Term) -> pyoxigraph.NamedNode | pyoxigraph.Literal:
    if isinstance(value, IRI):
        return pyoxigraph.NamedNode(escaped(value.value))
    if value.language:
        return pyoxigraph.Literal(value.text, language=value.language.lower())
    return pyoxigraph.Literal(value.text, datatype=pyoxigraph.NamedNode(value.datatype))


@given(st.lists(TRIPLES, max_size=4))
def test_pieces_of_a_document_are_one_document(pieces: Sequence[Sequence[Triple]]) -> None:
    for media_type, syntax in writing.formats().items():
        whole = b"".join(map(syntax.write, pieces)).removeprefix(syntax.separator)
        found = set(pyoxigraph.parse(syntax.head + whole + syntax.tail, format=OXIGRAPH[media_type]))
        assert found == {quad_of(one) for piece in pieces for one in piece}


@given(IRIS | TEXTS.map(lambda value: f"http://example.org/{value}") | ODD)
def test_what_is_taken_for_an_iri_is_written_as_it_is_and_read_as_one(value: str) -> None:
    if not is_iri(value):
        return
    assert escaped(value) == value
    assert pyoxigraph.NamedNode(value).value == value


@pytest.mark.parametrize(
    ("value", "taken", "why"),
    [
        ("http://example.org/a%20b#c", True, "as the web has them"),
        ("urn:x:é", True, "other letters are allowed in IRIs"),
        ("http://example.org/a b", False, "a space"),
        ("http://example.org/%zz", False, "a percent sign that encodes nothing"),
        ("http://example.org/a#b#c", False, "two fragments"),
        ("http://[::1]/", False, "brackets, which few readers check alike"),
        ("http://example.org:port/", False, "a port that is no number"),
        ("http://", False, "no host"),
        ("geo:52.1,4.3", False, "neither of the web nor a URN"),
        ("PM2.5", False, "a word"),
        ("", False, "nothing"),
    ],
)
def test_what_is_an_iri(value: str, taken: bool, why: str) -> None:
    assert is_iri(value) is taken, why


@pytest.mark.parametrize("media_type", sorted(writing.formats()))
@pytest.mark.parametrize(
    ("one", "message"),
    [
        (Triple(IRI("urn:x"), IRI("urn:p"), text("a\ud800b")), "half of a surrogate pair"),
        (Triple(IRI("urn:x"), IRI("urn:p"), labelled("a", "n l")), "a language tag"),
    ],
)
def test_what_is_no_text_is_refused(media_type: str, one: Triple, message: str) -> None:
    with pytest.raises(ValueParseError, match=message):
        writing.document([one], media_type)


def test_an_iri_that_json_ld_would_read_as_another_is_refused() -> None:
    one = Triple(IRI("geo:52.1,4.3"), IRI("urn:p"), text(""))
    with pytest.raises(ValueParseError, match="'geo' is a prefix"):
        writing.document([one], writing.JSONLD)
