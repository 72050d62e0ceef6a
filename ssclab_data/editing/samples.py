"""Record Observations: single ones are put into columns, those of one Datastream and feature together."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from ssclab_data.editing.streams import Streams
from ssclab_data.errors import ConflictError
from ssclab_data.model.sensorthings import Observation
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant, Interval, Time, start_of
from ssclab_data.stores.base import Fate

type Numbered = tuple[int, Sample]


class Sample(msgspec.Struct, frozen=True):
    """An Observation with where it belongs.

    Attributes:
        observation: its own properties.
    """

    datastream: int
    feature: int
    observation: Observation


def record(streams: Streams, samples: Sequence[Sample]) -> tuple[list[int], list[Fate]]:
    """Write Observations of any Datastreams.

    Returns:
        Handle and fate of each, in their order.
    """
    handles = [0] * len(samples)
    fates = [Fate.CREATED] * len(samples)
    for group in _groups(samples):
        recorded = streams.transaction.record(series_of(streams, [sample for _, sample in group]))
        for (number, _), handle, fate in zip(group, recorded.handles, recorded.fates, strict=True):
            handles[number], fates[number] = handle, fate
    return handles, fates


def refuse_rejected(handles: Sequence[int], fates: Sequence[Fate]) -> None:
    """Raise where a Datastream refused a duplicate.

    Raises:
        ConflictError: it did; with the Observation that is there.
    """
    for handle, fate in zip(handles, fates, strict=True):
        if fate is Fate.REJECTED:
            raise ConflictError(
                "there is an Observation of that Datastream and phenomenonTime already, and it says something else",
                entity_type="Observation",
                handle=handle,
            )


def series_of(streams: Streams, samples: Sequence[Sample]) -> Series:
    """Put Observations of one Datastream and feature into columns."""
    own = [sample.observation for sample in samples]
    times = [time_of(one) for one in own]
    valid = [one.valid_time if isinstance(one.valid_time, Interval) else None for one in own]
    return Series(
        datastream=str(streams.key("Datastream", samples[0].datastream)),
        feature=str(streams.key("FeatureOfInterest", samples[0].feature)) if samples[0].feature else "",
        start=[start_of(time).us for time in times],
        end=_column([time.end.us if isinstance(time, Interval) else None for time in times]),
        result=[None if one.result is UNSET else one.result for one in own],
        result_time=_column([one.result_time.us if isinstance(one.result_time, Instant) else None for one in own]),
        result_quality=_column([None if one.result_quality is UNSET else one.result_quality for one in own]),
        parameters=_column([one.parameters if isinstance(one.parameters, dict) else None for one in own]),
        valid_start=_column([time.start.us if time else None for time in valid]),
        valid_end=_column([time.end.us if time else None for time in valid]),
    )


def time_of(observation: Observation) -> Time:
    """Give the phenomenonTime of an Observation that has one."""
    time = observation.phenomenon_time
    assert isinstance(time, (Instant, Interval))  # noqa: S101 - required by the model, and checked
    return time


def _column[T](values: list[T | None]) -> list[T | None] | None:
    return values if any(value is not None for value in values) else None


def _groups(samples: Sequence[Sample]) -> list[list[Numbered]]:
    """Part samples by Datastream and feature.

    Where two of one Datastream have one time, what is written last holds: there the order is kept, by runs.
    """
    places = {(sample.datastream, time_of(sample.observation)) for sample in samples}
    ordered = len(places) < len(samples)
    groups: dict[tuple[int, ...], list[Numbered]] = {}
    run, before = 0, None
    for number, sample in enumerate(samples):
        place = (sample.datastream, sample.feature)
        run += ordered and place != before
        before = place
        groups.setdefault((run, *place), []).append((number, sample))
    return list(groups.values())
