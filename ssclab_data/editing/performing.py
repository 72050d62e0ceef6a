"""Carry out one request to write."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.editing import arrays, changing, linking, removing
from ssclab_data.editing.addresses import Address, bound, handle_at, handle_in, read_address, read_at
from ssclab_data.editing.changing import Subject
from ssclab_data.editing.drafts import Scope, is_reference, read_draft, read_link, read_reference
from ssclab_data.editing.inserting import Inserted, Work, insert, place, sample_of
from ssclab_data.editing.lookups import find, same
from ssclab_data.editing.samples import record
from ssclab_data.editing.streams import Streams
from ssclab_data.editing.writes import Effect, Method, Receipt, Write, Written
from ssclab_data.errors import BodyError, MethodError, QueryError, UnsupportedError
from ssclab_data.model.multi import VIEWS, kept_as
from ssclab_data.query.ast import all_of
from ssclab_data.query.odata import parse_options
from ssclab_data.stores.base import Fate, Transaction

CREATE_OBSERVATIONS = "CreateObservations"
_LARGEST_ID = 2**31 - 1
_FILTER, _ID = "$filter", "$id"


def perform(transaction: Transaction, write: Write) -> Written:
    """Carry out a request; several may be carried out one after another in one transaction.

    Raises:
        NotFoundError: what the path addresses is not there.
        UnknownNameError: it never could be.
        MethodError: the path does not take the method.
        BodyError: the body is not what can be written there.
        UnresolvedLinkError: a link leads nowhere.
        ConflictError: it collides with what is there.
        QueryError: an option does not belong there, or does not parse.
    """
    work = Work(
        transaction=transaction,
        streams=Streams(transaction),
        now=write.now,
        resolution=write.preferences.resolution,
    )
    if write.path.strip("/") == CREATE_OBSERVATIONS:
        return _create_observations(work, write)
    address = read_address(write.path, write.version)
    _check_options(write, address)
    if address.references:
        return _REFERENCES[write.method](work, write, address)
    return _ENTITIES[write.method](work, write, address)


def read_written(transaction: Transaction, written: Written) -> Written:
    """Add the entity as it is now, where it is not known yet."""
    if written.row is not None or written.handle is None or written.effect in (Effect.REMOVED, Effect.LINKED):
        return written
    return msgspec.structs.replace(written, row=find(transaction, written.entity_type, written.handle))


def _check_options(write: Write, address: Address) -> None:
    allowed: tuple[str, ...] = ()
    if write.method is Method.DELETE:
        allowed = (_ID,) if address.references else () if address.target.single else (_FILTER,)
    for name in write.options:
        if name not in allowed:
            raise QueryError(f"does not go with {write.method} of this path", option=name)


def _scope(write: Write, *, linking: bool = False) -> Scope:
    return Scope(version=write.version, root=write.root, linking=linking)


def _body(write: Write) -> Any:
    if write.body is UNSET:
        raise BodyError("the request has no body")
    return write.body


def _create_observations(work: Work, write: Write) -> Written:
    if write.method is not Method.POST:
        raise MethodError(f"{CREATE_OBSERVATIONS} is not there to be changed", allowed=("POST",))
    groups = arrays.read_groups(_body(write), _scope(write), max_rows=write.max_rows)
    receipt = arrays.record_groups(work, groups)
    return Written(effect=Effect.RECORDED, entity_type="Observation", receipt=receipt, by_row=True)


def _post(work: Work, write: Write, address: Address) -> Written:
    if address.target.single:
        raise MethodError(
            "POST adds to a set, and this is one entity", allowed=("GET", "HEAD", "PATCH", "PUT", "DELETE")
        )
    body = _body(write)
    given = {}
    if address.above is not None:
        if is_reference(body):
            return msgspec.structs.replace(_link(work, write, address), effect=Effect.KEPT)
        end = _end(work, write, address)
        given = {end.link.inverse: end.handle}
    if isinstance(body, list) and address.kind.name == "Observation":
        return _record(work, write, body, given)
    draft = read_draft(body, address.kind, _scope(write))
    return _written(address, insert(work, draft, given))


def _record(work: Work, write: Write, body: list[Any], given: dict[str, int]) -> Written:
    """Write a list of Observations: all, but for those that Datastreams refuse as duplicates, or none."""
    if len(body) > write.max_rows:
        raise BodyError(f"has {len(body)} rows; at most {write.max_rows} are taken at once, send them in parts")
    drafts = [read_draft(one, VIEWS["Observation"], _scope(write), path=str(number)) for number, one in enumerate(body)]
    handles, fates = record(work.streams, [sample_of(work, draft, given) for draft in drafts])
    receipt = Receipt(handles=handles, fates=fates, faults=arrays.rejections(handles, fates))
    return Written(effect=Effect.RECORDED, entity_type="Observation", receipt=receipt)


def _written(address: Address, inserted: Inserted) -> Written:
    receipt = None
    if inserted.fate is not None:
        receipt = Receipt(handles=(inserted.handle,), fates=(inserted.fate,))
    return Written(
        effect=inserted.effect,
        entity_type=address.kind.name,
        handle=inserted.handle,
        row=inserted.row,
        receipt=receipt,
    )


def _subject(work: Work, write: Write, address: Address) -> Subject:
    if not address.target.single:
        raise MethodError(
            f"{write.method} changes one entity, and this is a set: give an id",
            allowed=("GET", "HEAD", "POST", "DELETE"),
        )
    handle = handle_at(work.streams, address.target, write.path, version=write.version)
    return Subject(address.kind, handle)


def _patch(work: Work, write: Write, address: Address) -> Written:
    subject = _subject(work, write, address)
    change = changing.operate if write.operations else changing.update
    change(work, subject, _body(write), _scope(write, linking=True))
    return _changed(subject)


def _put(work: Work, write: Write, address: Address) -> Written:
    handle = handle_in(address.target) if address.above is None and address.target.single else None
    if handle is not None and find(work.transaction, address.kind.name, handle) is None:
        return _put_new(work, write, address, handle)
    subject = _subject(work, write, address)
    changing.replace(work, subject, _body(write), _scope(write, linking=True))
    return _changed(subject)


def _put_new(work: Work, write: Write, address: Address, handle: int) -> Written:
    """Create an entity with the id that the client chose."""
    if address.kind.name == "Observation":
        raise UnsupportedError("PUT of an Observation that is not there", "its id follows from its Datastream: POST it")
    if not 0 < handle <= _LARGEST_ID:
        raise BodyError(f"{handle} cannot be an id of a new entity; choose one from 1 to {_LARGEST_ID}")
    draft = read_draft(_body(write), address.kind, _scope(write))
    return _written(address, insert(work, draft, handle=handle))


def _changed(subject: Subject) -> Written:
    receipt = None
    if subject.kind.name == "Observation":
        receipt = Receipt(handles=(subject.handle,), fates=(Fate.UPDATED,))
    return Written(effect=Effect.CHANGED, entity_type=subject.kind.name, handle=subject.handle, receipt=receipt)


def _delete(work: Work, write: Write, address: Address) -> Written:
    stored = kept_as(address.kind.name)
    if address.target.to_one:
        raise MethodError(
            "the entity at a link to one is deleted at its own address", allowed=("GET", "HEAD", "PATCH", "PUT")
        )
    if address.target.single:
        subject = _subject(work, write, address)
        removed = removing.remove(work.transaction, stored, same(subject.handle), trial=write.trial)
        return Written(effect=Effect.REMOVED, entity_type=address.kind.name, handle=subject.handle, removed=removed)
    if _FILTER not in write.options:
        raise QueryError("is needed to delete from a set; it says which entities", option=_FILTER)
    if address.above is not None:
        read_at(work.streams, address.above, write.path, version=write.version)
    asked = parse_options(address.kind.name, write.options).filter
    condition = all_of(address.target.filter, asked)
    query = bound(work.streams, address.target, condition, version=write.version, limits=write.limits)
    assert query.filter is not None  # noqa: S101 - it was asked for
    removed = removing.remove(work.transaction, stored, query.filter, trial=write.trial)
    return Written(effect=Effect.REMOVED, entity_type=address.kind.name, removed=removed)


def _end(work: Work, write: Write, address: Address) -> linking.End:
    if address.above is None or address.link is None:
        raise MethodError("links are those of an entity, as in Things(1)/Locations/$ref", allowed=("GET", "HEAD"))
    owner = handle_at(work.streams, address.above, write.path, version=write.version)
    return linking.End(address.above.entity_type, owner, address.link)


def _link(work: Work, write: Write, address: Address) -> Written:
    """Link an entity that is there."""
    end = _end(work, write, address)
    if end.link.many is (write.method is Method.PUT):
        method = "POST adds a link to many" if end.link.many else "PUT sets a link to one"
        raise MethodError(method, allowed=("GET", "HEAD", "DELETE", "POST" if end.link.many else "PUT"))
    body = _body(write)
    if isinstance(body, dict) and "@odata.id" in body:
        body = {"@iot.selfLink": body["@odata.id"]}
    reference = read_reference(body, VIEWS[end.link.target], _scope(write))
    target = place(work, reference)
    linking.connect(work.transaction, end, target, now=work.now)
    return Written(effect=Effect.LINKED, entity_type=end.link.target, handle=target)


def _unlink(work: Work, write: Write, address: Address) -> Written:
    end = _end(work, write, address)
    if end.link.many and not address.target.single:
        if _ID not in write.options:
            raise QueryError("is needed to remove a link to many, or an id as in Locations(5)/$ref", option=_ID)
        target = read_link(write.options[_ID], VIEWS[end.link.target], write.root, path=_ID)
    else:
        target = handle_at(work.streams, address.target, write.path, version=write.version)
    linking.disconnect(work.transaction, end, target)
    return Written(effect=Effect.LINKED, entity_type=end.link.target, handle=target)


def _no_links(_work: Work, write: Write, _address: Address) -> Written:
    raise MethodError(f"links are not changed by {write.method}", allowed=("GET", "HEAD", "POST", "PUT", "DELETE"))


type _Perform = Callable[[Work, Write, Address], Written]

_ENTITIES: dict[Method, _Perform] = {
    Method.POST: _post,
    Method.PATCH: _patch,
    Method.PUT: _put,
    Method.DELETE: _delete,
}
_REFERENCES: dict[Method, _Perform] = {
    Method.POST: _link,
    Method.PUT: _link,
    Method.DELETE: _unlink,
    Method.PATCH: _no_links,
}
