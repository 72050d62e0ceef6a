"""Find the modules and profiles that the registries of `ontologies/` list, ours and those of extensions."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Literal

import msgspec

from ssclab_data.errors import InformationModelError
from ssclab_data.resources import extensions, roots

REGISTRY = "registry.yaml"

type Status = Literal["draft", "candidate", "adopted", "retired"]


class ModuleEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One module as a registry lists it.

    Attributes:
        id: name (`air`).
        prefix: prefix of its terms.
        namespace: IRI that its terms start with, ending in `#`.
        version: the version in use (`0.1.0`); its IRI is the namespace without `#`, `/` and the version.
        title: by language; `nl` and `en` are there.
        folder: folder of that version, relative to the registry.
        imports: ids of the modules whose terms it uses.
    """

    id: str
    prefix: str
    namespace: str
    version: str
    status: Status
    title: Mapping[str, str]
    maintainers: tuple[str, ...]
    licence: str
    folder: str
    imports: tuple[str, ...] = ()


class ProfileEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One profile as a registry lists it; `lab-air@1` is id and version.

    Attributes:
        folder: its folder, relative to the registry, with a `profile.yaml`.
    """

    id: str
    version: int
    status: Status
    title: Mapping[str, str]
    folder: str

    @property
    def name(self) -> str:
        """What it is asked for by: `lab-air@1`."""
        return f"{self.id}@{self.version}"


class RegistryFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A `registry.yaml`."""

    modules: tuple[ModuleEntry, ...] = ()
    profiles: tuple[ProfileEntry, ...] = ()


class Module(msgspec.Struct, frozen=True):
    """A module and where its files are."""

    entry: ModuleEntry
    folder: Traversable

    @property
    def version_iri(self) -> str:
        """IRI of this version."""
        return f"{self.entry.namespace.rstrip('#/')}/{self.entry.version}"


class Profile(msgspec.Struct, frozen=True):
    """A profile's entry and where its files are."""

    entry: ProfileEntry
    folder: Traversable


def modules() -> Mapping[str, Module]:
    """Give all modules by id: ours, then those of extensions.

    Raises:
        InformationModelError: a registry is wrong, or two list the same id.
    """
    return _modules(extensions())


def module(id_: str) -> Module:
    """Find a module.

    Raises:
        InformationModelError: no registry has it; the message lists those there are.
    """
    found = modules().get(id_)
    if found is None:
        raise InformationModelError(f"no module {id_!r}; known: {', '.join(modules())}")
    return found


def profiles() -> Mapping[str, Profile]:
    """Give all profiles by name (`lab-air@1`): ours, then those of extensions."""
    return _profiles(extensions())


def read_registry(folder: Traversable) -> RegistryFile:
    """Read the registry of a folder laid out as `ontologies/`; empty where it has none.

    Raises:
        InformationModelError: it is wrong; the message has the key.
    """
    file = folder / REGISTRY
    if not file.is_file():
        return RegistryFile()
    try:
        return msgspec.yaml.decode(file.read_bytes(), type=RegistryFile)
    except msgspec.MsgspecError as error:
        raise InformationModelError(str(error), file=str(file)) from error


@cache
def _modules(_extensions: tuple[object, ...]) -> Mapping[str, Module]:
    pairs = ((one.id, Module(one, _below(root, one.folder))) for root, file in _files() for one in file.modules)
    return MappingProxyType(_unique(pairs, "module"))


@cache
def _profiles(_extensions: tuple[object, ...]) -> Mapping[str, Profile]:
    pairs = ((one.name, Profile(one, _below(root, one.folder))) for root, file in _files() for one in file.profiles)
    return MappingProxyType(_unique(pairs, "profile"))


def _files() -> Iterator[tuple[Traversable, RegistryFile]]:
    for root in roots("ontologies"):
        yield root, read_registry(root)


def _below(root: Traversable, path: str) -> Traversable:
    folder = root.joinpath(*path.split("/"))
    if ".." in path.split("/") or not folder.is_dir():
        raise InformationModelError(f"there is no folder {path!r} beside it", file=str(root / REGISTRY))
    return folder


def _unique[T](pairs: Iterator[tuple[str, T]], what: str) -> dict[str, T]:
    found: dict[str, T] = {}
    for id_, one in pairs:
        if id_ in found:
            raise InformationModelError(f"two registries list {what} {id_!r}; choose another id")
        found[id_] = one
    return found
