"""Read the unit of a Datastream, however it is written: as UCUM, as an IRI, as a symbol, or not at all."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ssclab_data.errors import ValueParseError
from ssclab_data.linked_data.terms import is_iri
from ssclab_data.model.units import Unit, resolve_unit
from ssclab_data.model.values import UnitOfMeasurement

_TEXTS = ("symbol", "definition", "name")
_UCUM = "ucum:"


class GivenUnit(msgspec.Struct, frozen=True):
    """The unit of a Datastream.

    Attributes:
        known: the unit of the code list, None where it has none or the texts say none.
        written: as it was given; a definition that is no IRI stands in the other texts alone.
        texts: what was said, for messages; "" where nothing was.
        unclear: whether the texts are of different units.
    """

    known: Unit | None
    written: UnitOfMeasurement
    texts: str
    unclear: bool = False


def read_unit(value: object, fallback: str = "") -> GivenUnit:
    """Read a unit.

    Args:
        fallback: unit text where the value says none.
    """
    given = {name: _text(value.get(name)) for name in _TEXTS} if isinstance(value, Mapping) else {}
    found = list(dict.fromkeys(unit.ucum for unit in _known(given)))
    known = next(_known(given), None)
    if known is None and not any((given.get("symbol"), given.get("definition"))) and fallback:
        known = resolve_unit(fallback)
    return GivenUnit(
        known=known,
        written=_written(given),
        texts=", ".join(dict.fromkeys(text for text in given.values() if text)),
        unclear=len(found) > 1,
    )


def _known(given: Mapping[str, str]) -> Iterator[Unit]:
    for text in given.values():
        try:
            if text:
                yield resolve_unit(text.removeprefix(_UCUM))
        except ValueParseError:
            continue  # told of where none of the texts is known


def _written(given: Mapping[str, str]) -> UnitOfMeasurement:
    definition, symbol, name = (given.get(part, "") for part in ("definition", "symbol", "name"))
    if definition and not is_iri(definition):
        symbol, definition = symbol or definition, ""
    return UnitOfMeasurement(name=name or None, symbol=symbol or None, definition=definition or None)


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
