"""Test contracts that stores fulfil, ours and those of others: subclass and give the fixture `store`."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from ssclab_data.errors import ConflictError, NotFoundError, StoreError, UnresolvedLinkError
from ssclab_data.model.entity import Entity, Link
from ssclab_data.model.sensorthings import (
    GEOJSON,
    OM,
    Datastream,
    FeatureOfInterest,
    HistoricalLocation,
    Location,
    ObservedProperty,
    Sensor,
    Thing,
)
from ssclab_data.model.series import Series
from ssclab_data.model.values import Box, Instant, Interval, UnitOfMeasurement
from ssclab_data.query.ast import BoundQuery
from ssclab_data.query.bind import bind
from ssclab_data.query.odata import parse_options
from ssclab_data.stores.base import Batch, Page, Row, Sealable, Store, Transaction

HOUR = 3_600_000_000
START = 1_452_290_400_000_000  # 2016-01-08T22:00:00Z


def ask(entity_type: str, **options: str) -> BoundQuery:
    """Make a bound query: `ask("Thing", filter="name eq 'A'", top="5")`."""
    return bind(parse_options(entity_type, {f"${name}": text for name, text in options.items()}))


def point(longitude: float, latitude: float) -> dict[str, Any]:
    """Make a GeoJSON point."""
    return {"type": "Point", "coordinates": [longitude, latitude]}


def example_entities() -> tuple[Entity, ...]:
    """Describe two Things with two Datastreams each, in one lab."""
    found: list[Entity] = [
        ObservedProperty(key="property/pm25", name="PM2.5", definition="http://example.org/pm25", description=""),
        ObservedProperty(key="property/noise", name="noise", definition="http://example.org/noise", description=""),
        Sensor(key="s/1", name="SPS30", description="", encoding_type="text/html", metadata="http://example.org"),
    ]
    for number, (longitude, latitude) in enumerate(((4.7, 51.5), (4.8, 51.6)), 1):
        key, place = f"v/{number}", point(longitude, latitude)
        found += [
            Location(key=key, name=f"L{number}", description="", encoding_type=GEOJSON, location=place),
            FeatureOfInterest(key=key, name=f"F{number}", description="", encoding_type=GEOJSON, feature=place),
            Thing(
                key=key,
                name=f"Thing {number}",
                description="",
                properties={"owner": "Breda", "height": number} if number == 1 else UNSET_OR_NONE[number % 2],
                locations=(Link(key=key),),
            ),
            HistoricalLocation(key=key, time=Instant(START), thing=Link(key=key), locations=(Link(key=key),)),
        ]
        found += [_datastream(key, name) for name in ("pm25", "noise")]
    return tuple(found)


UNSET_OR_NONE: tuple[Any, Any] = (msgspec.UNSET, None)


def _datastream(thing: str, name: str) -> Datastream:
    return Datastream(
        key=f"{thing}/{name}",
        name=f"{name} of {thing}",
        description="",
        observation_type=f"{OM}OM_Measurement",
        unit_of_measurement=UnitOfMeasurement("microgram per cubic metre", "µg/m³", "http://example.org/unit"),
        thing=Link(key=thing),
        sensor=Link(key="s/1"),
        observed_property=Link(key=f"property/{name}"),
    )


def example_series(count: int = 5) -> tuple[Series, ...]:
    """Give hourly intervals for one Datastream and instants of every kind of result for another."""
    hours = tuple(START + HOUR * number for number in range(count))
    results = (1, 2.5, "high", True, {"class": 3}, None)
    return (
        Series(
            datastream="v/1/pm25",
            feature="v/1",
            start=hours,
            end=tuple(hour + HOUR for hour in hours),
            result=tuple(10.123456789012 + number for number in range(count)),
            result_time=tuple(hour + HOUR for hour in hours),
            parameters=({"n": 1}, *(None,) * (count - 1)),
        ),
        Series(
            datastream="v/2/noise",
            feature="v/2",
            start=tuple(START + number for number in range(len(results))),
            result=results,
            result_quality=("good", *(None,) * (len(results) - 1)),
        ),
    )


def example_batch() -> Batch:
    """Put the examples together."""
    return Batch(entities=example_entities(), series=example_series())


def all_pages(store: Store, query: BoundQuery, size: int) -> Iterator[Row]:
    """Follow pages to the end."""
    page = store.read(msgspec.structs.replace(query, top=size))
    yield from page.rows
    while page.more:
        page = store.read(msgspec.structs.replace(query, top=size, after=page.rows[-1].order))
        yield from page.rows


class StoreTests:
    """What every store does. A subclass gives a fixture `store`: a new, empty store of lab `breda`."""

    def test_it_belongs_to_a_lab(self, store: Store) -> None:
        """The key is that which it was made with, and it has a secret."""
        assert store.lab == "breda"
        assert len(store.secret) >= 32
        assert store.sequence == 0

    def test_a_batch_is_counted_and_repeated_without_harm(self, store: Store) -> None:
        """The second time everything is unchanged, and the sequence stands still."""
        first = store.apply(example_batch())
        assert first.created == {
            "Thing": 2,
            "Location": 2,
            "HistoricalLocation": 2,
            "Datastream": 4,
            "Sensor": 1,
            "ObservedProperty": 2,
            "FeatureOfInterest": 2,
            "Observation": 11,
        }
        handles = [row.handle for row in store.read(ask("Observation")).rows]
        again = store.apply(example_batch())
        assert (again.created, again.updated, again.unchanged) == ({}, {}, first.created)
        assert again.sequence == store.sequence == first.sequence == 1
        assert [row.handle for row in store.read(ask("Observation")).rows] == handles

    def test_what_is_written_comes_back_exactly(self, store: Store) -> None:
        """Kinds of results, digits, null and absent stay what they are."""
        store.apply(example_batch())
        rows = store.read(ask("Observation", filter="Datastream/@key eq 'v/2/noise'", orderby="phenomenonTime")).rows
        results = [row.entity.result for row in rows]  # type: ignore[attr-defined]
        assert [(type(result), result) for result in results] == [
            (type(result), result) for result in example_series()[1].result
        ]
        (row,) = store.read(ask("Observation", filter="result gt 14", orderby="@iot.id")).rows
        assert row.entity.result == 14.123456789012  # type: ignore[attr-defined]
        assert row.entity.phenomenon_time == Interval(  # type: ignore[attr-defined]
            Instant(START + 4 * HOUR), Instant(START + 5 * HOUR)
        )
        things = store.read(ask("Thing")).rows
        assert [row.entity.properties for row in things] == [  # type: ignore[attr-defined]
            {"owner": "Breda", "height": 1},
            msgspec.UNSET,
        ]

    def test_datastreams_know_their_times_and_area(self, store: Store) -> None:
        """They follow the Observations, also when those go."""
        store.apply(example_batch())
        query = ask("Datastream", filter="@key eq 'v/1/pm25'")
        (row,) = store.read(query).rows
        assert isinstance(row.entity, Datastream)
        assert row.entity.phenomenon_time == Interval(Instant(START), Instant(START + 5 * HOUR))
        assert row.entity.result_time == Interval(Instant(START + HOUR), Instant(START + 5 * HOUR))
        assert row.entity.observed_area == point(4.7, 51.5)
        assert store.delete(ask("Observation", filter="Datastream/@key eq 'v/1/pm25' and result lt 11")) == 1
        (row,) = store.read(query).rows
        assert row.entity.phenomenon_time.start == Instant(START + HOUR)  # type: ignore[attr-defined]
        assert store.delete(ask("Observation", filter="Datastream/@key eq 'v/1/pm25'")) == 4
        (row,) = store.read(query).rows
        assert (row.entity.phenomenon_time, row.entity.observed_area) == (None, None)  # type: ignore[attr-defined]

    def test_a_correction_updates_the_value_and_keeps_the_handle(self, store: Store) -> None:
        """An Observation is its Datastream and phenomenonTime."""
        store.apply(example_batch())
        query = ask("Observation", filter="phenomenonTime eq 2016-01-08T22:00:00Z/2016-01-08T23:00:00Z")
        (before,) = store.read(query).rows
        series = example_series()[0]
        report = store.apply(Batch(series=(msgspec.structs.replace(series, result=(0, *series.result[1:])),)))
        assert (report.updated, report.unchanged) == ({"Observation": 1}, {"Observation": 4})
        (after,) = store.read(query).rows
        assert (after.handle, after.entity.result) == (before.handle, 0)  # type: ignore[attr-defined]

    def test_defaults_never_overwrite(self, store: Store) -> None:
        """What a measurement tells of a station gives way to what describes it, in either order."""
        named, default = Thing(key="v/1", name="Described", description=""), Thing(key="v/1", name="1", description="")
        store.apply(Batch(defaults=(default,)))
        store.apply(Batch(entities=(named,)))
        assert store.apply(Batch(defaults=(default,))).updated == {}
        (row,) = store.read(ask("Thing")).rows
        assert row.entity.name == "Described"  # type: ignore[attr-defined]

    def test_a_batch_with_a_dangling_link_leaves_nothing(self, store: Store) -> None:
        """All or nothing, and the message names entity, link and key."""
        dangling = msgspec.structs.replace(_datastream("v/1", "pm25"), thing=Link(key="v/9"))
        with pytest.raises(UnresolvedLinkError, match="v/9"):
            store.apply(Batch(entities=(*example_entities(), dangling)))
        assert store.count(ask("Thing")) == 0
        assert store.sequence == 0

    def test_nan_is_refused(self, store: Store) -> None:
        """NaN never reaches JSON."""
        store.apply(example_batch())
        with pytest.raises(StoreError):
            store.apply(Batch(series=(Series(datastream="v/1/pm25", start=(0,), result=(float("nan"),)),)))

    def test_links_are_expanded_with_their_own_options(self, store: Store) -> None:
        """To-one links give a Row, to-many links a Page."""
        store.apply(example_batch())
        expand = (
            "Datastreams($orderby=name;$expand=ObservedProperty,Observations($top=1;$count=true;$orderby=result desc))"
        )
        page = store.read(ask("Thing", expand=f"Locations,{expand}", orderby="name"))
        thing = page.rows[0]
        streams = thing.related["Datastreams"]
        assert isinstance(streams, Page)
        assert [row.entity.key for row in streams.rows] == ["v/1/noise", "v/1/pm25"]
        latest = streams.rows[1].related["Observations"]
        assert isinstance(latest, Page)
        assert (latest.count, latest.more, len(latest.rows)) == (5, True, 1)
        assert latest.rows[0].entity.result == 14.123456789012  # type: ignore[attr-defined]
        none = streams.rows[0].related["Observations"]
        assert isinstance(none, Page)
        assert (none.count, none.more, len(none.rows)) == (0, False, 0)
        concept = streams.rows[0].related["ObservedProperty"]
        assert isinstance(concept, Row)
        assert concept.entity.key == "property/noise"

    def test_many_to_many_links_are_replaced(self, store: Store) -> None:
        """The links that a batch sets are those there are."""
        store.apply(example_batch())
        moved = Thing(key="v/1", locations=(Link(key="v/2"),))
        assert store.apply(Batch(entities=(moved,))).updated == {"Thing": 1}
        assert store.count(ask("Location", filter="Things/@key eq 'v/1'")) == 1
        assert store.count(ask("Thing", filter="Locations/name eq 'L2'")) == 2

    def test_extent_bounds_space_and_time(self, store: Store) -> None:
        """Nothing matching has no bounds."""
        store.apply(example_batch())
        extent = store.extent(ask("Thing"))
        assert extent.box == Box(4.7, 51.5, 4.8, 51.6)
        assert extent.interval == Interval(Instant(START), Instant(START + 5 * HOUR))
        assert store.extent(ask("Observation", filter="result gt 12")).box == Box(4.7, 51.5, 4.7, 51.5)
        empty = store.extent(ask("Thing", filter="name eq 'none'"))
        assert (empty.box, empty.interval) == (None, None)

    def test_deleting_takes_along_what_cannot_be_without(self, store: Store) -> None:
        """OGC 18-088, table 27."""
        store.apply(example_batch())
        assert store.delete(ask("Thing", filter="@key eq 'v/1'")) == 1
        left = {name: store.count(ask(name)) for name in ("Thing", "Datastream", "HistoricalLocation", "Observation")}
        assert left == {"Thing": 1, "Datastream": 2, "HistoricalLocation": 1, "Observation": 6}
        assert store.count(ask("Location")) == 2
        assert store.delete(ask("Sensor")) == 1
        assert store.count(ask("Datastream")) == 0
        assert store.delete(ask("Sensor")) == 0

    def test_changes_are_logged_by_batch(self, store: Store) -> None:
        """Sequence numbers have no holes, and deletions are told."""
        store.apply(example_batch())
        store.apply(Batch(entities=(Thing(key="v/1", name="Renamed"),)))
        store.delete(ask("Thing", filter="@key eq 'v/2'"))
        assert sorted({change.sequence for change in store.changes(0)}) == [1, 2, 3]
        (renamed,) = [change for change in store.changes(1) if change.sequence == 2]
        assert (renamed.entity_type, renamed.keys, renamed.deleted) == ("Thing", ("v/1",), False)
        gone = {(change.entity_type, change.rows) for change in store.changes(2) if change.deleted}
        assert gone == {("Thing", 1), ("Datastream", 2), ("HistoricalLocation", 1), ("Observation", 6)}

    def test_an_interval_without_length_ends_before_its_own_moment(self, store: Store) -> None:
        """Half-open: `[t,t)` is wholly before t, the instant t is not."""
        store.apply(example_batch())
        empty = Series(datastream="v/2/pm25", start=(START, START), end=(START, None), result=(1, 2))
        store.apply(Batch(series=(empty,)))
        query = ask("Observation", filter="phenomenonTime lt 2016-01-08T22:00:00Z")
        assert [row.entity.result for row in store.read(query).rows] == [1]  # type: ignore[attr-defined]

    @pytest.mark.parametrize("size", [1, 2, 7])
    @pytest.mark.parametrize("orderby", ["result desc", "Datastream/name,phenomenonTime desc", "resultTime", "@iot.id"])
    def test_pages_give_every_row_once(self, store: Store, size: int, orderby: str) -> None:
        """In the order of one big page, also over equal and absent keys."""
        store.apply(example_batch())
        query = ask("Observation", orderby=orderby)
        assert [row.handle for row in all_pages(store, query, size)] == [row.handle for row in store.read(query).rows]

    def test_entities_are_created_changed_and_replaced_by_handle(self, store: Store) -> None:
        """A key that is not given follows the handle; what is replaced loses what is not set."""

        def work(transaction: Transaction) -> int:
            handle = transaction.create(Thing(name="A", description="", properties={"a": 1}))
            assert transaction.key("Thing", handle) == f"sta/{handle}"
            assert transaction.handle("Thing", f"sta/{handle}") == handle
            assert transaction.update(handle, Thing(name="B"))
            assert not transaction.update(handle, Thing(name="B"))
            (row,) = transaction.read(ask("Thing")).rows
            assert (row.entity.name, row.entity.properties) == ("B", {"a": 1})  # type: ignore[attr-defined]
            assert transaction.replace(handle, Thing(name="C", description=""))
            assert transaction.create(Thing(name="given", description=""), handle=handle + 7) == handle + 7
            return transaction.create(Thing(name="next", description=""))

        assert store.transact(work) == 9
        rows = store.read(ask("Thing")).rows
        assert [(row.handle, row.entity.name) for row in rows] == [  # type: ignore[attr-defined]
            (1, "C"),
            (8, "given"),
            (9, "next"),
        ]
        assert rows[0].entity.properties is msgspec.UNSET  # type: ignore[attr-defined]
        assert store.sequence == 1

    @pytest.mark.parametrize(
        ("entity", "handle", "error"),
        [
            (Thing(key="v/1", name="A", description=""), None, ConflictError),
            (Thing(name="A", description=""), 1, ConflictError),
            (Datastream(name="no links", description=""), None, UnresolvedLinkError),
            (Thing(name="A", description="", locations=(Link(handle=99),)), None, UnresolvedLinkError),
        ],
    )
    def test_an_error_undoes_all_that_a_work_did(
        self, store: Store, entity: Entity, handle: int | None, error: type[Exception]
    ) -> None:
        """And it is the one that was raised."""
        store.apply(example_batch())

        def work(transaction: Transaction) -> None:
            transaction.create(Thing(name="first", description=""))
            transaction.delete(ask("Observation"))
            transaction.create(entity, handle=handle)

        with pytest.raises(error):
            store.transact(work)
        assert (store.sequence, store.count(ask("Thing")), store.count(ask("Observation"))) == (1, 2, 11)

    @pytest.mark.parametrize(
        ("policy", "expected"), [("upsert", "updated"), ("ignore", "ignored"), ("reject", "rejected")]
    )
    def test_each_row_of_a_series_has_its_handle_and_fate(self, store: Store, policy: str, expected: str) -> None:
        """By the duplicate policy of the Datastream."""
        stream = msgspec.structs.replace(_datastream("v/1", "pm25"), properties={"duplicatePolicy": policy})
        store.apply(Batch(entities=(*example_entities(), stream)))
        series = Series(datastream="v/1/pm25", start=(1, 2, 1, 2, 3), result=(1, 2, 1, 5, 6))
        recorded = store.transact(lambda transaction: transaction.record(series))
        handles = [row.handle for row in store.read(ask("Observation", orderby="phenomenonTime")).rows]
        assert [handles.index(handle) for handle in recorded.handles] == [0, 1, 0, 1, 2]
        assert list(recorded.fates) == ["created", "created", "unchanged", expected, "created"]

    @pytest.mark.parametrize("sealed", [False, True])
    def test_an_observation_is_revised_and_keeps_its_handle(self, store: Store, sealed: bool) -> None:
        """Its key follows its phenomenonTime; where another one has that time, nothing changes."""
        store.apply(example_batch())
        if sealed and isinstance(store, Sealable):
            store.seal(1)
        query = ask("Observation", filter="Datastream/@key eq 'v/1/pm25'", orderby="phenomenonTime")
        first, second, *_ = (int(row.handle) for row in store.read(query).rows)

        def revised(start: int, **columns: Any) -> Series:
            return Series(datastream="v/1/pm25", start=(start,), end=(start + HOUR,), **columns)

        store.transact(lambda work: work.revise(first, revised(START - HOUR, result=("new",), feature="v/2")))
        (row,) = store.read(msgspec.structs.replace(query, top=1)).rows
        assert (row.handle, row.entity.result) == (first, "new")  # type: ignore[attr-defined]
        assert row.entity.key == "v/1/pm25/2016-01-08T21:00:00Z%2F2016-01-08T22:00:00Z"
        (stream,) = store.read(ask("Datastream", filter="@key eq 'v/1/pm25'")).rows
        assert stream.entity.phenomenon_time.start == Instant(START - HOUR)  # type: ignore[attr-defined]
        assert store.extent(query).box == Box(4.7, 51.5, 4.8, 51.6)
        with pytest.raises(ConflictError) as caught:
            store.transact(lambda work: work.revise(first, revised(START + HOUR, result=(1,))))
        assert caught.value.handle == second
        with pytest.raises(NotFoundError):
            store.transact(lambda work: work.revise(first + 99, revised(START, result=(1,))))
        assert store.sequence == 2

    def test_closing_twice_does_nothing(self, store: Store) -> None:
        """The second call is harmless."""
        store.close()
        store.close()
