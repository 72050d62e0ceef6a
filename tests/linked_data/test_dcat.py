"""A catalogue in DCAT-AP-NL: written, judged, read back, and known again."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from ssclab_data.errors import SettingsError
from ssclab_data.export.catalogue import Content, Place, contents, describe
from ssclab_data.linked_data import high_value, writing
from ssclab_data.linked_data.authorities import EU, HVD, HVD_REGULATION
from ssclab_data.linked_data.dcat import CatalogueInfo, Dataset, Text, triples
from ssclab_data.linked_data.dcat_reading import Reading, read_catalogue
from ssclab_data.linked_data.graphs import NTRIPLES, TURTLE, empty_graph, node, read_graph
from ssclab_data.linked_data.harvesting import by_identifier, compare, slugs
from ssclab_data.model.codelists import municipalities, observed_properties
from ssclab_data.model.finding import Severity
from ssclab_data.model.groups import check_publication, group_of, groups, licences
from ssclab_data.model.lab import Contact, LabInfo, Organisation, Publication
from ssclab_data.model.values import Box, Instant, Interval
from ssclab_data.validation.catalogue import accept_stamps, catalogue_shapes, check_catalogue
from ssclab_data.validation.shacl import check_graph

if TYPE_CHECKING:
    from rdflib import Graph

# rdflib's own JSON-LD reader still makes a deprecated graph.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")

PLACE = Place(base_url="https://sensors.breda.example", base_iri="https://ssclab.example")
PUBLICATION = Publication(
    contact=Contact(name="Team Data", email="data@breda.example", page="https://breda.example/contact"),
    licence="cc0",
    documentation="https://breda.example/sensordata",
    terms="https://breda.example/terms",
)
BREDA = msgspec.structs.replace(municipalities()["breda"], publication=PUBLICATION)
START = Instant.parse("2026-01-08T22:00:00Z")
END = Instant.parse("2026-01-15T22:00:00Z")
AIR = Content(
    names=frozenset({("fijnstof (PM2.5)", "PM2.5")}),
    properties=frozenset({2, 1}),
    interval=Interval(START, END),
    box=Box(4.7, 51.5, 4.9, 51.6),
    modified=END,
)
CATALOGUE = describe(BREDA, {"air": AIR}, PLACE)
AIR_IRI = "https://ssclab.example/catalog/breda/air"
AIR_NODE = rdflib.URIRef(AIR_IRI)

type Fault = Callable[["Graph", rdflib.URIRef], object]


def graph_of(catalogue: CatalogueInfo) -> "Graph":
    return read_graph(writing.document(triples(catalogue), NTRIPLES), NTRIPLES)


def the_dataset(graph: "Graph") -> tuple[Dataset, Reading]:
    reading = read_catalogue(graph)
    (dataset,) = reading.datasets
    return dataset, reading


def taken_away(predicate: str) -> Fault:
    return lambda graph, subject: graph.remove((subject, node(predicate), None))


def put(predicate: str, value: rdflib.term.Node) -> Fault:
    return lambda graph, subject: graph.set((subject, node(predicate), value))


def added(predicate: str, value: rdflib.term.Node) -> Fault:
    return lambda graph, subject: graph.add((subject, node(predicate), value))


WHEN = rdflib.URIRef("http://www.w3.org/2001/XMLSchema#dateTime")
DAY = rdflib.Literal("2026-01-15", datatype=WHEN, normalize=False)
DATASET, FORM, SERVICE = "breda/air", "breda/air#csv", "breda#sensorthings-1.1"
FAULTS: dict[str, tuple[str, str, Fault]] = {
    "no publisher": ("dct:publisher", DATASET, taken_away("dct:publisher")),
    "no creator": ("dct:creator", DATASET, taken_away("dct:creator")),
    "no access rights": ("dct:accessRights", DATASET, taken_away("dct:accessRights")),
    "no contact point": ("dcat:contactPoint", DATASET, taken_away("dcat:contactPoint")),
    "no licence": ("dct:license", FORM, taken_away("dct:license")),
    "no endpoint description": ("dcat:endpointDescription", SERVICE, taken_away("dcat:endpointDescription")),
    "two identifiers": ("dct:identifier", DATASET, added("dct:identifier", rdflib.Literal("air-2"))),
    "title without language": ("dct:title", DATASET, put("dct:title", rdflib.Literal("Lucht"))),
    "title in English alone": ("dct:title", DATASET, put("dct:title", rdflib.Literal("Air", lang="en"))),
    "theme as text": ("dcat:theme", DATASET, put("dcat:theme", rdflib.Literal("ENVI"))),
    "endpoint as text": ("dcat:endpointURL", SERVICE, put("dcat:endpointURL", rdflib.Literal("https://x.nl"))),
    "moment as text": ("dct:modified", DATASET, put("dct:modified", rdflib.Literal("2026-01-15"))),
    "date typed as a moment": ("dct:modified", DATASET, put("dct:modified", DAY)),
    "licence of no list": ("dct:license", FORM, put("dct:license", rdflib.URIRef("https://licence.example/mine"))),
    "high value without the regulation": (
        "dcatap:applicableLegislation",
        DATASET,
        taken_away("dcatap:applicableLegislation"),
    ),
}
ENGINES: tuple[Literal["pyshacl", "shacl"], ...] = ("pyshacl", "shacl")
BODIES = (
    "dcat-ap/shapes.ttl",
    "dcat-ap/range.ttl",
    "dcat-ap-nl/dcat-ap-nl-SHACL.ttl",
    "dcat-ap-nl/dcat-ap-nl-SHACL-klassebereik.ttl",
    "dcat-ap-nl/dcat-ap-nl-SHACL-klassebereik-codelijsten.ttl",
)
RECOMMENDED = ("dcat-ap/shapes_recommended.ttl", "dcat-ap-nl/dcat-ap-nl-SHACL-aanbevolen.ttl")


def shapes_of(standards: Path, names: tuple[str, ...]) -> "Graph":
    shapes = empty_graph()
    for name in names:
        shapes += read_graph((standards / name).read_bytes(), TURTLE)
    return shapes


@pytest.fixture(scope="module")
def bodies(standards: Path) -> "Graph":
    return shapes_of(standards, BODIES)


@pytest.mark.needs("standards")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_catalogue_breaks_no_rule_of_dcat_ap_nl_nor_ours(
    bodies: "Graph", engine: Literal["pyshacl", "shacl"]
) -> None:
    outcome = check_graph(graph_of(CATALOGUE), bodies + catalogue_shapes(), engine=engine)
    assert [(one.focus, one.path, one.value) for one in outcome.results] == []
    assert outcome.conforms


@pytest.mark.needs("standards")
def test_what_is_recommended_and_left_out_is_known(standards: Path) -> None:
    outcome = check_graph(graph_of(CATALOGUE), shapes_of(standards, RECOMMENDED))
    assert {one.severity for one in outcome.results} == {"Warning"}
    assert sorted({one.path.rpartition("/")[2].rpartition("#")[2] for one in outcome.results}) == [
        "accessService",  # a file has no service
        "availability",
        "centroid",  # the box says more
        "description",  # of a distribution: its title says it
        "downloadURL",  # a service gives no file
        "issued",
        "spatial",  # of the catalogue: each data set has its own
        "themeTaxonomy",
        "type",  # of the licence
    ]


def base_of(name: str) -> str:
    return f"https://fault-{list(FAULTS).index(name)}.example"


def focus_of(name: str) -> rdflib.URIRef:
    return rdflib.URIRef(f"{base_of(name)}/catalog/{FAULTS[name][1]}")


def faulty(*names: str) -> "Graph":
    """Catalogues with a fault each, under addresses of their own."""
    graph = empty_graph()
    for name in names:
        place = Place(base_url=PLACE.base_url, base_iri=base_of(name))
        graph += graph_of(describe(BREDA, {"air": AIR}, place))
        FAULTS[name][2](graph, focus_of(name))
    return graph


@pytest.fixture(scope="module", params=ENGINES)
def violations(request: pytest.FixtureRequest, bodies: "Graph") -> set[tuple[str, str]]:
    """Where an engine finds all the faults at once."""
    outcome = check_graph(faulty(*FAULTS), bodies + catalogue_shapes(), engine=request.param)
    return {(one.focus, one.path) for one in outcome.results if one.severity == "Violation"}


@pytest.mark.needs("standards")
@pytest.mark.parametrize("name", FAULTS)
def test_each_planted_fault_is_found(violations: set[tuple[str, str]], name: str) -> None:
    found = {(focus, path) for focus, path in violations if focus.startswith(base_of(name) + "/")}
    assert (str(focus_of(name)), str(node(FAULTS[name][0]))) in found
    assert len(found) == 1


@pytest.mark.parametrize("name", FAULTS)
def test_each_planted_fault_is_found_without_the_files_of_the_bodies(name: str) -> None:
    found = [one for one in check_catalogue(faulty(name), where="air.ttl") if one.severity is Severity.ERROR]
    assert str(focus_of(name)) in {one.entity for one in found}
    assert all(one.text_nl and one.where == "air.ttl" for one in found)


def test_nothing_is_wrong_with_a_catalogue_of_ours() -> None:
    assert check_catalogue(graph_of(CATALOGUE)) == ()


def test_a_lab_that_says_nothing_of_itself_is_not_given_what_it_does_not_say() -> None:
    bare = describe(LabInfo(key="lab", name="Lab"), {"air": AIR}, PLACE)
    assert [note.text for note in bare.notes if note.language == "en"] == [
        "No publisher of Lab is known; give publication/publisher.",
        "No contact point of Lab is known; give publication/contact.",
        "No licence of Lab is known; give publication/licence.",
    ]
    graph = graph_of(bare)
    for predicate in ("dct:publisher", "dct:creator", "dcat:contactPoint", "dct:license"):
        assert not list(graph.objects(None, node(predicate))), predicate
    assert {one.path for one in check_catalogue(graph)} >= {"dct:publisher", "dcat:contactPoint", "dct:license"}


def test_a_municipality_is_named_by_its_tooi_iri_and_another_organisation_is_no_municipality() -> None:
    publisher = CATALOGUE.datasets[0].publisher
    assert publisher is not None
    assert publisher.iri == "https://identifier.overheid.nl/tooi/id/gemeente/gm0758"
    society = LabInfo(key="lab", name="Lab", publication=Publication(publisher=Organisation(name="Vereniging")))
    other = describe(society, {}, PLACE).publisher
    assert other is not None
    assert (other.iri, other.kind) == ("https://ssclab.example/catalog/lab#publisher", "")


def test_a_dutch_licence_comes_with_its_twin_of_the_eu() -> None:
    licence = licences()["cc0"]
    twin = (rdflib.URIRef(licence.definition), node("skos:exactMatch"), rdflib.URIRef(licence.eu))
    assert twin in graph_of(CATALOGUE)


def test_every_observed_property_is_in_one_group() -> None:
    named = [name for group in groups().values() for name in group.properties]
    assert len(named) == len(set(named))
    for info in observed_properties().values():
        assert info.id in groups()[group_of(info.definition)].properties or group_of(info.definition) == "other"


def test_nothing_makes_no_data_set() -> None:
    assert contents(()) == {}


# What others write, and what becomes of it.


@pytest.mark.parametrize(
    ("text", "datatype", "modified"),
    [
        ("2022-11-17T09:37:25Z", "dateTimeStamp", "2022-11-17T09:37:25Z"),  # row 79
        ("2022-11-17T10:37:25+01:00", "dateTimeStamp", "2022-11-17T09:37:25Z"),
        ("2022-11-17T10:37:25+01:00", "dateTime", "2022-11-17T09:37:25Z"),
        ("2022-11-17", "date", "2022-11-17"),
        ("2022", "gYear", "2022"),
        ("2022-11-17T09:37:25", "dateTimeStamp", ""),  # a stamp has a zone
        ("2022-11-17T09:37:25", "dateTime", ""),
        ("2022-02-30", "date", ""),
        ("yesterday", "string", ""),
    ],
)
def test_moments_of_others(text: str, datatype: str, modified: str) -> None:
    graph = graph_of(CATALOGUE)
    typed = rdflib.URIRef(f"http://www.w3.org/2001/XMLSchema#{datatype}")
    graph.set((AIR_NODE, node("dct:modified"), rdflib.Literal(text, datatype=typed, normalize=False)))
    dataset, reading = the_dataset(graph)
    assert dataset.modified == modified
    assert [one.rule for one in reading.findings] == ([] if modified else ["modified-not-understood"])


@pytest.mark.needs("standards")
@pytest.mark.parametrize(("text", "accepted"), [("2022-11-17T09:37:25Z", True), ("2022-11-17T09:37:25", False)])
def test_a_stamp_is_a_moment_for_the_shapes_too(bodies: "Graph", text: str, accepted: bool) -> None:
    """Of a catalogue: that of a data set is not checked by DCAT-AP, whose shape has `sh:shape`, which is no SHACL."""
    graph = graph_of(CATALOGUE)
    typed = rdflib.URIRef("http://www.w3.org/2001/XMLSchema#dateTimeStamp")
    catalogue = rdflib.URIRef(CATALOGUE.iri)
    graph.set((catalogue, node("dct:modified"), rdflib.Literal(text, datatype=typed, normalize=False)))
    assert check_graph(accept_stamps(graph), bodies).conforms is accepted
    assert (check_catalogue(graph) == ()) is accepted


@pytest.mark.parametrize(
    ("said", "box"),
    [
        ('["ARG","02"]', None),  # row 83
        ("Breda", None),
        ("POINT(4.7 nan)", None),
        ("<http://www.opengis.net/def/crs/EPSG/0/28992> POINT(112000 400000)", None),
        ("<http://www.opengis.net/def/crs/OGC/1.3/CRS84> POINT(4.7 51.5)", Box(4.7, 51.5, 4.7, 51.5)),
        ('{"type":"Polygon","coordinates":[[[4,51],[5,51],[5,52],[4,51]]]}', Box(4, 51, 5, 52)),
        ('{"type":"Polygon"', None),
    ],
)
@pytest.mark.parametrize("direct", [True, False], ids=["a text", "the box of a place"])
def test_a_place_that_is_not_understood_is_a_warning_and_the_data_set_stays(
    said: str, box: Box | None, direct: bool
) -> None:
    graph = graph_of(CATALOGUE)
    graph.remove((None, node("dcat:bbox"), None))
    place = rdflib.URIRef(f"{AIR_IRI}#spatial")
    if direct:
        graph.set((AIR_NODE, node("dct:spatial"), rdflib.Literal(said)))
    else:
        graph.add((place, node("dcat:bbox"), rdflib.Literal(said)))
    dataset, reading = the_dataset(graph)
    assert dataset.box == box
    found = [(one.rule, one.severity) for one in reading.findings]
    assert found == ([] if box else [("spatial-not-understood", Severity.WARNING)])
    again, _ = the_dataset(graph)
    known = by_identifier([dataset])
    assert compare(known, by_identifier([again])).unchanged == (AIR_IRI,)


@pytest.mark.needs("standards")
def test_entries_of_the_eu_that_a_file_only_refers_to_are_no_violations(bodies: "Graph") -> None:
    """Row 80: nothing is known of them, so nothing is wrong with them."""
    graph = graph_of(CATALOGUE)
    for subject in set(graph.subjects()):
        if str(subject).startswith(
            (EU, HVD, "http://data.europa.eu/eli/", "http://www.iana.org/", "http://purl.org/adms")
        ):
            graph.remove((subject, None, None))
    for engine in ENGINES:
        assert check_graph(graph, bodies, engine=engine).results == ()


def many(start: str) -> tuple[CatalogueInfo, tuple[str, ...]]:
    """A catalogue of 101 data sets under one address, and their identifiers."""
    one = CATALOGUE.datasets[0]
    datasets = tuple(
        msgspec.structs.replace(one, iri=f"{start}/{number}", identifier=f"id-{number:03}", distributions=())
        for number in range(101)
    )
    return msgspec.structs.replace(CATALOGUE, datasets=datasets, services=()), tuple(d.identifier for d in datasets)


def test_the_same_catalogue_read_twice_makes_nothing_new() -> None:
    """Row 85: the second time behind a redirect, so under another address."""
    catalogue, identifiers = many("https://a.example/catalogue")
    moved, _ = many("https://b.example/catalogue")
    first = by_identifier(read_catalogue(graph_of(catalogue)).datasets)
    assert tuple(sorted(first)) == identifiers
    same = compare(first, by_identifier(read_catalogue(graph_of(catalogue)).datasets))
    assert (len(same.created), len(same.changed), len(same.unchanged), len(same.gone)) == (0, 0, 101, 0)
    behind = compare(first, by_identifier(read_catalogue(graph_of(moved)).datasets))
    assert (len(behind.created), len(behind.gone)) == (0, 0)


def test_data_sets_of_one_title_get_names_of_their_own_in_any_order() -> None:
    """Row 86."""
    titles = (Text("Luchtkwaliteit", "nl"),)
    one = msgspec.structs.replace(CATALOGUE.datasets[0], titles=titles)
    two = msgspec.structs.replace(one, iri="https://other.example/2", identifier="2")
    three = msgspec.structs.replace(two, identifier="3", titles=(Text("Geluid", "nl"),))
    names = slugs((one, two, three))
    assert len(set(names.values())) == 3
    assert names["3"] == "geluid"
    assert names == slugs((three, two, one))


def test_blank_nodes_are_the_same_at_each_reading() -> None:
    text = """
    @prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
    @prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
    <https://a.example/1> a dcat:Dataset ; dct:identifier "1" ; dct:title "Lucht"@nl ;
      dct:publisher [ a foaf:Agent ; foaf:name "Gemeente"@nl ] ;
      dcat:contactPoint [ a vcard:Kind ; vcard:fn "Team"@nl ; vcard:hasURL "https://a.example/contact" ] ;
      dcat:distribution [ a dcat:Distribution ; dcat:accessURL <https://a.example/a> ],
        [ a dcat:Distribution ; dcat:accessURL <https://a.example/b> ] .
    """
    first, _ = the_dataset(read_graph(text.encode(), TURTLE))
    again, _ = the_dataset(read_graph(text.encode(), TURTLE))
    assert first == again
    assert len({one.iri for one in first.distributions}) == 2
    assert first.contacts[0].page == "https://a.example/contact"


def test_catalogues_that_hold_each_other_are_read_once() -> None:
    text = """
    @prefix dcat: <http://www.w3.org/ns/dcat#> .
    <https://a.example/top> a dcat:Catalog ; dcat:catalog <https://a.example/a> .
    <https://a.example/a> a dcat:Catalog ; dcat:catalog <https://a.example/b> .
    <https://a.example/b> a dcat:Catalog ; dcat:catalog <https://a.example/a> .
    """
    (top,) = read_catalogue(read_graph(text.encode(), TURTLE)).catalogues
    assert [one.iri.rpartition("/")[2] for one in top.all_parts()] == ["top", "a", "b"]


# Whatever a lab says, the document holds.

SAID = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)


@settings(max_examples=15)
@given(SAID, SAID, SAID, st.sampled_from([NTRIPLES, TURTLE, writing.JSONLD]))
def test_whatever_a_lab_says_is_written_and_read_back(name: str, measured: str, contact: str, media_type: str) -> None:
    said = Publication(contact=Contact(name=contact, email="a@b.nl"), licence="cc0")
    info = msgspec.structs.replace(BREDA, name=name, publication=said)
    found = {"air": msgspec.structs.replace(AIR, names=frozenset({(measured, measured)}))}
    catalogue = describe(info, found, PLACE)
    graph = read_graph(writing.document(triples(catalogue), media_type), media_type)
    (read,) = read_catalogue(graph).catalogues
    assert set(triples(read)) == set(triples(catalogue))


def test_a_catalogue_with_parts_is_read_back_whole() -> None:
    hub = msgspec.structs.replace(
        describe(LabInfo(key="nl", name="NL", publication=PUBLICATION), {}, PLACE),
        catalogues=(CATALOGUE,),
        missing=("https://ssclab.example/catalog/helmond",),
        notes=(Text("De catalogus van helmond ontbreekt: stil.", "nl"),),
    )
    (read,) = read_catalogue(graph_of(hub)).catalogues
    assert set(triples(read)) == set(triples(hub))
    assert [dataset.iri for dataset in read.all_datasets()] == [AIR_IRI]


# High-value data.


@pytest.mark.parametrize(
    ("publication", "missing"),
    [
        (PUBLICATION, ()),
        (Publication(), ("licence", "contact", "documentation", "terms")),
        (msgspec.structs.replace(PUBLICATION, licence="cc-by-4.0"), ()),
        (msgspec.structs.replace(PUBLICATION, licence="cc-by-nc-4.0"), ("licence",)),
        (msgspec.structs.replace(PUBLICATION, terms=""), ("terms",)),
        (
            msgspec.structs.replace(PUBLICATION, publisher=Organisation(name="x", iri="https://x.example/x")),
            ("publisher",),
        ),
    ],
)
def test_what_a_data_set_of_high_value_lacks(publication: Publication, missing: tuple[str, ...]) -> None:
    info = msgspec.structs.replace(BREDA, publication=publication)
    (entry,) = high_value.report(describe(info, {"air": AIR}, PLACE))
    assert entry.missing == missing
    assert set(entry.met) | set(entry.missing) == {one.id for one in high_value.requirements()}


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"legislation": ()}, ("legislation",)),
        ({"distributions": ()}, ("licence", "bulk", "machine-readable")),
        ({"contacts": ()}, ("contact",)),
        ({"iri": "https://a.example/unserved"}, ("api", "terms")),
        ({"hvd_categories": ()}, ()),
    ],
)
def test_what_a_catalogue_of_others_lacks(change: dict[str, object], missing: tuple[str, ...]) -> None:
    dataset = msgspec.structs.replace(CATALOGUE.datasets[0], **change)
    (entry,) = high_value.report(msgspec.structs.replace(CATALOGUE, datasets=(dataset,)))
    assert entry.missing == missing
    assert entry.high_value is bool(dataset.hvd_categories)


@pytest.mark.parametrize(
    ("code", "chosen", "category"),
    [
        ("air", None, "c_dd313021"),
        ("noise", None, "c_dd313021"),
        ("weather", None, "c_164e0bf5"),
        ("light", None, ""),
        ("air", ("air",), "c_dd313021"),
        ("air", (), ""),
        ("light", ("light",), ""),  # a lab cannot give a category that the list does not have
    ],
)
def test_which_groups_are_of_high_value(code: str, chosen: tuple[str, ...] | None, category: str) -> None:
    info = msgspec.structs.replace(BREDA, publication=Publication(high_value=chosen))
    (dataset,) = describe(info, {code: AIR}, PLACE).datasets
    assert dataset.hvd_categories == ((HVD + category,) if category else ())
    assert dataset.legislation == ((HVD_REGULATION,) if category else ())


# What a lab.yaml may say.


@pytest.mark.parametrize(
    ("publication", "fault"),
    [
        (Publication(licence="gpl"), "no licence 'gpl'; known: cc0, cc-by-4.0"),
        (Publication(high_value=("sewer",)), "no group 'sewer'; known: air, noise"),
        (Publication(contact=Contact(name="x")), "give an email or a page"),
        (Publication(contact=Contact(name="x", email="nobody")), "is no e-mail address"),
        (Publication(contact=Contact(name="x", email='a"@b.nl')), "is no e-mail address"),
        (Publication(contact=Contact(name="x", page="breda.nl")), "publication/contact/page: 'breda.nl' must be"),
        (Publication(terms="javascript:alert(1)"), "publication/terms"),
        (Publication(publisher=Organisation(name="x", iri="gm0758")), "publication/publisher/iri"),
    ],
)
def test_what_a_lab_may_not_say_of_its_publication(publication: Publication, fault: str) -> None:
    with pytest.raises(SettingsError, match=fault.replace("(", r"\(")):
        check_publication(publication)
