"""Find a term or code by any name that people have for it: IRI, prefixed name, code, label, or a piece of one."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.linked_data.graphs import node, resource
from ssclab_data.model.codelists import read
from ssclab_data.model.units import resolve_unit
from ssclab_data.ontology import codelists
from ssclab_data.ontology.codelists import concept_iri
from ssclab_data.workgroup.known_terms import CLASSES, CONCEPTS, PROPERTIES, KnownTerms
from ssclab_data.workgroup.workspace import find

if TYPE_CHECKING:
    from rdflib import Graph

KINDS = {
    **dict.fromkeys(CLASSES, "class"),
    **dict.fromkeys(PROPERTIES, "property"),
    **dict.fromkeys(CONCEPTS, "concept"),
}


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """What has a name in our information models.

    Attributes:
        kind: `class`, `property`, `concept`, or `code` of a code list.
        home: id of the module, or name of the code list.
        code: of a code, "" for others.
        labels: by language.
        definitions: by language.
        columns: of a code, its other cells.
    """

    iri: str
    name: str
    kind: str
    home: str
    code: str = ""
    labels: Mapping[str, str] = {}
    definitions: Mapping[str, str] = {}
    columns: Mapping[str, str] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """All that people may call it, in lower case."""
        others = (self.columns.get(column, "") for column in ("definition", "exact_match", "eu", "symbol"))
        synonyms = self.columns.get("synonyms", "").split("|")
        local = self.name.partition(":")[2]
        found = (self.iri, self.name, local, self.code, *self.labels.values(), *others, *synonyms)
        return tuple(dict.fromkeys(one.lower() for one in found if one))


class Lookup:
    """All terms and codes of what is installed."""

    def __init__(self) -> None:
        self.known = KnownTerms(find([])[0])

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """Every term of every module, then every code of every list."""
        modules = [one for id_ in self.known.workspace.modules for one in self._of_module(id_)]
        return (*modules, *(one for name in codelists.names() for one in _codes(name)))

    def find(self, asked: str) -> tuple[Term, ...]:
        """Give the terms that have a name, whatever its letters' case; a unit is found by any way to write it."""
        wanted = asked.strip().strip("<>").lower()
        exact = tuple(one for one in self.terms if wanted in one.names)
        if exact:
            return exact
        try:
            unit = resolve_unit(asked).ucum
        except ValueParseError:
            return ()
        return tuple(one for one in self.terms if (one.home, one.code) == ("units", unit))

    def nearest(self, asked: str, most: int = 5) -> tuple[Term, ...]:
        """Give the terms whose names look most like a text, or hold it."""
        wanted = asked.strip().lower()
        holders = [one for one in self.terms if any(wanted in name for name in one.names[1:])]
        names = {name: one for one in reversed(self.terms) for name in one.names}
        close = [names[name] for name in get_close_matches(wanted, names, n=most, cutoff=0.6)]
        found = {one.iri: one for one in (*close, *holders)}
        return tuple(found.values())[:most]

    def _of_module(self, id_: str) -> Iterator[Term]:
        ontology = self.known.files(id_).ontology
        graph = ontology.graph if ontology else None
        if graph is None:
            return
        typed = (
            (str(one), kind) for name, kind in KINDS.items() for one in graph.subjects(node("rdf:type"), node(name))
        )
        kinds = {iri: kind for iri, kind in reversed([*typed]) if self.known.owner(iri) == id_}
        for iri, kind in sorted(kinds.items()):
            yield Term(
                iri=iri,
                name=self.known.curie(iri),
                kind=kind,
                home=id_,
                labels=texts_of(graph, iri, ("rdfs:label", "skos:prefLabel")),
                definitions=texts_of(graph, iri, ("rdfs:comment", "skos:definition")),
            )


def texts_of(graph: "Graph", iri: str, names: Sequence[str]) -> dict[str, str]:
    """Give the texts of a term by language."""
    texts = [one for name in names for one in graph.objects(resource(iri), node(name))]
    return {getattr(one, "language", None) or "": str(one) for one in texts}


def _codes(name: str) -> Iterator[Term]:
    for row in read(name):
        (_, code), *others = row.items()
        columns = dict(others)
        yield Term(
            iri=concept_iri(name, code),
            name=f"{name}/{code}",
            kind="code",
            home=name,
            code=code,
            labels=_by_language(columns, ("label", "name")),
            definitions=_by_language(columns, ("definition",)),
            columns=columns,
        )


def _by_language(columns: Mapping[str, str], starts: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for language in codelists.LANGUAGES:
        names = [f"{start}_{language}" for start in starts] + (["name"] if "name" in starts else [])
        text = next((columns[name] for name in names if columns.get(name)), "")
        if text:
            found[language] = text
    return found
