"""Draft a mapping for a payload that no source is for; every guess is marked as one."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from ssclab_data.errors import MappingError, SourceError
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.mapping import MappedSource, parse_mapping
from ssclab_data.sources.reading import records_of
from ssclab_data.sources.reading.text import ReadError
from ssclab_data.sources.tools import meaning
from ssclab_data.sources.tools.meaning import Quantity, TimeGuess
from ssclab_data.sources.tools.structure import Guess, guess_forms

_PLAIN = re.compile(r"[A-Za-z_@][\w.@/-]*")
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_UNITS = r"(^|\.)(unit|eenheid|uom|units|unit_of_measurement)$"
_FILE_NAME = r"[^/\\]+?(?=\.[^/\\.]*$)"
_MOST = 200
_MOST_TOLD = 12


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A draft.

    Attributes:
        text: the mapping, YAML.
        observations: how many Observations it makes of the payload it was drafted by.
    """

    text: str
    observations: int


class _Idea(msgspec.Struct, frozen=True, kw_only=True):
    """One way to read a payload."""

    form: Guess
    sample: tuple[dict[str, Any], ...]
    time: TimeGuess
    id: str
    name: str
    place: dict[str, str]
    unit_field: str
    quantities: tuple[Quantity, ...]

    @property
    def used(self) -> set[str]:
        """Fields that say where, when or what."""
        return {*self.time.fields, self.id, self.name, self.unit_field, *_place_fields(self.place)} - {""}

    @property
    def score(self) -> float:
        """How much it makes of the payload."""
        wanted = self.used | {quantity.field for quantity in self.quantities}
        kept = sum((path.partition(" as ")[2] or path) in wanted for path in self.form.get("keep", ()))
        known = 3 * bool(self.id) + 2 * bool(self.place) + (4 if self.time.fields else 0) - 0.3 * kept
        return min(len(self.quantities), 12) * 2 + known + 2 * min(len(self.sample), 2) - 0.1 * len(self.unknown)

    @property
    def unknown(self) -> list[str]:
        """Fields that mean nothing to us."""
        named = {quantity.field for quantity in self.quantities}
        return [name for name in meaning.names_of(self.sample) if name not in self.used | named]


def draft(payload: bytes, *, source: str, where: str = "", schema: str = "") -> Draft:
    """Draft a mapping.

    Args:
        where: file name of the payload.
        schema: where the JSON Schema of mapping files is, for editors; "" leaves it out.

    Raises:
        SourceError: it cannot be read, or has no records with a time and a quantity that is known here.
    """
    try:
        samples = [(form, sample) for form in guess_forms(payload) if (sample := _sample(form, payload, where))]
    except ReadError as error:
        raise SourceError(str(error), source=source, where=where) from error
    ideas = [_idea(form, sample, time) for form, sample in samples for time in meaning.guess_times(sample)]
    for idea in sorted(ideas, key=lambda one: one.score, reverse=True):
        text = _written(_pruned(idea), source, where, schema)
        count = _observations(text, payload, where)
        if count:
            return Draft(text=text, observations=count)
    raise SourceError(_why_not(samples, ideas), source=source, where=where)


def _why_not(samples: Sequence[tuple[Guess, tuple[dict[str, Any], ...]]], ideas: Sequence[_Idea]) -> str:
    """Say what was looked for in vain, and in what."""
    if ideas:
        lacks, seen = "a quantity that is known here", ideas[0].sample
    else:
        lacks, seen = "a time", max((sample for _, sample in samples), key=lambda one: len(one[0]), default=())
    names = meaning.names_of(seen)
    looked = f" among {', '.join(names[:_MOST_TOLD])}{', …' if len(names) > _MOST_TOLD else ''}" if names else ""
    return f"no field was found that looks like {lacks}{looked}: begin with a mapping of a source that is like it"


def _observations(text: str, payload: bytes, where: str) -> int:
    try:
        mapped = MappedSource(parse_mapping(text, "draft.yaml")).read(payload, SourceContext(where=where))
    except (MappingError, SourceError):
        return 0
    return sum(len(series) for series in mapped.series)


def _sample(form: Guess, payload: bytes, where: str) -> tuple[dict[str, Any], ...]:
    """Read some records by a form; none where it does not fit."""
    named: dict[str, Any] = {"id": ["x"], "name": "x", "description": "x"}
    made: dict[str, Any] = {"source": "draft", "title": "x", "documentation": "x", "thing": named, "sensor": named}
    made |= {"time": {"fields": ["x"], "because": "x"}, "forms": [{"name": "x", **form}]}
    try:
        records = records_of(parse_mapping(json.dumps(made), "draft.yaml"), payload, where)
    except (MappingError, SourceError):
        return ()
    sample = tuple(record.fields for record in records[:_MOST] if not record.faults)
    if len(meaning.names_of(sample)) > _MOST:
        return ()  # these are no fields of records, but records that were taken for fields
    return sample


