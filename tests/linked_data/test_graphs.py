import json
import socket
from typing import Any

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from ssclab_data.errors import SourceError
from ssclab_data.linked_data.contexts import bundled
from ssclab_data.linked_data.graphs import curie, detect, empty_graph, media_type_of, path_text, read_graph, short
from ssclab_data.linked_data.parsing import (
    JSONLD,
    MEDIA_TYPES,
    NQUADS,
    NTRIPLES,
    RDFXML,
    TRIG,
    TURTLE,
    Limits,
    ParserName,
    Reading,
    parse,
)

PARSERS: tuple[ParserName, ...] = ("pyoxigraph", "rdflib")
RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:ex="http://e/">'
XSD = "http://www.w3.org/2001/XMLSchema#"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("something was to be fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def read(text: str, media_type: str, parser: ParserName, *, base: str = "") -> rdflib.Graph:
    graph = empty_graph()
    parse(graph, text.encode(), media_type=media_type, reading=Reading(where="f", base=base, parser=parser))
    return graph


def xml(entities: str, content: str = "") -> str:
    return f'<?xml version="1.0"?>\n<!DOCTYPE r [{entities}]>\n{RDF}<rdf:Description rdf:about="http://x"/>{content}</rdf:RDF>'


FAULTS = [
    # media type, document, what the message says of it (each parser: "" where only the other one tells)
    (TURTLE, '@prefix ex: <http://e/> .\nex:a ex:b "x"@e_n .', "f: line 2: "),
    (TURTLE, "@prefix ex: <http://e/> .\nex:a ex:b <http://a b> .", "f: line 2: "),
    (TURTLE, "<http://a> <http://b> 1 .\nex:a ex:b 1 .", "f: line 2: "),
    (TURTLE, "<http://a> <http://b> <rel> .", "f: line 1: "),
    (TURTLE, "<http://a> <http://b> 'x", "f: line 1: "),
    (NTRIPLES, '<http://a> <http://b> "1" .\n<http://a> <http://b> <http://c d> .', "f: line 2: "),
    (NTRIPLES, '<http://a> <http://b> "x"@n_l .', "f: "),
    (JSONLD, '{"a":', "no valid JSON"),
    (JSONLD, '{"@id": "http://a", "a": NaN}', "no valid JSON"),
    (JSONLD, '{"@context":"https://x.invalid/ctx.jsonld","a":1}', "https://x.invalid/ctx.jsonld is not here"),
    (JSONLD, '{"@context":{"@import":"https://x.invalid/c"},"a":1}', "https://x.invalid/c is not here"),
    (JSONLD, '{"@context":{"a":{"@id":"http://a","@context":"https://x.invalid/"}}}', "https://x.invalid/ is not here"),
    (JSONLD, '{"name":"http://example.com#name"}', "no key of it is in its context"),
    (JSONLD, '{"@context":{"b":"http://e/b"},"b":{"@id":"http://x y"}}', "'http://x y' under '@id' is no IRI"),
    (
        JSONLD,
        '{"@context":{"b":{"@id":"http://e/b","@type":"@id"}},"@id":"http://a","b":"http://x y"}',
        "'http://x y' under 'b' is no IRI",
    ),
    (JSONLD, '{"@context":{"@vocab":"http://e/"},"@id":"rel","b":1}', "<rel> is relative"),
    (JSONLD, '{"a":' * 200 + "1" + "}" * 200, "nested more than 100 deep"),
    (JSONLD, '{"@context":' + "[" * 200 + "]" * 200 + "}", "nested more than 100 deep"),
    (RDFXML, xml('<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">'), "f: line 2: entity 'b' could grow"),
    (RDFXML, xml(f'<!ENTITY a "{"x" * 2000}">'), "f: line 2: entity 'a' could grow"),
    (RDFXML, xml('<!ENTITY a SYSTEM "file:///etc/passwd">'), "f: line 2: entity 'a' is elsewhere"),
    (RDFXML, xml('<!ENTITY % a "b">'), "f: line 2: entity 'a' is elsewhere"),
    (RDFXML, f"{RDF}\n<a>", "f: line 2: no valid XML"),
    (RDFXML, f'{RDF}<rdf:Description rdf:about="http://x y"><ex:p>1</ex:p></rdf:Description></rdf:RDF>', "IRI"),
]  # fmt: skip


# rdflib does not tell the line of these.
WITHOUT_LINE = ("<http://a> <http://b> 'x", '<http://a> <http://b> "1" .\n<http://a> <http://b> <http://c d> .')


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(("media_type", "text", "said"), FAULTS)
def test_fault_is_told_with_its_place(media_type: str, text: str, said: str, parser: ParserName) -> None:
    with pytest.raises(SourceError) as caught:
        read(text, media_type, parser)
    if parser == "rdflib" and text in WITHOUT_LINE:
        said = f"f: no valid {media_type}"
    assert said in str(caught.value)
    assert caught.value.where == "f"
    assert "\n" not in str(caught.value)


GOOD = [
    (TURTLE, b"@prefix ex: <http://e/> . ex:a ex:b 1 .", "f.ttl", 1),
    (TURTLE, b"PREFIX ex: <http://e/>\n# <http://x> {\nex:a ex:b [ ex:c 2 ] .", "f", 2),
    (TURTLE, b"\xef\xbb\xbf<http://a> a <http://b> .", "f", 1),
    (NTRIPLES, b'<http://a> <http://b> "x\\"y"@nl .\n<http://a> <http://b> _:c .', "f", 2),
    (NQUADS, b'<http://a> <http://b> "x"^^<http://d> <http://g> .', "f", 1),
    (TRIG, b"@prefix ex: <http://e/> . ex:g { ex:a ex:b 1 } { ex:a ex:b 2 }", "f", 2),
    (JSONLD, b'{"@context":{"@vocab":"http://e/"},"@id":"http://a","b":"c"}', "f", 1),
    (JSONLD, b'[{"@id":"http://a","http://e/b":[{"@value":"c"}]}]', "f", 1),
    (RDFXML, f'<!-- x -->{RDF}<ex:T rdf:about="http://x"/></rdf:RDF>'.encode(), "f", 1),
    (RDFXML, xml('<!ENTITY e "http://e/">', '<ex:T rdf:about="&e;x"/>').encode(), "f", 1),
]  # fmt: skip


@pytest.mark.parametrize(("media_type", "content", "name", "count"), GOOD)
def test_format_is_told_by_the_document(media_type: str, content: bytes, name: str, count: int) -> None:
    assert (media_type_of(name) or detect(content)) == media_type
    assert len(read_graph(content, where=name)) == count
    for parser in PARSERS:
        graph = empty_graph()
        parse(graph, content, media_type=media_type, reading=Reading(parser=parser))
        assert len(graph) == count


def test_unknown_format_is_told() -> None:
    with pytest.raises(SourceError, match="text/csv is not read; known: text/turtle"):
        read_graph(b"a,b", "text/csv")


@pytest.mark.parametrize("parser", PARSERS)
def test_limits_hold(parser: ParserName) -> None:
    text = "".join(f"<http://a> <http://b> {number} .\n" for number in range(11)).encode()
    for limits, said in ((Limits(size=20), "bytes; 20 are read at most"), (Limits(triples=10), "more than 10 triples")):
        with pytest.raises(SourceError, match=said):
            parse(empty_graph(), text, media_type=TURTLE, reading=Reading(parser=parser, limits=limits))
    parse(empty_graph(), text, media_type=TURTLE, reading=Reading(parser=parser, limits=Limits(triples=11)))


@pytest.mark.parametrize("parser", PARSERS)
def test_deep_nesting_does_not_break_the_process(parser: ParserName) -> None:
    deep = "<http://a> <http://b> " + "[<http://p> " * 5_000 + "1" + "]" * 5_000 + " ."
    if parser == "pyoxigraph":
        assert len(read(deep, TURTLE, parser)) == 5_001
    else:
        with pytest.raises(SourceError, match="nested too deep"):
            read(deep, TURTLE, parser)


@pytest.mark.parametrize("parser", PARSERS)
def test_literals_keep_their_text(parser: ParserName) -> None:
    texts = ("007", "2026-03-01T10:00:00Z", "2026-03-01 10:00", "12.3456789012", "1.50", "1e3", "x")
    kinds = ("integer", "dateTime", "date", "double", "decimal", "boolean", "unknown")
    body = "".join(f'<http://a> <http://b/{kind}> "{text}"^^<{XSD}{kind}> .\n' for text in texts for kind in kinds)
    for media_type in (TURTLE, NTRIPLES):
        graph = read(body, media_type, parser)
        assert {(str(o), str(p)) for _, p, o in graph} == {
            (text, f"http://b/{kind}") for text in texts for kind in kinds
        }
    assert rdflib.NORMALIZE_LITERALS  # the setting of the process is as it was


@pytest.mark.parametrize("parser", PARSERS)
def test_relative_iris_are_resolved_against_the_base(parser: ParserName) -> None:
    for media_type, text in ((TURTLE, "<#a> <http://b> <c> ."), (JSONLD, '{"@id":"#a","http://b":{"@id":"c"}}')):
        triples = list(read(text, media_type, parser, base="https://ssclab.example/x/y"))
        assert [(str(s), str(o)) for s, _, o in triples] == [
            ("https://ssclab.example/x/y#a", "https://ssclab.example/x/c")
        ]


@pytest.mark.parametrize("parser", PARSERS)
def test_bundled_contexts_stand_for_their_iris(parser: ParserName) -> None:
    assert bundled()
    for iri, file in bundled().items():
        inline = json.loads(file.read_bytes())["@context"]
        key = "sosa:observes" if "sosa" in inline else f"{next(iter(inline))}"
        for context in (iri, [iri], {"@import": iri, "@version": 1.1}):
            by_iri = json.dumps({"@context": context, "@id": "http://a", "http://b/x": 1, key: "1"})
            by_value = json.dumps({"@context": inline, "@id": "http://a", "http://b/x": 1, key: "1"})
            assert isomorphic(read(by_iri, JSONLD, parser), read(by_value, JSONLD, parser)), iri


def test_context_document_without_a_context_is_told(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "c").write_text('{"name":"http://example.com#name"}')
    (tmp_path / "loop").write_text('{"@context":"https://x.example/loop"}')
    found = {f"https://x.example/{name}": tmp_path / name for name in ("c", "loop")}
    monkeypatch.setattr("ssclab_data.linked_data.contexts.bundled", lambda: found)
    for name, said in (("c", "https://x.example/c has no @context"), ("loop", "loop refers to itself")):
        with pytest.raises(SourceError, match=said):
            read_graph(b'{"@context":"https://x.example/%s","name":"x"}' % name.encode(), JSONLD)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<http://a> <http://b> <<( <http://a> <http://b> 1 )>> .", "RDF 1.2"),
        ('<http://a> <http://b> "x"@nl--ltr .', "RDF 1.2"),
    ],
)
def test_rdf_1_2_is_not_read_by_half(text: str, line: str) -> None:
    for parser in PARSERS:
        with pytest.raises(SourceError, match=line if parser == "pyoxigraph" else "no valid"):
            read(text, TURTLE, parser)


