"""Read a live SensorThings service as content to check; it is asked for nothing but what is checked."""

import asyncio
from collections.abc import Mapping

import msgspec

from ssclab_data.federation.decode import next_link
from ssclab_data.federation.peer import Peer, PeerError
from ssclab_data.inspection.content import Content
from ssclab_data.inspection.documents import Documents
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.sensorthings import ENTITY_TYPES
from ssclab_data.stores.base import AnswerStatus
from ssclab_data.validation.rules import RULES, Place

_SETS: Mapping[str, Mapping[str, str]] = {
    "Things": {"$expand": "Locations"},
    "Sensors": {},
    "ObservedProperties": {},
    "Datastreams": {"$expand": "Thing,Sensor,ObservedProperty"},
}
_KINDS = {kind.plural: name for name, kind in ENTITY_TYPES.items()}


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a service is read.

    Attributes:
        entities: the most entities of one type.
        datastreams: how many Datastreams have their newest Observations read.
        observations: how many of the newest of each.
        seconds: how long in all.
    """

    entities: int = 5_000
    datastreams: int = 100
    observations: int = 500
    seconds: float = 120.0


def read_service(url: str, reach: Reach = Reach()) -> Content:  # noqa: B008 (frozen)
    """Read a service of SensorThings 1.0 or 1.1 by its address; a part that cannot be read is a finding.

    Raises:
        SettingsError: the address cannot be used.
    """
    return asyncio.run(read_peer(Peer(LabInfo(key="target", name=url), url), url, reach))


async def read_peer(peer: Peer, url: str, reach: Reach) -> Content:
    """Read a service by the peer that reaches it."""
    documents = Documents(url)
    try:
        async with asyncio.timeout(reach.seconds):
            for name, options in _SETS.items():
                await _read_set(peer, documents, name=name, options=options, limit=reach.entities)
            await _read_observations(peer, documents, reach)
    except TimeoutError:
        reason = f"it did not answer all within {reach.seconds:g} s; what came is checked"
        documents.findings.append(RULES["service-unreadable"].finding({"reason": reason}, Place(where=url)))
    finally:
        await peer.close()
    return documents.content()


async def _read_set(peer: Peer, documents: Documents, *, name: str, options: Mapping[str, str], limit: int) -> None:
    where = f"{documents.target.rstrip('/')}/{name}"
    seen = 0
    try:
        page = await peer.fetch(name, options)
        while True:
            values = page.get("value")
            if not isinstance(values, list):
                raise PeerError(AnswerStatus.INVALID, "its answer has no list `value`")
            documents.add_all(values[: limit - seen], kind=_KINDS[name], where=where)
            seen += len(values)
            link = next_link(page)
            if link is None or not values:
                return
            if seen >= limit:
                facts = {"limit": f"{limit:,}", "name": name}
                documents.findings.append(RULES["service-read-in-part"].finding(facts, Place(where=where)))
                return
            page = await peer.follow(link)
    except PeerError as error:
        documents.findings.append(RULES["service-unreadable"].finding({"reason": error.reason}, Place(where=where)))


async def _read_observations(peer: Peer, documents: Documents, reach: Reach) -> None:
    names = [name for name in documents.entities if name[0] == "Datastream"]
    options = {"$orderby": "phenomenonTime desc", "$top": str(reach.observations)}
    for name in names[: reach.datastreams]:
        path = f"Datastreams({documents.address[name]})/Observations"
        where = f"{documents.target.rstrip('/')}/{path}"
        try:
            page = await peer.fetch(path, options)
        except PeerError as error:
            documents.findings.append(RULES["service-unreadable"].finding({"reason": error.reason}, Place(where=where)))
            return
        documents.add_observations(page.get("value"), of=name, where=where)
    if len(names) > reach.datastreams:
        facts = {"limit": f"{reach.datastreams:,}", "name": "Datastreams whose Observations were looked at"}
        documents.findings.append(RULES["service-read-in-part"].finding(facts, Place(where=documents.target)))
