"""Read the rows of one lab page by page, until there are enough of them or no more."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from ssclab_data.federation.decode import COUNT, decode_count, decode_page, next_link
from ssclab_data.federation.merge import Stream, out_of_order, sort_key_of
from ssclab_data.federation.peer import Document, Peer, PeerError
from ssclab_data.federation.plan import count_plan, finish
from ssclab_data.model.identity import qualify
from ssclab_data.model.sensorthings import ENTITY_TYPES
from ssclab_data.query.ast import BoundQuery
from ssclab_data.query.odata import format_options
from ssclab_data.stores.base import AnswerStatus, LabAnswer, Row

_PAGE = 1_000
_GOOD = (AnswerStatus.OK, AnswerStatus.NOT_RELEVANT)


class LabPart(msgspec.Struct, frozen=True, kw_only=True):
    """What one lab gives to a page.

    Attributes:
        count: how many match in that lab; None where it was not asked or the lab does not know.
        missing: labs behind that lab, itself a hub, that did not answer.
    """

    stream: Stream
    count: int | None = None
    missing: tuple[LabAnswer, ...] = ()


async def read_part(peer: Peer, asked: BoundQuery, query: BoundQuery) -> LabPart:
    """Read what a page needs of one lab: `skip + top` rows after the key, or all there are.

    Args:
        asked: what `plan` made of the hub's query for this lab.
        query: the hub's.

    Raises:
        PeerError: the lab gives no usable answer.
    """
    if not (query.count and query.after):
        return await _read(peer, asked, query)
    # A filter that starts after a key does not count what lies before it.
    part, (count, missing) = await asyncio.gather(_read(peer, asked, query), count_part(peer, query))
    return msgspec.structs.replace(part, count=count, missing=part.missing or missing)


async def count_part(peer: Peer, query: BoundQuery) -> tuple[int | None, tuple[LabAnswer, ...]]:
    """Count what matches in one lab; None where it does not know exactly.

    Returns:
        The count, and the labs behind it that did not answer.

    Raises:
        PeerError: the lab gives no usable answer.
    """
    asked = count_plan(query, peer.key)
    if asked is None:
        return 0, ()
    document = await _first_page(peer, asked)
    return decode_count(document, COUNT), _missing_behind(document, peer.key)


async def _read(peer: Peer, asked: BoundQuery, query: BoundQuery) -> LabPart:
    document = await _first_page(peer, asked)
    count = decode_count(document, COUNT) if query.count else None
    missing = _missing_behind(document, peer.key)
    rows = await asyncio.to_thread(_rows, document, asked, query, peer.key)
    seen: set[str] = set()
    while (link := next_link(document)) is not None and not _enough(rows, query):
        if link in seen:
            raise PeerError(AnswerStatus.INVALID, "its next links go round in a circle")
        seen.add(link)
        document = await peer.follow(link)
        missing = missing or _missing_behind(document, peer.key)
        rows += await asyncio.to_thread(_rows, document, asked, query, peer.key)
    _check_order(rows, query)
    return LabPart(stream=Stream(lab=peer.key, rows=tuple(rows), more=link is not None), count=count, missing=missing)


async def _first_page(peer: Peer, asked: BoundQuery) -> Document:
    sized = asked if asked.top is not None else msgspec.structs.replace(asked, top=_PAGE)
    return await peer.fetch(ENTITY_TYPES[asked.entity_type].plural, format_options(sized))


def _enough(rows: list[Row], query: BoundQuery) -> bool:
    return query.top is not None and len(rows) > query.skip + query.top


def _rows(document: Document, asked: BoundQuery, query: BoundQuery, lab: str) -> list[Row]:
    """Decode a page, and drop the rows that a filter could not keep out: those not after the key."""
    rows = [finish(row, query) for row in decode_page(document, asked, lab=lab).rows]
    if not query.after:
        return rows
    sort_key = sort_key_of(query.orderby)
    start = sort_key(query.after)
    return [row for row in rows if sort_key(row.order) > start]


def _check_order(rows: list[Row], query: BoundQuery) -> None:
    at = out_of_order(rows, query.orderby)
    if at is not None:
        raise PeerError(AnswerStatus.INVALID, f"its rows are out of order at {rows[at].handle}")


def _missing_behind(document: Document, lab: str) -> tuple[LabAnswer, ...]:
    """Read which labs behind a hub did not answer it."""
    federation = document.get("federation")
    sources = federation.get("sources") if isinstance(federation, dict) else None
    answers = [_answer(source, lab) for source in sources or () if isinstance(source, dict)]
    return tuple(answer for answer in answers if answer.status not in _GOOD)


def _answer(source: Mapping[str, Any], lab: str) -> LabAnswer:
    known = {str(status) for status in AnswerStatus}
    status = source.get("status")
    return LabAnswer(
        lab=qualify(lab, str(source.get("id", "?"))),
        status=AnswerStatus(status) if status in known else AnswerStatus.ERROR,
        reason=str(source.get("reason", ""))[:200],
    )
