"""Name the entities of a service: whose ids they are, and what addresses tell."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.sensorthings.shapes import CONTEXT, ENTITY_URL, ID, LINK, NEXT, SELF, SETS

GIVEN_SERVICE = "service"
"""What `SourceContext.given` names the address of the service by."""
GIVEN_DATASTREAM = "Datastream"
"""What it names the id of the Datastream of all Observations by."""

_ROOT = re.compile(r"^[a-z]+://(?:[^/@]*@)?([^/?#]+)((?:/[^?#]*?)?)/v1\.[01](?:/|$)", re.IGNORECASE)
_ABOVE = re.compile(r"(?:^|/)([A-Za-z]+)\(([^()]*)\)/([A-Za-z]+)(?:[?/].*)?$")
_DEPTH = 6


class Above(msgspec.Struct, frozen=True):
    """What an address says of where its entities were found: `Datastreams(5)/Observations`."""

    kind: str
    id: str
    link: str


def service_of(address: object) -> str:
    """Give the service of an address: host and path before the version, so that 1.0 and 1.1 of it are one.

    >>> service_of("https://sensors.bgs.ac.uk/FROST-Server/v1.1/Things(14)")
    'sensors.bgs.ac.uk/FROST-Server'
    """
    found = _ROOT.match(address) if isinstance(address, str) else None
    return (found[1].lower() + found[2]).rstrip("/") if found else ""


def service_in(document: object, depth: int = 0) -> str:
    """Find the service that the links of a document are of, "" where it has none with a host."""
    if depth > _DEPTH:
        return ""
    if isinstance(document, list):
        return next(filter(None, (service_in(one, depth + 1) for one in document[:100])), "")
    if not isinstance(document, dict):
        return ""
    own = (value for name, value in document.items() if name.endswith((SELF, LINK, NEXT, CONTEXT)))
    here = next(filter(None, map(service_of, own)), "")
    return here or next(filter(None, (service_in(one, depth + 1) for one in document.values())), "")


def service_by(context: SourceContext) -> str:
    """Give the service that is told beside the payload: its address, or that which the payload was fetched from."""
    given = context.given.get(GIVEN_SERVICE, "")
    return service_of(given if "://" in given else f"https://{given}/v1.1/" if given else context.where)


def above(document: object, context: SourceContext) -> Above | None:
    """Tell what the entities of a document are linked to by where they were found."""
    addresses = [document.get(name) for name in (NEXT, CONTEXT)] if isinstance(document, Mapping) else []
    for address in (*addresses, context.where):
        found = _ABOVE.search(address.replace("#", "/")) if isinstance(address, str) else None
        if found and found[1] in SETS:
            return Above(SETS[found[1]], found[2].strip("'"), found[3])
    given = context.given.get(GIVEN_DATASTREAM, "")
    return Above("Datastream", given, "Observations") if given else None


def id_of(document: Mapping[str, Any]) -> str:
    """Give the id of an entity: its own, or that of its address; "" where it has none."""
    given = document.get(ID)
    if isinstance(given, str | int) and not isinstance(given, bool) and given != "":
        return str(given)
    url = ENTITY_URL.search(str(document.get(SELF, "")))
    return url[2].strip("'") if url and url[1] in SETS else ""


def linked_id(address: object) -> tuple[str, str]:
    """Give the type and the id that an address ends in (`Datastreams(38619)`), two "" where it ends in a link."""
    url = ENTITY_URL.search(address) if isinstance(address, str) else None
    return (SETS[url[1]], url[2].strip("'")) if url and url[1] in SETS else ("", "")
