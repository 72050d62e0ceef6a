"""Choose what of a Thing's entry in the sensor register is published."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ssclab_data.model import codelists
from ssclab_data.publishing.policy import PUBLIC_SPACE, Decision

FIELDS = ("owner", "purpose", "legalGround", "personalData", "activeUntil", "placement")
"""The fields, as members of a Thing's properties."""
_CODES = {"legalGround": "legal-grounds", "personalData": "personal-data", "placement": "placements"}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SUBSTANCES = re.compile(r"\b(?:PM|pm)(?:10|2[.,]5|1|4)\b|\b(?:CO|NO|O|SO|NH|H)(?:2S|2|3|x)?\b")
_TELLING = re.compile(r"[0-9@]|://|www\.")
_NAMES = re.compile(r"\b[A-Z][\w'-]{3,}")
_LONGEST = 300


def published(properties: Mapping[str, Any], decision: Decision, known: Sequence[str]) -> dict[str, Any]:
    """Give the fields that are published of a Thing whose place is not.

    Codes pass where their list has them, a date where it is one, and a text where it tells no place: no digits but
    those of substances (`PM2.5`), no address of the web, none of the names in the texts of its places.

    Args:
        known: texts about its places.
    """
    names = {name for text in known for name in _NAMES.findall(text)}
    return dict(_fields(properties, decision, names))


def codes(name: str) -> set[str]:
    """Give the codes of a code list."""
    return {row["code"] for row in codelists.read(name)}


def _fields(properties: Mapping[str, Any], decision: Decision, names: set[str]) -> Iterator[tuple[str, Any]]:
    for name in FIELDS:
        value = properties.get(name)
        if name in _CODES:
            if isinstance(value, bool) or (isinstance(value, str) and value in codes(_CODES[name])):
                yield name, value
        elif isinstance(value, str) and value:
            owned = name != "owner" or decision.placement == PUBLIC_SPACE  # of a home it may be a person
            if _DATE.fullmatch(value) if name == "activeUntil" else owned and _tells_nothing(value, names):
                yield name, value


def _tells_nothing(text: str, names: set[str]) -> bool:
    return (
        len(text) <= _LONGEST
        and not _TELLING.search(_SUBSTANCES.sub("", text))
        and not any(name in text for name in names)
    )
