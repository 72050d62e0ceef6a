"""Tell what the parts of a SensorThings document are: pages, entities, and what their addresses name."""

import re
from collections.abc import Iterator
from typing import Any

from ssclab_data.model.multi import VIEWS
from ssclab_data.model.sensorthings import ENTITY_TYPES

ID = "@iot.id"
SELF = "@iot.selfLink"
LINK = "@iot.navigationLink"
CONTEXT = "@iot.context"
NEXT = "@iot.nextLink"
MULTI = "MultiDatastream"

SETS = {kind.plural: name for name, kind in (*ENTITY_TYPES.items(), *VIEWS.items())}
"""Names of the types by the names of their sets."""

ENTITY_URL = re.compile(r"([A-Za-z]+)\(([^()]*)\)(?:\?.*)?$")
"""The end of the address of an entity: its set and its id."""

_SET_URL = re.compile(r"(?:#|/|^)([A-Za-z]+)(?:\([^()]*\))?(?:\?.*)?$")
# Members by which a type is known, the most telling first (OGC 18-088, clause 8.2): one is enough in what is of
# SensorThings for sure, since it has control information; elsewhere the second must be there too.
_TELLING = (
    ("unitOfMeasurement", "name", "Datastream"),
    ("unitOfMeasurements", "name", MULTI),
    ("observationType", "name", "Datastream"),
    ("result", "phenomenonTime", "Observation"),
    ("result", "resultTime", "Observation"),
    ("metadata", "encodingType", "Sensor"),
    ("location", "encodingType", "Location"),
    ("feature", "encodingType", "FeatureOfInterest"),
    ("definition", "name", "ObservedProperty"),
    ("time", "Thing", "HistoricalLocation"),
    ("name", "description", "Thing"),
)
_CONTROL = "@iot."


def listed(document: object) -> Iterator[tuple[str, object]]:
    """Part a document into entities with the names of their types, "" for a member of a page that is of none."""
    if isinstance(document, list):
        for one in document:
            yield from listed(one)
        return
    if not isinstance(document, dict):
        return
    if isinstance(document.get("value"), list):
        found = kind_of_page(document)
        for one in document["value"]:
            yield found or _kind(one), one
        return
    sets = [name for name in SETS if isinstance(document.get(name), list)]
    known = _kind(document)
    if known and (known != "Thing" or "name" in document or not sets):
        yield known, document
        return
    for name in sets:
        for one in document[name]:
            yield SETS[name], one


def kind_of_page(document: dict[str, Any]) -> str:
    """Name the type of what a page holds by the addresses it has, "" where they do not tell it."""
    for member in (CONTEXT, "@odata.context", NEXT):
        found = _SET_URL.search(str(document.get(member, "")))
        if found and found[1] in SETS:
            return SETS[found[1]]
    return ""


def key_of(document: dict[str, Any], number: int) -> str:
    """Give the id of an entity, of its own or by its address; `number-{number}` where it has none."""
    for member in ("@iot.key", ID, "@id", "id"):
        if isinstance(document.get(member), (str, int)):
            return str(document[member])
    url = ENTITY_URL.search(str(document.get(SELF, "")))
    return url[2].strip("'") if url else f"number-{number}"


def _kind(document: object) -> str:
    if not isinstance(document, dict):
        return ""
    url = ENTITY_URL.search(str(document.get(SELF, "")))
    if url and url[1] in SETS:
        return SETS[url[1]]
    sure = any(member.startswith(_CONTROL) for member in document)
    return next((name for one, other, name in _TELLING if one in document and (sure or other in document)), "")