IRIS = st.sampled_from(["http://e/a", "http://e/é", "urn:x:y", "https://ssclab.example/a?b=c&d=%20#e"]).map(
    rdflib.URIRef
)
BLANKS = st.sampled_from("xyz").map(rdflib.BNode)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r"), max_size=12)
KINDS = ("integer", "decimal", "double", "boolean", "dateTime", "date", "unheardOf")
LITERALS = st.one_of(
    TEXT.map(rdflib.Literal),
    st.builds(lambda text, tag: rdflib.Literal(text, lang=tag), TEXT, st.sampled_from(["nl", "en-gb", "zh-hant"])),
    st.builds(
        lambda text, kind: rdflib.Literal(text, datatype=rdflib.URIRef(XSD + kind), normalize=False),
        st.one_of(TEXT, st.sampled_from(["01", "+1.50", "1e3", "NaN", "true", "2026-03-01T24:00:00Z"])),
        st.sampled_from(KINDS),
    ),
)
GRAPHS = st.lists(st.tuples(st.one_of(IRIS, BLANKS), IRIS, st.one_of(IRIS, BLANKS, LITERALS)), max_size=8)


@pytest.mark.filterwarnings("ignore::UserWarning")  # rdflib, of numbers that are none
@settings(max_examples=60)
@given(GRAPHS)
def test_both_parsers_read_the_same(triples: list[Any]) -> None:
    written = rdflib.Graph(bind_namespaces="none")
    for triple in triples:
        written.add(triple)
    plain = "".join(sorted(f"{s.n3()} {p.n3()} {_quoted(o)} .\n" for s, p, o in written))
    graphs = [read(plain, media_type, parser) for parser in PARSERS for media_type in (NTRIPLES, TURTLE, TRIG)]
    document = json.dumps([{"@id": _name(s), str(p): [_expanded(o)]} for s, p, o in written])
    graphs += [read(document, JSONLD, parser) for parser in PARSERS]
    for graph in graphs:
        assert isomorphic(graph, written)


