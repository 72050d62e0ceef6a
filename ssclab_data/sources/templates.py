"""Fill the templates of mappings: texts with `{field}`, or `{field|other}` for the first of them that is there."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

FIELD = re.compile(r"\{([^{}]+)\}")
"""A place in a template."""


@lru_cache(maxsize=1024)
def names_in(template: str) -> tuple[str, ...]:
    """Give the fields that a template names, in their order.

    >>> names_in("{country}-{code|number}")
    ('country', 'code', 'number')
    """
    return tuple(dict.fromkeys(name for group in FIELD.findall(template) for name in group.split("|")))


def fill(template: str, fields: Mapping[str, Any], instead: str) -> str:
    """Fill a template; what is not there becomes `instead`.

    >>> fill("Unit {id} at {street|town}", {"id": 7, "town": "Breda"}, "?")
    'Unit 7 at Breda'
    """
    return FIELD.sub(lambda match: _first(match[1], fields) or instead, template)


def fill_all(template: str, fields: Mapping[str, Any]) -> str | None:
    """Fill a template of which every part must be there; None where one is not.

    >>> fill_all("{country}-{code}", {"country": "NL"}) is None
    True
    """
    parts = [_first(group, fields) for group in FIELD.findall(template)]
    if not all(parts):
        return None
    found = iter(parts)
    return FIELD.sub(lambda _: str(next(found)), template)


def text_of(value: Any) -> str:
    """Give a text or whole number as text, "" for all else: a fraction or a truth value names nothing."""
    return value.strip() if isinstance(value, str) else str(value) if type(value) is int else ""


def _first(group: str, fields: Mapping[str, Any]) -> str:
    return next((text for name in group.split("|") if (text := text_of(fields.get(name)))), "")
