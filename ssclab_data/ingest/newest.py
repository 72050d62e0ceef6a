"""Find the newest moment that stored rows speak of."""

from collections.abc import Iterable, Iterator

from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant


def newest(series: Iterable[Series], now: Instant | None) -> Instant | None:
    """Give the newest moment, the end of an interval; None where there is none.

    Args:
        now: moments after it do not count: a clock that runs ahead says nothing about what there is already.
    """
    limit = None if now is None else now.us
    found = [at for one in series for at in _ends(one) if limit is None or at <= limit]
    return Instant(int(max(found))) if found else None


def _ends(series: Series) -> Iterator[int]:
    if series.end is None:
        yield from series.start
        return
    for start, end in zip(series.start, series.end, strict=True):
        yield start if end is None else end
