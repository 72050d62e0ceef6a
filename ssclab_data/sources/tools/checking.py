"""Check a mapping file whole: every mistake, and what is allowed but cannot be meant."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from ssclab_data.errors import MappingError
from ssclab_data.sources.checking import Mistake, mistakes
from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.mapping import is_of_service, line_of, make_source, parse_declared
from ssclab_data.sources.reading.record import named


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """Something about a mapping file.

    Attributes:
        line: from 1; None where it is not known.
        key: path in the file, keys joined by dots; "" for the file.
        error: whether the mapping cannot be used; else it can, but something in it has no effect.
    """

    file: str
    line: int | None
    key: str
    message: str
    error: bool

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        key = f" at {self.key}" if self.key else ""
        return f"{place}{key}: {'error' if self.error else 'warning'}: {self.message}"


def check_file(path: Path) -> list[Remark]:
    """Find all that is wrong with a mapping file, mistakes first."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return [Remark(file=str(path), line=None, key="", message=f"cannot be read: {error}", error=True)]
    return check_text(text, str(path))


def check_text(text: str, file: str) -> list[Remark]:
    """Find all that is wrong with the text of a mapping file, mistakes first."""
    try:
        if is_of_service(text):
            make_source(text, file)
            return []
        mapping = parse_declared(text, file, MappingFile)
    except MappingError as error:
        return [Remark(file=file, line=error.line, key=error.path, message=error.reason, error=True)]
    wrong = [_remark(text, file, one, error=True) for one in mistakes(mapping)]
    return [*wrong, *(_remark(text, file, one, error=False) for one in suspicious(mapping))]


def _remark(text: str, file: str, mistake: Mistake, *, error: bool) -> Remark:
    line = line_of(text, mistake.keys)
    return Remark(file=file, line=line, key=".".join(mistake.keys), message=mistake.message, error=error)


def suspicious(mapping: MappingFile) -> Iterator[Mistake]:
    """Find what a mapping says without effect."""
    yield from _unreached_forms(mapping.forms)
    yield from _hidden_fields(mapping)
    yield from _lower_names(mapping)
    for name, flag in mapping.flags.items():
        for field in flag.fields:
            if not any(field == key or fnmatchcase(field, key) for key in mapping.fields):
                yield Mistake(
                    ("flags", name, "fields"), f"no field {field!r} is mapped, so the flag says nothing of it"
                )


def _unreached_forms(forms: tuple[Form, ...]) -> Iterator[Mistake]:
    for number, form in enumerate(forms):
        before = next((earlier for earlier in forms[:number] if _takes_all(earlier, form)), None)
        if before is not None:
            message = f"{before.name!r} stands before it and takes every payload that it would take"
            yield Mistake(("forms", str(number)), f"the form can never be reached: {message}")


def _takes_all(earlier: Form, later: Form) -> bool:
    """Tell whether whatever is of the later form is of the earlier one too."""
    if earlier.together and earlier.together == later.together:
        return False
    shapes = [
        (form.reader, form.records, form.names, form.line, form.starts_at, form.delimiter, form.encoding, form.comment)
        for form in (earlier, later)
    ]
    heads = [
        (form.header, form.header_comment, form.header_units, form.columns, form.wide) for form in (earlier, later)
    ]
    narrower = all(later.only.get(name) == texts for name, texts in earlier.only.items())
    same = shapes[0] == shapes[1] and heads[0] == heads[1] and earlier.pairs in ("", later.pairs)
    return same and narrower and {*earlier.having} <= {*later.having}


def _hidden_fields(mapping: MappingFile) -> Iterator[Mistake]:
    for name in mapping.ignore:
        if name in mapping.fields:
            yield Mistake(("ignore", name), "it is under `fields` too, which goes first: take it out of one of them")
    for part, names in (("fields", list(mapping.fields)), ("ignore", list(mapping.ignore))):
        for number, name in enumerate(names):
            wider = next((other for other in names[:number] if "*" in other and fnmatchcase(name, other)), None)
            if wider is not None and ("*" in name or part == "ignore"):
                yield Mistake((part, name), f"{wider!r} stands before it and covers it: put the narrower one first")
    for pattern in mapping.ignore:
        wider = next((key for key in mapping.fields if "*" in key and fnmatchcase(pattern, key)), None)
        if wider is not None and "*" in pattern and pattern not in mapping.fields:
            yield Mistake(("ignore", pattern), f"`fields` has {wider!r}, which covers it: nothing is left to ignore")


def _lower_names(mapping: MappingFile) -> Iterator[Mistake]:
    if not mapping.lower:
        return
    for part, names in (("fields", mapping.fields), ("ignore", mapping.ignore)):
        for name in names:
            if name != named(mapping, name):
                message = f"`lower` is set, so no field is called that: write {named(mapping, name)!r}"
                yield Mistake((part, name), message)
