"""Find the two versions that are to be compared: by id and version, or by folder."""

import re
from pathlib import Path

from ssclab_data.errors import InformationModelError
from ssclab_data.linked_data.graphs import node, resource
from ssclab_data.ontology.registry import Module, ModuleEntry
from ssclab_data.workgroup.module_files import ModuleFiles
from ssclab_data.workgroup.workspace import files, of_module

VERSION = re.compile(r"\d+\.\d+\.\d+")


def place_of(name: str) -> Path:
    """Give the folder that `air@0.1.0` or a path stands for.

    Raises:
        InformationModelError: it is not there; the message lists the versions that are.
    """
    id_, at, version = name.partition("@")
    if not at:
        return path_of(name)
    workspace = of_module(id_)
    folder = Path(str(workspace.modules[id_].folder)).parent / version
    if not folder.is_dir():
        known = ", ".join(one.name for one in files(folder.parent, "") if one.is_dir())
        raise InformationModelError(f"module {id_} has no version {version!r}; there are: {known}")
    return folder


def path_of(name: str) -> Path:
    """Give a path that is there.

    Raises:
        InformationModelError: it is not.
    """
    path = Path(name)
    if not path.exists():
        raise InformationModelError(f"there is no {name}; give a folder, a .csv or id@version")
    return path.resolve()


def read_module(folder: Path) -> ModuleFiles:
    """Read the folder of a module by itself: its ontology says what a registry would.

    Raises:
        InformationModelError: it is no folder of a module.
    """
    names = [one.name.removesuffix(".ttl") for one in files(folder, ".ttl") if one.name != "shapes.ttl"]
    if len(names) != 1:
        raise InformationModelError("no folder of a module: it should have one file of terms", file=str(folder))
    found = ModuleFiles(Module(_entry(names[0]), folder))
    graph = found.ontology.graph if found.ontology else None
    if found.ontology is None or graph is None:
        raise InformationModelError(f"{found.name} does not parse; `ssclab ontology check` says why", file=str(folder))
    iri = str(next(graph.subjects(node("rdf:type"), node("owl:Ontology")), ""))
    version = str(graph.value(resource(iri), node("owl:versionIRI")) or "").rpartition("/")[2]
    if not VERSION.fullmatch(version):
        raise InformationModelError("owl:versionIRI does not end in a version (0.1.0)", file=found.ontology.file)
    prefixes = found.ontology.places.prefixes
    prefix = next((name for name, (space, _) in prefixes.items() if space == f"{iri}#"), names[0])
    return ModuleFiles(Module(_entry(names[0], prefix=prefix, namespace=f"{iri}#", version=version), folder))


def _entry(id_: str, *, prefix: str = "", namespace: str = "#", version: str = "0.0.0") -> ModuleEntry:
    return ModuleEntry(
        id=id_,
        prefix=prefix or id_,
        namespace=namespace,
        version=version,
        status="draft",
        title={},
        maintainers=(),
        licence="",
        folder="",
    )
