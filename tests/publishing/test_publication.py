"""What is published follows what is stored: changes, deletions and moves come over, and nothing is written twice."""

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssclab_data import Lab
from ssclab_data.errors import SettingsError
from ssclab_data.model.entity import Entity, Link
from ssclab_data.model.sensorthings import Thing
from ssclab_data.model.values import Instant
from ssclab_data.publishing import publish as publish_store
from ssclab_data.publishing import rules_of, target
from ssclab_data.query import ast
from ssclab_data.query.bind import bind
from ssclab_data.stores import maintenance
from ssclab_data.stores.sqlite import SQLiteStore

from .street import (
    DEVICE,
    HOME,
    LATER,
    MINUTE,
    START,
    dump,
    lab_folder,
    move,
    place,
    publish,
    series,
    stream,
    thing,
    write,
)

POLE = (5.6612345, 51.4812345)
HOME_KEY = f"lorawan/{DEVICE}"


def afresh(folder: Path) -> dict[str, list[str]]:
    """Publish a copy of a lab from nothing, by the same key."""
    copy = folder.parent / "afresh"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("public.db*"))
    publish(copy)
    return dump(copy / "public.db")


def two(folder: Path) -> Path:
    """Make a lab with a home and a pole."""
    lab_folder(folder)
    entities = [
        *thing("x/home", properties={"placement": "home"}),
        *thing("x/pole", POLE, properties={"placement": "public-space"}),
    ]
    for key in ("x/home", "x/pole"):
        entities += [*stream(key, "pm25"), *stream(key, "co2")]
    write(folder, entities)
    return folder


def rows(*minutes: int, value: float = 3.5) -> list[tuple[int, Any]]:
    return [(minute, value + minute) for minute in minutes]


def test_only_what_changed_is_looked_at_and_written(lab: Path) -> None:
    assert publish(lab).examined == 8
    report = publish(lab)
    assert (report.examined, report.written, report.changed) == (0, 0, False)
    write(lab, [], series("net/00:1A:2B:3C:4D:5E/pm25", [(100, 1.5), (101, 2.5)], position=None))
    report = publish(lab)
    assert (report.examined, report.written) == (1, 2)
    assert dump(lab / "public.db") == afresh(lab)


@pytest.mark.parametrize("key", ["x/pole", "x/home"])
def test_late_corrected_and_deleted_values_come_over(tmp_path: Path, key: str) -> None:
    folder = two(tmp_path / "helmond")
    position = POLE if key == "x/pole" else HOME
    write(folder, [], series(f"{key}/pm25", rows(10, 11, 12), position=position))
    publish(folder)
    write(folder, [], series(f"{key}/pm25", rows(5), position=position))
    assert publish(folder).written == 1
    write(folder, [], series(f"{key}/pm25", rows(11, value=70.0), position=position))
    assert publish(folder).written == 1
    with Lab.open(folder) as lab:
        lab.store.delete(bind(ast.Query(entity_type="Observation", filter=_result(15.5))))
    report = publish(folder)
    assert (report.written, report.removed, report.clean) == (0, 1, True)
    assert dump(folder / "public.db") == afresh(folder)
    assert not publish(folder).changed


def _result(value: float) -> ast.Expr:
    return ast.Compare("eq", ast.Path(("result",)), ast.Literal(value))


def test_all_values_of_a_datastream_can_go(tmp_path: Path) -> None:
    folder = two(tmp_path / "helmond")
    write(folder, [], series("x/pole/pm25", rows(1, 2), position=POLE))
    publish(folder)
    with Lab.open(folder) as lab:
        lab.store.delete(bind(ast.Query(entity_type="Observation")))
    assert publish(folder).removed == 2
    assert dump(folder / "public.db") == afresh(folder)


