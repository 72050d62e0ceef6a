"""Hold what the rules of a profile are checked with, and make findings of breaches."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.linked_data.sosa import Node
from ssclab_data.model.entity import Entity
from ssclab_data.model.finding import Finding
from ssclab_data.model.values import Box
from ssclab_data.validation.modelling_rules import MODELLING_RULES
from ssclab_data.validation.profile import Profile
from ssclab_data.validation.rules import Place


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about the data.

    Attributes:
        area: box of the municipality in CRS84; None leaves places alone.
        municipality: its name.
    """

    profile: Profile
    area: Box | None = None
    municipality: str = ""

    def breach(
        self, rule: str, facts: Mapping[str, object], place: Place, *, suggestion: str = ""
    ) -> Iterator[Finding]:
        """Give a finding, unless the profile leaves the rule out."""
        severity = self.profile.severity(rule)
        if severity is not None:
            made = MODELLING_RULES[rule].finding({"suggestion": suggestion, **facts}, place)
            yield msgspec.structs.replace(made, severity=severity, suggestion=suggestion)


def at(node: Node, path: str, value: Any = None) -> Place:
    """Say where something stands in an entity."""
    return Place(path=path, value=value, entity=reference(node.entity))


def reference(entity: Entity) -> str:
    """Name an entity in findings: its type and its natural key."""
    key = "" if entity.key is UNSET else entity.key
    return f"{type(entity).__name__} {key}".strip()


def value_at(node: Node, path: tuple[str, ...]) -> Any:
    """Give the value at a path of property names below an entity; UNSET where there is none.

    The first name is a property of the entity as a field of its Struct; the rest go into JSON objects.
    """
    value: Any = getattr(node.entity, path[0], UNSET)
    for name in path[1:]:
        value = value.get(name, UNSET) if isinstance(value, dict) else UNSET
    return value


def properties(entity: Entity) -> dict[str, Any]:
    """Give the free properties of an entity; empty where it has none."""
    found = getattr(entity, "properties", UNSET)
    return found if isinstance(found, dict) else {}
