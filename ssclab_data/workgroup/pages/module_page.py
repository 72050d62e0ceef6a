"""Make the page of a module."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ssclab_data.errors import InformationModelError
from ssclab_data.linked_data.graphs import node, resource
from ssclab_data.ontology import alignments, codelists
from ssclab_data.workgroup.documents import Document, Turtle
from ssclab_data.workgroup.known_terms import deprecated_terms
from ssclab_data.workgroup.lookup import Term
from ssclab_data.workgroup.pages.html import Html, anchor, items, joined, link, page, table, tag, terms
from ssclab_data.workgroup.pages.links import Site
from ssclab_data.workgroup.pages.shapes import shapes_section

if TYPE_CHECKING:
    from rdflib import Graph

_ABOVE = ("rdfs:subClassOf", "rdfs:subPropertyOf", "skos:broader")


class ModulePage:
    """The page of one module."""

    def __init__(self, id_: str, site: Site) -> None:
        self.id = id_
        self.site = site
        self.words = site.words
        self.files = site.known.files(id_)
        self.entry = self.files.entry

    @cached_property
    def graph(self) -> "Graph":
        """Its ontology.

        Raises:
            InformationModelError: it is not there, or does not parse.
        """
        graph = self.files.ontology.graph if self.files.ontology else None
        if graph is None:
            raise InformationModelError("there are no terms to read", file=str(self.files.folder / self.files.name))
        return graph

    @cached_property
    def own(self) -> list[Term]:
        """Its terms by name."""
        return sorted((one for one in self.site.lookup.terms if one.home == self.id and one.kind != "code"), key=_name)

    def write(self) -> str:
        """Write it."""
        sections = [
            ("hierarchy", self._hierarchy()),
            *((kind, joined(self._term(one) for one in self.own if one.kind == kind)) for kind in _KINDS),
            ("shapes", shapes_section(self.files, self.site)),
            ("requirements", self._requirements()),
            ("examples", self._examples()),
            ("used", items(self._lists())),
            ("alignments", self._alignments()),
            ("history", items(self._history())),
        ]
        body = [self._head()]
        for key, content in sections:
            if content or key not in _KINDS:
                body.append(tag("h2", self.words[key], id=f"section-{key}"))
                body.append(content or tag("p", self.words["none"]))
        title = f"{self.site.label(self.entry.title)} ({self.id} {self.entry.version})"
        return page(title, joined(body), language=self.site.language, above=self.site.above)

    def _head(self) -> Html:
        description = self.graph.objects(resource(self.entry.namespace.rstrip("#/")), node("dct:description"))
        texts = {getattr(one, "language", None) or "": str(one) for one in description}
        facts = terms(
            (
                (self.words["iri"], tag("code", self.entry.namespace)),
                (self.words["version"], f"{self.entry.version} ({self.entry.status})"),
                (self.words["licence"], self.entry.licence),
                (self.words["imports"], joined((self.site.module(one) for one in self.entry.imports), ", ")),
            )
        )
        return joined((tag("p", self.site.texts(texts)), facts))

    def _term(self, term: Term) -> Html:
        local = term.iri.removeprefix(self.entry.namespace)
        subject = resource(term.iri)
        rows: list[tuple[object, object]] = [(self.words["text"], self.site.texts(term.definitions))]
        for key, names in (("above", _ABOVE), ("domain", ("rdfs:domain",)), ("range", ("rdfs:range",))):
            found = sorted(str(one) for name in names for one in self.graph.objects(subject, node(name)))
            rows.append((self.words[key], joined((self.site.link(one) for one in found), ", ")))
        rows.append((self.words["iri"], tag("code", term.iri)))
        if term.iri in self._old:
            rows.append((self.words["replaced"], joined((self.site.link(one) for one in self._old[term.iri]), ", ")))
        labels = " / ".join(dict.fromkeys([self.site.label(term.labels), *term.labels.values()]))
        head = tag(
            "h3",
            tag("code", term.name),
            " ",
            labels,
            id=anchor(local),
            **({"class_": "old"} if term.iri in self._old else {}),
        )
        return joined((head, terms(rows)))

    @cached_property
    def _old(self) -> dict[str, Sequence[str]]:
        return {one.iri: one.replacements for one in deprecated_terms(self.files)}

    def _hierarchy(self) -> Html:
        """Draw what is a kind of what as nested lists, from what has nothing above it in this module."""
        below: dict[str, set[str]] = {}
        for name in _ABOVE:
            for subject, value in self.graph.subject_objects(node(name)):
                below.setdefault(str(value), set()).add(str(subject))
        children = {one for found in below.values() for one in found}
        return items(self._tree(one, below, ()) for one in sorted(below.keys() - children))

    def _tree(self, iri: str, below: dict[str, set[str]], path: tuple[str, ...]) -> Html:
        more = [self._tree(one, below, (*path, iri)) for one in sorted(below.get(iri, ())) if one not in path]
        return joined((self.site.link(iri), items(more)))

    def _requirements(self) -> Html:
        if self.files.requirements is None:
            return Html("")
        return joined(self._requirement(row) for _, row in self.files.requirements.records())

    def _requirement(self, row: dict[str, str]) -> Html:
        id_ = row.get("Id", "")
        texts = {language: row.get(f"Question_{language}", "") for language in ("nl", "en")}
        parts = [tag("h3", id_, id=anchor(id_)), tag("p", self.site.texts(texts))]
        query, answer = self.files.questions.get(id_), self.files.answers.get(id_)
        if query is not None:
            parts.append(_folded(self.words["query"], query))
        if answer is not None:
            head, *rows = answer.rows
            parts.append(table(self.words["answer"], head.cells, (one.cells for one in rows)))
        return joined(parts)

    def _examples(self) -> Html:
        groups: tuple[tuple[str, Sequence[Turtle]], ...] = (("ok", self.files.ok), ("fail", self.files.fail))
        return joined(
            joined((tag("h3", self.words[key]), *(_folded(one.name.rpartition("/")[2], one) for one in documents)))
            for key, documents in groups
        )

    def _lists(self) -> Iterator[Html]:
        mentioned = [iri for one in self.files.turtles() for iri in one.places.mentions]
        for name in codelists.names():
            if any(iri.startswith(f"{codelists.scheme_iri(name)}/") for iri in mentioned):
                yield link(f"../lists/{name}.html", name)

    def _alignments(self) -> Html:
        own = {one.iri for one in self.own}
        rows = [
            (name, self.site.link(row.subject), self.site.known.curie(row.predicate), self.site.link(row.object))
            for name in alignments.names()
            for row in alignments.read(name).rows
            if own & {row.subject, row.object}
        ]
        head = [self.words[key] for key in ("list", "term", "relation", "other")]
        return table(self.words["alignments"], ["", *head[1:]], rows) if rows else Html("")

    def _history(self) -> Iterator[Html]:
        for iri, replacements in sorted(self._old.items()):
            instead = joined((self.site.link(one) for one in replacements), ", ")
            yield joined((self.site.link(iri), f" – {self.words['replaced']}: ", instead))


_KINDS = ("class", "property", "concept")


def _name(term: Term) -> str:
    return term.name.lower()


def _folded(name: str, document: Document) -> Html:
    return tag("details", tag("summary", name), tag("pre", tag("code", document.text)))
