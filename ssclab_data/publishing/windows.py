"""Bring values that may show that somebody is there together into means over whole quarters of an hour."""

from collections import Counter
from typing import Any

import msgspec
import numpy as np

from ssclab_data.model.codelists import Averaging, PropertyInfo
from ssclab_data.model.columns import Bytes, Columns, Flags, Floats, Integers, ResultKind

WINDOW = 15 * 60 * 1_000_000
"""Microseconds of a window; windows begin at whole quarters of UTC."""
PERIOD = "PT15M"
SETTLE = 15 * 60 * 1_000_000
"""So long after its end a window is closed: what is under way by then counts."""
SMALL_COUNT = 5
"""A number of people, cars or the like below this is not published."""
FAILED = frozenset({4, 9})
"""Quality flags of values that are in no mean (code list `quality-flags`)."""

_DECIMALS = 3
_MEANS = (Averaging.ARITHMETIC, Averaging.ENERGETIC)


class Means(msgspec.Struct, frozen=True):
    """What is published of a Datastream in the place of its values.

    Attributes:
        start: when each window begins, microseconds UTC, ascending.
        mean: of its values.
        count: how many values it is of.
        feature: handle of the FeatureOfInterest of most of them, 0 for none.
        counts: what became of the values: `aggregated`, `suppressed`, `pending`.
    """

    start: Integers
    mean: Floats
    count: Integers
    feature: Integers
    counts: Counter[str]


def means(columns: Columns, info: PropertyInfo, *, minimum: int, now: int) -> Means:
    """Take the means of the values of a Datastream.

    A window is published when it is closed, holds enough values, and its property has a mean at all. Values that are
    no numbers, failed a check, or are of an interval that does not lie in one window, are in no mean.

    Args:
        minimum: so many values a mean must be of.
        now: microseconds UTC.
    """
    counts: Counter[str] = Counter()
    usable = _usable(columns) & (info.averaging in _MEANS)
    counts["suppressed"] += int(len(columns) - usable.sum())
    places = np.flatnonzero(usable)
    begins = columns.start[places] // WINDOW * WINDOW
    order = np.lexsort((columns.start[places], begins))
    places, begins = places[order], begins[order]
    opened = begins + WINDOW + SETTLE > now
    counts["pending"] += int(opened.sum())
    places, begins = places[~opened], begins[~opened]
    starts, first, sizes = np.unique(begins, return_index=True, return_counts=True)
    values = numbers(columns)[places]
    found = [_mean(part, info) for part in np.split(values, first[1:])] if len(starts) else []
    enough = np.array(
        [_is_enough(part, info, minimum) for part in np.split(values, first[1:])][: len(starts)], np.bool_
    )
    counts["suppressed"] += int(sizes[~enough].sum())
    counts["aggregated"] += int(sizes[enough].sum())
    return Means(
        start=starts[enough],
        mean=np.array(found, np.float64)[enough],
        count=sizes[enough].astype(np.int64),
        feature=_features(columns, places, first)[enough],
        counts=counts,
    )


def is_mean(columns: Columns) -> Flags:
    """Tell which values are means over whole windows already, which are published as they are."""
    if columns.span is None:
        return np.zeros(len(columns), np.bool_)
    whole = (columns.start % WINDOW == 0) & (columns.stop % WINDOW == 0) & (columns.stop > columns.start)
    found: Flags = columns.span & whole
    return found


def numbers(columns: Columns) -> Floats:
    """Give the results as floating point; NaN where one is no number."""
    kind, found = columns.result.kind, np.full(len(columns), np.nan)
    for number, values in ((ResultKind.FLOAT, columns.result.floats), (ResultKind.INTEGER, columns.result.integers)):
        if values is not None:
            found = np.where(kind == number, values.astype(np.float64), found)
    return found


def flag_of(quality: object) -> int | None:
    """Give the flag of the code list that a resultQuality is, None where it is none."""
    try:
        flag: Any = msgspec.json.decode(quality) if isinstance(quality, (bytes, str)) else None
    except msgspec.DecodeError:
        return None
    text = str(flag) if isinstance(flag, (int, str)) and not isinstance(flag, bool) else ""
    return int(text) if text in ("1", "2", "3", "4", "9") else None


def _usable(columns: Columns) -> Flags:
    """Tell which rows can be in a mean."""
    inside = columns.start // WINDOW == np.maximum(columns.start, columns.stop - 1) // WINDOW
    usable: Flags = np.isfinite(numbers(columns)) & inside
    quality: Bytes | None = columns.quality
    if quality is not None:
        usable &= np.array([flag_of(text) not in FAILED for text in quality], np.bool_)
    return usable


def _mean(values: Floats, info: PropertyInfo) -> float:
    if info.averaging is Averaging.ENERGETIC:
        highest = values.max()
        mean = highest + 10 * np.log10(np.mean(np.power(10.0, (values - highest) / 10)))
    else:
        mean = np.mean(values)
    return round(float(mean), _DECIMALS)


def _is_enough(values: Floats, info: PropertyInfo, minimum: int) -> bool:
    """Tell whether a window can be published: of enough values, and, where things are counted, not of a few."""
    counted = info.ucum == "1" or info.ucum.startswith("{")
    return len(values) >= minimum and not (counted and abs(float(values.sum())) < SMALL_COUNT)


def _features(columns: Columns, places: Integers, first: Integers) -> Integers:
    """Give the FeatureOfInterest of the first value of each window."""
    if columns.feature is None:
        return np.zeros(len(first), np.int64)
    return columns.feature[places][first]
