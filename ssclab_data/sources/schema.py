"""Give the JSON Schema of mapping files, made from the declaration, for editors and other tools."""

import sys
from pathlib import Path

import msgspec

from ssclab_data import resources
from ssclab_data.sources.declaration import MappingFile
from ssclab_data.sources.declaration.services import ServiceFile

FILE = "mapping.schema.json"


def mapping_schema() -> bytes:
    """Write the schema as it is committed: a file with the key `service` is of a SensorThings service."""
    (mapping, service), parts = msgspec.json.schema_components(
        (MappingFile, ServiceFile), ref_template="#/$defs/{name}"
    )
    schema = {"if": {"required": ["service"]}, "then": service, "else": mapping, "$defs": parts}
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://ssclab.example/schemas/{FILE}",
        "title": "Mapping file of ssclab-data",
    }
    return msgspec.json.format(msgspec.json.encode({**head, **schema}), indent=2) + b"\n"


if __name__ == "__main__":
    sys.stdout.write(f"{FILE}\n")
    Path(str(resources.folder("schemas")), FILE).write_bytes(mapping_schema())
