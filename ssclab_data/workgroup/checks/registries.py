"""Check a registry: each module and profile is there, is named once, and imports what exists."""

from collections.abc import Iterator

from ssclab_data.errors import InformationModelError
from ssclab_data.linked_data.terms import PREFIXES
from ssclab_data.ontology.registry import REGISTRY, ModuleEntry
from ssclab_data.workgroup.checks.ontology import LANGUAGES
from ssclab_data.workgroup.faults import Fault, fault
from ssclab_data.workgroup.known_terms import ontology_iri
from ssclab_data.workgroup.workspace import Workspace, below, line_of_entry


def check_registry(workspace: Workspace) -> Iterator[Fault]:
    """Look at each entry of the registry of a workspace."""
    path = workspace.root / REGISTRY
    file = str(path)
    if not path.is_file():
        if workspace.beside is None or (workspace.root / "modules").is_dir():
            yield fault("file-missing", (str(workspace.root), 1), name=REGISTRY)
        return
    text = path.read_text(encoding="utf-8")
    for entry in workspace.registry.modules:
        for key, reason in _module(entry, workspace):
            line = line_of_entry(text, ("modules", entry.id, key))
            yield fault("registry-wrong", (file, line), reason=f"module {entry.id}: {reason}")
    for profile in workspace.registry.profiles:
        if not below(workspace.root, profile.folder).is_dir():
            line = line_of_entry(text, ("profiles", profile.id, "folder"))
            reason = f"profile {profile.name}: there is no folder {profile.folder!r}"
            yield fault("registry-wrong", (file, line), reason=reason)


def registry_fault(workspace: Workspace, error: InformationModelError) -> Fault:
    """Tell a registry that cannot be read."""
    return fault("registry-wrong", (str(workspace.root / REGISTRY), error.line or 1), reason=error.message)


def _module(entry: ModuleEntry, workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Give the key and what is wrong with it."""
    if not below(workspace.root, entry.folder).is_dir():
        yield "folder", f"there is no folder {entry.folder!r}"
    if not entry.namespace.endswith("#"):
        yield "namespace", f"namespace {entry.namespace} must end in #"
    for language in LANGUAGES:
        if not entry.title.get(language, "").strip():
            yield "title", f"title has no {language}"
    for one in entry.imports:
        if one not in workspace.modules:
            known = ", ".join(id_ for id_ in workspace.modules if id_ != entry.id)
            yield "imports", f"imports {one!r}, which no registry lists; known: {known}"
    if _imports_itself(entry, workspace):
        yield "imports", "imports itself, by way of others"
    yield from _names(entry, workspace)


def _names(entry: ModuleEntry, workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Hold id, prefix and namespace to those of vocabularies and of other modules."""
    if workspace.is_in_use and entry.id in {other.id for _, other in workspace.elsewhere()}:
        yield "id", f"another registry lists a module {entry.id} too; choose another id"
    if PREFIXES.get(entry.prefix, entry.namespace) != entry.namespace:
        yield "prefix", f"prefix {entry.prefix} stands for <{PREFIXES[entry.prefix]}> everywhere; choose another"
    for other in workspace.modules.values():
        if other.entry.id == entry.id:
            continue
        if other.entry.prefix == entry.prefix:
            yield "prefix", f"prefix {entry.prefix} is of module {other.entry.id} too; choose another"
        if ontology_iri(other.entry.namespace) == ontology_iri(entry.namespace):
            yield "namespace", f"namespace {entry.namespace} is of module {other.entry.id} too; choose another"


def _imports_itself(entry: ModuleEntry, workspace: Workspace) -> bool:
    waiting, seen = list(entry.imports), set()
    while waiting:
        one = waiting.pop()
        if one == entry.id:
            return True
        if one in workspace.modules and one not in seen:
            seen.add(one)
            waiting += workspace.modules[one].entry.imports
    return False
