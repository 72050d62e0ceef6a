"""Read observations of SOS 1.0 and 2.0, O&M, WaterML 2 and SWE Common: one record for each value."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec

from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.reading.gml import (
    Times,
    aggregated,
    child,
    every,
    first,
    followed,
    href,
    ids_of,
    point_in,
    text_in,
    times_of,
    title,
)
from ssclab_data.sources.reading.om_alone import write_alone
from ssclab_data.sources.reading.record import Fields, Payload, Record
from ssclab_data.sources.reading.shaping import Found, Item, choose, forms_of, item_of
from ssclab_data.sources.reading.swe import Cell, Row, rows_of
from ssclab_data.sources.reading.text import ReadError
from ssclab_data.sources.reading.xml import local, parse_xml

type Element = Any
"""An element of lxml, which is imported when a document is read."""

_OBSERVATIONS = ("OM_Observation", "Observation", "Measurement")
_ROOTS = (
    *_OBSERVATIONS,
    "GetObservationResponse",
    "ObservationCollection",
    "FeatureCollection",
    "Collection",
    "DataRecord",
    "DataArray",
    "InsertObservation",
)
_UOM = re.compile(r"urn:(?:x-)?ogc:def:uom:|https?://www\.opengis\.net/def/uom/(?:UCUM|UDUNITS)/", re.IGNORECASE)
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_ARRAYS = ("DataArray", "DataStream")
_NAMES_OF_FEATURES = ("feature", "featureofinterest", "station", "stationid")


class Draft(msgspec.Struct, frozen=True):
    """A record on its way: its fields, or why there are none.

    Attributes:
        alone: makes a document that holds it alone.
    """

    fields: Fields
    alone: Callable[[], bytes]
    broken: str = ""


def read(mapping: MappingFile, form: Form, payload: Payload) -> list[Record] | None:
    """Take a document apart, or None when it is none of observations.

    Fields are `feature`, `feature.name`, `procedure`, `time` and `end` (of a period), `resultTime`, `position` with the
    numbers as written and `crs`, `unit`, `nilReason`, `parameter.*`, and the value by the IRI or name of its property.

    Raises:
        ReadError: it is an ExceptionReport, capabilities, or observations whose results cannot be read.
    """
    if not payload.looks_like_xml:
        return None
    root = parse_xml(payload.content)
    name = local(root.tag)
    _refuse(root, name)
    if name not in _ROOTS:
        return None
    found = list(_found(root))
    if not found and name != "GetObservationResponse":
        return None
    forms = forms_of(mapping, form)
    return choose(forms, [Found([_item(mapping, one, each, at) for at, each in enumerate(found)]) for one in forms])


def _item(mapping: MappingFile, form: Form, one: Draft, at: int) -> Item:
    if one.broken:
        return Item(at, one.alone, broken=one.broken)
    return item_of(mapping, form, one.fields.items(), at=at, alone=one.alone)


def _refuse(root: Element, name: str) -> None:
    """Refuse answers that tell of an error, or of the service itself; neither is an empty success."""
    if name in ("ExceptionReport", "ServiceExceptionReport"):
        exception = first(root, "Exception", "ServiceException")
        code = "" if exception is None else str(exception.get("exceptionCode") or exception.get("code") or "")
        texts = [text_in(one) for one in every(root, "ExceptionText")] or [text_in(exception)]
        raise ReadError(f"the service answered with an exception: {code}: {' '.join(filter(None, texts))}")
    if name == "Capabilities":
        raise ReadError("it is the capabilities of a service, not its observations: ask for GetObservation")


def _found(root: Element) -> Iterator[Draft]:
    ids = ids_of(root)
    observations = [one for one in every(root, *_OBSERVATIONS) if _is_observation(one)]
    for observation in observations:
        yield from _Observation(observation, ids).found()
    if not observations:
        yield from _stations(root)


def _is_observation(element: Element) -> bool:
    return "/om/" in element.tag or child(element, "observedProperty") is not None


class _Observation:
    """One observation, which may be of many values."""

    def __init__(self, element: Element, ids: Mapping[str, Element]) -> None:
        self.element = element
        self.ids = ids
        self.result = child(element, "result")
        self.defaults = first(self.result, "defaultPointMetadata")
        self.property = _named(child(element, "observedProperty"), ids)
        self.shared = self._shared()
        self.time = times_of(child(element, "phenomenonTime", "samplingTime"), ids)

    def found(self) -> Iterator[Draft]:
        """Give a record for each value."""
        if self.result is None:
            yield self._broken("an observation without a result")
            return
        arrays = list(every(self.result, *_ARRAYS))
        if local(self.result.tag) == "result" and child(self.result, "elementType") is not None:
            arrays = [self.result]
        points = list(every(self.result, "MeasurementTVP", "CategoricalTVP", "TimeValuePair"))
        if arrays:
            for array in arrays:
                yield from self._array(array)
        elif points or first(self.result, "MeasurementTimeseries", "CategoricalTimeseries") is not None:
            yield from map(self._point, points)
        elif href(self.result) and not text_in(self.result) and title(self.result) == "":
            yield self._broken(f"the result is not in the document, but at {href(self.result)}")
        else:
            yield self._single()

    def _shared(self) -> Fields:
        """Give the fields of all values: what, where, by what, and when it was known."""
        feature = child(self.element, "featureOfInterest")
        inner = followed(feature, self.ids)
        fields: Fields = {
            "feature": _named(feature, self.ids),
            "feature.name": title(feature) or text_in(first(inner, "name")),
            "procedure": _named(child(self.element, "procedure"), self.ids),
            "resultTime": times_of(child(self.element, "resultTime"), self.ids).begin,
        }
        point = point_in(inner)
        if point is not None:
            fields["position"], fields["crs"] = list(point.numbers), point.crs
        for parameter in every(self.element, "NamedValue"):
            name, value = child(parameter, "name"), child(parameter, "value")
            short = (title(name) or href(name) or text_in(name)).rstrip("/").rpartition("/")[2]
            fields[f"parameter.{short}"] = text_in(value) or title(value) or href(value)
        return {name: value for name, value in fields.items() if value != ""}

    def _record(self, times: Times, property_: str, value: Any, *, more: Mapping[str, Any]) -> Draft:
        fields = {**self.shared, "time": times.begin, "end": times.end, **more}
        fields = {name: text for name, text in fields.items() if text not in ("", None)}
        fields[property_ or "value"] = value
        return Draft(fields, partial(write_alone, fields, property_ or "value"))

    def _broken(self, reason: str) -> Draft:
        return Draft({}, partial(_written, self.element), reason)

    def _single(self) -> Draft:
        result = self.result
        assert result is not None  # noqa: S101 - looked at before
        quantity = first(result, "Quantity", "Count", "Category", "Boolean", "Text")
        holder = result if quantity is None else quantity
        value = text_in(holder) or text_in(child(holder, "value")) or title(result) or None
        more = {"unit": _unit(holder), "nilReason": str(result.get("nilReason", ""))}
        return self._record(self.time, self.property, None if result.get(_NIL) == "true" else value, more=more)

    def _point(self, point: Element) -> Draft:
        """Read a point of a series (OGC 10-126r4, clauses 9.8 and 9.15); what it does not say is said for all."""
        defaults = self.defaults
        metadata, written = child(point, "metadata"), child(point, "value")
        inner = first(written, "value") if written is not None and len(written) else written
        nil = None if written is None else written.get(_NIL)
        reason = str(written.get("nilReason", "")) if written is not None else ""
        missing = first(metadata, "nilReason")
        more = {
            "unit": _unit(first(metadata, "uom")) or _unit(first(defaults, "uom")),
            "nilReason": reason or href(missing) or title(missing),
            "quality": title(first(metadata, "quality")) or href(first(metadata, "quality")),
            "interpolation": href(first(metadata, "interpolationType")) or href(first(defaults, "interpolationType")),
        }
        value = None if nil == "true" else text_in(inner) or None
        duration = text_in(first(metadata, "aggregationDuration")) or text_in(first(defaults, "aggregationDuration"))
        times = aggregated(text_in(child(point, "time")), more["interpolation"], duration)
        return self._record(times, self.property, value, more=more)

    def _array(self, array: Element) -> Iterator[Draft]:
        for row in rows_of(array):
            yield from (self._broken(row.broken),) if row.broken else self._row(row)

    def _row(self, row: Row) -> Iterator[Draft]:
        values = [cell for cell in row.cells if cell.part.kind in ("Quantity", "Count") and not _axis(cell)]
        more, times = _beside(row.cells, self.time)
        for cell in values:
            own = self.property if len(values) == 1 and self.property else cell.part.definition or cell.part.name
            yield self._record(times, own, _value(cell), more={**more, **_of_cell(cell, own)})


def _stations(root: Element) -> Iterator[Draft]:
    """Read records of IOOS: stations and sensors that do not change, and rows that name their sensor by a choice."""
    static = dict(_sensors(root))
    arrays = [*every(root, *_ARRAYS)] if local(root.tag) not in _ARRAYS else [root]
    for array in arrays:
        for row in rows_of(array):
            if row.broken:
                yield Draft({}, partial(_written, root), row.broken)
                continue
            more, times = _beside(row.cells, Times())
            shared = {**static.get(row.choice, {}), **more, "time": times.begin, "end": times.end}
            for cell in row.cells:
                if cell.part.kind in ("Quantity", "Count") and not _axis(cell):
                    own = cell.part.definition or cell.part.name
                    fields = {name: value for name, value in {**shared, **_of_cell(cell, own)}.items() if value != ""}
                    fields[own] = _value(cell)
                    yield Draft(fields, partial(write_alone, fields, own))


def _sensors(root: Element) -> Iterator[tuple[str, Fields]]:
    """Give station, sensor and position by the id of each sensor."""
    for station in every(root, "DataRecord"):
        if not str(station.get("definition", "")).endswith("/station"):
            continue
        shared: Fields = {"feature": _inline(station, "stationID")}
        latitude, longitude = _inline(station, "latitude"), _inline(station, "longitude")
        if latitude and longitude:
            shared |= {"position": [latitude, longitude], "crs": "urn:ogc:def:crs:EPSG::4326"}
        for sensor in every(station, "DataRecord"):
            if str(sensor.get("definition", "")).endswith("/sensor"):
                yield str(sensor.get("id", "")), {**shared, "procedure": _inline(sensor, "sensorID")}


def _inline(element: Element, name: str) -> str:
    found = (one for one in every(element, "field", "coordinate") if one.get("name") == name)
    return next((text_in(first(one, "value")) for one in found), "")


def _beside(cells: tuple[Cell, ...], otherwise: Times) -> tuple[Fields, Times]:
    """Give what stands beside the values of a row: its times, place, and what it says of them."""
    more: Fields = {}
    times: dict[str, str] = {}
    axes: dict[str, str] = {}
    for cell in cells:
        name = cell.part.name
        if cell.part.kind in ("Time", "TimeRange"):
            times[_edge(cell, times)] = cell.text
        elif _axis(cell):
            axes[_axis(cell)] = cell.text
        elif cell.part.kind in ("Category", "Text", "Boolean"):
            short = name.lower().replace("_", "")
            more[
                "feature" if short in _NAMES_OF_FEATURES else name if short == "procedure" else f"parameter.{name}"
            ] = cell.text
    if len(axes) == 2:
        more |= {"position": [axes["latitude"], axes["longitude"]], "crs": "urn:ogc:def:crs:EPSG::4326"}
    if "resultTime" in times:
        more["resultTime"] = times["resultTime"]
    return more, Times(times["begin"], times.get("end", "")) if "begin" in times else otherwise


def _edge(cell: Cell, times: Mapping[str, str]) -> str:
    if "resulttime" in (cell.part.name + cell.part.definition).lower():
        return "resultTime"
    return "end" if "begin" in times else "begin"


def _axis(cell: Cell) -> str:
    """Tell whether a number is a coordinate."""
    names = {cell.part.name.lower(), cell.part.definition.rstrip("/").rpartition("/")[2].lower()}
    return next((axis for axis in ("latitude", "longitude") if axis in names), "")


def _value(cell: Cell) -> str | None:
    return None if cell.text in cell.part.nil else cell.text


def _of_cell(cell: Cell, property_: str) -> Fields:
    fields = {"unit": unit_name(cell.part.unit), "nilReason": cell.part.nil.get(cell.text, "")}
    if cell.part.definition and cell.part.definition != property_:
        fields["parameter.definition"] = cell.part.definition
    return {name: text for name, text in fields.items() if text}


def _named(element: Element | None, ids: Mapping[str, Element]) -> str:
    """Name what an element refers to, or holds."""
    target = href(element)
    if target and not target.startswith("#"):
        return target
    inner = followed(element, ids)
    if inner is None:
        return target
    own = next((str(one.get(name)) for one in inner.iter("*") for name in _ID_NAMES if one.get(name)), "")
    return text_in(first(inner, "identifier")) or href(first(inner, "member")) or text_in(inner) or own


_ID_NAMES = ("{http://www.opengis.net/gml/3.2}id", "{http://www.opengis.net/gml}id")


def _unit(element: Element | None) -> str:
    if element is None:
        return ""
    uom = child(element, "uom")
    return unit_name(
        str(element.get("uom") or element.get("code") or href(element if uom is None else uom) or _unit(uom))
    )


def unit_name(text: str) -> str:
    """Give the unit that a name of OGC holds; any other text is given back.

    >>> unit_name("urn:ogc:def:uom:udunits:2:Cel"), unit_name("http://www.opengis.net/def/uom/UCUM/0/degC")
    ('Cel', 'degC')
    """
    return re.split(r"[:/]", text)[-1] if _UOM.match(text) else text


def _written(element: Element) -> bytes:
    from lxml import etree

    content: bytes = etree.tostring(element, encoding="utf-8", with_tail=False)
    return content
