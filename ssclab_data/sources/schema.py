"""Give the JSON Schema of mapping files, made from the declaration, for editors and other tools."""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ssclab_data import resources
from ssclab_data.sources.declaration import MappingFile
from ssclab_data.sources.declaration.base import Declared
from ssclab_data.sources.declaration.services import ServiceFile

FILE = "mapping.schema.json"
ADDRESS = f"https://ssclab.example/schemas/{FILE}"
"""Where the schema is published: the same on every machine, so that mapping files can name it."""


def mapping_schema() -> bytes:
    """Write the schema as it is committed: a file with the key `service` is of a SensorThings service."""
    (mapping, service), parts = msgspec.json.schema_components(
        (MappingFile, ServiceFile), ref_template="#/$defs/{name}"
    )
    for struct in _declared(Declared):
        _explain(parts.get(struct.__name__, {}), struct)
    schema = {"if": {"type": "object", "required": ["service"]}, "then": service, "else": mapping, "$defs": parts}
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ADDRESS,
        "title": "Mapping file of ssclab-data",
    }
    return msgspec.json.format(msgspec.json.encode({**head, **schema}), indent=2) + b"\n"


def _declared(struct: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    yield struct
    for inner in struct.__subclasses__():
        yield from _declared(inner)


def _explain(definition: dict[str, Any], struct: type[msgspec.Struct]) -> None:
    """Put what docstrings say of a struct and of its attributes where editors show it."""
    if definition:
        definition["description"] = _summary(struct)
    for name, declared in definition.get("properties", {}).items():
        text = next((texts[name] for one in struct.__mro__ if name in (texts := _attributes(one))), "")
        if text:
            declared["description"] = text


def _summary(struct: type) -> str:
    return " ".join(inspect.getdoc(struct).partition("\nAttributes:")[0].split())  # type: ignore[union-attr]


def _attributes(struct: type) -> dict[str, str]:
    """Read the section on attributes of a docstring: text by name."""
    section = (inspect.cleandoc(struct.__doc__ or "")).partition("\nAttributes:\n")[2]
    found: dict[str, str] = {}
    for match in re.finditer(r"^    (\w+): (.*(?:\n {5,}.*)*)", section, re.MULTILINE):
        found[match[1]] = " ".join(match[2].split())
    return found


if __name__ == "__main__":
    sys.stdout.write(f"{FILE}\n")
    Path(str(resources.folder("schemas")), FILE).write_bytes(mapping_schema())
