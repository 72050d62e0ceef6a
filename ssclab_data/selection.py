"""Choose Datastreams of a store by what they measure and where, and read their Observations."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast, overload

import msgspec

from ssclab_data.errors import SettingsError
from ssclab_data.model.periods import Period
from ssclab_data.model.sensorthings import Datastream, Observation
from ssclab_data.model.values import Instant, Interval, UnitOfMeasurement, end_of, start_of
from ssclab_data.query import ast
from ssclab_data.query.bind import bind
from ssclab_data.stores.base import Buckets, Row, Store

if TYPE_CHECKING:
    import pandas

type Bounds = tuple[float, float, float, float]
"""West, south, east, north in CRS84 degrees."""

_PAGE = 1_000


class Selection(msgspec.Struct, frozen=True):
    """Datastreams of a store; iterating reads them, with Thing, Sensor and ObservedProperty, page by page.

    Attributes:
        filter: which Datastreams; None means all.
    """

    store: Store
    filter: ast.Expr | None = None

    def __iter__(self) -> Iterator[Row]:
        links = ("Thing", "Sensor", "ObservedProperty")
        types = ("Thing", "Sensor", "ObservedProperty")
        expand = tuple(ast.Expand(name, ast.Query(entity_type=kind)) for name, kind in zip(links, types, strict=True))
        yield from pages(self.store, ast.Query(entity_type="Datastream", filter=self.filter, expand=expand))

    @overload
    def observations(
        self,
        *,
        since: str | Instant | None = ...,
        until: str | Instant | None = ...,
        every: None = ...,
        zone: str = ...,
    ) -> "Observations": ...

    @overload
    def observations(
        self, *, since: str | Instant | None = ..., until: str | Instant | None = ..., every: str, zone: str = ...
    ) -> "BucketedObservations": ...

    def observations(
        self,
        *,
        since: str | Instant | None = None,
        until: str | Instant | None = None,
        every: str | None = None,
        zone: str = "UTC",
    ) -> "Observations | BucketedObservations":
        """Choose their Observations in a span of time, each or summed up by period.

        Args:
            since: the first moment, a stamp with a zone or a date (its midnight in UTC); None from the beginning.
            until: the first moment after it; None to the end.
            every: sum up by period: `P1D`, `P1W`, `P1M`, `P1Y` or one that divides a day evenly (`PT1H`).
            zone: whose days, by IANA name, `every` is counted in (see `model.periods.Period`).

        Raises:
            ValueParseError: `since`, `until`, `every` or `zone` cannot be read.
        """
        bounds = [
            ast.Compare(op, ast.Path(("phenomenonTime",)), ast.Literal(_instant(moment)))
            for op, moment in (("ge", since), ("lt", until))
            if moment is not None
        ]
        chosen = None if self.filter is None else ast.prefixed(self.filter, ("Datastream",))
        found = Observations(self.store, ast.all_of(chosen, *bounds))
        if every is None:
            return found
        return BucketedObservations(self, found.filter, Period.parse(every, zone=zone))


class Observations(msgspec.Struct, frozen=True):
    """Observations of a store; iterating reads them in the order of phenomenonTime, page by page."""

    store: Store
    filter: ast.Expr | None = None

    def __iter__(self) -> Iterator[Row]:
        datastream = ast.Query(entity_type="Datastream", expand=(ast.Expand("Thing", ast.Query(entity_type="Thing")),))
        query = ast.Query(
            entity_type="Observation",
            filter=self.filter,
            orderby=(ast.OrderBy(ast.Path(("phenomenonTime",))),),
            expand=(ast.Expand("Datastream", datastream),),
        )
        yield from pages(self.store, query)

    def to_pandas(self) -> "pandas.DataFrame":
        """Read them into a data frame: `lab, thing, datastream, unit, start, end, result`, times in UTC.

        Raises:
            SettingsError: pandas is not installed.
        """
        return _frame([_record(row) for row in self], ("lab", "thing", "datastream", "unit", "start", "end", "result"))


class BucketRow(msgspec.Struct, frozen=True, kw_only=True):
    """The Observations of one Datastream in one period, summed up (`stores.base.Buckets` says how).

    Attributes:
        thing: natural key of the Thing.
        datastream: natural key of the Datastream.
        unit: symbol of its unit, or None.
        other: how many results are no numbers; they are counted nowhere else.
    """

    lab: str
    thing: str
    datastream: str
    unit: str | None
    start: Instant
    end: Instant
    count: int
    other: int
    min: int | float | None
    max: int | float | None
    mean: float | None
    first: int | float | None
    last: int | float | None


class BucketedObservations(msgspec.Struct, frozen=True):
    """Observations of chosen Datastreams, summed up by period; iterating gives the periods that hold any.

    They come Datastream by Datastream, each in the order of time.

    Attributes:
        filter: which Observations.
    """

    selection: Selection
    filter: ast.Expr | None
    period: Period

    def __iter__(self) -> Iterator[BucketRow]:
        store = self.selection.store
        found = store.buckets(bind(ast.Query(entity_type="Observation", filter=self.filter)), self.period)
        described = {row.handle: row for row in self.selection}
        for buckets in found:
            if buckets.datastream in described:  # else it was deleted since
                yield from _bucket_rows(buckets, described[buckets.datastream])

    def to_pandas(self) -> "pandas.DataFrame":
        """Read them into a data frame: `lab, thing, datastream, unit, start, end, count, min, ...`, times in UTC.

        Raises:
            SettingsError: pandas is not installed.
        """
        names = tuple(name for name in BucketRow.__struct_fields__ if name != "other")
        frame = _frame([[_cell(getattr(row, name)) for name in names] for row in self], names)
        return frame.astype(dict.fromkeys(("min", "max", "mean", "first", "last"), "float64"))


def datastreams(store: Store, *, observed_property: str | None = None, bbox: Bounds | None = None) -> Selection:
    """Choose Datastreams.

    Args:
        observed_property: id of the code list (`pm25`) or IRI of the concept; None for all.
        bbox: where their Things are; None for everywhere.
    """
    return Selection(store, ast.all_of(_measures(observed_property), _lies_in(bbox)))


def latest_values() -> tuple[ast.Expand, ...]:
    """Give the expands that bring Things with their Locations and the latest Observation of each Datastream."""
    newest = ast.OrderBy(ast.Path(("phenomenonTime",)), ast.Direction.DESC)
    streams = ast.Query(
        entity_type="Datastream",
        expand=(
            ast.Expand("ObservedProperty", ast.Query(entity_type="ObservedProperty")),
            ast.Expand("Observations", ast.Query(entity_type="Observation", orderby=(newest,), top=1)),
        ),
    )
    return ast.Expand("Locations", ast.Query(entity_type="Location")), ast.Expand("Datastreams", streams)


def pages(store: Store, query: ast.Query) -> Iterator[Row]:
    """Read all rows of a query, page by page, in its order; names of every version of SensorThings hold."""
    bound = bind(query, version="")
    after: tuple[ast.Value, ...] = query.after
    while True:
        page = store.read(msgspec.structs.replace(bound, top=_PAGE, after=after))
        yield from page.rows
        if not page.more:
            return
        after = page.rows[-1].order


def _measures(observed_property: str | None) -> ast.Expr | None:
    if observed_property is None:
        return None
    if "://" in observed_property:
        path, wanted = ("ObservedProperty", "definition"), observed_property
    else:
        path, wanted = ("ObservedProperty", ast.KEY), f"property/{observed_property}"
    return ast.Compare("eq", ast.Path(path), ast.Literal(wanted))


def _lies_in(bbox: Bounds | None) -> ast.Expr | None:
    if bbox is None:
        return None
    west, south, east, north = bbox
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    wkt = f"POLYGON(({','.join(f'{longitude!r} {latitude!r}' for longitude, latitude in corners)}))"
    inside = ast.Call("st_intersects", (ast.Path(("location",)), ast.Literal(ast.WKT(wkt))))
    return ast.Any(("Thing", "Locations"), inside)


def _instant(moment: str | Instant) -> Instant:
    if isinstance(moment, Instant):
        return moment
    return Instant.parse(moment if len(moment) > len("2026-11-01") else f"{moment}T00:00:00Z")


def _record(row: Row) -> tuple[object, ...]:
    observation = cast("Observation", row.entity)
    (datastream_row,) = row.at("Datastream")
    thing, datastream, symbol = _names(datastream_row)
    time = observation.phenomenon_time
    assert isinstance(time, (Instant, Interval))  # noqa: S101 - required by the model
    return row.lab, thing, datastream, symbol, start_of(time).us, end_of(time).us, observation.result


def _names(row: Row) -> tuple[str, str, str | None]:
    """Give the keys of the Thing and of the Datastream of a row, and the symbol of its unit."""
    datastream = cast("Datastream", row.entity)
    (thing,) = row.at("Thing")
    unit = datastream.unit_of_measurement
    symbol = unit.symbol if isinstance(unit, UnitOfMeasurement) else None
    return str(thing.entity.key), str(datastream.key), symbol


def _bucket_rows(buckets: Buckets, datastream: Row) -> Iterator[BucketRow]:
    thing, key, unit = _names(datastream)
    for number in range(len(buckets)):
        yield BucketRow(
            lab=buckets.lab,
            thing=thing,
            datastream=key,
            unit=unit,
            start=Instant(buckets.start[number]),
            end=Instant(buckets.end[number]),
            count=buckets.count[number],
            other=buckets.other[number],
            min=buckets.min[number],
            max=buckets.max[number],
            mean=buckets.mean[number],
            first=buckets.first[number],
            last=buckets.last[number],
        )


def _cell(value: object) -> object:
    return value.us if isinstance(value, Instant) else value


def _frame(rows: Sequence[Any], columns: Sequence[str]) -> "pandas.DataFrame":
    """Make a data frame with `start` and `end` as times in UTC.

    Raises:
        SettingsError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise SettingsError("to_pandas needs pandas: pip install 'ssclab-data[pandas]'") from error
    frame = pandas.DataFrame.from_records(rows, columns=list(columns))
    for column in ("start", "end"):
        frame[column] = pandas.to_datetime(frame[column], utc=True, unit="us")
    return frame
