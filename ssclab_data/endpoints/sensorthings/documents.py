"""Read the JSON of request bodies: strict, and not nested beyond what is worked on."""

import json
from typing import Any

import orjson

from ssclab_data.errors import BodyError

MAX_DEPTH = 100


def parse_json(body: bytes) -> Any:
    """Read a JSON document (RFC 8259); NaN, infinity and half characters are none.

    Raises:
        BodyError: it does not parse, an object has a member twice, or values are nested too deep.

    >>> parse_json(b'{"result": 1.50}')
    {'result': 1.5}
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BodyError(f"the body is no JSON: {error}") from error
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH:
        _check_depth(value)
    # What an object with two members of one name means is left open (RFC 8259, 4), so it is not guessed.
    json.loads(body, object_pairs_hook=_unique)
    return value


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        holders = [one for one in level if isinstance(one, (dict, list))]
        if not holders:
            return
        level = [part for one in holders for part in (one.values() if isinstance(one, dict) else one)]
    raise BodyError(f"the values of the body are nested deeper than {MAX_DEPTH}")


def _unique(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise BodyError(f"an object has two members of the name {name[:80]!r}")
        seen.add(name)
