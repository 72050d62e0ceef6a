"""Add a term to a module or a code to a list, behind what is there; what would fail a check is not written."""

import csv
import io
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from ssclab_data.errors import InformationModelError
from ssclab_data.linked_data.terms import PREFIXES
from ssclab_data.ontology.registry import REGISTRY
from ssclab_data.resources import roots
from ssclab_data.workgroup.check import check_module
from ssclab_data.workgroup.checks.lists import check_list
from ssclab_data.workgroup.documents import Table
from ssclab_data.workgroup.faults import Fault, failed
from ssclab_data.workgroup.known_terms import KnownTerms, ontology_iri
from ssclab_data.workgroup.module_files import ModuleFiles
from ssclab_data.workgroup.workspace import Workspace

type Kind = Literal["class", "property", "concept"]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_CODE = re.compile(r"\S+")
_VALUES = (PREFIXES["xsd"], PREFIXES["rdf"] + "langString", PREFIXES["geo"] + "wktLiteral")
_MATCHES = ("exact_match", "definition")


class NewTerm(msgspec.Struct, frozen=True, kw_only=True):
    """A term that is to be added.

    Attributes:
        name: local name; of a code the code.
        links: further statements, a prefixed name or IRI by the property (`rdfs:subClassOf`).
    """

    name: str
    kind: Kind
    label_nl: str
    label_en: str
    definition_nl: str = ""
    definition_en: str = ""
    links: Mapping[str, str] = {}


class Edit(msgspec.Struct, frozen=True):
    """What an addition did.

    Attributes:
        file: where it was added.
        line: first new line.
        faults: why nothing was written; empty when it was.
        bump: which version comes next, as the addition asks: `minor`.
    """

    file: str
    line: int
    faults: tuple[Fault, ...] = ()
    bump: str = "minor"


def add_term(workspace: Workspace, id_: str, term: NewTerm) -> Edit:
    """Add a class, property or concept to the ontology of a module.

    Raises:
        InformationModelError: the term is there already, or one of its links cannot be read.
    """
    known = KnownTerms(workspace)
    files = known.files(id_)
    path = Path(str(files.folder)) / files.name
    if files.ontology is None or not _PLAIN.fullmatch(term.name):
        raise InformationModelError(f"{term.name!r} is no name of a term: letters, digits, - and _")
    if files.entry.namespace + term.name in files.ontology.places.subjects:
        raise InformationModelError(f"{files.entry.prefix}:{term.name} is there already", file=str(path))
    before = path.read_bytes()
    block = _block(term, files, known)
    if b"\r\n" in before:
        block = block.replace("\n", "\r\n")
    after = before + (b"" if before.endswith(b"\n") else b"\n") + block.encode()
    line = after.count(b"\n", 0, len(after) - len(block.encode())) + 2
    faults = _after(workspace, id_, (path, after))
    if not faults:
        path.write_bytes(after)
    return Edit(str(path), line, faults)


def add_code(workspace: Workspace, list_name: str, term: NewTerm, cells: Mapping[str, str]) -> Edit:
    """Add a code to a code list; in an extension to its own file of that name, which is made where it is not there.

    Args:
        cells: further columns (`ucum`); `exact_match` is the IRI of the same concept elsewhere.

    Raises:
        InformationModelError: there is no such list, it has the code, or a column is missing or not there.
    """
    path = Path(str(workspace.root)) / "codelists" / f"{list_name}.csv"
    tables = _tables(list_name)
    if not tables:
        raise InformationModelError(f"there is no code list {list_name!r}")
    columns = tables[0].rows[0].cells
    if not _CODE.fullmatch(term.name) or any(row.cells[0] == term.name for table in tables for row in table.rows[1:]):
        raise InformationModelError(f"code {term.name!r} is there already, or has a space", file=str(path))
    row = _cells(term, cells, columns)
    _require(row, tables[0])
    before = path.read_bytes() if path.is_file() else _csv_line(columns, "\n").encode()
    end = "\r\n" if b"\r\n" in before else "\n"
    head = before + (b"" if before.endswith(b"\n") else end.encode())
    after = head + _csv_line([row.get(column, "") for column in columns], end).encode()
    faults = _faults_of_list(path.name, after)
    if not faults:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(after)
    return Edit(str(path), head.count(b"\n") + 1, faults)


def _block(term: NewTerm, files: ModuleFiles, known: KnownTerms) -> str:
    """Write the statements of a term as a block of Turtle, with the prefixes that the file has."""
    write = _Writer(files, known)
    types = {"class": "owl:Class", "concept": "skos:Concept", "property": write.property_type(term)}
    label, comment = ("skos:prefLabel", "skos:definition") if term.kind == "concept" else ("rdfs:label", "rdfs:comment")
    lines = [f"{write.name(files.entry.namespace + term.name)} a {write.term(types[term.kind])}"]
    lines += [f"{write.term(property_)} {write.term(value)}" for property_, value in term.links.items()]
    for property_, english, dutch in ((label, term.label_en, term.label_nl), *_definition(comment, term)):
        lines.append(f"{write.term(property_)} {_quoted(english)}@en ,\n        {_quoted(dutch)}@nl")
    lines.append(f"{write.term('rdfs:isDefinedBy')} <{ontology_iri(files.entry.namespace)}>")
    return "\n" + " ;\n    ".join(lines) + " .\n"


