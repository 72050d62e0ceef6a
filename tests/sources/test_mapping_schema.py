"""The schema of mapping files tells editors what each key means."""

from typing import Any

import msgspec

from ssclab_data.sources.schema import mapping_schema


def test_every_key_is_described() -> None:
    """What has no words: keys whose type says it all."""
    parts: dict[str, Any] = msgspec.json.decode(mapping_schema())["$defs"]
    silent = {
        f"{name}.{key}"
        for name, part in parts.items()
        for key, value in part.get("properties", {}).items()
        if not {"description", "$ref"} & value.keys()
    }
    assert {one.partition(".")[2] for one in silent} <= {"name", "description", "metadata", "zone", "source", "title"}
    assert parts["Form"]["properties"]["delimiter"]["description"].startswith("of a table; `tab` is a tab")
    assert parts["FieldRule"]["properties"]["unit"]["description"].startswith("unit text of the source")
    assert "Attributes" not in parts["Form"]["description"]
