"""Run the SHACL engine pyshacl, the reference; the only module that uses it."""

import datetime
import logging
import re
import warnings
from collections.abc import Iterator
from threading import Lock
from typing import Any

import pyshacl
import rdflib
from pyshacl.errors import ReportableRuntimeError

from ssclab_data.errors import InformationModelError
from ssclab_data.linked_data.graphs import node, path_text
from ssclab_data.linked_data.lexical import INTEGERS, well_formed
from ssclab_data.validation.shacl_raw import Raw
from ssclab_data.validation.shacl_terms import ILL_TYPED, engine_text, plain_text

_DEPTH = 40
_MIDNIGHT = re.compile(r"T24:00:00(?:\.0+)?")
_DATETIME, _TIME = rdflib.XSD.dateTime, rdflib.XSD.time
_NUMERIC = frozenset(rdflib.XSD[name] for name in ("decimal", "double", "float", *INTEGERS))
_KINDS = {rdflib.XSD[name]: name for name in ("string", "boolean", "dateTime", "date", "time", "duration")}
_logger = logging.getLogger(__name__)
# pyshacl switches a setting of rdflib for the whole process while it reads, and sets it to its own idea of it after.
_lock = Lock()


class _Exact(rdflib.Literal):
    """A literal that is compared with those of its own kind alone.

    rdflib orders others by the IRI of their datatype, which would make a date less than the number 5; to SPARQL, and so
    to SHACL, that is an error, and a limit is not kept. NaN is of no kind.
    """

    __slots__ = ()

    def eq(self, other: Any) -> bool:
        self._check(other)
        return bool(super().eq(other))

    def __gt__(self, other: Any) -> bool:
        self._check(other)
        return bool(super().__gt__(other))

    __hash__ = rdflib.Literal.__hash__

    def _check(self, other: Any) -> None:
        own = _kind(self)
        if own is None or own != _kind(other):
            raise TypeError(f"{self} is not compared with {other}")


class _Midnight(_Exact):
    """A time 24:00:00, which Python does not know; it is 00:00:00 of the next day."""

    __slots__ = ()

    @property
    def ill_typed(self) -> bool:
        return False

    @property
    def value(self) -> Any:
        if self.datatype == _TIME:
            return datetime.time.fromisoformat(str(self).replace("24:00:00", "00:00:00"))
        day = datetime.datetime.fromisoformat(_MIDNIGHT.sub("T00:00:00", str(self)))
        return day + datetime.timedelta(days=1)


def run(data: rdflib.Graph, shapes: rdflib.Graph) -> Iterator[Raw]:
    """Check data against shapes.

    Raises:
        InformationModelError: the engine cannot use the shapes.
    """
    with _lock, warnings.catch_warnings(action="ignore"):
        normalize = rdflib.NORMALIZE_LITERALS
        try:
            report = _report(_exact(data), _exact(shapes))
        finally:
            rdflib.NORMALIZE_LITERALS = normalize
    for result in report.objects(None, node("sh:result")):
        yield _raw(report, result)


def _report(data: rdflib.Graph, shapes: rdflib.Graph) -> rdflib.Graph:
    try:
        _, report, text = pyshacl.validate(
            data,
            shacl_graph=shapes,
            inplace=True,
            do_owl_imports=False,
            max_validation_depth=_DEPTH,
            logger=_logger,
        )
    except (NotImplementedError, ReportableRuntimeError) as error:
        raise InformationModelError(f"the engine pyshacl cannot use the shapes: {error}") from error
    if not isinstance(report, rdflib.Graph):
        raise InformationModelError(f"the engine pyshacl cannot use the shapes: {text}")
    return report


def _raw(report: rdflib.Graph, result: rdflib.term.Node) -> Raw:
    def value(name: str) -> rdflib.term.Node | None:
        return report.value(result, node(name))

    path, found = value("sh:resultPath"), value("sh:value")
    return Raw(
        focus=plain_text(_text(value("sh:focusNode"))),
        path="" if path is None else path_text(report, path),
        value=plain_text(_text(found)),
        component=str(value("sh:sourceConstraintComponent")),
        shape=str(value("sh:sourceShape")),
        severity=str(value("sh:resultSeverity")),
        messages=tuple(str(one) for one in report.objects(result, node("sh:resultMessage"))),
    )


def _text(found: rdflib.term.Node | None) -> str:
    return "" if found is None else engine_text(found)


def _exact(graph: rdflib.Graph) -> rdflib.Graph:
    """Copy a graph, with literals that pyshacl judges as it should."""
    copy = rdflib.Graph(bind_namespaces="none")
    for subject, predicate, found in graph:
        copy.add((subject, predicate, _literal(found) if isinstance(found, rdflib.Literal) else found))
    return copy


def _literal(found: rdflib.Literal) -> rdflib.Literal:
    text, datatype = str(found), found.datatype
    if datatype is None:
        return found
    if not well_formed(text, str(datatype)):
        return _Exact(text, datatype=rdflib.URIRef(f"{ILL_TYPED}{datatype}"), normalize=False)
    if datatype in (_DATETIME, _TIME) and "24:00:00" in text:
        return _Midnight(text, datatype=datatype, normalize=False)
    return _Exact(text, datatype=datatype, normalize=False)


def _kind(found: rdflib.Literal) -> str | None:
    """Tell which literals one is comparable with; None for none."""
    datatype = found.datatype
    if datatype in _NUMERIC:
        return None if str(found) == "NaN" else "number"
    if datatype is None:
        return None if found.language else "string"
    return _KINDS.get(datatype)
