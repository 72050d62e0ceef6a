"""Make the Observations that are published of a Datastream."""

from collections import Counter
from collections.abc import Mapping

import msgspec
import numpy as np

from ssclab_data.model.columns import Bytes, Columns, Flags, Integers, ResultKind, Results, join, take
from ssclab_data.model.entity import Entity
from ssclab_data.model.sensorthings import FeatureOfInterest
from ssclab_data.publishing.blurring import feature_of, label_of
from ssclab_data.publishing.identifiers import Veil
from ssclab_data.publishing.plans import Mode, Stream
from ssclab_data.publishing.reading import in_order
from ssclab_data.publishing.windows import WINDOW, flag_of, is_mean, means, numbers


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """What is published of a Datastream.

    Attributes:
        columns: by start, end and ordinal.
        features: key of the FeatureOfInterest by the handle that `columns` have.
        entities: the FeaturesOfInterest.
        counts: what became of the Observations of the exact store: `copied`, `aggregated`, `suppressed`, `pending`.
    """

    columns: Columns
    features: Mapping[int, str]
    entities: tuple[Entity, ...]
    counts: Counter[str]


class Limits(msgspec.Struct, frozen=True):
    """What means are taken by.

    Attributes:
        minimum: so many values a mean must be of.
        now: microseconds UTC.
    """

    minimum: int
    now: int


def rows_of(
    stream: Stream, columns: Columns, features: Mapping[int, FeatureOfInterest], *, veil: Veil, limits: Limits
) -> Rows:
    """Make them.

    Args:
        columns: the Observations in the exact store.
        features: the FeaturesOfInterest there, by handle.
    """
    counts: Counter[str] = Counter()
    if not stream.several:
        columns, counts["replaced"] = _one_of_each(columns)
    if stream.mode is Mode.COPY:
        counts["copied"] = len(columns)
        veiled = {handle: veil.entity(feature) for handle, feature in features.items()}
        keys = {handle: str(feature.key) for handle, feature in veiled.items()}
        return Rows(columns=_veiled(columns, veil), features=keys, entities=tuple(veiled.values()), counts=counts)
    made = _values(columns, counts) if stream.mode is Mode.VALUES else _means(stream, columns, counts, limits=limits)
    keys, entities = _places(stream, features)
    return Rows(columns=made, features=keys, entities=entities, counts=counts)


def _places(stream: Stream, features: Mapping[int, FeatureOfInterest]) -> tuple[dict[int, str], tuple[Entity, ...]]:
    """Give the published places of FeaturesOfInterest; those without a position have none."""
    assert stream.places is not None  # noqa: S101 - a Stream of these modes has them
    found = {handle: stream.places.of(feature.feature) for handle, feature in features.items()}
    places = {handle: place for handle, place in found.items() if place is not None}
    label = label_of(stream.key.split("/", maxsplit=2)[1])
    made = {place.key: feature_of(place, label) for place in places.values()}
    return {handle: place.key for handle, place in places.items()}, tuple(made.values())


def _one_of_each(columns: Columns) -> tuple[Columns, int]:
    """Keep the last of the Observations of one time; give also how many were not kept."""
    same = (columns.start[1:] == columns.start[:-1]) & (columns.stop[1:] == columns.stop[:-1])
    if not same.any():
        return columns, 0
    return take(columns, np.append(~same, True)), int(same.sum())


def _veiled(columns: Columns, veil: Veil) -> Columns:
    """Take the ids of devices out of what is JSON."""
    if columns.parameters is None:
        return columns
    parameters = np.empty(len(columns), np.object_)
    for row, text in enumerate(columns.parameters):
        parameters[row] = None if text is None else msgspec.json.encode(veil.value(msgspec.json.decode(text)))
    return msgspec.structs.replace(columns, parameters=parameters)


def _values(columns: Columns, counts: Counter[str]) -> Columns:
    """Keep the numbers with their times and flags, and nothing else."""
    numeric = np.isfinite(numbers(columns))
    counts["suppressed"] += int(len(columns) - numeric.sum())
    counts["copied"] += int(numeric.sum())
    kept = take(columns, numeric)
    return Columns(
        handle=kept.handle,
        start=kept.start,
        stop=kept.stop,
        span=kept.span,
        ordinal=kept.ordinal,
        result=msgspec.structs.replace(kept.result, texts=None),
        result_time=kept.result_time,
        quality=_flags(kept),
        feature=kept.feature,
    )


def _flags(columns: Columns) -> Bytes | None:
    """Keep the flags that are codes of the list."""
    if columns.quality is None:
        return None
    kept = np.empty(len(columns), np.object_)
    for row, text in enumerate(columns.quality):
        flag = flag_of(text)
        kept[row] = None if flag is None else msgspec.json.encode(flag)
    return kept if any(flag is not None for flag in kept) else None


def _means(stream: Stream, columns: Columns, counts: Counter[str], *, limits: Limits) -> Columns:
    """Give the means over windows, and the values that are such means already."""
    assert stream.info is not None  # noqa: S101 - a Stream of this mode has one
    whole = is_mean(columns)
    kept = _closed(take(columns, whole), limits, counts)
    found = means(take(columns, ~whole), stream.info, minimum=limits.minimum, now=limits.now)
    counts.update(found.counts)
    fresh: Flags = ~np.isin(found.start, kept.start) if len(kept) else np.ones(len(found.start), np.bool_)
    counts["aggregated"] -= int(found.count[~fresh].sum())
    counts["suppressed"] += int(found.count[~fresh].sum())
    start = found.start[fresh]
    made = Columns(
        handle=np.zeros(len(start), np.int64),
        start=start,
        stop=start + WINDOW,
        span=np.ones(len(start), np.bool_),
        result=Results(kind=np.full(len(start), ResultKind.FLOAT, np.uint8), floats=found.mean[fresh]),
        result_time=start + WINDOW,
        parameters=_counted(found.count[fresh]),
        feature=found.feature[fresh],
    )
    values = msgspec.structs.replace(_values(kept, counts), result_time=None)
    return in_order(join([values, made]))


def _closed(columns: Columns, limits: Limits, counts: Counter[str]) -> Columns:
    closed = columns.stop <= limits.now
    counts["pending"] += int(len(columns) - closed.sum())
    return take(columns, closed)


def _counted(counts: Integers) -> Bytes:
    """Say how many values each mean is of."""
    texts = np.empty(len(counts), np.object_)
    texts[:] = [msgspec.json.encode({"count": count}) for count in counts.tolist()]
    return texts
