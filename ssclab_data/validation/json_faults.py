"""Say what an engine of JSON Schema is and what it finds, in the same words for each of them."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import msgspec

from ssclab_data.validation.ecma import compiled
from ssclab_data.validation.schemas import Library, Schema

NOTHING: Schema = {"not": {}}
"""The schema that no value meets, as an object; it is written `false` as well."""

type Path = tuple[str | int, ...]


class Fault(msgspec.Struct, frozen=True):
    """One keyword that a value does not meet.

    Attributes:
        keyword: `required`, `type`, ...; "" where nothing at all is allowed.
        schema: the subschema that the keyword stands in.
        at: keys and indexes that lead to the value.
        value: the value.
        branches: of `anyOf` and `oneOf`, the faults of each branch.
    """

    keyword: str
    schema: Schema
    at: Path
    value: Any
    branches: tuple[tuple["Fault", ...], ...] = ()

    def settled(self) -> "Iterator[Fault]":
        """Give the faults of the one branch that is of the type of the value, where there is one; else itself.

        A value that may also be null has its own faults; that it is not null says nothing.
        """
        meant = [
            branch for branch in self.branches if not any(one.keyword == "type" and one.at == self.at for one in branch)
        ]
        if len(meant) != 1 or "x-rule" in self.schema:
            yield self
        else:
            for fault in meant[0]:
                yield from fault.settled()


class Compiled(Protocol):
    """A schema made ready by an engine."""

    def is_valid(self, document: Any) -> bool:
        """Tell whether a document meets the schema."""
        ...

    def faults(self, document: Any) -> Iterator[Fault]:
        """Give every keyword that a document does not meet, in no set order."""
        ...


class JsonEngine(Protocol):
    """What checks documents against JSON Schema 2020-12, formats too."""

    name: str

    def compile(self, schema: Schema, library: Library) -> Compiled:
        """Make a schema ready; its references lead into the library, and nowhere else.

        Raises:
            InformationModelError: it is no schema.
        """
        ...


def additional(document: Mapping[str, Any], schema: Schema) -> Iterator[str]:
    """Give the names of members that a schema neither lists nor has a pattern for."""
    known, patterns = schema.get("properties", {}), [compiled(one) for one in schema.get("patternProperties", {})]
    return (name for name in document if name not in known and not any(one.search(name) for one in patterns))
