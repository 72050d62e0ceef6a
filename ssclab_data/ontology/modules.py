"""Read what a module holds: terms, shapes, context, examples, and questions with their answers."""

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

import msgspec

from ssclab_data.errors import InformationModelError
from ssclab_data.linked_data import graphs
from ssclab_data.linked_data.graphs import TURTLE, empty_graph, read_graph
from ssclab_data.ontology import codelists, registry
from ssclab_data.ontology.registry import Module

if TYPE_CHECKING:
    from rdflib import Graph

SHAPES = "shapes.ttl"
CONTEXT = "context.jsonld"
REQUIREMENTS = "requirements.csv"
ANSWER = ".expected.csv"

_EXPECTED = re.compile(r"# expect: (\S+) on (\S+)\s*")


class Expectation(msgspec.Struct, frozen=True, order=True):
    """What a counter-example must give.

    Attributes:
        component: prefixed name of the constraint component (`sh:MinCountConstraintComponent`).
        path: the path of the shape with prefixed names (`geo:hasGeometry/geo:asWKT`); where the shape is about the
            node itself, its class.
    """

    component: str
    path: str


class Counterexample(msgspec.Struct, frozen=True):
    """An example that breaks a shape, and what a check must say of it."""

    name: str
    graph: "Graph"
    expected: tuple[Expectation, ...]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement of a module with the query that shows that it is met.

    Attributes:
        id: `CQ-01`.
        query: SPARQL.
        answers: rows that the examples give, by name of the variable.
    """

    id: str
    category: str
    text_en: str
    text_nl: str
    query: str
    answers: tuple[Mapping[str, str], ...]


def closure(ids: Iterable[str]) -> tuple[Module, ...]:
    """Give modules with all that they import, each after those it imports.

    Raises:
        InformationModelError: no registry has one, or modules import each other.

    >>> [module.entry.id for module in closure(["air"])]
    ['core', 'air']
    """
    found: dict[str, Module] = {}
    for id_ in ids:
        _collect(id_, found, ())
    return tuple(found.values())


def terms(ids: Iterable[str]) -> "Graph":
    """Read the terms of modules and of those they import into one graph."""
    return _merged(closure(ids), lambda module: f"{module.entry.id}.ttl")


def shapes(ids: Iterable[str]) -> "Graph":
    """Read the shapes of modules and of those they import into one graph."""
    return _merged(closure(ids), lambda _: SHAPES)


def context(module: Module) -> Mapping[str, Any]:
    """Read the JSON-LD context of a module.

    Raises:
        InformationModelError: it is no JSON, or has no `@context`.
    """
    file = module.folder / CONTEXT
    try:
        document = msgspec.json.decode(file.read_bytes())
    except msgspec.DecodeError as error:
        raise InformationModelError(f"no JSON: {error}", file=str(file)) from error
    if not isinstance(document, dict) or not isinstance(document.get("@context"), dict):
        raise InformationModelError("there is no object @context in it", file=str(file))
    return dict(document["@context"])


def examples(module: Module) -> Mapping[str, "Graph"]:
    """Read the examples that meet the shapes, by file name."""
    return {file.name: _turtle(file) for file in _files(module.folder / "examples" / "ok", ".ttl")}


def counterexamples(module: Module) -> tuple[Counterexample, ...]:
    """Read the examples that break a shape, with what their first lines say must be found.

    Raises:
        InformationModelError: one does not begin with `# expect: component on path`.
    """
    return tuple(_counterexample(file) for file in _files(module.folder / "examples" / "fail", "-fail.ttl"))


def requirements(module: Module) -> tuple[Mapping[str, str], ...]:
    """Read the rows of a module's requirements: Id, Category, Question_nl, Question_en, Workgroup."""
    text = (module.folder / REQUIREMENTS).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines(), delimiter=";", strict=True))


def questions(module: Module) -> tuple[Question, ...]:
    """Read the competency questions of a module: each requirement that has a query, with the answers expected.

    Raises:
        InformationModelError: a query belongs to no requirement, or has no answers beside it.
    """
    rows = {row["Id"]: row for row in requirements(module)}
    folder = module.folder / "tests"
    answers = {file.name.removesuffix(ANSWER): file for file in _files(folder, ANSWER)}
    return tuple(_question(file, rows, answers) for file in _files(folder, ".rq"))


def asked(module: Module) -> "Graph":
    """Make the graph that the questions of a module are asked of.

    It has the module's good examples, the terms of the module and of what it imports, and all code lists.
    """
    graph = terms([module.entry.id]) + codelists.graph()
    for example in examples(module).values():
        graph += example
    return graph


def answer(question: Question, graph: "Graph") -> tuple[Mapping[str, str], ...]:
    """Ask a question of a graph; what a row leaves open is "".

    Raises:
        SourceError: the query does not parse.
    """
    names, rows = graphs.answer(graph, question.query, where=question.id)
    return tuple(dict(zip(names, row, strict=True)) for row in rows)


def _collect(id_: str, found: dict[str, Module], above: tuple[str, ...]) -> None:
    if id_ in above:
        raise InformationModelError(f"modules import each other: {' -> '.join((*above, id_))}")
    if id_ in found:
        return
    module = registry.module(id_)
    for imported in module.entry.imports:
        _collect(imported, found, (*above, id_))
    found[id_] = module


def _question(file: Traversable, rows: Mapping[str, Mapping[str, str]], answers: Mapping[str, Traversable]) -> Question:
    id_ = file.name.removesuffix(".rq")
    row = rows.get(id_)
    if row is None or id_ not in answers:
        beside = f"requirement {id_!r} in {REQUIREMENTS}" if row is None else f"{id_}{ANSWER} beside it"
        raise InformationModelError(f"there is no {beside}", file=str(file))
    return Question(
        id=id_,
        category=row["Category"],
        text_en=row["Question_en"],
        text_nl=row["Question_nl"],
        query=file.read_text(encoding="utf-8"),
        answers=tuple(csv.DictReader(answers[id_].read_text(encoding="utf-8").splitlines(), strict=True)),
    )


def _counterexample(file: Traversable) -> Counterexample:
    lines = file.read_text(encoding="utf-8").splitlines()
    expected = tuple(Expectation(match[1], match[2]) for line in lines if (match := _EXPECTED.fullmatch(line)))
    if not lines or not _EXPECTED.fullmatch(lines[0]):
        raise InformationModelError("the first line is not `# expect: component on path`", file=str(file), line=1)
    return Counterexample(file.name, _turtle(file), expected)


def _merged(chosen: Iterable[Module], name_of: Callable[[Module], str]) -> "Graph":
    graph = empty_graph()
    for module in chosen:
        graph += _turtle(module.folder / name_of(module))
    return graph


def _turtle(file: Traversable) -> "Graph":
    return read_graph(file.read_bytes(), TURTLE, where=str(file))


def _files(folder: Traversable, ending: str) -> list[Traversable]:
    if not folder.is_dir():
        return []
    return sorted((file for file in folder.iterdir() if file.name.endswith(ending)), key=lambda file: file.name)
