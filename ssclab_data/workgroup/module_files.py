"""Hold the files of one module by their part in it, and tell which are missing or not expected."""

from collections.abc import Iterator
from functools import cached_property
from importlib.resources.abc import Traversable
from pathlib import PurePath

from ssclab_data.ontology.registry import Module
from ssclab_data.workgroup.documents import Document, Table, Turtle
from ssclab_data.workgroup.faults import Fault, fault
from ssclab_data.workgroup.workspace import files

ANSWER = ".expected.csv"
FAIL = "-fail.ttl"

_PAGES = ("README.md", "CHANGELOG.md")


class ModuleFiles:
    """One module's files, each read once when it is asked for."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.entry = module.entry
        self.folder = module.folder
        self.name = f"{module.entry.id}.ttl"

    @cached_property
    def ontology(self) -> Turtle | None:
        """Its terms."""
        return self._turtle(self.name)

    @cached_property
    def shapes(self) -> Turtle | None:
        """Its SHACL shapes."""
        return self._turtle("shapes.ttl")

    @cached_property
    def context(self) -> Document | None:
        """Its JSON-LD context."""
        path = self.folder / "context.jsonld"
        return Document("context.jsonld", path) if path.is_file() else None

    @cached_property
    def requirements(self) -> Table | None:
        """Its requirements."""
        path = self.folder / "requirements.csv"
        return Table("requirements.csv", path) if path.is_file() else None

    @cached_property
    def ok(self) -> list[Turtle]:
        """Examples that meet the shapes."""
        return [Turtle(f"examples/ok/{one.name}", one) for one in files(self.folder / "examples" / "ok", ".ttl")]

    @cached_property
    def fail(self) -> list[Turtle]:
        """Examples that break one shape each."""
        return [Turtle(f"examples/fail/{one.name}", one) for one in files(self.folder / "examples" / "fail", FAIL)]

    @cached_property
    def questions(self) -> dict[str, Document]:
        """Competency questions by the id of their requirement."""
        found = files(self.folder / "tests", ".rq")
        return {one.name.removesuffix(".rq"): Document(f"tests/{one.name}", one) for one in found}

    @cached_property
    def answers(self) -> dict[str, Table]:
        """Expected answers by the id of their question."""
        found = files(self.folder / "tests", ANSWER)
        return {one.name.removesuffix(ANSWER): Table(f"tests/{one.name}", one) for one in found}

    def turtles(self) -> Iterator[Turtle]:
        """Give all Turtle files that are there."""
        yield from (one for one in (self.ontology, self.shapes) if one is not None)
        yield from self.ok
        yield from self.fail

    def documents(self) -> Iterator[Document]:
        """Give all files that are there."""
        yield from self.turtles()
        yield from (one for one in (self.context, self.requirements) if one is not None)
        yield from self.questions.values()
        yield from self.answers.values()

    def at(self, name: str = "", line: int = 1) -> tuple[str, int]:
        """Give the place of a file that may not be there."""
        return str(self.folder.joinpath(*name.split("/")) if name else self.folder), line

    def check(self) -> Iterator[Fault]:
        """Tell which files are missing, not expected, or do not parse."""
        yield from self._missing()
        yield from self._unexpected()
        for document in self.documents():
            yield from document.syntax() if isinstance(document, Table) else document.faults
            if isinstance(document, Turtle):
                yield from document.read[1]

    def _turtle(self, name: str) -> Turtle | None:
        path = self.folder / name
        return Turtle(name, path) if path.is_file() else None

    def _missing(self) -> Iterator[Fault]:
        for name in (self.name, "shapes.ttl", "context.jsonld", "requirements.csv"):
            if not (self.folder / name).is_file():
                yield fault("file-missing", self.at(), name=name)
        for found, name, pattern in (
            (self.ok, "examples/ok", "*.ttl"),
            (self.fail, "examples/fail", f"*{FAIL}"),
            (self.questions, "tests", "*.rq"),
        ):
            if not found:
                yield fault("folder-empty", self.at(), name=name, pattern=pattern)

    def _unexpected(self) -> Iterator[Fault]:
        known = {document.file for document in self.documents()}
        for path in _below(self.folder):
            if str(path) not in known and path.name not in _PAGES and not path.name.startswith("."):
                yield fault("file-unexpected", (str(path), 1), name=path.name, expected=_expected(path))


def _below(folder: Traversable) -> Iterator[Traversable]:
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        if one.is_dir():
            yield from _below(one)
        else:
            yield one


def _expected(path: Traversable) -> str:
    parent = PurePath(str(path)).parent.name
    stem = PurePath(path.name).stem
    return {"ok": f"{stem}.ttl", "fail": f"{stem}{FAIL}", "tests": f"{stem}.rq"}.get(parent, f"examples/ok/{stem}.ttl")
