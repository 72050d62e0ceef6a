"""Give the JSON Schema of `feeds.yaml`, made from the declaration, for editors and for the reader."""

import sys
from pathlib import Path

from ssclab_data import resources
from ssclab_data.feeds.declaration import FeedsFile
from ssclab_data.validation.schemas import SUFFIX, Schema
from ssclab_data.validation.struct_schemas import DeclaredFile, schema_of

NAME = "feeds"
_DURATION: Schema = {"pattern": "^P(?=.)([0-9]+W)?([0-9]+D)?(T(?=.)([0-9]+H)?([0-9]+M)?([0-9]+S)?)?$"}
_DURATION_OR_NONE: Schema = {"pattern": "^$|" + str(_DURATION["pattern"])}
_NAME = "^[a-z0-9][a-z0-9-]*$"

FILE = DeclaredFile(
    FeedsFile,
    "Feeds of a lab (feeds.yaml)",
    {
        "FeedsFile/together": {"minimum": 1},
        "Feed/name": {"pattern": _NAME},
        "Feed/source": {"minLength": 1},
        "Feed/url": {"pattern": "^(https?://\\S.*)?$"},
        "Feed/every": _DURATION,
        "Feed/publishes": _DURATION_OR_NONE,
        "Feed/overlap": _DURATION,
        "Feed/deadline": _DURATION,
        "Feed/timeout": _DURATION,
        "Feed/settle": _DURATION,
        "Feed/rate": {"exclusiveMinimum": 0},
        "Feed/attempts": {"minimum": 1},
        "Feed/max_bytes": {"minimum": 1},
        "Pages/header": {"pattern": "^(Link)?$"},
        "Pages/most": {"minimum": 1},
        "Window/span": _DURATION_OR_NONE,
    },
)


def feeds_schema() -> bytes:
    """Write the schema as it is committed."""
    return schema_of(NAME, FILE)


if __name__ == "__main__":
    sys.stdout.write(f"{NAME}{SUFFIX}\n")
    Path(str(resources.folder("schemas")), NAME + SUFFIX).write_bytes(feeds_schema())
