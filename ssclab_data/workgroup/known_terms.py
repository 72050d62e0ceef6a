"""Know the terms that a module may use: its own, of modules it imports, of code lists, of vocabularies of others."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

import msgspec

from ssclab_data.linked_data.graphs import node
from ssclab_data.linked_data.terms import PREFIXES
from ssclab_data.linked_data.vocabularies import unknown_term
from ssclab_data.ontology import codelists
from ssclab_data.ontology.codelists import concept_iri, scheme_iri
from ssclab_data.resources import roots
from ssclab_data.workgroup.faults import Fault, fault
from ssclab_data.workgroup.module_files import ModuleFiles
from ssclab_data.workgroup.workspace import Workspace, files

if TYPE_CHECKING:
    from rdflib import Graph

_VERSION = re.compile(r"(?:/\d+\.\d+\.\d+)?")

CLASSES = ("owl:Class", "rdfs:Class", "rdfs:Datatype")
PROPERTIES = ("owl:ObjectProperty", "owl:DatatypeProperty", "owl:AnnotationProperty", "rdf:Property")
CONCEPTS = ("skos:Concept", "skos:ConceptScheme", "skos:Collection", "owl:NamedIndividual")
SHAPES = ("sh:NodeShape", "sh:PropertyShape", "sh:SPARQLConstraint")


class Deprecated(msgspec.Struct, frozen=True):
    """A term that is not to be used any more, and those that replace it."""

    iri: str
    replacements: tuple[str, ...]


class KnownTerms:
    """The terms that files of one workspace may use."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._files: dict[str, ModuleFiles] = {}
        self._terms: dict[str, frozenset[str]] = {}

    def files(self, id_: str) -> ModuleFiles:
        """Give the files of a module, read once."""
        if id_ not in self._files:
            self._files[id_] = ModuleFiles(self.workspace.modules[id_])
        return self._files[id_]

    def declared(self, id_: str) -> frozenset[str]:
        """Give the IRIs of the terms and shapes that a module declares."""
        if id_ not in self._terms:
            self._terms[id_] = frozenset(self._declared(id_))
        return self._terms[id_]

    @cached_property
    def bases(self) -> Mapping[str, str]:
        """Which module the IRIs below an IRI belong to."""
        return {ontology_iri(module.entry.namespace): id_ for id_, module in self.workspace.modules.items()}

    @cached_property
    def concepts(self) -> frozenset[str]:
        """IRIs of code lists and their codes."""
        return frozenset(iri for file in self._lists() for iri in concept_iris(file))

    @cached_property
    def lists(self) -> "Graph":
        """What the installed code lists say, in SKOS."""
        return codelists.graph()

    def names_codes(self, found: ModuleFiles) -> bool:
        """Tell whether a file of a module names a code of a list."""
        documents = [*found.turtles(), *found.questions.values()]
        return any(iri.startswith(self._list_spaces) for one in documents for iri in one.places.mentions)

    @cached_property
    def prefixes(self) -> Mapping[str, str]:
        """The namespace that a prefix stands for everywhere."""
        own = {module.entry.prefix: module.entry.namespace for module in self.workspace.modules.values()}
        return {**PREFIXES, **own}

    def deprecated(self, id_: str) -> Mapping[str, Deprecated]:
        """Give the terms of a module and of those it imports that are not to be used any more, by IRI."""
        ids = (id_, *self.workspace.imported(id_))
        return {one.iri: one for each in ids for one in deprecated_terms(self.files(each))}

    def curie(self, iri: str) -> str:
        """Shorten an IRI with the prefixes of vocabularies and modules.

        An IRI that no prefix fits stays whole.
        """
        for prefix, namespace in self.prefixes.items():
            local = iri.removeprefix(namespace)
            if local != iri and local and not set(local) & set("/#?"):
                return f"{prefix}:{local}"
        return iri

    def fault_of(self, iri: str, id_: str, place: tuple[str, int]) -> Fault | None:
        """Say what is wrong with the use of a term in a module; None when nothing is.

        Args:
            id_: the module; "" for a file that belongs to none.
        """
        owner = self.owner(iri)
        if owner:
            return self._of_module(iri, (owner, id_), place)
        lists = [space for space in self._list_spaces if iri.startswith(space)]
        if lists and iri not in self.concepts:
            near = get_close_matches(iri, [one for one in self.concepts if one.startswith(lists[0])], n=1)
            return self._unknown(iri, lists[0], near, place)
        found = unknown_term(iri)
        if found is None:
            return None
        namespace, names = found
        near = get_close_matches(iri.removeprefix(namespace), names, n=1)
        return self._unknown(iri, namespace, [namespace + one for one in near], place)

    def owner(self, iri: str) -> str:
        """Give the id of the module that an IRI is of, whether it exists or not; "" for none."""
        for base, id_ in self.bases.items():
            if iri.startswith((f"{base}#", f"{base}/")) and iri not in self.concepts:
                return id_
        return ""

    def nearest(self, iri: str) -> str:
        """Give the term of the same module that looks most like an IRI, shortened; "…" for none."""
        owner = self.owner(iri)
        near = get_close_matches(iri, sorted(self.declared(owner)) if owner else (), n=1)
        return self.curie(near[0]) if near else "…"

    def _of_module(self, iri: str, ids: tuple[str, str], place: tuple[str, int]) -> Fault | None:
        owner, id_ = ids
        base = ontology_iri(self.workspace.modules[owner].entry.namespace)
        if not self._is_readable(owner) or _VERSION.fullmatch(iri.removeprefix(base)):
            return None
        if iri not in self.declared(owner):
            return fault("term-undeclared", place, term=self.curie(iri), suggestion=self.nearest(iri))
        if id_ and owner not in (id_, *self.workspace.imported(id_)):
            return fault("module-not-imported", place, term=self.curie(iri), module=owner)
        return None

    def _is_readable(self, id_: str) -> bool:
        """Tell whether the terms of a module can be known; where they cannot, other checks say so."""
        found = self.files(id_)
        return all(one is not None and one.graph is not None for one in (found.ontology, found.shapes))

    def _unknown(self, iri: str, namespace: str, near: Sequence[str], place: tuple[str, int]) -> Fault:
        suggestion = self.curie(near[0]) if near else "a term that it has"
        return fault("term-unknown", place, term=self.curie(iri), namespace=namespace, suggestion=suggestion)

    def _declared(self, id_: str) -> Iterator[str]:
        found = self.files(id_)
        for document, kinds in ((found.ontology, (*CLASSES, *PROPERTIES, *CONCEPTS)), (found.shapes, SHAPES)):
            graph = document.graph if document else None
            if graph is not None:
                typed = (one for kind in kinds for one in graph.subjects(node("rdf:type"), node(kind)))
                yield from (str(one) for one in typed if ":" in str(one))

    def _lists(self) -> Iterator[Traversable]:
        seen = set()
        for root in (*roots("ontologies"), self.workspace.root):
            if str(root) not in seen:
                seen.add(str(root))
                yield from files(root / "codelists", ".csv")

    @cached_property
    def _list_spaces(self) -> tuple[str, ...]:
        return tuple(f"{scheme_iri(file.name.removesuffix('.csv'))}/" for file in self._lists())


def ontology_iri(namespace: str) -> str:
    """Give the IRI of the ontology whose terms have a namespace.

    >>> ontology_iri("https://ssclab.example/def/air#")
    'https://ssclab.example/def/air'
    """
    return namespace.rstrip("#/")


def concept_iris(file: Traversable) -> Iterator[str]:
    """Give the IRI of a code list and of each of its codes; none of a file that is no table."""
    name = file.name.removesuffix(".csv")
    yield scheme_iri(name)
    try:
        rows = list(csv.reader(file.read_text(encoding="utf-8").splitlines(), strict=True))
    except (csv.Error, UnicodeDecodeError):
        return
    yield from (concept_iri(name, row[0]) for row in rows[1:] if row)


def deprecated_terms(found: ModuleFiles) -> Iterator[Deprecated]:
    """Give the terms that a module says are not to be used any more."""
    graph = found.ontology.graph if found.ontology else None
    if graph is None:
        return
    for subject, value in graph.subject_objects(node("owl:deprecated")):
        if str(value) in ("true", "1"):
            yield Deprecated(str(subject), tuple(str(one) for one in graph.objects(subject, node("dct:isReplacedBy"))))
