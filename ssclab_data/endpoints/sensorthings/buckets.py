"""Answer `$every`: Observations summed up by period, an extension that the landing page advertises."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import msgspec
from starlette.responses import Response

from ssclab_data.endpoints.base import json_response
from ssclab_data.endpoints.sensorthings.encode import Encoder
from ssclab_data.endpoints.sensorthings.options import EVERY, ZONE, ResultFormat
from ssclab_data.errors import QueryError, QueryLimitError, UnsupportedError, ValueParseError
from ssclab_data.model.periods import Period
from ssclab_data.model.values import Instant, Interval
from ssclab_data.query.ast import BoundQuery
from ssclab_data.query.views import MULTI, SINGLE
from ssclab_data.stores.base import Buckets, Store

EXTENSION = "https://ssclab.example/docs/http/#sums-by-period"
"""Names the extension among the conformance classes."""
COMPONENTS = ("phenomenonTime", "count", "mean", "min", "max", "first", "last", "other")

_BESIDE = ("$filter", EVERY, ZONE)


class Sums(msgspec.Struct, frozen=True):
    """What is to be summed up, and how it is written.

    Attributes:
        query: as the store takes it.
        most: the most buckets that one answer holds.
    """

    query: BoundQuery
    period: Period
    format: ResultFormat
    most: int


def period_of(options: dict[str, str]) -> Period | None:
    """Take the period out of the options; None where none is asked for.

    Raises:
        QueryError: it is none, or there are options that do not go with it.
    """
    if EVERY not in options:
        if ZONE in options:
            raise QueryError(f"goes with {EVERY}", option=ZONE)
        return None
    for name in options:
        if name not in _BESIDE:
            raise QueryError(f"does not go with {EVERY}; it takes {', '.join(_BESIDE)}", option=name)
    try:
        return Period.parse(options.pop(EVERY), zone=options.pop(ZONE, "UTC"))
    except ValueParseError as error:
        raise QueryError(str(error), option=EVERY) from error


def respond(sums: Sums, store: Store, encoder: Encoder) -> Response:
    """Sum up and write, one data array for each Datastream.

    Raises:
        QueryLimitError: there are more buckets than one answer holds.
        UnsupportedError: the format is for Observations only.
    """
    if sums.query.entity_type != "Observation":
        raise UnsupportedError(f"{EVERY} on {sums.query.entity_type}", "it is for sets of Observations")
    if sums.format in (ResultFormat.GEOJSON, ResultFormat.JSON_LD):
        raise UnsupportedError(f"$resultFormat={sums.format} with {EVERY}", "take JSON, dataArray or CSV")
    found = store.buckets(sums.query, sums.period)
    total = sum(map(len, found))
    if total > sums.most:
        cure = "take a longer period, or bound phenomenonTime"
        raise QueryLimitError(f"makes {total} periods, and an answer holds {sums.most}: {cure}", option=EVERY)
    if sums.format is ResultFormat.CSV:
        return Response(_csv(found), media_type="text/csv")
    return json_response({"value": [_data_array(one, encoder) for one in found]})


def _data_array(found: Buckets, encoder: Encoder) -> dict[str, Any]:
    series = MULTI if found.datastream in encoder.multis else SINGLE
    return {
        f"{series}@iot.navigationLink": encoder.links.entity(series, found.datastream),
        "meanKind": found.mean_kind,
        "components": COMPONENTS,
        "dataArray@iot.count": len(found),
        "dataArray": list(_rows(found)),
    }


def _rows(found: Buckets) -> Iterator[tuple[Any, ...]]:
    times = (str(Interval(Instant(start), Instant(end))) for start, end in zip(found.start, found.end, strict=True))
    columns = (getattr(found, name) for name in COMPONENTS[1:])
    return zip(times, *columns, strict=True)


def _csv(found: tuple[Buckets, ...]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("Datastream/@iot.id", *COMPONENTS, "meanKind"))
    for one in found:
        writer.writerows((one.datastream, *row, one.mean_kind) for row in _rows(one))
    return text.getvalue()
