"""Say how a mapping declares the shapes of a payload."""

import msgspec

from ssclab_data.sources.declaration.base import Declared
from ssclab_data.sources.declaration.places import PlaceRule
from ssclab_data.sources.declaration.times import TimeRule


class Wide(Declared, frozen=True, kw_only=True):
    """Columns of one row that are records of their own (`H01;V01;H02;V02;...`); the other columns belong to each.

    Attributes:
        columns: pattern of the columns with the values; its one group tells them apart (`H(..)`).
        key: field that gets the text of the group.
        value: field that gets the cell.
        beside: field by the column that belongs to the value, `{}` for the text of the group (`flag: "V{}"`).
    """

    columns: str
    key: str
    value: str
    beside: dict[str, str] = msgspec.field(default_factory=dict)


class Column(Declared, frozen=True, kw_only=True):
    """A column of a table without a header line, or of text with columns of fixed width.

    Attributes:
        start: first character, from 0 (`fixed`).
        end: character after the last (`fixed`).
    """

    name: str
    start: int = 0
    end: int = 0


class Form(Declared, frozen=True, kw_only=True):
    """One shape of payload.

    A path names members by their names, joined by dots; `name[]` is each element of a list, `name{field}` each member
    of an object, whose name becomes the field `field`; `[]` and `{field}` alone are those of the document itself. A
    record's fields inside objects have their names joined by a dot.

    Attributes:
        reader: `json`, `table` (separated columns), `fixed` (columns of fixed width), `lines` (`time,field,value`),
            `xml`, `pattern` (lines that match `line`), or a reader of one format: `om` (SOS, O&M, WaterML),
            `coveragejson`, `ngsi`, `parquet`.
        records: path of the records (`body[].measures{module}`); "" for the document itself, each element where it is
            a list. Of `xml` the names of the elements on the way down (`body.meting`), without namespaces; a field is
            there `@name` for an attribute, and `name.2` for the second element of one name.
        having: fields by which the form is known; one record at least must have them. A list without records, in its
            place, is of the form too.
        only: texts that a field of a record must have to be of this form (`type: [AirQualityObserved]`).
        keep: members of enclosing objects that belong to every record, by their path without brackets (`body._id`);
            that is their name in the record too, or what stands after `as` (`_id as box`).
        names: path without brackets of the list of names where records are lists (`fields`).
        arrays: whether the lists in a record are columns, each place in them a record of its own.
        together: forms with the same text here are all read from one document; the first must fit.
        pairs: list of pairs inside a record that become fields; "" for the record itself being one pair.
        pair_key: member of a pair that names the field; "" where there are no pairs. `<lookup>.<field>` takes the name
            from a table beside the payload.
        pair_value: member of a pair that holds the value.
        wide: columns that are records of their own.
        defaults: values of fields that the protocol leaves out (0, false, "").
        needs: reason by field without which a record has no values, only a finding (a message without payload).
        decode: name of the decoder by the field that holds packed bytes in base64, or with `-hex` behind the name in
            hexadecimal (`cayenne-lpp-hex`); its values become fields with the name of that field and a dot before
            theirs.
        error: template of the message of an answer that reports an error; such a payload is refused with it.
        refused: template of why a payload of this form is not read (`it is a list of addresses, not of values`).
        delimiter: of a table; `tab` is a tab, `blanks` one or more blanks.
        decimal: decimal mark of its numbers, `.` or `,`; the other one is refused, never cut off.
        encoding: of the text; without byte order mark.
        comment: what lines begin with that are no rows; of `json`, lines before the document.
        header: lines before the rows; the first of them names the columns. 0: `columns` names them.
        lead: whether lines may stand before the header; it is the first line then that has all names of `having`.
        belonging: names of columns that stand more than once; each is of the last other column before it, as the field
            `<column>.<name>`.
        header_comment: whether the names stand in the last comment line before the rows.
        header_units: which header line gives units, from 2 on; the unit of a column is then its field `<name>.unit`.
        columns: of a table without header, of fixed width, or of JSON records that are lists; of a single one the
            records may be bare values.
        starts_at: field that begins a record (`lines`).
        line: pattern of the lines that are records (`pattern`); its named groups are the fields, other lines are none.
        id_in_name: pattern that finds the local id in the file name where a record has none.
        from_name: pattern that finds a field in the file name, by the field; its first group counts, the whole where it
            has none. A field that the record has is not replaced.
        describes: whether the payload describes its Things, or only names them.
        observes: whether it holds values.
        time: rule for this form, in place of the mapping's.
        place: rule for this form, in place of the mapping's.
    """

    name: str
    reader: str
    records: str = ""
    having: tuple[str, ...] = ()
    only: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    keep: tuple[str, ...] = ()
    names: str = ""
    arrays: bool = False
    together: str = ""
    pairs: str = ""
    pair_key: str = ""
    pair_value: str = ""
    wide: Wide | None = None
    defaults: dict[str, str | int | float | bool] = msgspec.field(default_factory=dict)
    needs: dict[str, str] = msgspec.field(default_factory=dict)
    decode: dict[str, str] = msgspec.field(default_factory=dict)
    error: str = ""
    refused: str = ""
    delimiter: str = ";"
    decimal: str = "."
    encoding: str = "utf-8"
    comment: str = ""
    header: int = 1
    lead: bool = False
    belonging: tuple[str, ...] = ()
    header_comment: bool = False
    header_units: int = 0
    columns: tuple[Column, ...] = ()
    starts_at: str = ""
    line: str = ""
    id_in_name: str = ""
    from_name: dict[str, str] = msgspec.field(default_factory=dict)
    describes: bool = True
    observes: bool = True
    time: TimeRule | None = None
    place: PlaceRule | None = None
