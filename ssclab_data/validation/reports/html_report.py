"""Write a report as one HTML file without scripts, with drawings of gaps and flags."""

from collections.abc import Iterable, Iterator
from html import escape

import msgspec

from ssclab_data.model.finding import Finding, Severity
from ssclab_data.validation.outcome import Outcome, SeriesSummary
from ssclab_data.validation.report import by_weight, fold_rules, place
from ssclab_data.validation.reports.drawing import days, flags, timeline
from ssclab_data.validation.reports.words import counts_of, length, number, period, verdict, word

_SHOWN = 500
_PLACES = 10
_SERIES = 200
_STYLE = """
:root{--bad:#b3261e;--warn:#8a5a00;--good:#1b6e3c;--info:#3b5b7a;--line:#d5dae0;--soft:#f4f6f8;color-scheme:light}
body{font:16px/1.5 system-ui,sans-serif;color:#1c2430;margin:0 auto;max-width:72rem;padding:1rem}
h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.2rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}
.verdict{font-size:1.2rem;font-weight:600;padding:.6rem 1rem;border-left:.5rem solid;background:var(--soft)}
.verdict-good{border-color:var(--good)}.verdict-warnings{border-color:var(--warn)}.verdict-bad{border-color:var(--bad)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{color:#55606d}dd{margin:0;
overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .5rem;
border-bottom:1px solid var(--line)}th{color:#55606d;font-weight:600}td.n{text-align:right;white-space:nowrap}
details{border:1px solid var(--line);border-left:.4rem solid var(--info);margin:.4rem 0;padding:.4rem .8rem}
details.error{border-left-color:var(--bad)}details.warning{border-left-color:var(--warn)}
summary{cursor:pointer}summary b{margin-right:.5rem}code{background:var(--soft);padding:0 .2rem;overflow-wrap:anywhere}
.cure{color:#33404d}.tag{display:inline-block;min-width:6.5rem;font-weight:600}.error .tag{color:var(--bad)}
.warning .tag{color:var(--warn)}.info .tag{color:var(--info)}svg{display:block;width:100%;height:auto}
.key span{display:inline-block;width:.8rem;height:.8rem;margin:0 .3rem 0 .8rem}figure{margin:.3rem 0 1.2rem}
figcaption{font-weight:600}@media print{details{break-inside:avoid}}
"""


def html_report(outcome: Outcome, language: str) -> bytes:
    """Write the page; it needs nothing but itself, and is plain HTML that prints."""
    return "\n".join(_page(outcome, language)).encode()


def _page(outcome: Outcome, language: str) -> Iterator[str]:
    title = f"{word('title', language)}: {outcome.target}"
    yield f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>"
    yield f"<h1>{escape(word('title', language))}</h1>"
    yield from _head(outcome, language)
    yield f"<h2>{word('findings', language)}</h2>"
    yield from _findings(outcome, language)
    if outcome.series:
        yield f"<h2>{word('series', language)}</h2>"
        yield from _series(outcome.series, language)
    yield "</main></body></html>\n"


def _head(outcome: Outcome, language: str) -> Iterator[str]:
    name = verdict(outcome)
    yield f'<p class="verdict {name}">{word(name, language)}: {counts_of(outcome, language)}</p><dl>'
    for label, value in _facts(outcome, language):
        yield f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>"
    yield "</dl>"


def _facts(outcome: Outcome, language: str) -> Iterator[tuple[str, str]]:
    yield word("target", language), outcome.target
    yield word("profile", language), outcome.profile or word("no-profile", language)
    if outcome.started is not None:
        yield word("started", language), str(outcome.started)
    looked = ", ".join(f"{name} {number(count, language)}" for name, count in outcome.checked.items())
    yield word("looked-at", language), looked or "0"
    if outcome.records_read:
        rejected = f"{number(outcome.records_rejected, language)} {word('rejected', language)}"
        yield word("records", language), f"{number(outcome.records_read, language)}, {rejected}"
    if outcome.known:
        yield word("known", language), number(outcome.known, language)
    if outcome.engines:
        yield word("engines", language), ", ".join(f"{kind}: {name}" for kind, name in outcome.engines.items())


def _findings(outcome: Outcome, language: str) -> Iterator[str]:
    groups = by_weight(fold_rules(outcome.findings))
    if not groups:
        yield f"<p>{word('none', language)}</p>"
    members: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in outcome.findings:
        members.setdefault((finding.rule, finding.severity, finding.path), []).append(finding)
    for group in groups[:_SHOWN]:
        yield _group(group, members[group.rule, group.severity, group.path], language)
    if len(groups) > _SHOWN:
        yield f"<p>+ {number(len(groups) - _SHOWN, language)}: {word('more', language)}</p>"


def _group(first: Finding, members: list[Finding], language: str) -> str:
    kind = first.severity.value
    opened = " open" if first.severity is Severity.ERROR else ""
    summary = (
        f'<span class="tag">{word(kind, language)}</span> <b>{number(first.count, language)}×</b>'
        f"{escape(first.message(language))} <code>{escape(first.rule)}</code>"
    )
    cure = f'<p class="cure">{word("cure", language)}: {escape(first.advice(language))}</p>' if first.cure else ""
    rows = "".join(_row(finding, language) for finding in members[:_PLACES])
    left = len(members) - _PLACES
    more = f"<p>+ {number(left, language)}: {word('more', language)}</p>" if left > 0 else ""
    heads = "".join(f"<th>{word(name, language)}</th>" for name in ("where", "message", "value", "instead", "count"))
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<details class="{kind}"{opened}><summary>{summary}</summary>{cure}{table}{more}</details>'


def _row(finding: Finding, language: str) -> str:
    value = finding.value if isinstance(finding.value, str) else _json(finding.value)
    cells = (place(finding), finding.message(language), value, finding.suggestion)
    written = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr>{written}<td class="n">{number(finding.count, language)}</td></tr>'


def _json(value: object) -> str:
    return "" if value is None else msgspec.json.encode(value).decode()


def _series(series: Iterable[SeriesSummary], language: str) -> Iterator[str]:
    worst = sorted(series, key=lambda one: -(one.flags.get(4, 0) + one.flags.get(3, 0)))
    for one in worst[:_SERIES]:
        yield f"<figure><figcaption>{escape(one.name or one.datastream)}</figcaption>"
        yield flags(one, language)
        yield timeline(one, language)
        yield days(one, language)
        yield f"<p>{escape(_described(one, language))}</p></figure>"
    if len(worst) > _SERIES:
        yield f"<p>+ {number(len(worst) - _SERIES, language)}: {word('more', language)}</p>"


def _described(one: SeriesSummary, language: str) -> str:
    cadence = length(one.cadence)
    parts = [
        f"{word('count', language)}: {number(one.count, language)}",
        period(one.period),
        f"{word('cadence', language)} {cadence}" if cadence else "",
        f"{word('gaps', language)}: {number(one.gap_count, language)}",
    ]
    longest = sorted(one.gaps, key=lambda gap: gap.start.us - gap.end.us)[:3]
    if longest:
        parts.append(f"{word('longest-gaps', language)}: {'; '.join(period(gap) for gap in longest)}")
    return " · ".join(part for part in parts if part)
