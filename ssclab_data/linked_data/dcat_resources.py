"""Read what a graph says of a resource: texts, links, moments, and names for those that have none."""

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.linked_data.dcat import Text, Texts, part_of
from ssclab_data.linked_data.dcat_values import moment_of
from ssclab_data.linked_data.graphs import is_iri, is_literal, node, term_text
from ssclab_data.model.finding import Finding, Severity

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node


_NO_LANGUAGE = Finding(
    rule="text-without-language",
    severity=Severity.ERROR,
    text="a text has no language; write it as nl or en",
    text_nl="een tekst heeft geen taal; schrijf haar als nl of en",
)


def _not_understood(what: str, error: ValueParseError) -> Finding:
    return Finding(
        rule=f"{what}-not-understood",
        severity=Severity.WARNING,
        text=f"{what} not understood: {error}",
        text_nl=f"{what} niet begrepen: {error}",
        path=f"dct:{what}",
    )


class Resources:
    """The resources of one graph.

    Args:
        where: file name or address, for the findings.

    Attributes:
        findings: what was not understood so far.
    """

    def __init__(self, graph: "Graph", where: str) -> None:
        self.graph = graph
        self.where = where
        self.findings: list[Finding] = []

    def texts(self, subject: "Node", predicate: str, *, expected: bool = True) -> Texts:
        """Read texts, Dutch first; a finding where one has no language."""
        found = [
            Text(str(one), str(getattr(one, "language", None) or ""))
            for one in self.graph.objects(subject, node(predicate))
        ]
        if expected and any(not one.language for one in found):
            self.find(_NO_LANGUAGE, subject)
        return tuple(sorted(found, key=lambda one: (one.language != "nl", one.language, one.text)))

    def moment(self, subject: "Node", predicate: str) -> str:
        """Read a moment; "" where there is none, or one that cannot be understood."""
        found = min(self.graph.objects(subject, node(predicate)), key=term_text, default=None)
        return "" if found is None else self.understood(found, moment_of, subject, predicate) or ""

    def understood[T](self, value: "Node", read: Callable[["Node"], T], subject: "Node", predicate: str) -> T | None:
        """Read a value; None and a finding where it cannot be."""
        try:
            return read(value)
        except ValueParseError as error:
            what = predicate.partition(":")[2]
            self.find(_not_understood(what, error), subject)
            return None

    def of_class(self, name: str) -> list["Node"]:
        """Give the resources of a class, by name."""
        return sorted(set(self.graph.subjects(node("rdf:type"), node(name))), key=self.name)

    def linked(self, subject: "Node", predicate: str) -> list["Node"]:
        """Give the resources at a property, by name; texts in their place are left to the shapes."""
        found = {one for one in self.graph.objects(subject, node(predicate)) if not is_literal(one)}
        return sorted(found, key=self.name)

    def iris(self, subject: "Node", predicate: str) -> tuple[str, ...]:
        """Give the IRIs at a property, by name."""
        return tuple(str(one) for one in self.linked(subject, predicate) if is_iri(one))

    def first(self, subject: "Node", predicate: str) -> str:
        """Give the first IRI at a property; "" where there is none."""
        return next(iter(self.iris(subject, predicate)), "")

    def address(self, subject: "Node", predicate: str) -> str:
        """Give the first address at a property, also where it is written as a text."""
        found = sorted(str(one) for one in self.graph.objects(subject, node(predicate)))
        return self.first(subject, predicate) or next(iter(found), "")

    def name(self, subject: "Node", *, owner: str = "urn:ssclab:catalogue") -> str:
        """Give the IRI of a resource; a blank node gets one that follows from what is said of it."""
        if is_iri(subject):
            return str(subject)
        said = sorted(
            f"{predicate} {'' if not (is_iri(value) or is_literal(value)) else term_text(value)}"
            for predicate, value in self.graph.predicate_objects(subject)
        )
        digest = hashlib.blake2b("\n".join(said).encode(), digest_size=6).hexdigest()
        return part_of(owner, digest)

    def find(self, finding: Finding, subject: "Node") -> None:
        """Note what is wrong with a resource."""
        self.findings.append(msgspec.structs.replace(finding, where=self.where, entity=self.name(subject)))
