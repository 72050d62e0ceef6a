"""Write a page for each source out of its mapping: fields, units, times, places, limits and known traps."""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ssclab_data.model import codelists
from ssclab_data.model.units import resolve_unit
from ssclab_data.sources.base import Described
from ssclab_data.sources.declaration import (
    FieldRule,
    Form,
    MappingFile,
    Named,
    Offset,
    PlaceRule,
    Stamp,
    TimeRule,
    Values,
)
from ssclab_data.sources.mapping import load_source, source_names

FOLDER = "docs/sources"
INDEX = "index.md"

_FIELD = re.compile(r"\{([^}|]+)[^}]*\}")
_STAMPS = {
    Stamp.INSTANT: "the moment of the measurement",
    Stamp.START: "the start of the period",
    Stamp.END: "the end of the period",
}


def pages() -> Mapping[str, str]:
    """Give the text of each page by its file name, the list of all sources too."""
    described = {name: _described(load_source(name)) for name in source_names()}
    found = {f"{name}.md": text for name, (_, text) in described.items()}
    return {INDEX: _index({name: title for name, (title, _) in described.items()}), **found}


def _described(source: object) -> tuple[str, str]:
    if not isinstance(source, Described):
        raise TypeError(f"the source {source!r} describes itself neither by a mapping nor by a page")
    about = source.about
    if isinstance(about, MappingFile):
        return about.title, page(about)
    head = _head(about.title, about.source, about.documentation)
    return about.title, _lines(head, _commands(about.source), about.text.splitlines())


def page(mapping: MappingFile) -> str:
    """Write the page of a mapping in Markdown."""
    return _lines(
        _head(mapping.title, mapping.source, mapping.documentation),
        _facts(mapping),
        _section("Traps", (f"- {trap}" for trap in mapping.traps)),
        _section("Forms", _table(("form", "reader", "is known by", "gives"), map(_form, mapping.forms))),
        _section("Times", _times(mapping)),
        _section("Places", _places(mapping)),
        _section("Fields", _fields(mapping)),
        _section("No value", _missing(mapping)),
        _section("Flags of the source", _flags(mapping)),
        _section("Tables beside the payload", _lookups(mapping)),
        _section(
            "Ignored fields",
            _table(("field", "why"), ((f"`{name}`", reason) for name, reason in mapping.ignore.items())),
        ),
    )


def _head(title: str, source: str, documentation: str) -> list[str]:
    return [f"# {title}", "", f"Source `{source}`. Known from: {documentation}.", ""]


def _facts(mapping: MappingFile) -> Iterator[str]:
    facts = {
        "Homepage": f"<{mapping.homepage}>" if mapping.homepage else "",
        "Licence of the data": re.sub(r"^https?://\S+$", r"<\g<0>>", mapping.licence),
        "Profile that fits": f"`{mapping.profile}`" if mapping.profile else "",
        "Thing": _named(mapping.thing),
        "Sensor": _named(mapping.sensor) if mapping.sensor.id else "",
        "Datastreams": "one for each property and sensor" if mapping.splits else "one for each property",
    }
    yield from (f"- {name}: {fact}" for name, fact in facts.items() if fact)
    yield ""
    yield from _commands(mapping.source, mapping.profile)


def _named(rule: Named) -> str:
    return f"known by `{'` or `'.join(rule.id)}`, called {_text(rule.name)}"


def _commands(source: str, profile: str = "") -> Iterator[str]:
    checked = f" --profile {profile}" if profile else ""
    yield from (
        "```console",
        f"ssclab mapping try {source} PAYLOAD",
        f"ssclab validate --source {source}{checked} PAYLOAD",
        f"ssclab ingest {source} PAYLOAD --lab LAB",
        "```",
        "",
    )


def _form(form: Form) -> tuple[str, ...]:
    known = [*(f"`{name}`" for name in form.having)]
    known += [f"`{name}` = {' or '.join(texts)}" for name, texts in form.only.items()]
    gives = [text for text, is_so in (("Things", form.describes), ("Observations", form.observes)) if is_so]
    return (
        form.name,
        form.reader,
        ", ".join(known) or "what its reader takes",
        " and ".join(gives) or "nothing to store",
    )


def _times(mapping: MappingFile) -> Iterator[str]:
    yield f"- {_time(mapping.time)}"
    for form in mapping.forms:
        if form.time is not None:
            yield f"- Form `{form.name}`: {_time(form.time)}"


def _time(rule: TimeRule) -> str:
    stamp = f"`{rule.text}`" if rule.text else " or ".join(f"`{name}`" for name in rule.fields) or "no stamp"
    parts = [f"{stamp} marks {_STAMPS[rule.stamp]}"]
    if rule.until or rule.until_text:
        parts.append(f"`{rule.until_text or '` or `'.join(rule.until)}` is the other edge")
    if rule.period:
        parts.append(f"the period is {rule.period}")
    if rule.hours == "1-24":
        parts.append("hours are numbered 1 to 24")
    parts.append(_zone(rule))
    if rule.received:
        parts.append("without a stamp the time of receipt counts, where it is known")
    return f"{'; '.join(parts)}. Why: {_text(rule.because)}."


def _zone(rule: TimeRule) -> str:
    if rule.offset is Offset.WRONG:
        return f"the offset of a stamp is put aside, it is in {rule.zone}"
    if rule.zones:
        return "zone " + ", then ".join(f"{one.zone}{f' until {one.until}' if one.until else ''}" for one in rule.zones)
    if rule.zone_field:
        return f"the zone is in `{rule.zone_field}`"
    return f"zone {rule.zone}" if rule.zone else "a stamp without a zone is refused"


