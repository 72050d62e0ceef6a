"""Compare two versions of a module, of a code list, or of a folder of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from ssclab_data.errors import InformationModelError
from ssclab_data.linked_data.graphs import node, resource
from ssclab_data.ontology.registry import REGISTRY, Module
from ssclab_data.validation.shapes import Shapes
from ssclab_data.workgroup.differences import Comparison, Difference, compared
from ssclab_data.workgroup.documents import Table
from ssclab_data.workgroup.known_terms import CLASSES, CONCEPTS, PROPERTIES, KnownTerms, deprecated_terms
from ssclab_data.workgroup.module_files import ModuleFiles
from ssclab_data.workgroup.shape_differences import shape_differences
from ssclab_data.workgroup.shape_values import shape_values
from ssclab_data.workgroup.versions import VERSION, path_of, place_of, read_module
from ssclab_data.workgroup.workspace import Workspace, below

if TYPE_CHECKING:
    from rdflib import Graph

_TEXTS = ("rdfs:label", "rdfs:comment", "skos:prefLabel", "skos:definition", "skos:altLabel", "skos:scopeNote")
_BOUNDS = ("rdfs:domain", "rdfs:range")
_LINKS = ("rdfs:subClassOf", "rdfs:subPropertyOf", "skos:broader", "skos:exactMatch", "owl:equivalentClass")
_CODE_TEXTS = re.compile(r"(?:label|name|definition)(?:_[a-z]+)?|symbol|synonyms")
_CODE_MEANINGS = ("definition", "eu", "exact_match", "ucum", "quantity_kind", "broader")


def diff(old: str, new: str) -> tuple[Comparison, ...]:
    """Compare what two names stand for.

    Args:
        old: `air@0.1.0`, the folder of a module, a folder with a registry, or a code list (`.csv`).

    Raises:
        InformationModelError: one is not there, or they are of two kinds.
    """
    if old.endswith(".csv") and new.endswith(".csv"):
        return (_lists(path_of(old), path_of(new)),)
    before, after = place_of(old), place_of(new)
    if (before / REGISTRY).is_file() and (after / REGISTRY).is_file():
        return tuple(_folders(before, after))
    return (compare_modules(read_module(before), read_module(after)),)


def compare_modules(old: ModuleFiles, new: ModuleFiles) -> Comparison:
    """Compare two versions of a module."""
    known = KnownTerms(Workspace(Path()))
    found = [*_terms(old, new, known), *_shapes(old, new, known), *_requirements(old, new)]
    if not found:
        found += _files(old.folder, new.folder)
    return compared(new.entry.id, (old.entry.version, new.entry.version), found)


def _terms(old: ModuleFiles, new: ModuleFiles, known: KnownTerms) -> Iterator[Difference]:
    before, after = _graph(old), _graph(new)
    there, here = _kinds(before, old), _kinds(after, new)
    yield from (Difference(kind="term-removed", term=_short(iri, new, known)) for iri in there.keys() - here.keys())
    yield from (Difference(kind="term-added", term=_short(iri, new, known)) for iri in here.keys() - there.keys())
    gone, now = ({one.iri: one.replacements for one in deprecated_terms(each)} for each in (old, new))
    for iri in there.keys() & here.keys():
        name = _short(iri, new, known)
        if there[iri] != here[iri]:
            yield Difference(kind="kind-changed", term=name, old=", ".join(there[iri]), new=", ".join(here[iri]))
        if iri in now and iri not in gone:
            instead = ", ".join(_short(one, new, known) for one in now[iri])
            yield Difference(kind="term-deprecated", term=name, new=instead)
        elif iri in gone and iri not in now:
            yield Difference(kind="term-revived", term=name)
        for part in _TEXTS:
            if _texts(before, iri, part) != _texts(after, iri, part):
                yield Difference(kind="text-changed", term=name, part=part)
        yield from _links(iri, (before, after), (new, known))


def _links(iri: str, graphs: "tuple[Graph, Graph]", names: tuple[ModuleFiles, KnownTerms]) -> Iterator[Difference]:
    """Compare what a term is a kind of, and what it is bound to; a bound that is another is asked for anew."""
    name = _short(iri, *names)
    for part in (*_LINKS, *_BOUNDS):
        before, after = ({str(one) for one in graph.objects(resource(iri), node(part))} for graph in graphs)
        kind = "bound" if part in _BOUNDS else "link"
        for one in after - before:
            yield Difference(kind=f"{kind}-added", term=name, part=part, new=_short(one, *names))
        for one in before - after:
            yield Difference(kind=f"{kind}-removed", term=name, part=part, old=_short(one, *names))


def _shapes(old: ModuleFiles, new: ModuleFiles, known: KnownTerms) -> Iterator[Difference]:
    before, after = (_shape_graph(each) for each in (old, new))
    fresh = _kinds(_graph(new), new).keys() - _kinds(_graph(old), old).keys()
    for one in shape_differences(shape_values(Shapes(before)), shape_values(Shapes(after)), frozenset(fresh)):
        texts = {name: _shorten(getattr(one, name), new, known) for name in ("term", "part", "old", "new")}
        yield Difference(kind=one.kind, **texts)


def _requirements(old: ModuleFiles, new: ModuleFiles) -> Iterator[Difference]:
    before, after = (
        {} if one is None else dict(_requirement_rows(one)) for one in (old.requirements, new.requirements)
    )
    yield from (Difference(kind="part-added", term=f"requirement {id_}") for id_ in after.keys() - before.keys())
    yield from (Difference(kind="file-changed", term=f"requirement {id_}") for id_ in before.keys() - after.keys())
    changed = (id_ for id_ in before.keys() & after.keys() if before[id_] != after[id_])
    yield from (Difference(kind="file-changed", term=f"requirement {id_}") for id_ in changed)


def _requirement_rows(table: Table) -> Iterator[tuple[str, list[str]]]:
    yield from ((row.cells[0], row.cells) for row in table.rows[1:] if table.is_table)


def _files(old: Traversable, new: Traversable) -> Iterator[Difference]:
    """Tell which other files differ; versions alone are no difference."""
    before, after = (dict(_contents(each)) for each in (old, new))
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield Difference(kind="file-changed", term=name)


def _contents(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, str]]:
    for one in folder.iterdir():
        if one.is_dir():
            yield from _contents(one, f"{prefix}{one.name}/")
        else:
            yield prefix + one.name, VERSION.sub("", one.read_bytes().decode("utf-8", "replace"))


def _folders(old: Path, new: Path) -> Iterator[Comparison]:
    before, after = Workspace(old), Workspace(new)
    for id_ in sorted(before.entries.keys() | after.entries.keys()):
        if id_ in before.entries and id_ in after.entries:
            pair = (
                ModuleFiles(Module(one.entries[id_], below(one.root, one.entries[id_].folder)))
                for one in (before, after)
            )
            yield compare_modules(*pair)
        else:
            yield _part("module", id_, id_ in after.entries)
    lists = [{path.name: path for path in each.codelists()} for each in (before, after)]
    for name in sorted(lists[0].keys() | lists[1].keys()):
        if name in lists[0] and name in lists[1]:
            yield _lists(lists[0][name], lists[1][name])
        else:
            yield _part("code list", name, name in lists[1])


def _part(what: str, name: str, is_new: bool) -> Comparison:
    return compared(
        name, ("", ""), [Difference(kind="part-added" if is_new else "part-removed", term=f"{what} {name}")]
    )


def _lists(old: Traversable, new: Traversable) -> Comparison:
    """Compare two versions of a code list, by code and column."""
    name = new.name.removesuffix(".csv")
    before, after = _rows(old), _rows(new)
    columns = [list(dict.fromkeys(column for row in each.values() for column in row)) for each in (before, after)]
    found = [Difference(kind="column-added", term=name, part=one) for one in columns[1] if one not in columns[0]]
    found += [Difference(kind="column-removed", term=name, part=one) for one in columns[0] if one not in columns[1]]
    found += [Difference(kind="code-added", term=code, part=name) for code in after.keys() - before.keys()]
    found += [Difference(kind="code-removed", term=code, part=name) for code in before.keys() - after.keys()]
    for code in before.keys() & after.keys():
        for column in before[code].keys() & after[code].keys():
            was, is_ = before[code][column], after[code][column]
            if was != is_:
                found.append(Difference(kind=_cell_kind(column), term=code, part=column, old=was, new=is_))
    return compared(name, ("", ""), found)


def _cell_kind(column: str) -> str:
    if column in _CODE_MEANINGS:
        return "code-meaning"
    return "code-text" if _CODE_TEXTS.fullmatch(column) else "code-value"


def _rows(path: Traversable) -> Mapping[str, Mapping[str, str]]:
    table = Table(path.name, path)
    for one in table.syntax():
        raise InformationModelError(one.message(), file=table.file, line=one.line)
    return {next(iter(cells.values())): cells for _, cells in table.records()}


def _graph(found: ModuleFiles) -> "Graph":
    if found.ontology is None:
        raise InformationModelError(f"there is no {found.name}", file=str(found.folder))
    return _parsed(found.ontology.read)


def _shape_graph(found: ModuleFiles) -> "Graph":
    if found.shapes is None:
        raise InformationModelError("there is no shapes.ttl", file=str(found.folder))
    return _parsed(found.shapes.read)


def _parsed(read: "tuple[Graph | None, Sequence[object]]") -> "Graph":
    graph, faults = read
    if graph is None:
        raise InformationModelError("; ".join(str(one) for one in faults) or "it is no UTF-8")
    return graph


def _kinds(graph: "Graph", found: ModuleFiles) -> dict[str, list[str]]:
    """Give what each term of a module is."""
    kinds: dict[str, list[str]] = {}
    for name in (*CLASSES, *PROPERTIES, *CONCEPTS):
        for subject in graph.subjects(node("rdf:type"), node(name)):
            if str(subject).startswith(found.entry.namespace):
                kinds.setdefault(str(subject), []).append(name)
    return kinds


def _texts(graph: "Graph", iri: str, part: str) -> set[tuple[str, str]]:
    return {(str(one), getattr(one, "language", None) or "") for one in graph.objects(resource(iri), node(part))}


def _short(iri: str, found: ModuleFiles, known: KnownTerms) -> str:
    local = iri.removeprefix(found.entry.namespace)
    return f"{found.entry.prefix}:{local}" if local != iri else known.curie(iri)


def _shorten(text: str, found: ModuleFiles, known: KnownTerms) -> str:
    """Shorten the IRIs of a text in the syntax of N-Triples, and take the datatypes of numbers away."""
    text = re.sub(r'"([^"]*)"\^\^<[^>]*>', r"\1", text)
    text = re.sub(r"<([^<>]+)>", lambda match: _short(match[1], found, known), text)
    return _short(text, found, known) if "://" in text else text
