"""Draw the flags and the days of a series as SVG."""

from datetime import date

from ssclab_data.validation.outcome import DayCount, SeriesSummary
from ssclab_data.validation.reports.words import FLAGS, number, word

_COLOURS = {1: "#2e8b57", 2: "#9aa5b1", 3: "#e0a100", 4: "#c62828", 9: "#e3e7ec"}
_WIDTH, _BAR, _LINE, _HEIGHT = 1000, 18, 10, 70
_MOST_COLUMNS = 500
"""More days than this are drawn several to a column."""


def flags(series: SeriesSummary, language: str) -> str:
    """Draw one bar, parted by flag, with its key in words below it."""
    total = sum(series.flags.values())
    if not total:
        return ""
    parts, key, at = [], [], 0.0
    for flag, name in FLAGS:
        count = series.flags.get(flag, 0)
        if count:
            wide = max(_WIDTH * count / total, 1.0)
            parts.append(f'<rect x="{at:.1f}" y="0" width="{wide:.1f}" height="{_BAR}" fill="{_COLOURS[flag]}"/>')
            key.append(_key(flag, f"{word(name, language)} {number(count, language)}"))
            at += wide
    label = ", ".join(f"{word(name, language)} {number(series.flags.get(flag, 0), language)}" for flag, name in FLAGS)
    picture = f'<svg viewBox="0 0 {_WIDTH} {_BAR}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
    return f'{picture}<p class="key">{"".join(key)}</p>'


def timeline(series: SeriesSummary, language: str) -> str:
    """Draw the period of a series as a bar in which the gaps are open."""
    period = series.period
    if period is None or not series.gaps or period.start == period.end:
        return ""
    scale = _WIDTH / (period.end.us - period.start.us)
    open_ = "".join(
        f'<rect x="{(gap.start.us - period.start.us) * scale:.1f}" y="1" height="{_LINE - 2}" '
        f'width="{max((gap.end.us - gap.start.us) * scale, 1.0):.1f}" fill="#fff"/>'
        for gap in series.gaps
    )
    label = f"{word('gaps', language)}: {number(series.gap_count, language)}"
    whole = f'<rect x="0" y="0" width="{_WIDTH}" height="{_LINE}" fill="#5b7083"/>'
    return f'<svg viewBox="0 0 {_WIDTH} {_LINE}" role="img" aria-label="{label}">{whole}{open_}</svg>'


def days(series: SeriesSummary, language: str) -> str:
    """Draw the rows of each day as a column; a day without rows stays empty, so that gaps are seen."""
    if len(series.days) < 2:
        return ""
    first, last = (date.fromisoformat(series.days[place].day) for place in (0, -1))
    span = (last - first).days + 1
    group = -(-span // _MOST_COLUMNS)
    columns = _grouped(series.days, first, group)
    highest = max(one.good + one.suspect + one.bad for one in columns.values()) or 1
    wide = _WIDTH / -(-span // group)
    drawn = "".join(_column(place * wide, one, wide=wide, highest=highest) for place, one in sorted(columns.items()))
    label = f"{word('per-day', language)}: {first} – {last}"
    edge = f'<line x1="0" y1="{_HEIGHT}" x2="{_WIDTH}" y2="{_HEIGHT}" stroke="#9aa5b1"/>'
    texts = (
        f'<text x="0" y="{_HEIGHT + 14}" font-size="12" fill="#55606d">{first}</text>'
        f'<text x="{_WIDTH}" y="{_HEIGHT + 14}" font-size="12" fill="#55606d" text-anchor="end">{last}</text>'
    )
    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT + 20}"'
    return f'<svg {size} role="img" aria-label="{label}">{drawn}{edge}{texts}</svg>'


def _grouped(found: tuple[DayCount, ...], first: date, group: int) -> dict[int, DayCount]:
    columns: dict[int, DayCount] = {}
    for one in found:
        place = (date.fromisoformat(one.day) - first).days // group
        known = columns.get(place, DayCount(one.day))
        columns[place] = DayCount(known.day, known.good + one.good, known.suspect + one.suspect, known.bad + one.bad)
    return columns


def _column(at: float, one: DayCount, *, wide: float, highest: int) -> str:
    drawn, top = "", float(_HEIGHT)
    for count, colour in ((one.good, _COLOURS[1]), (one.suspect, _COLOURS[3]), (one.bad, _COLOURS[4])):
        tall = _HEIGHT * count / highest
        top -= tall
        if count:
            size = f'width="{max(wide - 0.5, 0.5):.2f}" height="{tall:.2f}"'
            drawn += f'<rect x="{at:.2f}" y="{top:.2f}" {size} fill="{colour}"/>'
    return drawn


def _key(flag: int, text: str) -> str:
    return f'<span style="background:{_COLOURS[flag]}"></span>{text}'
