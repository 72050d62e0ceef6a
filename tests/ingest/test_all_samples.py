"""Real files of every source go into a store with sums that add up; a second time, or in pieces, changes nothing."""

import random
import shutil
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from ssclab_data import Lab
from ssclab_data.cli.app import build
from ssclab_data.ingest import IngestOptions, IngestReport, ingest_payload
from ssclab_data.model.entity import Entity
from ssclab_data.model.sensorthings import ENTITY_TYPES, Observation
from ssclab_data.model.values import Instant
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.lookups import with_tables_inside
from ssclab_data.sources.mapping import MappedSource, load_source
from ssclab_data.sources.reading import records_of
from ssclab_data.stores.base import Store
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import ask
from tests.sample_files import GIVEN, NAMED, NOW, READ, REFUSED, TABLES, context_of

MOST = 10
"""Records of a file that are put in any order; files have up to thousands that are alike."""

OF_NO_TIME = {"coveragejson/trajectory.covjson"}
"""A ship with fields that nobody knows: no Observation tells when it was where, so the last record that came counts."""

type Pieces = list[tuple[SourceContext, bytes]]


def ingest(store: Store, source: str, payload: bytes, context: SourceContext) -> IngestReport:
    report = ingest_payload(store, load_source(source), payload, options=IngestOptions(context=context))
    assert report.adds_up
    return report


def known(store: Store) -> set[tuple[str, ...]]:
    """Give what a store knows: each entity, each value with its place, where Things are, and where they were."""
    kinds = [name for name in ENTITY_TYPES if name not in ("Observation", "Thing", "HistoricalLocation")]
    found: set[tuple[str, ...]] = {(name, str(row.entity.key)) for name in kinds for row in store.read(ask(name)).rows}
    placed = [("Thing", "Locations"), ("HistoricalLocation", "Locations"), ("Observation", "FeatureOfInterest")]
    for name, place in placed:
        for row in store.read(ask(name, expand=place)).rows:
            found.add((name, str(row.entity.key), *(str(one.entity.key) for one in row.at(place)), *told(row.entity)))
    return found


def told(entity: Entity) -> tuple[str, ...]:
    if isinstance(entity, Observation):
        return (str(entity.phenomenon_time), repr(entity.result), repr(entity.result_quality))
    return ()


def written(report: IngestReport) -> dict[str, int]:
    return {name: counts.written for name, counts in report.entities.items() if counts.written}


@pytest.mark.needs("samples")
@pytest.mark.parametrize("file", READ)
def test_a_file_is_stored_with_sums_that_add_up_and_only_once(samples: Path, tmp_path: Path, file: str) -> None:
    source, observations, rules = READ[file]
    store, context = SQLiteStore.open(tmp_path / "lab.db", lab="breda"), context_of(samples, source, file)
    payload = (samples / file).read_bytes()
    report = ingest(store, source, payload, context)
    assert report.observations_read == report.observations.total == observations
    assert store.count(ask("Observation")) == report.observations.created
    assert {*rules.split()} <= {finding.rule for finding in report.findings}
    sequence = store.sequence
    again = ingest(store, source, payload, context)
    assert written(again) == {}
    assert store.sequence == sequence
    assert again.observations.rejected == report.observations.rejected
    store.close()


def named_files(samples: Path, folder: Path, source: str) -> list[Path]:
    """Copy the files of a source, under names that tell what they must."""
    files = [file for file, (name, _, _) in READ.items() if name == source]
    files += [file for file, (name, _) in REFUSED.items() if name == source]
    copies = [folder / f"{number:02}" / Path(NAMED.get(file, file)).name for number, file in enumerate(files)]
    for file, copy in zip(files, copies, strict=True):
        copy.parent.mkdir()
        shutil.copy(samples / file, copy)
    return copies


def state(path: Path) -> set[tuple[str, ...]]:
    with Lab.open(path) as lab:
        return known(lab.store)


@pytest.mark.needs("samples")
@pytest.mark.parametrize("source", sorted({source for source, _, _ in READ.values()}))
def test_a_second_run_of_the_command_changes_nothing(samples: Path, tmp_path: Path, source: str) -> None:
    lab = tmp_path / "lab.db"
    words = ["ingest", source, *map(str, named_files(samples, tmp_path, source)), "--lab", str(lab), "--key", "breda"]
    for name, value in GIVEN.get(source, {}).items():
        words += ["--given", f"{name}={value}"]
    for name, file in TABLES.get(source, {}).items():
        words += ["--table", f"{name}={samples / file}"]
    codes, states = [], []
    for _ in range(2):
        done = CliRunner().invoke(build(), words)
        assert done.exit_code in (0, 1), done.output
        codes.append(done.exit_code)
        states.append(state(lab))
    assert codes[0] == codes[1]
    assert states[0] ^ states[1] == set()


def pieces(samples: Path, source: str) -> Pieces:
    """Give the records of the files of a mapping, as payloads of their own."""
    mapped = load_source(source)
    assert isinstance(mapped, MappedSource)
    found: Pieces = []
    files = [file for file, (name, _, _) in READ.items() if name == source and file not in OF_NO_TIME]
    for number, file in enumerate(files):
        content, received = (samples / file).read_bytes(), Instant(NOW.us + number)
        context = msgspec.structs.replace(context_of(samples, source, file), received=received)
        tables = with_tables_inside(mapped.mapping, content, context.tables)
        records = records_of(mapped.mapping, content, context.where)[:MOST]
        found += [(msgspec.structs.replace(context, tables=tables), record.payload) for record in records]
    return found


def filled(source: str, parts: Pieces) -> set[tuple[str, ...]]:
    store = MemoryStore("breda")
    for context, payload in parts:
        ingest(store, source, payload, context)
    return known(store)


MAPPED = sorted({source for source, _, _ in READ.values()} - {"sensorthings", "samen-meten"})
"""Sources whose payloads part into records; those of SensorThings services have tests of their own."""


@pytest.mark.needs("samples")
@pytest.mark.parametrize("source", MAPPED)
def test_records_of_real_files_in_any_order_and_number_make_the_same(samples: Path, source: str) -> None:
    chance = random.Random(source)
    parts = pieces(samples, source)
    first = filled(source, parts)
    for _ in range(3):
        shuffled = [*parts, *chance.choices(parts, k=len(parts) // 4)]
        chance.shuffle(shuffled)
        assert filled(source, shuffled) ^ first == set()
