"""Say how a mapping declares tables that stand beside a payload."""

from enum import StrEnum

import msgspec

from ssclab_data.sources.declaration.base import Declared


class Match(StrEnum):
    """How a key is compared."""

    EXACT = "exact"
    ENDING = "ending"  # a bare number is the end of a full code; two codes with that end are an error


class Lookup(Declared, frozen=True, kw_only=True):
    """A table that tells more about a record: stations beside measurements, by a declared key.

    A key that two rows have is an error that names both, unless their validity tells them apart; records without a row
    are counted. The content is given with the payload, by the name of the lookup.

    Attributes:
        key: field of the table.
        on: field of the record; several with `|`, of which the first that is there counts. A record without one is not
            looked up.
        form: form of the mapping by which the table is read; "" for CSV with a header line.
        match: how they are compared.
        within: further fields of the table that must agree, with the record's field.
        fields: what a record gets, as `<lookup>.<field>`; none takes all.
        since: field of the table with the moment from which a row holds, ISO 8601, "" for always.
        until: field with the moment from which it no longer holds.
        required: whether a record without a row is rejected.
        required_for: pattern of the keys that need a row, where not all do (`[0-9]+`: bare numbers, not full codes).
        inside: whether the table is a part of the payload itself, which `form` finds there, where none is given.
    """

    key: str
    on: str
    form: str = ""
    match: Match = Match.EXACT
    within: dict[str, str] = msgspec.field(default_factory=dict)
    fields: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    required: bool = False
    required_for: str = ""
    inside: bool = False
