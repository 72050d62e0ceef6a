"""Decide how exactly each Thing is published, from its placement."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import msgspec

from ssclab_data.errors import SettingsError
from ssclab_data.model import codelists
from ssclab_data.model.codelists import PropertyInfo
from ssclab_data.model.lab import Policy, Publishing
from ssclab_data.resources import extensions

PUBLIC_SPACE, HOME, CARRIED = "public-space", "home", "person-carried"

DEFAULT_POLICIES: Mapping[str, Policy] = MappingProxyType(
    {PUBLIC_SPACE: Policy.EXACT, HOME: Policy.GRID250, CARRIED: Policy.MUNICIPALITY}
)
_ORDER = tuple(Policy)


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """How one Thing is published.

    Attributes:
        placement: code of its placement, "" where it is not known.
        guarded: whether what it measures may show that somebody is there, so that some of it is published as means.
        refused: what its properties ask for and did not get, or "".
    """

    policy: Policy
    placement: str
    guarded: bool
    refused: str = ""

    @property
    def exact(self) -> bool:
        """Whether it is published as it is."""
        return self.policy is Policy.EXACT


def check_publishing(publishing: Publishing) -> Publishing:
    """Make sure that a lab's policies can be used.

    Raises:
        SettingsError: one is of a placement that is not known, or not strict enough for it; or a number is too small.
    """
    unknown = set(publishing.policies) - set(DEFAULT_POLICIES)
    if unknown:
        raise SettingsError(
            f"publishing: no placement {', '.join(sorted(unknown))}; known: {', '.join(DEFAULT_POLICIES)}"
        )
    policies = policies_of(publishing)
    if policies[HOME] is Policy.EXACT:
        raise SettingsError("publishing: a home is never published exactly; give home a grid, or municipality")
    if policies[CARRIED] is not Policy.MUNICIPALITY:
        raise SettingsError(
            "publishing: what a person carries draws a track on any grid; give person-carried municipality"
        )
    if publishing.minimum_addresses < 1 or publishing.minimum_values < 2:
        raise SettingsError("publishing: minimum_addresses is at least 1, and minimum_values at least 2")
    for name in (publishing.secret, publishing.addresses):
        if name.startswith(".") or (not name.replace(".", "").replace("-", "").replace("_", "").isalnum() and name):
            raise SettingsError(f"publishing: {name!r} must be the name of a file beside the lab.yaml")
    return publishing


def policies_of(publishing: Publishing) -> Mapping[str, Policy]:
    """Give the policy of each placement."""
    return {**DEFAULT_POLICIES, **publishing.policies}


def stricter(one: Policy, other: Policy) -> Policy:
    """Give the stricter of two policies."""
    return max(one, other, key=_ORDER.index)


def decide(publishing: Publishing, properties: Mapping[str, Any]) -> Decision:
    """Decide from the properties of a Thing: `placement`, and `publishing` where it asks for a stricter policy.

    >>> decide(Publishing(), {"placement": "public-space", "publishing": "grid1000"}).policy.value
    'grid1000'
    """
    placement = properties.get("placement")
    known = placement if isinstance(placement, str) and placement in DEFAULT_POLICIES else ""
    policy = policies_of(publishing)[known] if known else publishing.unknown
    guarded = known != PUBLIC_SPACE and policy is not Policy.EXACT
    asked = properties.get("publishing")
    if asked is None:
        return Decision(policy=policy, placement=known, guarded=guarded)
    wanted = Policy(asked) if isinstance(asked, str) and asked in _ORDER else None
    chosen = policy if wanted is None else stricter(policy, wanted)
    refused = "" if wanted is chosen else str(asked)
    return Decision(policy=chosen, placement=known, guarded=guarded, refused=refused)


def property_of(key: object, definition: object) -> PropertyInfo | None:
    """Find the observed property of the code list that an ObservedProperty is, by its key or its definition."""
    return _by_key().get(str(key)) or _by_key().get(str(definition))


def is_ambient(info: PropertyInfo) -> bool:
    """Tell whether a property says nothing of people who are near: only then it is published as it is measured."""
    return info.id in _ambient(extensions())


@cache
def _ambient(_extensions: tuple[object, ...]) -> frozenset[str]:
    rows = {row["code"]: frozenset(row["properties"].split("|")) for row in codelists.read("presence")}
    return rows["ambient"] - rows["revealing"]


def _by_key() -> Mapping[str, PropertyInfo]:
    return _keys(extensions())


@cache
def _keys(_extensions: tuple[object, ...]) -> Mapping[str, PropertyInfo]:
    found = codelists.observed_properties().values()
    return {info.definition: info for info in found} | {info.key: info for info in found}
