"""Check the requirements of a module, and that its examples answer their competency questions as expected."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ssclab_data.errors import SourceError
from ssclab_data.linked_data.graphs import answer, empty_graph
from ssclab_data.workgroup.documents import Document, Table, line_in, reason_of
from ssclab_data.workgroup.faults import Fault, fault
from ssclab_data.workgroup.known_terms import KnownTerms
from ssclab_data.workgroup.module_files import ModuleFiles

if TYPE_CHECKING:
    from rdflib import Graph

COLUMNS = ["Id", "Category", "Question_nl", "Question_en", "Workgroup"]

type Rows = Sequence[Sequence[str]]


def check_questions(files: ModuleFiles, known: KnownTerms) -> Iterator[Fault]:
    """Look at requirements, queries and answers."""
    requirements = files.requirements
    ids: set[str] = set()
    if requirements is not None and requirements.is_table:
        ids = {row.cells[0] for row in requirements.rows[1:]}
        yield from _requirements(requirements, files)
        for id_, query in files.questions.items():
            if id_ not in ids:
                yield fault("question-unasked", query.at(1), id=id_)
    for id_, table in files.answers.items():
        if id_ not in files.questions:
            yield fault("file-missing", table.at(1), name=f"tests/{id_}.rq")
    graph = asked(files, known)
    for id_, query in files.questions.items():
        yield from _question(id_, query, (files, graph))


def _requirements(table: Table, files: ModuleFiles) -> Iterator[Fault]:
    head, *rows = table.rows
    if head.cells != COLUMNS:
        found, expected = ";".join(head.cells), ";".join(COLUMNS)
        yield fault("requirement-columns", table.at(head.line), found=found, expected=expected)
        return
    seen: set[str] = set()
    for row in rows:
        id_ = row.cells[0]
        if len(row.cells) != len(COLUMNS):
            yield fault("list-width", table.at(row.line), found=len(row.cells), expected=len(COLUMNS))
        for column, cell in zip(COLUMNS, row.cells, strict=False):
            if not cell.strip():
                yield fault("requirement-empty", table.at(row.line), id=id_, column=column)
        if id_ in seen:
            yield fault("requirement-twice", table.at(row.line), id=id_)
        elif id_ and id_ not in files.questions:
            yield fault("requirement-unanswered", table.at(row.line), id=id_)
        seen.add(id_)


def _question(id_: str, query: Document, where: "tuple[ModuleFiles, Graph | None]") -> Iterator[Fault]:
    files, graph = where
    try:
        names, rows = answer(graph if graph is not None else empty_graph(), query.text, where=query.name)
    except SourceError as error:
        line = line_in(str(error))
        yield fault("file-syntax", query.at(line), kind="SPARQL", reason=reason_of(error))
        return
    expected = files.answers.get(id_)
    if expected is None:
        yield fault("question-unanswered", query.at(1), id=id_)
    elif graph is not None and expected.is_table:
        yield from _compare(id_, expected, [names, *rows])


def _compare(id_: str, expected: Table, found: Rows) -> Iterator[Fault]:
    """Compare as sets of rows that may repeat: an order that no one asked for is none."""
    wanted = [row.cells for row in expected.rows]
    if len(wanted) == 1:
        yield fault("question-empty", expected.at(1))
        return
    missing = [row for row in wanted[1:] if wanted.count(row) > [*map(list, found)].count(row)]
    extra = [list(row) for row in found[1:] if [*map(list, found)].count(list(row)) > wanted.count(list(row))]
    if list(found[0]) != wanted[0]:
        yield fault("question-answer", expected.at(1), id=id_, found=_shown([found[0]]), expected=_shown(wanted[:1]))
    elif missing or extra:
        line = next((row.line for row in expected.rows if row.cells in missing), 1)
        yield fault("question-answer", expected.at(line), id=id_, found=_shown(extra), expected=_shown(missing))


def _shown(rows: Rows) -> str:
    texts = [" | ".join(row) for row in rows[:3]]
    return "; ".join(texts) + (f"; and {len(rows) - 3} rows more" if len(rows) > 3 else "") if rows else "no row"


def asked(files: ModuleFiles, known: KnownTerms) -> "Graph | None":
    """Put together what questions are asked of: the ok examples, the terms they may use, and code lists.

    Returns:
        None when a file does not parse, or there is no example.
    """
    found = empty_graph()
    ids = (files.entry.id, *known.workspace.imported(files.entry.id))
    for document in (*files.ok, *(known.files(id_).ontology for id_ in ids)):
        if document is None or document.graph is None:
            return None
        found += document.graph
    if known.names_codes(files):
        found += known.lists
    return found if files.ok else None
