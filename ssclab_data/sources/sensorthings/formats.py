"""Turn the result formats of SensorThings services into plain documents: data arrays, GeoJSON and CSV."""

from collections.abc import Iterator, Mapping
from typing import Any

from ssclab_data.sources.reading import text
from ssclab_data.sources.reading.record import Payload
from ssclab_data.sources.sensorthings.shapes import CONTEXT, ID, NEXT

_ROWS = "dataArray"


def documents_of(content: bytes, where: str) -> Iterator[object]:
    """Give the documents of a payload, in the form that entities have without a result format.

    Raises:
        ReadError: it cannot be read.
    """
    payload = Payload(text.unpack(content), where)
    if payload.looks_like_json:
        for part in payload.parts():
            yield plain(part.document)
        return
    table = text.parse_table(payload.text, ",")
    for row in table.rows:
        yield _nested({name: cell for name, cell in zip(table.header, row, strict=False) if cell != ""})


def plain(document: object) -> object:
    """Take a data array or GeoJSON apart into entities; anything else is given back as it is."""
    if isinstance(document, list):
        return [plain(one) for one in document]
    if not isinstance(document, dict):
        return document
    if isinstance(document.get("features"), list):
        return {"value": [_of_feature(one) for one in document["features"]], **_addresses(document)}
    if _is_array(document):
        return list(_of_array(document))
    values = document.get("value")
    if isinstance(values, list) and any(map(_is_array, values)):
        rows = [row for one in values for row in (_of_array(one) if _is_array(one) else (one,))]
        return {"value": rows, **_addresses(document)}
    return document


def _addresses(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: document[name] for name in (CONTEXT, NEXT) if name in document}


def _is_array(document: object) -> bool:
    return isinstance(document, dict) and isinstance(document.get(_ROWS), list) and "components" in document


def _of_array(document: Mapping[str, Any]) -> Iterator[object]:
    """Give an Observation for each row (OGC 18-088, clauses 13 and 14.2); a row that does not fit as it is."""
    names = document["components"]
    shared = {name: value for name, value in document.items() if not name.startswith((_ROWS, "components"))}
    for row in document[_ROWS]:
        if not isinstance(names, list) or not isinstance(row, list) or len(row) != len(names):
            yield row
            continue
        yield {**shared, **_nested(dict(zip(map(str, names), row, strict=True)))}


def _of_feature(feature: object) -> object:
    """Give the entity of a Feature whose members are its properties; the geometry goes to what it is of."""
    if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
        return feature
    entity = _nested(feature["properties"])
    _place(entity, feature.get("geometry"))
    return entity


def _place(entity: dict[str, Any], geometry: object) -> None:
    if not isinstance(geometry, dict):
        return
    held = next(_placeless(entity), None)
    if held is not None:
        held["feature" if held is entity.get("FeatureOfInterest") else "location"] = geometry
    elif "encodingType" in entity:
        entity["location"] = geometry
    else:
        entity["observedArea"] = geometry


def _placeless(entity: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the Locations and the FeatureOfInterest within an entity that lack their geometry."""
    for name, value in entity.items():
        if name == "FeatureOfInterest" and isinstance(value, dict) and "feature" not in value:
            yield value
        for one in value if name == "Locations" and isinstance(value, list) else ():
            if isinstance(one, dict) and "location" not in one:
                yield one
        if name == "Thing" and isinstance(value, dict):
            yield from _placeless(value)


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Put members named by their path (`Thing/Locations/0/id`) where they belong."""
    tree: dict[str, Any] = {}
    for path, value in flat.items():
        *above, last = path.split("/")
        here = tree
        for step in above:
            inner = here.setdefault(step, {})
            here = inner if isinstance(inner, dict) else here
        here[ID if last == "id" else last] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    """Make lists of objects whose members are numbered."""
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    if inner and all(name.isdecimal() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
