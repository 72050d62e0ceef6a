"""Read CoverageJSON: one record for each value of points, series, trajectories and polygons, never of grids."""

import math
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import product
from pathlib import PurePath
from typing import Any

import msgspec

from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.reading.axes import Axis, axes_of, period_of
from ssclab_data.sources.reading.record import Fields, Payload, Record
from ssclab_data.sources.reading.shaping import Found, Item, choose, forms_of, item_of
from ssclab_data.sources.reading.text import ReadError

type Json = Mapping[str, Any]

_TYPES = ("Coverage", "CoverageCollection", "Domain")
_FLAT = {"4979": "4326", "4937": "4258"}
"""Systems with a height by those of their first two axes."""


class Draft(msgspec.Struct, frozen=True):
    """A record on its way: its fields, or why there are none, and a document that holds it alone."""

    fields: Fields
    alone: Json
    broken: str = ""


class Frame(msgspec.Struct, frozen=True):
    """What the values of a coverage have in common.

    Attributes:
        deep: whether there are values at several heights of one place, each of which is a Thing then.
        file: name that stands for a coverage that moves and has no id.
    """

    coverage: Json
    deep: bool
    file: str


class Parameter(msgspec.Struct, frozen=True):
    """What the values of a range are.

    Attributes:
        name: IRI of the observed property, else the key of the parameter.
        labels: label of each category by its code.
    """

    key: str
    name: str
    unit: str
    labels: Mapping[str, str]
    document: Json


def read(mapping: MappingFile, form: Form, payload: Payload) -> list[Record] | None:
    """Take a coverage or a collection apart, or None when it is neither.

    Fields are `station`, `time` and `end` (of a period: a day where there is no time of day), `position` in the order
    of its reference system with `crs`, or `polygon`, `unit`, `label` of a category, and the value by the IRI of its
    observed property, or the key of its parameter.

    Raises:
        ReadError: it is a domain without values, or a grid: its cells are no stations.
    """
    if not payload.looks_like_json or not isinstance(payload.document, dict):
        return None
    document = payload.document
    if document.get("type") not in _TYPES:
        return None
    if document["type"] == "Domain":
        raise ReadError("it is a domain without values")
    found = list(_found(document, PurePath(payload.where).name.split(".")[0]))
    forms = forms_of(mapping, form)
    return choose(forms, [Found([_item(mapping, one, each, at) for at, each in enumerate(found)]) for one in forms])


def _item(mapping: MappingFile, form: Form, one: Draft, at: int) -> Item:
    alone = partial(msgspec.json.encode, one.alone)
    if one.broken:
        return Item(at, alone, broken=one.broken)
    return item_of(mapping, form, one.fields.items(), at=at, alone=alone)


def _found(document: Json, file: str) -> Iterator[Draft]:
    """Take coverages apart; what a collection says holds for each that does not say it itself."""
    if document["type"] == "Coverage":
        yield from _drafts(document, file)
        return
    coverages = document.get("coverages")
    for number, one in enumerate(coverages if isinstance(coverages, list) else ()):
        if not isinstance(one, dict) or not isinstance(one.get("domain"), dict):
            yield Draft({}, {"type": "CoverageCollection", "coverages": [one]}, "no coverage with its domain in it")
            continue
        domain = {
            **{name: document[name] for name in ("referencing", "domainType") if name in document},
            **one["domain"],
        }
        parameters = {**_dict(document.get("parameters")), **_dict(one.get("parameters"))}
        yield from _drafts({**one, "domain": domain, "parameters": parameters}, f"{file}-{number}")


def _drafts(coverage: Json, file: str) -> Iterator[Draft]:
    domain = coverage.get("domain")
    if not isinstance(domain, dict) or not isinstance(domain.get("axes"), dict):
        yield Draft({}, coverage, "its domain is not in the document")
        return
    try:
        axes = axes_of(domain["axes"])
    except (TypeError, ValueError) as error:
        yield Draft({}, coverage, f"its axes cannot be read: {error}")
        return
    _refuse_grid(axes)
    frame = Frame(coverage, "z" in axes and len(axes["z"].values) > 1, file)
    parameters = {key: _parameter(key, one) for key, one in _dict(coverage.get("parameters")).items()}
    for key, range_ in _dict(coverage.get("ranges")).items():
        parameter = parameters.get(key) or _parameter(key, {})
        reason = _unreadable(range_, axes)
        if reason:
            yield Draft({}, {**coverage, "ranges": {key: range_}}, f"range {key}: {reason}")
            continue
        for at, value in zip(_places(range_, axes), range_["values"], strict=True):
            yield _draft(frame, parameter, {axis.name: axis.values[n] for axis, n in at}, value)


def _refuse_grid(axes: Mapping[str, Axis]) -> None:
    sizes = [len(axes[name].values) for name in ("x", "y") if name in axes]
    if math.prod(sizes) > 1:
        cells = " by ".join(map(str, sizes))
        raise ReadError(f"it is a grid of {cells} cells, which are no stations: ask for positions, areas or locations")