def test_several_values_of_one_time_are_kept_where_they_are_allowed(tmp_path: Path) -> None:
    folder = lab_folder(tmp_path / "helmond")
    allow = {"duplicatePolicy": "allow"}
    entities = [
        *thing("x/home", properties={"placement": "home"}),
        *stream("x/home", "pm25", properties=allow),
        *stream("x/home", "pm10", properties={"duplicatePolicy": "ignore"}),
    ]
    write(folder, entities, series("x/home/pm25", [(1, 1.5), (1, 2.5)]), series("x/home/pm10", [(1, 1.5)]))
    assert publish(folder).written == 3
    write(folder, [], series("x/home/pm25", [(0, 7.5), (1, 3.5)]), series("x/home/pm10", [(1, 9.5)]))
    assert publish(folder).copied == 5
    assert dump(folder / "public.db") == afresh(folder)
    assert not publish(folder).changed


def test_a_thing_that_is_deleted_goes(lab: Path) -> None:
    publish(lab)
    with Lab.open(lab) as opened:
        handle = opened.store.transact(lambda transaction: transaction.handle("Thing", HOME_KEY))
        condition = ast.Compare("eq", ast.Path((ast.ID,)), ast.Literal(handle))
        opened.store.delete(bind(ast.Query(entity_type="Thing", filter=condition)))
    assert publish(lab).things == {"exact": 1, "grid250": 1, "municipality": 1}
    found = dump(lab / "public.db")
    assert (len(found["Thing"]), len(found["Datastream"]), len(found["FeatureOfInterest"])) == (3, 6, 3)
    assert found == afresh(lab)


def test_a_placement_that_becomes_known_changes_what_is_published(lab: Path) -> None:
    publish(lab)
    write(lab, [Thing(key=HOME_KEY, properties={"placement": "public-space"})])
    assert publish(lab).things == {"exact": 2, "grid250": 1, "municipality": 1}
    assert dump(lab / "public.db") == afresh(lab)
    write(lab, [Thing(key=HOME_KEY, properties={"placement": "person-carried"})])
    assert publish(lab).things == {"exact": 1, "grid250": 1, "municipality": 2}
    assert dump(lab / "public.db") == afresh(lab)


def test_moves_of_a_home_are_told_by_the_day_and_of_a_person_not_at_all(tmp_path: Path) -> None:
    """Within the cell there was no move; a track of a person is one place."""
    folder = lab_folder(tmp_path / "helmond")
    near, far = (HOME[0] + 0.0002, HOME[1]), (5.69, 51.49)
    entities: list[Entity] = []
    for key, placement in (("x/home", "home"), ("x/bike", "person-carried")):
        for position in (HOME, near, far):
            entities += place(key, position)
        entities += [*thing(key, far, properties={"placement": placement}), *stream(key, "pm25")]
        entities += [move(key, 1, HOME), move(key, 2, near), move(key, 700, far)]
    where = [("x/home", HOME), ("x/home", near), ("x/home", far), ("x/bike", HOME), ("x/bike", near), ("x/bike", far)]
    seen = [
        series(f"{key}/pm25", rows(minute), position=position)
        for minute, (key, position) in zip((1, 2, 700, 1, 2, 700), where, strict=True)
    ]
    write(folder, entities, *seen)
    publish(folder)
    found = dump(folder / "public.db")
    assert [text.count("Instant(us=1772323200000000)") for text in found["HistoricalLocation"]] == [1, 1]
    assert START // 86_400_000_000 * 86_400_000_000 == 1_772_323_200_000_000
    assert (len(found["Location"]), len(found["FeatureOfInterest"])) == (3, 3)
    assert sum("municipality" in text for text in found["FeatureOfInterest"]) == 1


def test_a_published_store_is_whole(lab: Path) -> None:
    publish(lab)
    write(lab, [Thing(key=HOME_KEY, properties={"placement": "person-carried"})])
    publish(lab)
    store = SQLiteStore.open(lab / "public.db")
    assert list(maintenance.check(store)) == []
    store.close()


