"""Check information models: modules, and the code lists, alignments, profiles, mappings and schemas beside them."""

from collections.abc import Iterable, Iterator

from ssclab_data.errors import InformationModelError
from ssclab_data.workgroup.checks.alignments import check_alignment
from ssclab_data.workgroup.checks.beside import check_extension, check_profiles
from ssclab_data.workgroup.checks.contexts import check_context
from ssclab_data.workgroup.checks.examples import check_examples
from ssclab_data.workgroup.checks.lists import check_list
from ssclab_data.workgroup.checks.ontology import check_ontology
from ssclab_data.workgroup.checks.questions import check_questions
from ssclab_data.workgroup.checks.registries import check_registry, registry_fault
from ssclab_data.workgroup.checks.shapes import check_module_shapes
from ssclab_data.workgroup.checks.terms import check_terms
from ssclab_data.workgroup.checks.uses import check_uses
from ssclab_data.workgroup.faults import Fault, fault, in_order
from ssclab_data.workgroup.known_terms import KnownTerms
from ssclab_data.workgroup.workspace import Workspace


def check(workspaces: Iterable[Workspace]) -> tuple[Fault, ...]:
    """Check what is chosen in each workspace.

    Returns:
        What is wrong, by file and line; nothing when all is well.
    """
    return in_order(one for workspace in workspaces for one in _workspace(workspace))


def check_module(workspace: Workspace, id_: str) -> tuple[Fault, ...]:
    """Check one module of a workspace."""
    return in_order(_module(id_, KnownTerms(workspace)))


def _workspace(workspace: Workspace) -> Iterator[Fault]:
    try:
        known = KnownTerms(workspace)
        if workspace.whole:
            yield from check_registry(workspace)
    except InformationModelError as error:
        yield registry_fault(workspace, error)
        return
    for id_ in workspace.chosen:
        if id_ in workspace.modules:
            yield from _module(id_, known)
    if workspace.whole:
        yield from _beside(workspace, known)


def _module(id_: str, known: KnownTerms) -> Iterator[Fault]:
    files = known.files(id_)
    yield from files.check()
    yield from check_ontology(files, known)
    yield from check_terms(files, known)
    yield from check_uses(files, known)
    yield from check_module_shapes(files, known)
    yield from check_context(files, known)
    yield from check_examples(files, known)
    yield from check_questions(files, known)


def _beside(workspace: Workspace, known: KnownTerms) -> Iterator[Fault]:
    lists = list(workspace.codelists())
    if (workspace.root / "codelists").is_dir() and not lists:
        yield fault("folder-empty", (str(workspace.root / "codelists"), 1), name="codelists", pattern="*.csv")
    for path in lists:
        yield from check_list(path)
    for path in workspace.alignments():
        yield from check_alignment(path, known)
    yield from check_profiles(workspace)
    if workspace.beside is not None:
        yield from check_extension(workspace.beside)
