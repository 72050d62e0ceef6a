"""Write one observation as O&M 2.0, so that a record that was rejected can be read again."""

from collections.abc import Mapping
from typing import Any

type Element = Any
"""An element of lxml, which is imported when a document is written."""

_OM = "http://www.opengis.net/om/2.0"
_GML = "http://www.opengis.net/gml/3.2"
_XLINK = "http://www.w3.org/1999/xlink"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SOS = "http://www.opengis.net/sos/2.0"


def write_alone(fields: Mapping[str, Any], property_: str) -> bytes:
    """Write a GetObservationResponse that the reader of observations turns into these fields.

    Args:
        property_: the field that holds the value.
    """
    from lxml import etree

    names = {"sos": _SOS, "om": _OM, "gml": _GML, "xlink": _XLINK, "xsi": _XSI}
    root = etree.Element(f"{{{_SOS}}}GetObservationResponse", nsmap=names)
    observation = _in(_in(root, _SOS, "observationData"), _OM, "OM_Observation")
    for name, value in fields.items():
        if name.startswith("parameter."):
            named = _in(_in(observation, _OM, "parameter"), _OM, "NamedValue")
            _in(named, _OM, "name").set(f"{{{_XLINK}}}title", name.removeprefix("parameter."))
            _in(named, _OM, "value").text = str(value)
    _time(observation, "phenomenonTime", fields.get("time"), fields.get("end"))
    _time(observation, "resultTime", fields.get("resultTime"), None)
    _href(observation, "procedure", fields.get("procedure"))
    _href(observation, "observedProperty", property_)
    _feature(observation, fields)
    _result(observation, fields, property_)
    content: bytes = etree.tostring(root, encoding="utf-8")
    return content


def _in(parent: Element, namespace: str, name: str) -> Element:
    from lxml import etree

    return etree.SubElement(parent, f"{{{namespace}}}{name}")


def _href(observation: Element, name: str, value: Any) -> None:
    if value:
        _in(observation, _OM, name).set(f"{{{_XLINK}}}href", str(value))


def _time(observation: Element, name: str, begin: Any, end: Any) -> None:
    if not begin:
        return
    holder = _in(observation, _OM, name)
    if end:
        period = _in(holder, _GML, "TimePeriod")
        _in(period, _GML, "beginPosition").text = str(begin)
        _in(period, _GML, "endPosition").text = str(end)
    else:
        _in(_in(holder, _GML, "TimeInstant"), _GML, "timePosition").text = str(begin)


def _feature(observation: Element, fields: Mapping[str, Any]) -> None:
    holder = _in(observation, _OM, "featureOfInterest")
    if fields.get("feature"):
        holder.set(f"{{{_XLINK}}}href", str(fields["feature"]))
    if fields.get("feature.name"):
        holder.set(f"{{{_XLINK}}}title", str(fields["feature.name"]))
    if fields.get("position"):
        point = _in(holder, _GML, "Point")
        if fields.get("crs"):
            point.set("srsName", str(fields["crs"]))
        _in(point, _GML, "pos").text = " ".join(map(str, fields["position"]))


def _result(observation: Element, fields: Mapping[str, Any], property_: str) -> None:
    result = _in(observation, _OM, "result")
    if fields.get("unit"):
        result.set("uom", str(fields["unit"]))
    if fields.get("nilReason"):
        result.set("nilReason", str(fields["nilReason"]))
    if fields.get(property_) is None:
        result.set(f"{{{_XSI}}}nil", "true")
    else:
        result.text = str(fields[property_])
