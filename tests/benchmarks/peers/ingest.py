"""Measure durable writes over HTTP: rows after the last, one a request and as data arrays."""

import shutil
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from .. import client
from ..children import ServerError
from ..measure import say
from . import posting, servers
from .plan import Plan
from .posting import ARRAY_CONNECTIONS, GROUP_ROWS, GROUPS, SINGLE_CONNECTIONS
from .site import Known, Site

_MANY = 1_000_000


class Ingest(msgspec.Struct, frozen=True, kw_only=True):
    """How fast one server takes Observations.

    Attributes:
        singles: a second, one a request; None where it refuses.
        arrays: a second, as data arrays; None where it refuses.
        note: what it said, or what else is to be known.
    """

    server: str
    singles: float | None = None
    arrays: float | None = None
    note: str = ""


def ours(plan: Plan, file: Path, *, workers: int, seconds: float) -> Ingest:
    """Write on a copy of a store."""
    name = f"ssclab, {workers} worker{'s' * (workers > 1)}"
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        copy = Path(folder) / file.name
        shutil.copyfile(file, copy)
        try:
            with servers.ours(name, copy, workers=workers, choice=servers.WRITING) as side:
                return measured(side.site, plan, seconds=seconds)
        except ServerError as error:
            return Ingest(server=name, note=f"failed: {error}")


def measured(site: Site, plan: Plan, *, seconds: float) -> Ingest:
    """Write, and count what has arrived.

    Raises:
        ServerError: it took a request, but not its rows.
    """
    known, before = Known.of(site), site.count("Observations")
    after = range(plan.each, _MANY)
    first = site.ask("Observations", body=_body(next(posting.singles(site, plan, known=known, rows=after))))
    if not first.right:
        return _told(Ingest(server=site.name, note=f"`{first.text}`"))
    requests = islice(posting.singles(site, plan, known=known, rows=after), 1, None)
    one = client.sent(site.port, requests, connections=SINGLE_CONNECTIONS, seconds=seconds)
    if refusal := posting.takes_arrays(site):
        return _told(Ingest(server=site.name, singles=one.per_second, note=f"data arrays: `{refusal}`"))
    far = range(_MANY, 2 * _MANY)
    arrays = posting.arrays(site, plan, known=known, rows=far)
    many = client.sent(site.port, arrays, connections=ARRAY_CONNECTIONS, seconds=seconds)
    took = site.count("Observations") - before
    wanted = 1 + one.answers + many.answers * GROUPS * GROUP_ROWS
    if took != wanted:
        raise ServerError(f"{site.name} acknowledged {wanted:,} Observations and has {took:,} more")
    rows = many.per_second * GROUPS * GROUP_ROWS
    return _told(Ingest(server=site.name, singles=one.per_second, arrays=rows))


def of_filling(site: Site, filled: posting.Filled) -> Ingest:
    """Tell what filling took, of a server whose data must stay as they are."""
    return Ingest(
        server=f"{site.name}, while it was filled", singles=filled.singles, arrays=filled.arrays, note=filled.refusal
    )


def lines(plan: Plan, file: Path, *, seconds: float) -> Iterator[Ingest]:
    """Measure ours with one worker and with two."""
    for workers in (1, 2):
        yield ours(plan, file, workers=workers, seconds=seconds)


def _body(request: bytes) -> bytes:
    return request.partition(b"\r\n\r\n")[2]


def _told(one: Ingest) -> Ingest:
    say(f"  ingest {one.server}: singles {one.singles}, arrays {one.arrays} {one.note}")
    return one
