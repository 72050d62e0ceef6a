"""A writer that is killed at any moment loses nothing that it acknowledged, and doubles nothing."""

import itertools
from pathlib import Path

import pytest

from ssclab_data.model.values import Instant
from ssclab_data.stores.base import Batch
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.testing import HOUR, START, ask, example_entities, example_series

from . import killing
from .campaign import run
from .killing import WriterFailedError, understood
from .witness import DifferenceError, Witness
from .writing import LAB

KILLS = 20


def test_nothing_acknowledged_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    tally = next(itertools.islice(run(tmp_path, seed=1), KILLS - 1, None))
    assert tally.kills == sum(tally.during.values()) == KILLS
    assert tally.operations > KILLS
    assert len(tally.during) > 3


@pytest.mark.parametrize(
    ("lines", "acknowledged", "started", "during"),
    [
        ((), 3, None, "opening"),
        (("+begin",), 3, None, "opening"),
        (("begin 4 apply",), 3, 4, "waiting or reading"),
        (("begin 4 apply", "+begin"), 3, 4, "writing rows"),
        (("begin 4 apply", "+begin", "+seal", "+merge"), 3, 4, "merge"),
        (("begin 4 apply", "+begin", "+seal", "+merge", "-merge", "-seal", "+commit"), 3, 4, "commit"),
        (("begin 4 delete", "+begin", "+commit", "done 4"), 4, None, "between two operations"),
    ],
)
def test_what_a_writer_told_is_understood(
    lines: tuple[str, ...], acknowledged: int, started: int | None, during: str
) -> None:
    told = understood(list(lines), 4)
    assert (told.acknowledged, told.started, told.during) == (acknowledged, started, during)


def test_a_writer_that_fails_is_no_kill(tmp_path: Path) -> None:
    file = tmp_path / "breda.db"
    file.write_bytes(b"this is no database, but it is long enough to look at")
    with pytest.raises(WriterFailedError, match="no store"):
        killing.kill(file, 1, 0, killing.Kill())


def test_the_witness_sees_what_is_lost_doubled_or_miscounted(tmp_path: Path) -> None:
    """What finds nothing wrong must be able to."""
    file = tmp_path / "breda.db"
    store, witness = SQLiteStore.open(file, lab=LAB), Witness(seed=1)
    batches = [Batch(entities=example_entities(), series=example_series(count)) for count in (5, 6)]
    for each in batches:
        store.apply(each)
        witness.memory.apply(each)
    assert not witness.compare(file, None)
    witness.memory.apply(Batch(series=example_series(7)))
    with pytest.raises(DifferenceError, match="Observation"):
        witness.compare(file, None)
    store.apply(Batch(series=example_series(7)))
    assert not witness.compare(file, None)
    store.delete(ask("Observation", filter=f"phenomenonTime ge {Instant(START + 6 * HOUR)}"))
    with pytest.raises(DifferenceError, match="latest"):
        witness.compare(file, None)
    with store.reading() as connection:
        assert connection.execute("SELECT max(hot) FROM datastream").fetchone()[0] == 6
    connection.execute("UPDATE datastream SET hot = hot + 1")
    with pytest.raises(DifferenceError, match="hot"):
        witness.compare(file, None)
    store.close()
