"""Check alignments: they can be read, and the terms they name exist."""

from collections.abc import Iterator
from importlib.resources.abc import Traversable

from ssclab_data.errors import InformationModelError
from ssclab_data.ontology.alignments import read_file
from ssclab_data.workgroup.documents import Document
from ssclab_data.workgroup.faults import Fault, fault
from ssclab_data.workgroup.known_terms import KnownTerms


def check_alignment(path: Traversable, known: KnownTerms) -> Iterator[Fault]:
    """Look at one table; a term is told once, on its first line."""
    document = Document(path.name, path)
    yield from document.faults
    if document.faults:
        return
    try:
        alignment = read_file(path)
    except InformationModelError as error:
        yield fault("alignment-wrong", document.at(error.line or 1), reason=error.message)
        return
    seen: set[str] = set()
    for row in alignment.rows:
        for iri in (row.subject, row.predicate, row.object):
            found = None if iri in seen else known.fault_of(iri, "", document.at(row.line))
            seen.add(iri)
            if found is not None:
                facts = {"term": known.curie(iri), "suggestion": found.facts["suggestion"]}
                yield fault("alignment-term", document.at(row.line), **facts)
