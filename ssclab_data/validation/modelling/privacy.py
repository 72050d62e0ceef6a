"""Check that nothing is published that points at a person or at a device's own address."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from ssclab_data.linked_data.sosa import Node
from ssclab_data.model import sensorthings as sta
from ssclab_data.model.finding import Finding
from ssclab_data.validation.modelling.context import Context, at, properties
from ssclab_data.validation.rules import shown

_MAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_PHONE = re.compile(r"(?<![\w.,])(?:\+31|0031|0)[ -]?(?:6|[1-57]\d{0,2})(?:[ -]?\d){6,8}(?![\d.,])")
_MAC = re.compile(
    r"(?<![0-9A-Fa-f:-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?:[:-][0-9A-Fa-f]{2}){0,2}(?![0-9A-Fa-f:-])"
)
_EUI = re.compile(r"(?<![0-9A-Za-z])(?=[0-9A-Fa-f]*[A-Fa-f])(?=[0-9A-Fa-f]*\d)[0-9A-Fa-f]{16}(?![0-9A-Za-z])")
_VEILED = re.compile(r"d-[a-z2-7]{20}")
"""What `ssclab publish` puts in the place of an address: it tells nothing of it without the key of the lab."""
_ROLE_MAIL = re.compile(
    r"^(?:info|contact|data|opendata|sensor(?:en|s)?|gemeente|gis|geo|support|noreply)\b", re.IGNORECASE
)
_ADDRESS_NAMES = frozenset({"mac", "macaddress", "mac_address", "deveui", "dev_eui", "hardware_serial"})
_SKIPPED = frozenset({"definition", "metadata", "encodingType", "observationType"})


def check_privacy(node: Node, context: Context) -> Iterator[Finding]:
    """Check the texts of an entity, its key among them, and what is said of personal data."""
    for path, text in _texts(node):
        yield from _text(node, path, text, context)
    if isinstance(node.entity, sta.Thing):
        known = properties(node.entity)
        if known.get("personalData") in (True, "yes", "ja") and not known.get("legalGround"):
            yield from context.breach("legal-ground-missing", {}, at(node, "/properties/legalGround"))


def _text(node: Node, path: str, text: str, context: Context) -> Iterator[Finding]:
    name = path.rpartition("/")[2].lower()
    place = at(node, path, text)
    named = name in _ADDRESS_NAMES and text and not _VEILED.fullmatch(text)
    if _MAC.search(text) or _EUI.search(text) or named:
        yield from context.breach("device-address-published", {"value": shown(text)}, place)
    mail = _MAIL.search(text)
    if mail and not _ROLE_MAIL.match(mail[0]):
        yield from context.breach("personal-data-in-text", {"what": f"the e-mail address {mail[0]}"}, place)
    if _PHONE.search(text) and not _is_number(text):
        yield from context.breach("personal-data-in-text", {"what": "a telephone number"}, place)


def _is_number(text: str) -> bool:
    return text.replace(".", "").replace("-", "").isdigit() and not text.startswith(("06", "+31"))


def _texts(node: Node) -> Iterator[tuple[str, str]]:
    """Give the texts of an entity with their paths; those that hold IRIs by definition are left out."""
    if isinstance(node.entity.key, str):
        yield "/key", node.entity.key
    for field in type(node.entity).__struct_fields__:
        value = getattr(node.entity, field)
        name = type(node.entity).__struct_encode_fields__[type(node.entity).__struct_fields__.index(field)]
        if field != "key" and name not in _SKIPPED and isinstance(value, (str, dict)):
            yield from _leaves(f"/{name}", value)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(f"{path}/{name}", part)
    elif isinstance(value, (list, tuple)) and not isinstance(value, msgspec.Struct):
        for number, part in enumerate(value):
            yield from _leaves(f"{path}/{number}", part)
