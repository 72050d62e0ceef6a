"""Check what lies beside modules: profiles, and the mappings and schemas of an extension."""

from collections.abc import Iterator
from importlib.resources.abc import Traversable

import msgspec

from ssclab_data.errors import InformationModelError, MappingError, SettingsError
from ssclab_data.ontology import registry
from ssclab_data.sources.mapping import make_source
from ssclab_data.validation.profile import PROFILE_FILE, ProfileFile, load_profile
from ssclab_data.validation.schema_rules import check_schema
from ssclab_data.validation.schemas import EXAMPLES, SUFFIX, library
from ssclab_data.workgroup.documents import Document, json_of
from ssclab_data.workgroup.faults import Fault, fault
from ssclab_data.workgroup.workspace import Workspace, below, files


def check_profiles(workspace: Workspace) -> Iterator[Fault]:
    """Read each profile; one that is installed is held to the names of rules, properties and lists too."""
    for entry in workspace.profiles:
        path = below(workspace.root, entry.folder) / PROFILE_FILE
        if not below(workspace.root, entry.folder).is_dir():
            continue
        if not path.is_file():
            yield fault("file-missing", (str(path), 1), name=PROFILE_FILE)
            continue
        try:
            msgspec.yaml.decode(path.read_bytes(), type=ProfileFile)
            installed = registry.profiles().get(entry.name)
            if installed is not None and str(installed.folder / PROFILE_FILE) == str(path):
                load_profile(entry.name)
        except msgspec.MsgspecError as error:
            yield fault("profile-wrong", (str(path), 1), reason=error)
        except InformationModelError as error:
            yield fault("profile-wrong", (error.file or str(path), error.line or 1), reason=error.message)
        except SettingsError as error:
            yield fault("profile-wrong", (str(path), 1), reason=error)


def check_extension(folder: Traversable) -> Iterator[Fault]:
    """Read the mappings and schemas of an extension."""
    for path in files(folder / "mappings", ".yaml", ".yml"):
        document = Document(path.name, path)
        yield from document.faults
        try:
            make_source(document.text, path.name)
        except MappingError as error:
            reason = str(error).partition(": ")[2]
            yield fault("mapping-wrong", document.at(error.line or 1), reason=reason)
        except SettingsError as error:
            yield fault("mapping-wrong", document.at(1), reason=error)
    for path in _schemas(folder / "schemas"):
        yield from _schema(Document(path.name, path))


def _schemas(place: Traversable) -> Iterator[Traversable]:
    yield from files(place, SUFFIX)
    for one in files(place, ""):
        if one.is_dir() and one.name != EXAMPLES:
            yield from _schemas(one)


def _schema(document: Document) -> Iterator[Fault]:
    yield from document.faults
    schema, faults = json_of(document)
    yield from faults
    if faults:
        return
    try:
        check_schema(schema, library(), file=document.file, ours=True)
    except InformationModelError as error:
        yield fault("schema-wrong", document.at(error.line or 1), reason=error.message)