def _unreadable(range_: Any, axes: Mapping[str, Axis]) -> str:
    """Say why the values of a range cannot be laid along the axes, "" where they can."""
    if not isinstance(range_, dict) or not isinstance(range_.get("values"), list):
        return "its values are not in the document"
    names = range_.get("axisNames", [])
    if not isinstance(names, list) or not all(isinstance(name, str) and name in axes for name in names):
        return f"its axes {names!r} are not those of the domain"
    lost = [name for name, axis in axes.items() if name not in names and len(axis.values) > 1]
    if lost:
        return f"it does not say where its values are on the axis {lost[0]}"
    size = math.prod(len(axes[name].values) for name in names)
    shape = range_.get("shape", [len(axes[name].values) for name in names])
    if len(range_["values"]) != size or (isinstance(shape, list) and shape != [len(axes[n].values) for n in names]):
        return f"it has {len(range_['values'])} values, and the domain has room for {size}"
    return ""


def _places(range_: Json, axes: Mapping[str, Axis]) -> Iterator[tuple[tuple[Axis, int], ...]]:
    """Give the place of each value in all axes, in their order; an axis that is not named has one value."""
    names = range_.get("axisNames", [])
    single = tuple((axis, 0) for name, axis in axes.items() if name not in names and axis.values)
    for index in product(*(range(len(axes[name].values)) for name in names)):
        yield (*single, *((axes[name], number) for name, number in zip(names, index, strict=True)))


def _draft(frame: Frame, parameter: Parameter, at: Mapping[str, Any], value: Any) -> Draft:
    coverage = frame.coverage
    domain, composite = coverage["domain"], coverage["domain"]["axes"].get("composite")
    where, moving = dict(at), False
    if isinstance(composite, dict) and composite.get("dataType") == "tuple":
        names = composite.get("coordinates", ())
        where |= dict(zip(names, where.pop("composite"), strict=False))
        moving = "t" in names
    fields = _position(domain, where)
    begin, end = period_of(where.get("t"))
    station = str(coverage.get("id") or ("" if moving else _named(fields)) or frame.file or "coverage")
    station += f"/{where['z']}" if frame.deep else ""
    fields |= {"station": station, "time": begin, "end": end, "unit": parameter.unit}
    if parameter.labels:
        fields["label"] = parameter.labels.get(str(value), "")
    fields = {name: one for name, one in fields.items() if one not in ("", None)}
    return Draft({**fields, parameter.name: value}, _alone(coverage, parameter, where, value=value, id_=station))


def _position(domain: Json, where: Mapping[str, Any]) -> Fields:
    """Give the position in the order of its reference system, which the order of its coordinates is."""
    names, crs = _system(domain)
    if "composite" in where:
        return {"polygon": {"type": "Polygon", "coordinates": where["composite"]}, "crs": crs}
    if not {"x", "y"} <= where.keys():
        return {}
    ordered = [name for name in names if name in where] or ["x", "y"]
    height = [where["z"]] if "z" in where and "z" not in ordered else []
    return {"position": [*(where[name] for name in ordered), *height], "crs": crs}


def _system(domain: Json) -> tuple[tuple[str, ...], str]:
    referencing = domain.get("referencing")
    for one in referencing if isinstance(referencing, list) else ():
        names = one.get("coordinates") if isinstance(one, dict) else None
        if isinstance(names, list) and {"x", "y"} <= set(map(str, names)):
            id_ = str(_dict(one.get("system")).get("id", ""))
            head, slash, code = id_.rpartition("/")
            return tuple(map(str, names)), f"{head}{slash}{_FLAT.get(code, code)}"
    return ("x", "y"), ""


def _named(fields: Fields) -> str:
    """Name a place by its position, for coverages without an id."""
    return ",".join(map(str, fields["position"][:2])) if "position" in fields else ""


def _parameter(key: str, document: Any) -> Parameter:
    given = _dict(document)
    observed, unit = _dict(given.get("observedProperty")), given.get("unit")
    symbol = _dict(unit).get("symbol")
    text = _dict(symbol).get("value", "") if isinstance(symbol, dict) else symbol or _text(_dict(unit).get("label"))
    categories = observed.get("categories")
    labels = {
        str(one.get("id")): _text(one.get("label"))
        for one in (categories if isinstance(categories, list) else ())
        if isinstance(one, dict)
    }
    codes: dict[str, str] = {}
    for id_, code in _dict(given.get("categoryEncoding")).items():
        codes |= {str(one): labels.get(id_, id_) for one in (code if isinstance(code, list) else [code])}
    return Parameter(key, str(observed.get("id") or key), str(text), codes, given)


def _alone(coverage: Json, parameter: Parameter, where: Mapping[str, Any], *, value: Any, id_: str) -> Json:
    """Write a coverage with one value."""
    domain = {name: one for name, one in coverage["domain"].items() if name != "domainType"}
    axes = {name: {"values": [one]} for name, one in where.items() if name != "composite"}
    if "composite" in where:
        axes["composite"] = {**coverage["domain"]["axes"]["composite"], "values": [where["composite"]]}
    if isinstance(where.get("t"), tuple):
        axes["t"] = {"values": [where["t"][0]], "bounds": list(where["t"])}
    return {
        "type": "Coverage",
        "id": id_,
        "domain": {**domain, "axes": axes},
        "parameters": {parameter.key: parameter.document},
        "ranges": {parameter.key: {"type": "NdArray", "dataType": "float", "values": [value]}},
    }


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    """Give a text in English, or in the first language there is."""
    texts = _dict(value)
    return str(value) if isinstance(value, str) else str(texts.get("en") or next(iter(texts.values()), ""))
