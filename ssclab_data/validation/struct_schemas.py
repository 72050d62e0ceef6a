"""Give the JSON Schemas of files that are declared as Structs, for editors and other tools."""

import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from ssclab_data import resources
from ssclab_data.model.lab import LabInfo
from ssclab_data.ontology.registry import RegistryFile
from ssclab_data.validation.profile import ProfileFile
from ssclab_data.validation.schemas import BASE, SUFFIX, Schema

_LAB_KEY = "^[a-z0-9][a-z0-9-]{0,31}$"
_FILE_NAME = "^[A-Za-z0-9][A-Za-z0-9._-]*$"
_ID = "^[a-z][a-z0-9-]*$"
_VERSION = "^[0-9]+\\.[0-9]+\\.[0-9]+$"
_LANGUAGES: Schema = {"required": ["nl", "en"]}


class DeclaredFile(msgspec.Struct, frozen=True):
    """A kind of file.

    Attributes:
        more: what a Struct cannot say, by the path of Struct and member.
    """

    struct: type[msgspec.Struct]
    title: str
    more: Mapping[str, Schema]


FILES: Mapping[str, DeclaredFile] = MappingProxyType(
    {
        "lab": DeclaredFile(
            LabInfo,
            "Living lab (lab.yaml)",
            {
                "LabInfo": {"additionalProperties": False},
                "LabInfo/key": {"pattern": _LAB_KEY},
                "LabInfo/name": {"minLength": 1},
                "LabInfo/municipality": {"pattern": "^(gm[0-9]{4})?$"},
                "LabInfo/url": {"pattern": "^(https?://[^\\s?#]+)?$"},
                "Publishing/secret": {"pattern": _FILE_NAME},
                "Publishing/addresses": {"pattern": f"^$|{_FILE_NAME}"},
                "Publishing/minimum_addresses": {"minimum": 1},
                "Publishing/minimum_values": {"minimum": 2},
                "Box": {"additionalProperties": False},
                "Box/west": {"minimum": -180, "maximum": 180},
                "Box/south": {"minimum": -90, "maximum": 90},
                "Box/east": {"minimum": -180, "maximum": 180},
                "Box/north": {"minimum": -90, "maximum": 90},
            },
        ),
        "registry": DeclaredFile(
            RegistryFile,
            "Modules and profiles of an ontologies folder (registry.yaml)",
            {
                "ModuleEntry/id": {"pattern": _ID},
                "ModuleEntry/prefix": {"pattern": _ID},
                "ModuleEntry/namespace": {"pattern": "^https?://[^\\s#]+#$"},
                "ModuleEntry/version": {"pattern": _VERSION},
                "ModuleEntry/title": _LANGUAGES,
                "ModuleEntry/maintainers": {"minItems": 1},
                "ModuleEntry/licence": {"minLength": 1},
                "ProfileEntry/id": {"pattern": _ID},
                "ProfileEntry/version": {"minimum": 1},
                "ProfileEntry/title": _LANGUAGES,
            },
        ),
        "profile": DeclaredFile(
            ProfileFile,
            "Profile (profile.yaml)",
            {
                "ProfileFile/description": _LANGUAGES,
                "ProfileFile/based_on": {"items": {"type": "string", "pattern": "^[a-z][a-z0-9-]*@[0-9]+$"}},
            },
        ),
    }
)
"""The files by the name of their schema."""


def struct_schema(name: str) -> bytes:
    """Write the schema of a kind of file as it is committed."""
    return schema_of(name, FILES[name])


def schema_of(name: str, file: DeclaredFile) -> bytes:
    """Write the schema of a kind of file that another module declares."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{BASE}{name}{SUFFIX}",
        "title": file.title,
    }
    schema: dict[str, Any] = {**head, **msgspec.json.schema(file.struct)}
    for path, more in file.more.items():
        _part(schema, path).update(more)
    return msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n"


def _part(schema: dict[str, Any], path: str) -> dict[str, Any]:
    struct, _, member = path.partition("/")
    found: dict[str, Any] = schema["$defs"][struct]
    if not member:
        return found
    part: dict[str, Any] = found["properties"][member]
    return part


if __name__ == "__main__":
    for one in FILES:
        sys.stdout.write(f"{one}{SUFFIX}\n")
        Path(str(resources.folder("schemas")), one + SUFFIX).write_bytes(struct_schema(one))
