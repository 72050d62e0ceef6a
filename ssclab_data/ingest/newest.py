"""Find the newest moment that stored rows speak of."""

from collections.abc import Iterable

import numpy as np

from ssclab_data.model.columns import ABSENT
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant
from ssclab_data.validation.series.columns import times


def newest(series: Iterable[Series], now: Instant | None) -> Instant | None:
    """Give the newest moment, the end of an interval; None where there is none.

    Args:
        now: moments after it do not count: a clock that runs ahead says nothing about what there is already.
    """
    found = [at for one in series for at in _latest(one, now)]
    return Instant(max(found)) if found else None


def _latest(series: Series, now: Instant | None) -> list[int]:
    """Give the latest end of a series that counts, if any."""
    ends = times(series.start) if series.end is None else times(series.end)
    ends = np.where(ends == ABSENT, times(series.start), ends)
    counting = ends if now is None else ends[ends <= now.us]
    return [int(counting.max())] if len(counting) else []
