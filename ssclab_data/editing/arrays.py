"""Read data arrays of Observations, and record their good rows (18-088, clause 13.2)."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from ssclab_data.editing.batches import Rows, read_batches
from ssclab_data.editing.drafts import Reference, Scope, read_reference
from ssclab_data.editing.inserting import Work
from ssclab_data.editing.lookups import resolve
from ssclab_data.editing.samples import Sample, record
from ssclab_data.editing.writes import Fault, Receipt
from ssclab_data.errors import BodyError, UnresolvedLinkError, ValueParseError
from ssclab_data.model.entity import Kind
from ssclab_data.model.json_values import READERS, join, shown
from ssclab_data.model.multi import VIEWS
from ssclab_data.model.sensorthings import ENTITY_TYPES, Observation
from ssclab_data.stores.base import Fate

_SERIES = ("Datastream", "MultiDatastream")
_FEATURE = ("FeatureOfInterest/id", "FeatureOfInterest/@iot.id")
_PASSED = ("id", "@iot.id")
_PROPERTIES = {part.name: part for part in ENTITY_TYPES["Observation"].properties}
_KNOWN = (*_PROPERTIES, _FEATURE[0])
_TAKEN = "there is an Observation of that Datastream and phenomenonTime already, and it says something else"


class Column(msgspec.Struct, frozen=True):
    """What one place of each row holds.

    Attributes:
        field: of an Observation.
        read: makes its value of a JSON value that is not null.
        nullable: whether null stands for nothing.
    """

    place: int
    name: str
    field: str
    read: Callable[[Any], Any]
    nullable: bool


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one Datastream.

    Attributes:
        path: where it stands in the body.
        feature: place of the id of the FeatureOfInterest in a row; -1 where rows have none.
        width: how many values a row has.
    """

    path: str
    series: Reference
    columns: tuple[Column, ...]
    feature: int
    width: int
    rows: Sequence[Any]


class Told(msgspec.Struct):
    """What is known of the rows while they are recorded."""

    handles: list[int]
    fates: list[Fate | None]
    faults: list[Fault]


def read_groups(body: Any, scope: Scope, *, max_rows: int) -> list[Group]:
    """Read the frame of a body; its rows are read one by one when they are recorded.

    Raises:
        BodyError: it is no list of data arrays, or has more rows than are taken at once.
    """
    if not isinstance(body, list):
        raise BodyError("CreateObservations takes a list of objects with Datastream, components and dataArray")
    groups = [_read_group(one, scope, str(number)) for number, one in enumerate(body)]
    total = sum(len(group.rows) for group in groups)
    if total > max_rows:
        raise BodyError(f"has {total} rows; at most {max_rows} are taken at once, send them in parts")
    return groups


def record_groups(work: Work, groups: Sequence[Group]) -> Receipt:
    """Record all rows that can be; the others are told in the receipt."""
    total = sum(len(group.rows) for group in groups)
    told = Told(handles=[0] * total, fates=[None] * total, faults=[])
    first = 0
    for group in groups:
        _record_group(work, group, told, first=first)
        first += len(group.rows)
    faults = (*told.faults, *rejections(told.handles, told.fates))
    return Receipt(handles=told.handles, fates=told.fates, faults=faults)


def _record_group(work: Work, group: Group, told: Told, *, first: int) -> None:
    try:
        datastream = resolve(work.transaction, group.series)
    except UnresolvedLinkError as error:
        reason = str(error).removeprefix(f"{group.series.path}: ")
        for number in range(len(group.rows)):
            told.faults.append(Fault(row=first + number, path=_path(group, number), reason=reason))
        return
    batches = read_batches(work.streams, _rows(group, datastream))
    if batches is None:
        _record_each(work, group, told, datastream=datastream, first=first)
        return
    for batch in batches:
        recorded = work.transaction.record(batch.series)
        for number, handle, fate in zip(batch.numbers, recorded.handles, recorded.fates, strict=True):
            told.handles[first + number], told.fates[first + number] = handle, fate


