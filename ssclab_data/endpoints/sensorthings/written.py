"""Answer requests to write: what was done, and the entity as it is now."""

from typing import Any

import msgspec
from starlette.responses import Response

from ssclab_data.editing.writes import Effect, Fault, Receipt, Write, Written
from ssclab_data.endpoints.base import JSON
from ssclab_data.endpoints.sensorthings.encode import Encoder
from ssclab_data.endpoints.sensorthings.links import Links
from ssclab_data.endpoints.sensorthings.preferences import applied
from ssclab_data.endpoints.tags import content_tag
from ssclab_data.query.ast import Query
from ssclab_data.stores.base import Fate, Row

_NO_CONTENT, _OK, _CREATED = 204, 200, 201
_ERROR = "error"
_MOST_FAULTS = 1_000


def respond(write: Write, written: Written, encoder: Encoder) -> Response:
    """Answer a request that was carried out."""
    headers = applied(write.preferences)
    if written.receipt is not None:
        headers["Receipt"] = header_of(written.receipt)
    if written.effect is Effect.RECORDED:
        return _recorded(write, written, encoder.links, headers=headers)
    if written.effect is Effect.REMOVED:
        return _removed(write, written, headers)
    if written.effect is Effect.LINKED:
        return Response(status_code=_NO_CONTENT, headers=headers)
    if written.handle is not None:
        headers["Location"] = encoder.links.entity(written.entity_type, written.handle)
    status = _CREATED if written.effect is Effect.CREATED else _OK
    if written.row is None:
        return Response(status_code=status if status == _CREATED else _NO_CONTENT, headers=headers)
    body = entity_body(encoder, written.entity_type, written.row)
    return _json(body, {**headers, "ETag": content_tag(body)}, status=status)


def entity_body(encoder: Encoder, entity_type: str, row: Row) -> bytes:
    """Write an entity as a GET without options does."""
    return msgspec.json.encode(encoder.entity(row, Query(entity_type=entity_type)))


def header_of(receipt: Receipt) -> str:
    """Write the counts of a receipt as a structured field (RFC 9651)."""
    return f"accepted={receipt.accepted}, duplicate={receipt.duplicate}, rejected={receipt.rejected}"


def _recorded(write: Write, written: Written, links: Links, *, headers: dict[str, str]) -> Response:
    receipt = written.receipt
    assert receipt is not None  # noqa: S101 - what records gives one
    minimal = write.preferences.minimal
    addresses = [] if minimal else _addresses(receipt, links)
    if written.by_row:
        answer = _told(receipt, links) if minimal else [address or _ERROR for address in addresses]
        return _json(msgspec.json.encode(answer), headers, status=_CREATED)
    told = _told(receipt, links)
    if not minimal:
        told["links"] = [address or None for address in addresses]
    status = _CREATED if Fate.CREATED in receipt.fates else _OK
    return _json(msgspec.json.encode(told), headers, status=status)


def _addresses(receipt: Receipt, links: Links) -> list[str]:
    """Give the address of the Observation of each row; "" where it was not written."""
    refused = (None, Fate.REJECTED)
    return [
        "" if fate in refused else links.entity("Observation", handle)
        for handle, fate in zip(receipt.handles, receipt.fates, strict=True)
    ]


def _told(receipt: Receipt, links: Links) -> dict[str, Any]:
    return {
        "accepted": receipt.accepted,
        "duplicate": receipt.duplicate,
        "rejected": receipt.rejected,
        "faults": [_fault(fault, links) for fault in receipt.faults[:_MOST_FAULTS]],
    }


def _fault(fault: Fault, links: Links) -> dict[str, Any]:
    told: dict[str, Any] = {"row": fault.row, "path": fault.path, "reason": fault.reason}
    return {**told, "existing": links.entity("Observation", fault.existing)} if fault.existing else told


def _removed(write: Write, written: Written, headers: dict[str, str]) -> Response:
    if write.preferences.minimal:
        return Response(status_code=_NO_CONTENT, headers=headers)
    name = "wouldDelete" if write.trial else "deleted"
    return _json(msgspec.json.encode({name: written.removed}), headers, status=_OK)


def _json(body: bytes, headers: dict[str, str], *, status: int) -> Response:
    return Response(body, status_code=status, media_type=JSON, headers=headers)