def _idea(form: Guess, sample: tuple[dict[str, Any], ...], time: TimeGuess) -> _Idea:
    names, place = meaning.names_of(sample), meaning.guess_place(sample)
    structure = {*time.fields, *_place_fields(place)}
    unit_field = next((name for name in names if re.search(_UNITS, name, re.IGNORECASE)), "")
    id_ = meaning.guess_id(sample, structure)
    taken = {*structure, id_, unit_field}
    return _Idea(
        form=form,
        sample=sample,
        time=time,
        id=id_,
        name=meaning.guess_name(sample),
        place=place,
        unit_field=unit_field,
        quantities=tuple(meaning.guess_quantities(sample, taken, form.get("decimal", "."), unit_field)),
    )


def _pruned(idea: _Idea) -> _Idea:
    """Leave out kept members that say nothing."""
    form = dict(idea.form)
    wanted = idea.used | {quantity.field for quantity in idea.quantities}
    keep = [path for path in form.get("keep", ()) if (path.partition(" as ")[2] or path) in wanted]
    dropped = {path.partition(" as ")[2] or path for path in form.get("keep", ())} - wanted
    form["keep"] = keep
    sample = tuple({name: value for name, value in one.items() if name not in dropped} for one in idea.sample)
    return msgspec.structs.replace(idea, form={key: value for key, value in form.items() if value != []}, sample=sample)


def _place_fields(place: dict[str, str]) -> set[str]:
    return {place[key] for key in ("longitude", "latitude", "pair") if key in place}


def _written(idea: _Idea, source: str, where: str, schema: str) -> str:
    return "\n".join((*_head(source, where, schema), *_body(idea), ""))


def _head(source: str, where: str, schema: str) -> Iterator[str]:
    if schema:
        yield f"# yaml-language-server: $schema={schema}"
    yield f"# Drafted by `ssclab mapping new` from {where or 'a payload'}: look at every guess before it is used."
    yield f"source: {_y(source)}"
    yield f"title: {_y(source)}  # guess: what people call the source"
    yield 'documentation: "to be told"  # guess: name the documents, code or files that tell what the fields are'


def _body(idea: _Idea) -> Iterator[str]:
    form = {"name": "records", **idea.form, "having": list(_having(idea))}
    form |= {} if idea.id else {"id_in_name": _FILE_NAME}
    yield "forms:"
    yield f"  - {_y(form)}  # guess: the shape of the payload"
    yield from _time(idea.time)
    if idea.place:
        yield f"place: {_y(idea.place)}  # guess: by names and values"
    yield from _named(idea)
    numeric = [quantity.field for quantity in idea.quantities]
    words = meaning.words_for_none(idea.sample, numeric)
    if words:
        yield f"missing: {_y(['', *words])}  # guess: what stands for no value"
    yield "fields:"
    yield from _fields(idea)
    if idea.unknown:
        yield "ignore:"
        yield from (f"  {_y(name)}: not known yet  # guess: give it a property, or a reason" for name in idea.unknown)


def _having(idea: _Idea) -> Iterator[str]:
    """Give what tells the form: the fields of the time, and a quantity where it is no pair."""
    yield from idea.time.fields
    if not idea.form.get("pair_key"):
        yield from (quantity.field for quantity in idea.quantities[:1])


def _time(time: TimeGuess) -> Iterator[str]:
    yield "time:"
    if time.text:
        yield f"  text: {_y(time.text)}  # guess: by names and values"
    else:
        yield f"  fields: {_y(list(time.fields))}  # guess: by names and values"
    if time.format:
        yield f"  format: {_y(time.format)}  # guess: by the values"
    if time.zone:
        yield f"  zone: {time.zone}  # guess: the stamps have none; `Europe/Amsterdam` for local time"
    yield '  because: "to be told"  # guess: where does the source say it? Is it the start or end of a period?'


def _named(idea: _Idea) -> Iterator[str]:
    id_ = idea.id or "id"
    label = "{" + (f"{idea.name}|{id_}" if idea.name not in ("", id_) else id_) + "}"
    for key, name, description in (
        ("thing", label, "Unit {" + id_ + "}"),
        ("sensor", "Sensors of {" + id_ + "}", "Sensors of unit {" + id_ + "}, of unknown make"),
    ):
        yield f"{key}:"
        yield f"  id: [{_y(id_)}]  # guess: what tells units apart" + ("" if idea.id else "; it is in the file name")
        yield f"  name: {_y(name)}"
        yield f"  description: {_y(description)}  # guess: say what it is"


def _fields(idea: _Idea) -> Iterator[str]:
    seen: set[str] = set()
    for one in idea.quantities:
        rule: dict[str, Any] = {"property": one.property, "unit": one.unit}
        if idea.unit_field:
            rule["unit_field"] = idea.unit_field
        if one.property in seen:
            rule["series"] = one.field
        seen.add(one.property)
        told = (
            "the property, by the name" if one.told else "the property by the name, and the unit; the source tells none"
        )
        yield f"  {_y(one.field)}: {_y(rule)}  # guess: {told}"


def _y(value: Any) -> str:
    """Write a value as YAML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_y(key)}: {_y(one)}" for key, one in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_y, value)) + "]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS and "@" not in value:
        return value
    return json.dumps(value, ensure_ascii=False)
