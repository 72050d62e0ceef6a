"""Commands with which a workgroup keeps information models: check, and those that come beside it."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ssclab_data import resources
from ssclab_data.cli.language import Language
from ssclab_data.errors import SettingsError
from ssclab_data.workgroup import check as checking
from ssclab_data.workgroup import diff as differing
from ssclab_data.workgroup import editing, reports
from ssclab_data.workgroup import explain as explaining
from ssclab_data.workgroup.docs import write_docs
from ssclab_data.workgroup.editing import NewTerm
from ssclab_data.workgroup.faults import failed
from ssclab_data.workgroup.lookup import Lookup
from ssclab_data.workgroup.new_module import NewModule, make_module
from ssclab_data.workgroup.workspace import Workspace, find


class FaultFormat(StrEnum):
    """How to print what is wrong."""

    TABLE = "table"
    JSON = "json"
    SARIF = "sarif"


class DiffFormat(StrEnum):
    """How to print what differs."""

    TABLE = "table"
    JSON = "json"


class TermKind(StrEnum):
    """What is added."""

    CLASS = "class"
    PROPERTY = "property"
    CONCEPT = "concept"


Strict = Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")]
Spoken = Annotated[Language, typer.Option("--language", help="Language of the messages.")]


def build() -> typer.Typer:
    """Give the commands."""
    group = typer.Typer(help="Keep information models.", no_args_is_help=True, rich_markup_mode=None)
    for command in (check, diff, docs, explain, add_term, new_module):
        group.command()(command)
    return group


def check(
    targets: Annotated[list[str] | None, typer.Argument(help="Modules by id, or folders; all when left out.")] = None,
    strict: Strict = False,
    form: Annotated[FaultFormat, typer.Option("--format", help="How to print what is wrong.")] = FaultFormat.TABLE,
    language: Spoken = Language.EN,
) -> None:
    """Check modules and what lies beside them; exit code 1 when anything is wrong."""
    workspaces = find(targets or [])
    with _with_extensions(workspaces):
        faults = checking.check(workspaces)
    base = Path.cwd()
    if form is FaultFormat.JSON:
        sys.stdout.write(reports.as_json(faults, base=base))
    elif form is FaultFormat.SARIF:
        sys.stdout.write(reports.as_sarif(faults, language.value, base=base))
    else:
        sys.stdout.write(reports.as_lines(faults, language.value, base=base))
    raise typer.Exit(1 if failed(faults, strict=strict) else 0)


def diff(
    old: Annotated[str, typer.Argument(help="id@version, the folder of a module or of modules, or a code list.")],
    new: Annotated[str, typer.Argument(help="The same, of later.")],
    form: Annotated[DiffFormat, typer.Option("--format", help="How to print what differs.")] = DiffFormat.TABLE,
    language: Spoken = Language.EN,
) -> None:
    """Say what differs and which version it asks for; exit code 1 when the new version is a smaller step than that."""
    comparisons = differing.diff(old, new)
    if form is DiffFormat.JSON:
        sys.stdout.write(reports.differences_as_json(comparisons))
    else:
        sys.stdout.write(reports.differences_as_lines(comparisons, language.value))
    raise typer.Exit(0 if all(one.fits for one in comparisons) else 1)


def docs(
    out: Annotated[Path, typer.Argument(help="Folder for the site; a new one, or one of before.")],
    language: Annotated[Language, typer.Option("--language", help="Language of the site.")] = Language.NL,
) -> None:
    """Write a static site about modules, code lists and profiles; it needs no network and no script."""
    count = write_docs(out, Lookup(), language=language.value)
    typer.echo(f"{count} pages in {out}; open {out / 'index.html'}")


def explain(
    term: Annotated[str, typer.Argument(help="prefix:name, IRI, code, label, or a piece of one.")],
    language: Spoken = Language.EN,
) -> None:
    """Say what a term is, where it is used and how it is written; exit code 1 when there is none."""
    lookup = Lookup()
    found = explaining.explain(term, lookup)
    sys.stdout.write(explaining.as_text(term, found, lookup, language.value))
    raise typer.Exit(0 if found else 1)


def add_term(
    module: Annotated[str, typer.Argument(help="Module by id, or its folder.")],
    name: Annotated[str, typer.Argument(help="Local name of the term, or the code.")],
    kind: Annotated[TermKind, typer.Option(help="What it is.")],
    label_nl: Annotated[str, typer.Option(help="Label in Dutch.")],
    label_en: Annotated[str, typer.Option(help="Label in English.")],
    definition_nl: Annotated[str, typer.Option(help="One sentence in Dutch that says what it is.")] = "",
    definition_en: Annotated[str, typer.Option(help="The same in English.")] = "",
    broader: Annotated[str, typer.Option(help="Concept above it, as prefix:name or IRI; of a list its code.")] = "",
    subclass_of: Annotated[str, typer.Option(help="Class above it.")] = "",
    domain: Annotated[str, typer.Option(help="Class whose instances have the property.")] = "",
    range_: Annotated[str, typer.Option("--range", help="Class or datatype of its values.")] = "",
    codelist: Annotated[str, typer.Option(help="Code list that the concept is a code of.")] = "",
    exact_match: Annotated[str, typer.Option(help="IRI of the same concept elsewhere.")] = "",
    cells: Annotated[list[str] | None, typer.Option("--set", help="COLUMN=VALUE, another column of a list.")] = None,
    language: Spoken = Language.EN,
) -> None:
    """Add a class, property or concept, or a code to a list; what would fail a check is not written."""
    (workspace,) = find([module])
    links = {
        "rdfs:subClassOf": subclass_of,
        "rdfs:domain": domain,
        "rdfs:range": range_,
        "skos:broader": "" if codelist else broader,
        "skos:exactMatch": "" if codelist else exact_match,
    }
    term = NewTerm(
        name=name,
        kind=kind.value,
        label_nl=label_nl,
        label_en=label_en,
        definition_nl=definition_nl,
        definition_en=definition_en,
        links={property_: value for property_, value in links.items() if value},
    )
    with _with_extensions([workspace]):
        if codelist:
            given = {"broader": broader, "exact_match": exact_match, **_pairs(cells or [])}
            edit = editing.add_code(workspace, codelist, term, {key: value for key, value in given.items() if value})
        else:
            (id_,) = workspace.chosen
            edit = editing.add_term(workspace, id_, term)
    if edit.faults:
        sys.stderr.write(reports.as_lines(edit.faults, language.value, base=Path.cwd()))
        raise typer.Exit(1)
    typer.echo(f"{reports.shown(edit.file, Path.cwd())}:{edit.line}: added; the next version is a {edit.bump} one")


def new_module(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Name of the module, and prefix of its terms.")],
    title_nl: Annotated[str, typer.Option(help="Title in Dutch.")],
    title_en: Annotated[str, typer.Option(help="Title in English.")],
    into: Annotated[Path | None, typer.Option(help="Folder of an extension; our own when left out.")] = None,
    namespace: Annotated[str, typer.Option(help="IRI that its terms start with, ending in #.")] = "",
) -> None:
    """Make a module that passes every check, to be changed into what it is to be."""
    new = NewModule(id=id_, title_nl=title_nl, title_en=title_en, namespace=namespace)
    typer.echo(f"made {reports.shown(str(make_module(new, into)), Path.cwd())}")


def _pairs(cells: list[str]) -> dict[str, str]:
    pairs = [cell.partition("=") for cell in cells]
    for column, equals, _ in pairs:
        if not equals:
            raise SettingsError(f"--set {column} has no value; write --set {column}=VALUE")
    return {column: value for column, _, value in pairs}


@contextmanager
def _with_extensions(workspaces: Iterable[Workspace]) -> Iterator[None]:
    """Take the extensions that are looked at into use, so that their code lists and modules are known."""
    before = resources.chosen()
    there = {str(one) for one in resources.extensions()}
    folders = {str(one.beside): None for one in workspaces if one.beside is not None}
    resources.use((*before, *(one for one in folders if one not in there)))
    try:
        yield
    finally:
        resources.use(before)
