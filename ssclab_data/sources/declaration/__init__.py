"""Say what a mapping file may declare, part by part."""

from ssclab_data.sources.declaration.fields import FieldRule, FlagRule, Gas, Named, Special, Values
from ssclab_data.sources.declaration.file import MappingFile
from ssclab_data.sources.declaration.forms import Column, Form, Wide
from ssclab_data.sources.declaration.lookups import Lookup, Match
from ssclab_data.sources.declaration.places import AxisOrder, PlaceRule
from ssclab_data.sources.declaration.times import Fold, Hours, Offset, Stamp, TimeRule, ZoneUntil

__all__ = [
    "AxisOrder",
    "Column",
    "FieldRule",
    "FlagRule",
    "Fold",
    "Form",
    "Gas",
    "Hours",
    "Lookup",
    "MappingFile",
    "Match",
    "Named",
    "Offset",
    "PlaceRule",
    "Special",
    "Stamp",
    "TimeRule",
    "Values",
    "Wide",
    "ZoneUntil",
]
