"""Read the catalogues of the labs into one catalogue of the hub, and name those that could not be read."""

from collections.abc import Collection, Iterator
from types import MappingProxyType

import msgspec

from ssclab_data.errors import SourceError
from ssclab_data.export.catalogue import Content, Place, contents, datastreams, describe, head, services
from ssclab_data.export.interfaces import STA, Interface
from ssclab_data.federation.fanout import Outcome
from ssclab_data.federation.store import FederatedStore
from ssclab_data.linked_data.dcat import CatalogueInfo, Text, Texts
from ssclab_data.linked_data.dcat_reading import read_catalogue
from ssclab_data.linked_data.graphs import NTRIPLES, read_graph
from ssclab_data.model.identity import split_qualified
from ssclab_data.model.lab import LabInfo
from ssclab_data.selection import pages
from ssclab_data.stores.base import AnswerStatus, LabAnswer, Row

_SERVICE = Interface(name="sensorthings-1.1", title="SensorThings API 1.1", path="", description="", standard=STA)


class Harvest(msgspec.Struct, frozen=True, kw_only=True):
    """What reading the catalogues of the labs brought.

    Attributes:
        answers: how each lab answered; empty where there is one lab alone.
    """

    catalogue: CatalogueInfo
    answers: tuple[LabAnswer, ...] = ()


def harvest(store: FederatedStore, info: LabInfo, place: Place) -> Harvest:
    """Read the catalogues of all labs.

    A lab that is no node of ours has no catalogue of its own: what it holds is described from its SensorThings service.

    Args:
        info: the hub.
        place: where the hub is served.

    Raises:
        FederationError: no lab answered.
    """
    outcomes = [_read(outcome, place) for outcome in store.ask_all(lambda peer: peer.catalogue())]
    parts = {outcome.lab: outcome.result for outcome in outcomes if outcome.result is not None}
    bare = {outcome.lab for outcome in outcomes if outcome.status is AnswerStatus.OK} - parts.keys()
    parts |= dict(_described(store, bare, place))
    missing = [outcome.answer() for outcome in outcomes if outcome.status is not AnswerStatus.OK]
    own = head(info, place)
    whole = msgspec.structs.replace(
        own,
        catalogues=tuple(parts[key] for key in sorted(parts)),
        modified=max((part.modified for part in parts.values()), default=""),
        notes=(*own.notes, *(note for answer in missing for note in _note(answer))),
        missing=tuple(place.iri(answer.lab) for answer in missing),
    )
    served = msgspec.structs.replace(whole, services=services(info, tuple(whole.all_datasets()), place))
    return Harvest(catalogue=served, answers=tuple(outcome.answer() for outcome in outcomes))


def _read(outcome: Outcome[bytes | None], place: Place) -> Outcome[CatalogueInfo]:
    """Read the catalogue that a lab sent; one that cannot be read, or is another lab's, makes its answer invalid."""
    if outcome.result is None:
        return _with(outcome, None)
    try:
        reading = read_catalogue(read_graph(outcome.result, NTRIPLES, where=outcome.lab), where=outcome.lab)
    except SourceError as error:
        return _invalid(outcome, f"its catalogue is {error}")
    wanted = place.iri(outcome.lab)
    found = next((one for one in reading.catalogues if one.iri == wanted), None)
    if found is None:
        return _invalid(outcome, f"its catalogue is not {wanted}: does it have the same SSCLAB_BASE_IRI?")
    return _with(outcome, found)


def _with(outcome: Outcome[bytes | None], result: CatalogueInfo | None) -> Outcome[CatalogueInfo]:
    return Outcome(
        lab=outcome.lab, status=outcome.status, elapsed_ms=outcome.elapsed_ms, reason=outcome.reason, result=result
    )


def _invalid(outcome: Outcome[bytes | None], reason: str) -> Outcome[CatalogueInfo]:
    return Outcome(lab=outcome.lab, status=AnswerStatus.INVALID, elapsed_ms=outcome.elapsed_ms, reason=reason)


def _described(store: FederatedStore, labs: Collection[str], place: Place) -> Iterator[tuple[str, CatalogueInfo]]:
    """Describe labs that have no catalogue by the Datastreams that they show."""
    if not labs:
        return
    rows: dict[str, list[Row]] = {lab: [] for lab in labs}
    for row in pages(store, datastreams("ObservedProperty")):
        if row.lab in rows:
            rows[row.lab].append(row)
    for peer in store.peers:
        if peer.key in rows:
            service = Place(
                base_url=peer.url, base_iri=place.base_iri, interfaces=(_SERVICE,), files=MappingProxyType({})
            )
            yield (
                peer.key,
                describe(peer.lab, {code: _local(one) for code, one in contents(rows[peer.key]).items()}, service),
            )


def _local(content: Content) -> Content:
    """Name what is measured as the lab itself does, whose service is asked."""
    return msgspec.structs.replace(content, properties=frozenset(split_qualified(one)[1] for one in content.properties))


def _note(answer: LabAnswer) -> Texts:
    return (
        Text(f"De catalogus van {answer.lab} ontbreekt: {answer.reason}.", "nl"),
        Text(f"The catalogue of {answer.lab} is missing: {answer.reason}.", "en"),
    )
