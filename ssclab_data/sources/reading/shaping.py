"""Make records of what readers find: name fields, fold pairs, fill defaults, decode, and choose between forms."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.decoders import decode_bytes
from ssclab_data.sources.reading.bounds import check_prefix, spend
from ssclab_data.sources.reading.record import Fault, Fields, Record, named, rejected

type Leaves = Iterable[tuple[str, Any]]


class Item(msgspec.Struct, frozen=True):
    """What may be a record of a form.

    Attributes:
        at: tells the same place of a payload in the items of two forms.
        record: the record; None where there is none.
        fits: whether it has what the form must have.
        belongs: whether it has one of the texts that the form is for.
        broken: why there is no record.
    """

    at: int
    alone: Callable[[], bytes]
    record: Record | None = None
    fits: bool = False
    belongs: bool = False
    broken: str = ""

    @property
    def settled(self) -> Record:
        """The record; a rejected one where there is none of the form."""
        if self.record is None:
            return rejected("unreadable-record", self.alone, self.broken)
        return self.record if self.belongs else rejected("unknown-form", self.alone)


class Found(msgspec.Struct, frozen=True):
    """What a form finds in a payload.

    Attributes:
        passed: places on the way to items, or to where there could be some.
    """

    items: Sequence[Item]
    passed: frozenset[int] | set[int] = frozenset()


def forms_of(mapping: MappingFile, form: Form) -> tuple[Form, ...]:
    """Give the forms that are read together with one, itself first; those of the same reader."""
    if not form.together:
        return (form,)
    same = [one for one in mapping.forms if one.together == form.together and one.reader == form.reader]
    return (form, *(one for one in same if one.name != form.name))


def item_of(mapping: MappingFile, form: Form, leaves: Leaves, *, at: int, alone: Callable[[], bytes]) -> Item:
    """Make an item of the fields that a reader found, in their order."""
    gathered = _Gathered(mapping)
    gathered.take(form, leaves)
    spend(len(gathered.fields))
    fields, faults = gathered.fields, []
    for name, decoder in form.decode.items():
        fault = _decode(mapping, fields, name, decoder)
        faults += [fault] if fault else []
    record = Record(0, form, fields, alone, tuple(gathered.repeated), tuple(faults))
    fits = all(name in fields or name in gathered.folded or named(mapping, name) in fields for name in form.having)
    return Item(at, alone, record, fits, not form.only or _belongs(form.only, fields))


def choose(forms: Sequence[Form], found: Sequence[Found | None]) -> list[Record] | None:
    """Take the records that forms find in a payload; None where it has none of these forms.

    What no form takes becomes a rejected record, so that nothing is lost. Of one form, an item may lack what tells the
    form when another item has it; of several, each item is of the first form that it fits.
    """
    if len(forms) == 1:
        one = found[0]
        if one is None or (one.items and not any(item.fits and item.belongs for item in one.items)):
            return None
        return [item.settled for item in one.items]
    there = [one for one in found if one is not None]
    items = [item for one in there for item in one.items]
    taken: dict[int, Record] = {}
    for item in items:
        if item.fits and item.belongs and item.record is not None:
            taken.setdefault(item.at, item.record)
    if not there or (items and not taken):
        return None
    return list(_all_of(there, taken).values())


def _all_of(there: Sequence[Found], taken: Mapping[int, Record]) -> dict[int, Record]:
    """Put what nothing takes, and nothing goes through to what it takes, beside what is taken, in their order."""
    every: dict[int, Record] = {}
    for number, one in enumerate(there):
        others = [other.passed for other in (*there[:number], *there[number + 1 :])]
        for item in one.items:
            record = taken.get(item.at)
            if record is None and not any(item.at in passed for passed in others):
                record = item.settled if item.record is None else rejected("unknown-form", item.alone)
            if record is not None:
                every.setdefault(item.at, record)
    return every


class _Gathered:
    """Fields that are being gathered, each once."""

    def __init__(self, mapping: MappingFile) -> None:
        self._mapping = mapping
        self.fields: Fields = {}
        self.repeated: dict[str, None] = {}
        self.folded: set[str] = set()

    def take(self, form: Form, leaves: Leaves) -> None:
        for name, value in leaves:
            if name == form.pairs and name and isinstance(value, list):
                self.folded.add(name)
                self._pairs(form, value)
            else:
                self.put(name, value)
        for name, value in form.defaults.items():
            self.fields.setdefault(name, value)
        key, value_name = (named(self._mapping, name) for name in (form.pair_key, form.pair_value))
        if key and not form.pairs and {key, value_name} <= self.fields.keys():
            self.folded |= {form.pair_key, form.pair_value}
            name = self.fields.pop(key)
            self.put(str(name), self.fields.pop(value_name))

    def put(self, name: str, value: Any) -> None:
        if self._mapping.lower:
            name = name.lower().replace(".", "_")
        if name not in self.fields:
            self.fields[name] = value
        elif _text(self.fields[name]) != _text(value):
            self.repeated[name] = None

    def _pairs(self, form: Form, pairs: list[Any]) -> None:
        for number, pair in enumerate(pairs):
            try:
                name, value = member(pair, form.pair_key), member(pair, form.pair_value)
            except KeyError:
                self.put(f"{form.pairs}[{number}]", pair)
            else:
                self.put(str(name), value)


def member(node: Any, path: str) -> Any:
    """Find a member by its dotted path; a name may itself hold dots.

    Raises:
        KeyError: there is none.
    """
    if not isinstance(node, dict):
        raise KeyError(path)
    if path in node:
        return node[path]
    head, dot, rest = path.partition(".")
    if not dot or head not in node:
        raise KeyError(path)
    return member(node[head], rest)


def leaves_of(node: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    """Give the values of an object, those of objects in it by names that are joined with a dot."""
    check_prefix(prefix)
    for name, value in node.items():
        if isinstance(value, dict):
            yield from leaves_of(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _belongs(only: Mapping[str, tuple[str, ...]], fields: Fields) -> bool:
    for name, texts in only.items():
        value = fields.get(name)
        given = value if isinstance(value, list) else [value]
        if not any(_text(one) in texts for one in given):
            return False
    return True


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _decode(mapping: MappingFile, fields: Fields, name: str, decoder: str) -> Fault | None:
    """Put what a field holds packed beside it, under its own names after that of the field."""
    packed = fields.get(name)
    if packed in (None, ""):
        return None
    try:
        found = decode_bytes(decoder, packed)
    except ValueParseError as error:
        return Fault("cannot-decode", str(error), name)
    for inner, value in leaves_of(found, f"{name}."):
        fields.setdefault(named(mapping, inner), value)
    return None
