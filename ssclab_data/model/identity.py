"""Make IRIs from natural keys, and handles that a store finds without a scan."""

import re
from functools import lru_cache
from urllib.parse import quote, unquote

from ssclab_data.errors import NotFoundError, SettingsError
from ssclab_data.model.entity import Handle
from ssclab_data.model.values import Time

_LAB_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_SEQUENCE_BITS = 32
_SAFE = "-._~:+"


def check_lab_key(key: str) -> str:
    """Give a lab key back when it is one.

    Raises:
        SettingsError: it is not 1 to 32 of a-z, 0-9 and `-`, or starts with `-`.
    """
    if not _LAB_KEY.fullmatch(key):
        raise SettingsError(f"lab key {key!r} must be 1 to 32 of a-z, 0-9 and '-', not starting with '-'")
    return key


@lru_cache(maxsize=16_384)
def natural_key(source: str, *local: str) -> str:
    """Join a source and the parts of its local id into a natural key; each part is percent-encoded.

    >>> natural_key("smart-emission", "23", "noise/avg")
    'smart-emission/23/noise%2Favg'
    """
    return "/".join(quote(part, safe=_SAFE) for part in (source, *local))


def observation_key(datastream_key: str, time: Time, ordinal: int = 0) -> str:
    """Make the key of an Observation: its Datastream's key, its phenomenonTime and, from the second of a time on, `~2`.

    Args:
        ordinal: number among the Observations of that Datastream and time, from 0; above 0 only where its duplicate
            policy is `allow`.
    """
    tail = f"~{ordinal + 1}" if ordinal else ""
    return f"{datastream_key}/{str(time).replace('/', '%2F')}{tail}"


def split_observation_key(key: str) -> tuple[str, str, int]:
    """Give the Datastream's key, the phenomenonTime as text, and the ordinal of an Observation's key.

    >>> split_observation_key("v/1/pm25/2016-01-08T22:00:00Z~2")
    ('v/1/pm25', '2016-01-08T22:00:00Z', 1)
    """
    datastream_key, _, last = key.rpartition("/")
    time, tilde, number = last.partition("~")
    if tilde and not _NUMBER.fullmatch(number):
        return datastream_key, unquote(last), 0
    return datastream_key, unquote(time), int(number) - 1 if tilde else 0


def iri(base: str, lab: str, *, entity_type: str, key: str) -> str:
    """Make the IRI of an entity: `{base}/id/{lab}/{EntityType}/{key}`."""
    return f"{base.rstrip('/')}/id/{lab}/{entity_type}/{key}"


def observation_handle(datastream: int, sequence: int) -> int:
    """Pack a Datastream's handle and a per-Datastream sequence into the handle of an Observation.

    Exact in JSON clients that read numbers as doubles for up to 2,097,151 Datastreams.
    """
    return (datastream << _SEQUENCE_BITS) | sequence


def split_observation_handle(handle: int) -> tuple[int, int]:
    """Give the Datastream's handle and the sequence of an Observation's handle."""
    return handle >> _SEQUENCE_BITS, handle & ((1 << _SEQUENCE_BITS) - 1)


def qualify(lab: str, handle: Handle) -> str:
    """Make the handle that a hub shows for an entity of a lab: `lab~id`; hubs stack (`nl~breda~5`)."""
    return f"{lab}~{handle}"


def split_qualified(handle: Handle) -> tuple[str, Handle]:
    """Give the lab and its own handle of a hub's handle.

    Raises:
        NotFoundError: the handle names no lab.
    """
    lab, tilde, local = str(handle).partition("~")
    if not tilde or not local:
        raise NotFoundError(f"id {handle!r} names no lab; ids here look like 'breda~12'")
    return lab, int(local) if _NUMBER.fullmatch(local) else local