def _record_each(work: Work, group: Group, told: Told, *, datastream: int, first: int) -> None:
    """Record the rows of a group that can be read, each looked at alone."""
    samples: list[Sample] = []
    numbers: list[int] = []
    for number, row in enumerate(group.rows):
        try:
            samples.append(_sample(work, group, datastream, number=number, row=row))
            numbers.append(first + number)
        except BodyError as error:
            reason = str(error).removeprefix(f"{error.path}: ")
            told.faults.append(Fault(row=first + number, path=error.path, reason=reason))
    for number, handle, fate in zip(numbers, *record(work.streams, samples), strict=True):
        told.handles[number], told.fates[number] = handle, fate


def rejections(handles: Sequence[int], fates: Sequence[Fate | None]) -> list[Fault]:
    """Tell of the rows that Datastreams refused as duplicates."""
    return [
        Fault(row=number, path=str(number), reason=_TAKEN, existing=handles[number])
        for number, fate in enumerate(fates)
        if fate is Fate.REJECTED
    ]


def _read_group(value: Any, scope: Scope, path: str) -> Group:
    if not isinstance(value, dict):
        raise BodyError("is no object with Datastream, components and dataArray", path=path)
    named = [name for name in _SERIES if name in value]
    if len(named) != 1:
        raise BodyError("has to name one Datastream or MultiDatastream", path=join(path, "Datastream"))
    series = read_reference(value[named[0]], VIEWS[named[0]], scope, path=join(path, named[0]))
    components, rows = value.get("components"), value.get("dataArray")
    if not isinstance(components, list) or not all(isinstance(name, str) for name in components):
        raise BodyError("has to be a list of names", path=join(path, "components"), known=_KNOWN)
    if not isinstance(rows, list):
        raise BodyError("has to be a list of rows", path=join(path, "dataArray"))
    columns, feature = _read_components(components, join(path, "components"))
    return Group(path=path, series=series, columns=columns, feature=feature, width=len(components), rows=rows)


def _read_components(components: list[str], path: str) -> tuple[tuple[Column, ...], int]:
    columns: list[Column] = []
    feature = -1
    for place, name in enumerate(components):
        at = join(path, place)
        if components.index(name) != place:
            raise BodyError(f"{name} is there twice", path=at)
        if name in _FEATURE and feature < 0:
            feature = place
        elif name in _PROPERTIES:
            part = _PROPERTIES[name]
            nullable = part.kind is not Kind.VALUE and not part.required
            columns.append(Column(place, name, part.field, READERS[part.kind], nullable))
        elif name not in _PASSED:
            raise BodyError(f"{shown(name)!r} is no component", path=at, known=_KNOWN)
    for name in ("phenomenonTime", "result"):
        if name not in components:
            raise BodyError(f"lacks {name}", path=path)
    return tuple(columns), feature


def _rows(group: Group, datastream: int) -> Rows:
    return Rows(
        datastream=datastream,
        places={column.name: column.place for column in group.columns},
        feature=group.feature,
        width=group.width,
        rows=group.rows,
    )


def _sample(work: Work, group: Group, datastream: int, *, number: int, row: Any) -> Sample:
    if not isinstance(row, list) or len(row) != group.width:
        raise BodyError(f"is no list of {group.width} values", path=_path(group, number))
    fields: dict[str, Any] = {}
    for column in group.columns:
        value = row[column.place]
        if value is None and column.nullable:
            continue
        try:
            fields[column.field] = column.read(value)
        except ValueParseError as error:
            raise BodyError(str(error), path=join(_path(group, number), column.place)) from error
    if work.streams.multi(datastream) is not None:
        work.streams.check(datastream, fields["result"], _path(group, number))
    return Sample(datastream, _feature(work, group, datastream, number=number, row=row), Observation(**fields))


def _feature(work: Work, group: Group, datastream: int, *, number: int, row: list[Any]) -> int:
    named = row[group.feature] if group.feature >= 0 else None
    if named is None:
        return work.streams.feature(datastream, _path(group, number))
    if type(named) is not int or abs(named) >= 2**63 or work.streams.key("FeatureOfInterest", named) is None:
        raise BodyError(f"there is no FeatureOfInterest {shown(named)}", path=join(_path(group, number), group.feature))
    return named


def _path(group: Group, number: int) -> str:
    return f"{group.path}/dataArray/{number}"
