"""Tell what a mapping makes of the fields of real payloads, and what it leaves out."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.plan import Plan
from ssclab_data.sources.reading import Record, records_of
from ssclab_data.sources.reading.json import members_left_out
from ssclab_data.sources.reading.record import NO_FORM, Payload
from ssclab_data.sources.reading.text import unpack

_LONGEST = 60


class Fate(StrEnum):
    """What becomes of a field."""

    MAPPED = "mapped"
    STRUCTURE = "structure"  # it says where, when or what a record is
    IGNORED = "ignored"
    UNKNOWN = "unknown"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A field that records have.

    Attributes:
        detail: the property of a mapped one, the reason of an ignored one.
        records: how many have it.
        example: one of its values, as text.
    """

    field: str
    fate: Fate
    detail: str
    records: int
    example: str


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A member of an object around records, that is in none of them.

    Attributes:
        path: as `keep` would name it.
        times: how many such objects have it.
    """

    path: str
    times: int
    example: str


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """What a mapping makes of payloads.

    Attributes:
        forms: number of records by the name of the form; 0 for those that no record is of.
        rejected: records of no form, or that cannot be read.
        never_seen: names and patterns of `fields` that no record has.
        not_kept: members of enclosing objects that belong to no record.
    """

    records: int
    rejected: int
    forms: dict[str, int]
    fields: tuple[Seen, ...]
    never_seen: tuple[str, ...]
    not_kept: tuple[LeftOut, ...]


def cover(mapping: MappingFile, payloads: Iterable[tuple[str, bytes]]) -> Coverage:
    """Read payloads and tell what becomes of every field.

    Args:
        payloads: file name and content.

    Raises:
        SourceError: one is no payload of the source.
    """
    counted = _Counted(mapping)
    for where, content in payloads:
        for record in records_of(mapping, content, where):
            counted.add(record)
        counted.look_around(content)
    return counted.coverage()


class _Counted:
    """What was seen so far."""

    def __init__(self, mapping: MappingFile) -> None:
        self.mapping = mapping
        self._plan = Plan(mapping)
        self._forms = {form.name: 0 for form in mapping.forms}
        self._fates: dict[str, tuple[Fate, str]] = {}
        self._times: dict[str, int] = {}
        self._examples: dict[str, Any] = {}
        self._around: dict[str, tuple[int, Any]] = {}
        self._rejected = 0

    def add(self, record: Record) -> None:
        """Count the fields of a record."""
        if record.form is NO_FORM:
            self._rejected += 1
            return
        self._forms[record.form.name] += 1
        for name, value in record.fields.items():
            if name not in self._fates:
                self._fates[name] = self._fate(record.form, name)
            self._times[name] = self._times.get(name, 0) + 1
            if self._examples.get(name) in (None, ""):
                self._examples[name] = value

    def look_around(self, content: bytes) -> None:
        """Count the members of enclosing objects that are in no record."""
        for part in Payload(unpack(content)).parts():
            if part.looks_like_json:
                forms = [form for form in self.mapping.forms if form.reader == "json" and self._forms[form.name]]
                for path, value in members_left_out(self.mapping, forms, part.document):
                    times, example = self._around.get(path, (0, value))
                    self._around[path] = (times + 1, example)

    def coverage(self) -> Coverage:
        """Sum up."""
        order = list(Fate)
        names = sorted(self._fates, key=lambda name: (order.index(self._fates[name][0]), name))
        return Coverage(
            records=sum(self._forms.values()) + self._rejected,
            rejected=self._rejected,
            forms=self._forms,
            fields=tuple(self._seen(name) for name in names),
            never_seen=tuple(key for key in self.mapping.fields if not self._is_seen(key)),
            not_kept=tuple(
                LeftOut(path=path, times=times, example=_shown(value))
                for path, (times, value) in sorted(self._around.items())
            ),
        )

    def _seen(self, name: str) -> Seen:
        fate, detail = self._fates[name]
        return Seen(
            field=name, fate=fate, detail=detail, records=self._times[name], example=_shown(self._examples[name])
        )

    def _fate(self, form: Form, name: str) -> tuple[Fate, str]:
        shape = self._plan.shape(form, (name,))
        if shape.values:
            return Fate.MAPPED, shape.values[0][1].rule.property
        if shape.groups:
            return Fate.MAPPED, self.mapping.fields[shape.groups[0][0]].property
        if shape.unknown:
            return Fate.UNKNOWN, ""
        if shape.structural:
            return Fate.STRUCTURE, ""
        reasons = (reason for pattern, reason in self.mapping.ignore.items() if fnmatchcase(name, pattern))
        return Fate.IGNORED, self.mapping.ignore.get(name) or next(reasons, "")

    def _is_seen(self, key: str) -> bool:
        return any(name in self._fates for name in self._names(key))

    def _names(self, key: str) -> Iterator[str]:
        yield from self.mapping.fields[key].group or (key,)
        if "*" in key:
            mapped = [name for name, (fate, _) in self._fates.items() if fate is Fate.MAPPED]
            yield from (name for name in mapped if name not in self.mapping.fields and fnmatchcase(name, key))


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
