"""Carry out the requests of a change set in one transaction, or none of them."""

import msgspec

from ssclab_data.editing.writes import Written
from ssclab_data.endpoints.access import may_write
from ssclab_data.endpoints.errors import DependencyError
from ssclab_data.endpoints.sensorthings.answers import Answer, Failure, answer_of
from ssclab_data.endpoints.sensorthings.encode import encoder_for
from ssclab_data.endpoints.sensorthings.links import entity_path
from ssclab_data.endpoints.sensorthings.parts import ChangeSet, Part
from ssclab_data.endpoints.sensorthings.references import References
from ssclab_data.endpoints.sensorthings.service import Service
from ssclab_data.endpoints.sensorthings.writing import Task, transact
from ssclab_data.endpoints.sensorthings.written import respond
from ssclab_data.errors import SsclabError
from ssclab_data.stores.base import Transaction


class _PartError(Exception):
    """The error of one request of a set, on its way out of the transaction."""

    def __init__(self, part: Part, error: SsclabError) -> None:
        super().__init__(str(error))
        self.part = part
        self.error = error


class _Done(msgspec.Struct, frozen=True):
    """A request that was carried out, as it was carried out: with all that it names in place."""

    task: Task
    written: Written


async def carry_out(service: Service, change_set: ChangeSet, references: References) -> list[Answer] | Failure:
    """Carry out a set; each of its requests sees what those before it wrote.

    Returns:
        An answer to each request, or why nothing was carried out.
    """
    try:
        may_write(service.site, service.request)
    except SsclabError as error:
        return Failure(answer=service.refuse(error), others=service.refuse(error))
    try:
        tasks = [_read(service, part, references) for part in change_set.parts]
        done = await transact(service.site, lambda transaction: _write(transaction, change_set, tasks, references))
    except _PartError as failed:
        others = DependencyError(f"nothing was carried out, because {failed.part.at} failed")
        return Failure(part=failed.part, answer=service.refuse(failed.error), others=service.refuse(others))
    except SsclabError as error:
        return Failure(answer=service.refuse(error), others=service.refuse(error))
    encoder = encoder_for(service.site, service.binding, service.request)
    return [answer_of(respond(one.task.write, one.written, encoder)) for one in done]


def _read(service: Service, part: Part, references: References) -> Task:
    try:
        return service.task(msgspec.structs.replace(part, headers=references.headers(part.headers)))
    except SsclabError as error:
        raise _PartError(part, error) from error


def _write(transaction: Transaction, change_set: ChangeSet, tasks: list[Task], references: References) -> list[_Done]:
    """Work in the transaction; it may be called again, so it changes nothing but by the transaction."""
    known = References(references.root, references.answers)
    done: list[_Done] = []
    for part, task in zip(change_set.parts, tasks, strict=True):
        try:
            ready = _resolved(task, known)
            written = ready.carry_out(transaction)
        except SsclabError as error:
            raise _PartError(part, error) from error
        done.append(_Done(ready, written))
        if part.id and written.handle is not None:
            known.paths[part.id] = entity_path(written.entity_type, written.handle)
    return done


def _resolved(task: Task, references: References) -> Task:
    write = task.write
    path = references.path_of(write.path)
    return msgspec.structs.replace(
        task, write=msgspec.structs.replace(write, path=path, body=references.value(write.body))
    )
