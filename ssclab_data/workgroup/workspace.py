"""Find what a workgroup names: a module by its id, or folders of modules, profiles, code lists, mappings, schemas."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from importlib.resources.abc import Traversable
from pathlib import Path

import yaml

from ssclab_data.errors import InformationModelError
from ssclab_data.ontology import registry
from ssclab_data.ontology.alignments import SUFFIX
from ssclab_data.ontology.registry import REGISTRY, Module, ModuleEntry, ProfileEntry, RegistryFile
from ssclab_data.resources import FOLDERS, extensions, folder, roots


class Workspace:
    """One `ontologies/` folder, with what lies beside it and the modules that its own may use.

    Attributes:
        root: the folder with the registry.
        beside: the extension it is part of, with `schemas/` and `mappings/`; None for our own.
        whole: whether what belongs to no module is looked at too.
    """

    def __init__(
        self, root: Traversable, *, beside: Traversable | None = None, chosen: Sequence[str] | None = None
    ) -> None:
        self.root = root
        self.beside = beside
        self.whole = chosen is None
        self._chosen = chosen

    @cached_property
    def registry(self) -> RegistryFile:
        """What its registry lists.

        Raises:
            InformationModelError: the registry is wrong.
        """
        return registry.read_registry(self.root)

    @cached_property
    def entries(self) -> Mapping[str, ModuleEntry]:
        """Its own modules by id."""
        return {entry.id: entry for entry in self.registry.modules}

    @cached_property
    def modules(self) -> Mapping[str, Module]:
        """All modules that its own may use, by id: its own go before installed ones of the same id."""
        found = {entry.id: Module(entry, below(root, entry.folder)) for root, entry in self.elsewhere()}
        found |= {id_: Module(entry, below(self.root, entry.folder)) for id_, entry in self.entries.items()}
        return {id_: one for id_, one in found.items() if one.folder.is_dir()}

    @property
    def is_in_use(self) -> bool:
        """Whether it is our own folder, or that of an extension in use."""
        return str(self.root) in {str(root) for root in roots("ontologies")}

    def elsewhere(self) -> Iterator[tuple[Traversable, ModuleEntry]]:
        """Give the modules of other folders; a wrong registry there is told where that folder is checked."""
        for root in roots("ontologies"):
            if str(root) != str(self.root):
                with suppress(InformationModelError):
                    yield from ((root, entry) for entry in registry.read_registry(root).modules)

    @property
    def chosen(self) -> tuple[str, ...]:
        """Ids of the modules to look at."""
        return tuple(self.entries if self._chosen is None else self._chosen)

    @property
    def profiles(self) -> Sequence[ProfileEntry]:
        """Its own profiles."""
        return self.registry.profiles

    def imported(self, id_: str) -> tuple[str, ...]:
        """Give the ids that a module imports, also by way of others; those that are not there are left out."""
        found: dict[str, None] = {}
        waiting = list(self.modules[id_].entry.imports)
        while waiting:
            one = waiting.pop(0)
            if one in self.modules and one not in found and one != id_:
                found[one] = None
                waiting += self.modules[one].entry.imports
        return tuple(found)

    def registry_line(self, kind: str, id_: str, key: str = "id") -> int:
        """Give the line of a key of an entry in its registry, else 1."""
        return line_of_entry((self.root / REGISTRY).read_text(encoding="utf-8"), (kind, id_, key))

    def codelists(self) -> Iterator[Traversable]:
        """Give the CSV files of its code lists, sorted."""
        yield from files(self.root / "codelists", ".csv")

    def alignments(self) -> Iterator[Traversable]:
        """Give the tables of its alignments, sorted."""
        yield from files(self.root / "alignments", SUFFIX)


def find(names: Sequence[str]) -> tuple[Workspace, ...]:
    """Find what to look at: modules by id, folders of ours or of an extension, single module folders; all for none.

    Raises:
        InformationModelError: a name is no module and no such folder; the message lists the modules.
    """
    if not names:
        return tuple(_installed())
    return tuple(_named(name) for name in names)


def of_module(id_: str) -> Workspace:
    """Find the folder whose registry lists a module.

    Raises:
        InformationModelError: no registry has it.
    """
    known = registry.modules()
    for workspace in _installed():
        if id_ in known and id_ in workspace.entries:
            return Workspace(workspace.root, beside=workspace.beside, chosen=(id_,))
    raise InformationModelError(f"no module and no folder {id_!r}; known modules: {', '.join(known)}")


def files(place: Traversable, *endings: str) -> list[Traversable]:
    """Give the files of a folder that end so, sorted by name; none where there is no folder."""
    if not place.is_dir():
        return []
    return sorted((one for one in place.iterdir() if one.name.endswith(endings)), key=lambda one: one.name)


def below(root: Traversable, path: str) -> Traversable:
    """Give a folder by its path in a registry."""
    return root.joinpath(*path.split("/"))


def line_of_entry(text: str, path: tuple[str, str, str]) -> int:
    """Find the line of a key of one entry of a registry.

    Args:
        path: `modules` or `profiles`, the id, and the key.
    """
    kind, id_, key = path
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(node, yaml.MappingNode):
        return 1
    for name, entries in node.value:
        if name.value != kind or not isinstance(entries, yaml.SequenceNode):
            continue
        for entry in entries.value:
            keys = {key.value: (key, value) for key, value in entry.value} if hasattr(entry, "value") else {}
            if "id" in keys and keys["id"][1].value == id_:
                return int(keys.get(key, keys["id"])[0].start_mark.line) + 1
    return 1


def _installed() -> Iterator[Workspace]:
    ours, *_ = roots("ontologies")
    yield Workspace(ours)
    for extension in extensions():
        yield _of_extension(extension)


def _of_extension(extension: Traversable) -> Workspace:
    return Workspace(extension / "ontologies", beside=extension)


def _beside(root: Path) -> Path | None:
    """Give the extension that a folder of modules is part of; None for our own, and for one that stands alone."""
    ours = Path(str(folder("ontologies"))).resolve()
    return root.parent if root.name == "ontologies" and root != ours else None


def _named(name: str) -> Workspace:
    path = Path(name)
    if not path.is_dir():
        return of_module(name)
    path = path.resolve()
    if (path / REGISTRY).is_file():
        return Workspace(path, beside=_beside(path))
    if any((path / one).is_dir() for one in FOLDERS):
        return _of_extension(path)
    for parent in path.parents:
        if (parent / REGISTRY).is_file():
            return _listed(parent, path)
    raise InformationModelError(f"{name} is no folder of modules: neither it nor a folder above it has a {REGISTRY}")


def _listed(root: Path, path: Path) -> Workspace:
    workspace = Workspace(root, beside=_beside(root))
    ids = [id_ for id_, entry in workspace.entries.items() if (root / entry.folder).resolve() == path]
    if not ids:
        raise InformationModelError(f"{root / REGISTRY} lists no module with the folder {path.relative_to(root)}")
    return Workspace(root, beside=workspace.beside, chosen=ids)