def _definition(property_: str, term: NewTerm) -> list[tuple[str, str, str]]:
    return [(property_, term.definition_en, term.definition_nl)] if term.definition_en or term.definition_nl else []


class _Writer:
    """Writes names with the prefixes that a file declares, else as whole IRIs."""

    def __init__(self, files: ModuleFiles, known: KnownTerms) -> None:
        self._known = known
        declared = files.ontology.places.prefixes if files.ontology else {}
        self._declared = {prefix: namespace for prefix, (namespace, _) in declared.items()}

    def term(self, name: str) -> str:
        """Write a prefixed name or IRI."""
        return self.name(self.iri(name))

    def iri(self, name: str) -> str:
        """Give the IRI of a prefixed name.

        Raises:
            InformationModelError: nobody knows the prefix.
        """
        prefix, colon, local = name.strip("<>").partition(":")
        if local.startswith("//"):
            return name.strip("<>")
        namespace = self._declared.get(prefix) or self._known.prefixes.get(prefix)
        if not colon or namespace is None:
            known = ", ".join(sorted({*self._declared, *self._known.prefixes}))
            raise InformationModelError(f"{name!r} has no prefix that is known; known: {known}")
        return namespace + local

    def name(self, iri: str) -> str:
        """Write an IRI."""
        for prefix, namespace in self._declared.items():
            local = iri.removeprefix(namespace)
            if local != iri and _PLAIN.fullmatch(local):
                return f"{prefix}:{local}"
        return f"<{iri}>"

    def property_type(self, term: NewTerm) -> str:
        """Tell whether values of a property are texts and numbers, or things."""
        range_ = term.links.get("rdfs:range")
        if range_ is None:
            return "rdf:Property"
        return "owl:DatatypeProperty" if self.iri(range_).startswith(_VALUES) else "owl:ObjectProperty"


def _after(workspace: Workspace, id_: str, change: tuple[Path, bytes]) -> tuple[Fault, ...]:
    """Check the module before, and a copy of it with the change; warnings do not count."""
    before = check_module(workspace, id_)
    if failed(before, strict=False):
        return before
    path, content = change
    root = Path(str(workspace.root))
    folder = workspace.entries[id_].folder
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place)
        shutil.copy(root / REGISTRY, copy / REGISTRY)
        for entry in workspace.entries.values():
            if (root / entry.folder).is_dir():
                shutil.copytree(root / entry.folder, copy / entry.folder)
        (copy / folder / path.name).write_bytes(content)
        faults = check_module(Workspace(copy), id_)
        moved = [msgspec.structs.replace(one, file=one.file.replace(str(copy), str(root), 1)) for one in faults]
    return tuple(moved) if failed(moved, strict=False) else ()


def _tables(list_name: str) -> list[Table]:
    found = [root / "codelists" / f"{list_name}.csv" for root in roots("ontologies")]
    return [Table(path.name, path) for path in found if path.is_file()]


def _cells(term: NewTerm, cells: Mapping[str, str], columns: Sequence[str]) -> dict[str, str]:
    row = {columns[0]: term.name}
    for language, label, definition in (
        ("nl", term.label_nl, term.definition_nl),
        ("en", term.label_en, term.definition_en),
    ):
        row[_column(("label", "name"), language, columns)] = label
        if definition:
            row[_column(("definition",), language, columns)] = definition
    for name, value in cells.items():
        known = next((one for one in _MATCHES if one in columns), name) if name == "exact_match" else name
        if known not in columns:
            raise InformationModelError(f"the list has no column {name!r}; known: {', '.join(columns)}")
        row[known] = value
    return row


def _column(starts: Sequence[str], language: str, columns: Sequence[str]) -> str:
    found = next((f"{start}_{language}" for start in starts if f"{start}_{language}" in columns), None)
    if found is None:
        raise InformationModelError(f"the list has no column {starts[0]}_{language}; known: {', '.join(columns)}")
    return found


def _require(row: Mapping[str, str], table: Table) -> None:
    """Ask for each column that every row of the list fills."""
    records = [cells for _, cells in table.records()]
    missing = [name for name in table.rows[0].cells if not row.get(name) and all(one[name] for one in records)]
    if records and missing:
        raise InformationModelError(f"every row of the list has {', '.join(missing)}; give them too", file=table.file)


def _csv_line(cells: Sequence[str], end: str) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerow(cells)
    return out.getvalue()


def _faults_of_list(name: str, content: bytes) -> tuple[Fault, ...]:
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / name
        copy.write_bytes(content)
        return tuple(check_list(copy))


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()