def test_a_crash_before_the_traces_are_gone_is_made_up_for(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(lab)
    with Lab.open(lab) as opened:
        old = opened.published_key(HOME_KEY)
    write(lab, [Thing(key=HOME_KEY, properties={"placement": "person-carried"})])

    def killed(store: SQLiteStore) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(SQLiteStore, "forget", killed)
        with pytest.raises(KeyboardInterrupt):
            publish(lab)
    report = publish(lab)
    assert (report.clean, report.written) == (True, 0)
    assert old.encode() not in b"".join(file.read_bytes() for file in lab.glob("public.db*"))
    assert dump(lab / "public.db") == afresh(lab)


def test_a_crash_in_the_middle_is_made_up_for(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was to be taken away is away before anything else is done."""
    publish(lab)
    with Lab.open(lab) as opened:
        old = opened.published_key(HOME_KEY)
    write(lab, [Thing(key=HOME_KEY, properties={"placement": "person-carried"})])

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(target.Target, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            publish(lab)
    assert old not in str(dump(lab / "public.db"))
    publish(lab)
    assert dump(lab / "public.db") == afresh(lab)


def test_another_reader_keeps_traces_and_it_is_told(lab: Path) -> None:
    publish(lab)
    write(lab, [Thing(key=HOME_KEY, properties={"placement": "person-carried"})])
    reader = sqlite3.connect(lab / "public.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM thing").fetchone()
    public = SQLiteStore.open(lab / "public.db", busy_seconds=0.2)
    with Lab.open(lab) as opened:
        assert isinstance(opened.store, SQLiteStore)
        report = publish_store(opened.store, public, rules_of(opened.info, lab), now=LATER.us)
    public.close()
    assert not report.clean
    assert "another process reads the file" in str(report)
    reader.execute("COMMIT")
    reader.close()
    assert publish(lab).clean


def test_another_exact_store_is_looked_at_as_a_whole(tmp_path: Path) -> None:
    """A store that was made anew counts its batches from the beginning: its log tells nothing of the old one."""
    folder = two(tmp_path / "helmond")
    write(folder, [], series("x/pole/pm25", rows(*range(5)), position=POLE))
    publish(folder)
    for file in folder.glob("lab.db*"):
        file.unlink()
    two(folder)
    write(folder, [], series("x/pole/pm25", rows(1, 2), position=POLE))
    publish(folder)
    assert dump(folder / "public.db") == afresh(folder)


@pytest.mark.parametrize("name", ["lab.db", "other.db"])
def test_no_other_store_is_overwritten(lab: Path, name: str) -> None:
    if name == "other.db":
        shutil.copy(lab / "lab.db", lab / name)
    with Lab.open(lab) as opened, pytest.raises(SettingsError, match="give --out another file"):
        opened.publish(lab / name)


def test_a_lab_without_policies_is_not_published(tmp_path: Path) -> None:
    folder = lab_folder(tmp_path, "key: helmond\nname: Helmond\n")
    with Lab.open(folder) as lab, pytest.raises(SettingsError, match="no `publishing:`"):
        lab.publish()
    with Lab.open(":memory:", key="helmond") as lab, pytest.raises(SettingsError, match="in a file"):
        lab.publish()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["x/home/pm25", "x/home/co2", "x/pole/pm25", "x/pole/co2"]),
        st.sampled_from(["write", "delete", "place"]),
        st.integers(0, 80),
    ),
    max_size=8,
)


@settings(max_examples=15)
@given(steps=STEPS)
def test_publishing_after_each_step_is_publishing_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, int]]
) -> None:
    """Each step writes or deletes three values and more at once, so that no mean is held."""
    folder = two(tmp_path_factory.mktemp("steps") / "helmond")
    publish(folder)
    for datastream, step, minute in steps:
        position = POLE if "pole" in datastream else HOME
        if step == "write":
            window = minute // 15 * 15
            write(folder, [], series(datastream, rows(*range(window, window + 4)), position=position))
        elif step == "delete":
            condition = ast.Compare("ge", ast.Path(("phenomenonTime",)), ast.Literal(_time(minute // 15 * 15)))
            with Lab.open(folder) as lab:
                lab.store.delete(bind(ast.Query(entity_type="Observation", filter=condition)))
        else:
            key = datastream.rpartition("/")[0]
            moved = (5.6 + minute / 1000, 51.45)
            (location, feature) = place(key, moved)
            write(folder, [location, feature, Thing(key=key, locations=(Link(key=str(location.key)),))])
        publish(folder)
    assert dump(folder / "public.db") == afresh(folder)
    assert not publish(folder).changed


def _time(minute: int) -> Instant:
    return Instant(START + minute * MINUTE)