def _places(mapping: MappingFile) -> Iterator[str]:
    rules = [("", mapping.place), *((f"Form `{form.name}`: ", form.place) for form in mapping.forms if form.place)]
    for prefix, rule in rules:
        text = _place(rule)
        if text:
            yield f"- {prefix}{text}"


def _place(rule: PlaceRule) -> str:
    if rule.geojson:
        fields = f"GeoJSON in `{rule.geojson}`"
    elif rule.pair:
        fields = f"`{rule.pair}` ({'longitude' if rule.order == 'lon-lat' else 'latitude'} first)"
    elif rule.longitude:
        fields = f"`{rule.longitude}` and `{rule.latitude}`"
    else:
        return ""
    system = f", by `{rule.crs_field}`" if rule.crs_field else f", {rule.crs or 'CRS84 degrees'}"
    decoder = f", decoded by `{rule.decoder}`" if rule.decoder else ""
    return f"{fields}{system}{decoder}; positions closer than {rule.tolerance:g} m are one place."


def _fields(mapping: MappingFile) -> Iterator[str]:
    head = ("field", "observed property", "unit of the source", "stored in", "raw limits", "notes")
    yield from _table(head, (_field(name, rule) for name, rule in mapping.fields.items()))
    if mapping.concepts is not None:
        yield ""
        lists = "an observed property of the code lists, or of a concept aligned with one"
        yield f"Fields whose name is the IRI of {lists}:"
        yield f"unit {_unit(mapping.concepts)}."


def _field(name: str, rule: FieldRule) -> tuple[str, ...]:
    info = codelists.observed_property(rule.property)
    return f"`{name}`", f"{info.label_en} (`{info.id}`)", _unit(rule), info.ucum, _limits(rule), "; ".join(_notes(rule))


def _unit(rule: Values) -> str:
    told = f"told by `{rule.unit_field}`" if rule.unit_field else ""
    ucum = resolve_unit(rule.unit).ucum if rule.unit else ""
    unit = f"`{rule.unit}`{f' = {ucum}' if ucum != rule.unit else ''}" if rule.unit else ""
    return ", else ".join(filter(None, (told, unit)))


def _limits(rule: Values) -> str:
    if rule.minimum is None and rule.maximum is None:
        return ""
    low, high = ("…" if limit is None else f"{limit:.10g}" for limit in (rule.minimum, rule.maximum))
    return f"{low} to {high}"


def _notes(rule: FieldRule) -> Iterator[str]:
    if rule.scale != "1" or rule.offset != "0":
        plus = f" + {rule.offset}" if rule.offset != "0" else ""
        yield f"× {rule.scale}{plus}".replace("+ -", "− ")
    if rule.group:
        yield f"`{rule.decoder}` of {len(rule.group)} fields from `{rule.group[0]}` to `{rule.group[-1]}`"
    if rule.period or rule.stamp:
        stamp = f"the stamp marks {_STAMPS[rule.stamp]}" if rule.stamp else ""
        yield ", ".join(filter(None, (f"period {rule.period}" if rule.period else "", stamp)))
    if rule.series:
        yield f"series `{rule.series}`"
    if rule.kind:
        yield rule.kind
    yield "calibrated by the source" if rule.calibrated else "as measured"
    yield from (f"{text} becomes {one.result:g} ({one.meaning})" for text, one in rule.special.items())
    yield from (f"in {unit}: `{name}`" for unit, name in rule.by_unit.items())
    if rule.missing:
        yield "no value: " + ", ".join(f"`{text}`" for text in rule.missing)
    if rule.gas is not None:
        yield f"converted at {rule.gas.temperature:g} °C and {rule.gas.pressure:g} hPa ({rule.gas.because})"


def _missing(mapping: MappingFile) -> Iterator[str]:
    words = [f"`{text}`" for text in mapping.missing if text]
    if words:
        yield f"These texts mean that there is no value: {', '.join(words)}; an empty one too."


def _flags(mapping: MappingFile) -> Iterator[str]:
    labels = {row["code"]: row["label_en"] for row in codelists.read("quality-flags")}
    rows = (
        (f"`{rule.field}`", ", ".join(f"`{text}` {labels[code]}" for text, code in rule.codes.items()), rule.because)
        for rule in mapping.flags.values()
    )
    yield from _table(("field", "meaning", "source"), rows)


def _lookups(mapping: MappingFile) -> Iterator[str]:
    rows = (
        (
            f"`{name}`",
            f"`{one.on}` of a record is `{one.key}` of the table ({one.match})",
            ", ".join(one.fields) or "all",
        )
        for name, one in mapping.lookups.items()
    )
    yield from _table(("table", "key", "gives"), rows)


def _index(titles: Mapping[str, str]) -> str:
    rows = ((f"[`{name}`]({name}.md)", title) for name, title in titles.items())
    return _lines(
        ["# All sources", "", "Written out of the mappings; `ssclab sources list` names them.", ""],
        _table(("source", "what it is"), rows),
    )


def _section(title: str, lines: Iterable[str]) -> list[str]:
    found = list(lines)
    return [f"## {title}", "", *found, ""] if found else []


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    cells = [tuple(cell.replace("|", "\\|") for cell in row) for row in rows]
    if not cells:
        return []
    return [_row(head), _row(("---",) * len(head)), *map(_row, cells)]


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    """Show a template: of several fields the first."""
    return _FIELD.sub(lambda field: f"`{field[1]}`", text.rstrip("."))


def _lines(*parts: Iterable[str]) -> str:
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


if __name__ == "__main__":
    for name, text in pages().items():
        sys.stdout.write(f"{FOLDER}/{name}\n")
        Path(FOLDER, name).write_text(text, encoding="utf-8")
