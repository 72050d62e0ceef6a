"""Read batches in JSON (OData 4.01 JSON Format, 19; FROST-Server's JsonBatchRequest)."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import msgspec

from ssclab_data.endpoints.base import JSON
from ssclab_data.endpoints.sensorthings.condition import check_condition
from ssclab_data.endpoints.sensorthings.documents import parse_json
from ssclab_data.endpoints.sensorthings.parts import (
    ChangeSet,
    Entry,
    Part,
    Rules,
    check_ids,
    read_method,
    read_target,
)
from ssclab_data.errors import BodyError

_REQUESTS = "requests"
_CONTENT_TYPE = "content-type"


class _Request(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One request as the JSON has it."""

    id: str
    method: str
    url: str
    body: Any = None
    headers: Mapping[str, str] = {}
    atomicity_group: str | None = None
    depends_on: Sequence[str] = ()
    condition: str | None = msgspec.field(default=None, name="if")


def read_envelope(body: bytes, rules: Rules) -> tuple[Entry, ...]:
    """Read a batch whole, before anything of it is carried out.

    Raises:
        BodyError: a request of it cannot be read; the message says which.
    """
    requests = _requests(parse_json(body), rules)
    parts = [_part(request, rules, at=f"{_REQUESTS}/{number}") for number, request in enumerate(requests)]
    entries: list[Entry] = []
    numbers = range(len(requests))
    for name, group in groupby(numbers, key=lambda number: requests[number].atomicity_group):
        members = [parts[number] for number in group]
        entries += members if name is None else [ChangeSet(name=name, parts=tuple(members))]
    check_ids(entries)
    _check_names(entries)
    return tuple(entries)


def _requests(value: Any, rules: Rules) -> list[_Request]:
    found = value.get(_REQUESTS) if isinstance(value, dict) else None
    if not isinstance(found, list):
        raise BodyError('a batch is an object such as {"requests": [{"id": "1", "method": "get", "url": "Things"}]}')
    rules.check_number(len(found))
    return [_request(one, at=f"{_REQUESTS}/{number}") for number, one in enumerate(found)]


def _request(value: Any, *, at: str) -> _Request:
    try:
        return msgspec.convert(value, _Request)
    except msgspec.ValidationError as error:
        raise BodyError(f"{error}; a request has id, method and url", path=at) from error


def _part(request: _Request, rules: Rules, *, at: str) -> Part:
    if not request.id or any(character < " " for character in request.id):
        raise BodyError("an id has one character or more, and no control characters", path=f"{at}/id")
    condition = request.condition or ""
    if condition:
        check_condition(condition, at=f"{at}/if")
    body = b"" if request.body is None else msgspec.json.encode(request.body)
    return Part(
        at=at,
        id=request.id,
        method=read_method(request.method, at=f"{at}/method", writing=request.atomicity_group is not None),
        target=read_target(request.url, rules, at=f"{at}/url"),
        headers={_CONTENT_TYPE: JSON, **{name.lower(): text for name, text in request.headers.items()}},
        body=body,
        depends_on=request.depends_on,
        condition=condition,
    )


def _check_names(entries: Sequence[Entry]) -> None:
    """Make sure that groups are in one piece, and that requests depend on those before them.

    Raises:
        BodyError: they are not, or do not.
    """
    before: set[str] = set()
    groups: set[str] = set()
    for entry in entries:
        for part in entry.parts if isinstance(entry, ChangeSet) else (entry,):
            unknown = [name for name in part.depends_on if name not in before]
            if unknown:
                raise BodyError(f"{unknown[0]!r} is no request or group before this one", path=f"{part.at}/dependsOn")
            before.add(part.id)
        if isinstance(entry, ChangeSet):
            if entry.name in groups:
                raise BodyError(f"the group {entry.name!r} is not in one piece", path=entry.parts[0].at)
            groups.add(entry.name)
            before.add(entry.name)