def test_language_tags_are_written_small() -> None:
    for parser in PARSERS:
        (found,) = read('<http://a> <http://b> "x"@EN-gb .', TURTLE, parser).objects()
        assert getattr(found, "language", "") == "en-gb"


def _quoted(term: Any) -> str:
    if not isinstance(term, rdflib.Literal):
        return str(term.n3())
    text = json.dumps(str(term), ensure_ascii=False)
    if term.language:
        return f"{text}@{term.language}"
    return f"{text}^^<{term.datatype}>" if term.datatype else text


def _expanded(term: Any) -> dict[str, str]:
    if not isinstance(term, rdflib.Literal):
        return {"@id": _name(term)}
    if term.language:
        return {"@value": str(term), "@language": term.language}
    return {"@value": str(term), "@type": str(term.datatype)} if term.datatype else {"@value": str(term)}


def _name(term: Any) -> str:
    return f"_:{term}" if isinstance(term, rdflib.BNode) else str(term)


PATHS = [
    ("ex:p", "<http://e/p>"),
    ("( ex:p ex:q )", "(<http://e/p>/<http://e/q>)"),
    ("[ sh:inversePath ex:p ]", "^<http://e/p>"),
    ("[ sh:alternativePath ( ex:p [ sh:zeroOrMorePath ex:q ] ) ]", "(<http://e/p>|(<http://e/q>)*)"),
    ("[ sh:oneOrMorePath ( ex:p ex:q ) ]", "((<http://e/p>/<http://e/q>))+"),
    ("[ sh:zeroOrOnePath ex:p ]", "(<http://e/p>)?"),
    ("()", ""),
    ("( ex:p )", ""),
    ("'p'", ""),
    ("[ ex:p ex:q ]", ""),
    ("[ sh:inversePath () ]", ""),
]


@pytest.mark.parametrize(("path", "written"), PATHS)
def test_property_path_is_written_as_in_sparql(path: str, written: str) -> None:
    head = "@prefix ex: <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> . "
    graph = read_graph(f"{head} ex:s sh:path {path} .".encode(), TURTLE)
    found = graph.value(rdflib.URIRef("http://e/s"), rdflib.SH.path)
    assert found is not None
    assert path_text(graph, found) == written


def test_names_are_shortened_where_they_can_be() -> None:
    assert curie("http://www.w3.org/ns/shacl#path") == "sh:path"
    assert curie("http://www.w3.org/ns/shacl#a/b") == "http://www.w3.org/ns/shacl#a/b"
    assert short("(<http://www.w3.org/ns/sosa/hosts>/<http://e/p>)") == "(sosa:hosts/<http://e/p>)"


def test_every_format_has_a_suffix() -> None:
    names = ("a.ttl", "a.NT", "a.trig", "a.nq", "a.jsonld", "a.rdf")
    assert {media_type_of(name) for name in names} == set(MEDIA_TYPES)
    assert media_type_of("a.json") is None
