"""Say what a mapping file may declare; checked when it is loaded, with file, line and key."""

import msgspec

from ssclab_data.sources.declaration.base import Declared
from ssclab_data.sources.declaration.fields import FieldRule, FlagRule, Named, Values
from ssclab_data.sources.declaration.forms import Form
from ssclab_data.sources.declaration.lookups import Lookup
from ssclab_data.sources.declaration.places import PlaceRule
from ssclab_data.sources.declaration.times import TimeRule


class MappingFile(Declared, frozen=True, kw_only=True):
    """A mapping file.

    Attributes:
        source: name, the first part of natural keys.
        title: what people call the source.
        documentation: which documents, code or files the mapping was made by.
        homepage: address of the source, or "".
        licence: under which its data are published, as its publisher says, or "".
        profile: the profile that fits it best (`lab-air@1`), or "".
        traps: known traps of the source, each one sentence, for people who use its data.
        forms: tried in this order.
        fields: by field name; lower case where `lower` is set. A pattern (`*`) is allowed; a whole name goes first.
        concepts: what holds for fields whose name is the IRI of an observed property of the code lists, or of a concept
            that is aligned with one; None knows fields by `fields` alone.
        flags: flags by a name.
        lookups: tables beside the payload, by name.
        ignore: reason by field name or pattern (`*`).
        missing: texts that mean that there is no value.
        lower: whether field names are lower-cased and `.` becomes `_`.
        splits: whether two sensors of one Thing may measure the same, so that a Datastream's key names its sensor.
    """

    source: str
    title: str
    documentation: str
    forms: tuple[Form, ...]
    time: TimeRule
    thing: Named
    sensor: Named
    fields: dict[str, FieldRule] = msgspec.field(default_factory=dict)
    homepage: str = ""
    licence: str = ""
    profile: str = ""
    traps: tuple[str, ...] = ()
    concepts: Values | None = None
    flags: dict[str, FlagRule] = msgspec.field(default_factory=dict)
    lookups: dict[str, Lookup] = msgspec.field(default_factory=dict)
    ignore: dict[str, str] = msgspec.field(default_factory=dict)
    place: PlaceRule = PlaceRule()
    missing: tuple[str, ...] = ("",)
    lower: bool = False
    splits: bool = False
