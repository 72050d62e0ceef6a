"""Payloads of every source, broken in any way, become what is accounted for, or a SourceError; never anything else."""

import math
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ssclab_data.errors import SourceError
from ssclab_data.sources import bulk
from ssclab_data.sources.base import MappedPayload, SourceContext
from ssclab_data.sources.engine import Engine
from ssclab_data.sources.lookups import with_tables_inside
from ssclab_data.sources.mapping import MappedSource, load_source, source_names
from ssclab_data.sources.reading import Sheets, json_sheets, records_of, table_sheets
from tests.fuzzing.effort import EFFORT
from tests.sample_files import READ, REFUSED, context_of

from .mapped import adds_up
from .mutations import broken
from .test_bulk import told
from .test_city_sound import influx
from .test_uk_air import HEADER, LEAD, ROW

TRIES = 40 * EFFORT
"""How many broken payloads of each source are tried; `make fuzz` tries more, and others each time."""
LARGEST = 3_000
"""Bytes of a real payload that is taken whole; of longer tables the first lines are."""
UNREADABLE = {"unknown-form", "unreadable-record"}
"""Findings of a record of which nothing but a payload that cannot be read is left."""
OF_NONE = ("this is no payload of", "no SensorThings entity in it")
"""What sources say of a payload of none of their forms."""
OF_NEIGHBOURS = {"ambiguous-key"}
"""Findings of a record by what else is in its payload: two stations of one number in the comment above the values."""

QUARTER = {"datetime": "2024-07-01 10:15:00", "laeq": "61.2", "lafmax": 70, "la10": 63, "la90": "55.5", "lceq": 0}
BARCELONA = (
    "Id_Instal,Timestamp_local,Timestamp_utc,Nivell_LAeq_1h\n"
    "31,2024-02-10T01:00:02+01:00,2024-02-10T00:00:02Z,54.6\n31,2024-02-10T02:00:02+01:00,2024-02-10T01:00:02Z,NA\n"
)
INLINE: dict[str, list[tuple[str, bytes]]] = {
    "airsenseur": [("ase.json", msgspec.json.encode(influx(("COA4", 32767), ("Tempe", 21.5), ("NOB4", 7))))],
    "barcelona-noise": [("2024_02.csv", BARCELONA.encode())],
    "sonitus": [("data?monitor=01548", msgspec.json.encode([QUARTER, QUARTER | {"datetime": "2024-07-01 10:30:00"}]))],
    "uk-air": [("MY1_2020.csv", (LEAD + HEADER + ROW + ROW.replace("01:00", "24:00")).encode())],
}
"""Look-alikes of the sources of which no real payload was found."""


@cache
def bases(samples: Path, source: str) -> list[tuple[SourceContext, bytes]]:
    """Give payloads of a source to break, with their context."""
    named = {**{file: one[0] for file, one in READ.items()}, **{file: one[0] for file, one in REFUSED.items()}}
    files = [file for file, name in named.items() if name == source]
    real = [(context_of(samples, source, file), cut((samples / file).read_bytes())) for file in files]
    made = [(SourceContext(where=where), content) for where, content in INLINE.get(source, [])]
    return [(context, content) for context, content in [*real, *made] if content]


def cut(content: bytes) -> bytes:
    """Take a payload whole where it is short, or JSON or XML that is not very long, else its first lines."""
    if len(content) <= LARGEST:
        return content
    if content.lstrip()[:1] in b"<[{\x1f":
        return content if len(content) <= 8 * LARGEST else b""
    return b"".join(content.splitlines(keepends=True)[:20])[:LARGEST]


def slow(source: MappedSource, payload: bytes, context: SourceContext) -> MappedPayload:
    """Map record by record, whatever there is."""
    records = records_of(source.mapping, payload, context.where)
    tables = with_tables_inside(source.mapping, payload, context.tables)
    beside = msgspec.structs.replace(context, tables=tables)
    return Engine(source.mapping, beside, by_column=False).map(Sheets(records=records))


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from numbers(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from numbers(one)


def check(name: str, payload: bytes, context: SourceContext) -> None:
    """Hold what must be true of whatever a source is given."""
    source = load_source(name)
    try:
        mapped = source.read(payload, context)
    except SourceError:
        return
    assert adds_up(mapped)
    assert all(math.isfinite(one) for series in mapped.series for one in numbers(list(series.result)))
    assert all(math.isfinite(one) for entity in mapped.entities for one in numbers(msgspec.to_builtins(entity)))
    assert all(finding.text and finding.text_nl and finding.cure and finding.cure_nl for finding in mapped.findings)
    assert mapped.tally.records_partly + mapped.tally.records_rejected <= len(mapped.rejected)
    for one in mapped.rejected[:3]:
        read_again(name, one.payload, context, {finding.rule for finding in one.findings})
    if isinstance(source, MappedSource):
        assert told(mapped) == told(slow(source, payload, context))


def read_again(name: str, payload: bytes, context: SourceContext, rules: set[str]) -> None:
    """Hold that a rejected record can be read alone, and that the same is wrong with it.

    A record that lacks the very field by which its form is known was told only by its neighbours: it is refused then.
    """
    try:
        alone = load_source(name).read(payload, context)
    except SourceError as refusal:
        words = str(refusal)
    else:
        words = ""
    if words:
        assert rules & UNREADABLE or any(one in words for one in OF_NONE)
        return
    assert adds_up(alone)
    assert name == "sensorthings" or rules - OF_NEIGHBOURS - UNREADABLE <= {finding.rule for finding in alone.findings}


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take few records for many, so that they are mapped by column."""
    for module in (bulk, json_sheets, table_sheets):
        monkeypatch.setattr(module, "LEAST", 2)


ONCE_CRASHED = [
    # Something else than an object in a list through which the path to the records goes on.
    ("openaq", b'{"results": ["x", {"location": "a", "measurements": [{"parameter": "pm25", "value": 1}]}]}'),
    # A document that is nested too deeply, beside one that can be read.
    ("sensor-community", b"[" * 120 + b"]" * 120 + b'\n[{"timestamp": "2026-01-01", "sensordatavalues": []}]'),
    ("smart-citizen", b'{"data": ["x", {"t": "2015-02-02 15:59:52 +0000", "v": {"13": {"5": 2.0}}}]}'),
]


@pytest.mark.parametrize(("source", "payload"), ONCE_CRASHED)
def test_what_once_crashed_is_accounted_for(source: str, payload: bytes) -> None:
    check(source, payload, SourceContext(where="x"))


@pytest.mark.needs("samples")
@pytest.mark.parametrize("source", source_names())
def test_whatever_is_broken_is_accounted_for_or_refused(samples: Path, source: str) -> None:
    """Each try has a seed of its own; a failure tells it, and shows the payload."""
    found = bases(samples, source)
    first = 0 if EFFORT == 1 else random.SystemRandom().randrange(2**40)
    for seed in range(first, first + TRIES):
        chance = random.Random(seed)
        context, content = chance.choice(found)
        payload = broken(content, chance)
        try:
            check(source, payload, context)
        except Exception as error:
            error.add_note(f"seed {seed}, {context.where}: {payload[:4000]!r}")
            raise
