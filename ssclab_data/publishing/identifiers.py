"""Take addresses and serial numbers of devices out of what is published as it is."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import UNSET

from ssclab_data.model.entity import Entity, Kind, Link
from ssclab_data.model.sensorthings import type_of
from ssclab_data.publishing.secret import Secret

_ALONE, _ENDED = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_FORMS = (
    r"(?P<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
    r"[0-9a-f]{2}(?P<parted>[-:._ ])[0-9a-f]{2}(?:(?P=parted)[0-9a-f]{2}){4}(?:(?:(?P=parted)[0-9a-f]{2}){2})?",
    r"[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?:\.[0-9a-f]{4})?",
    r"(?:esp(?:8266|32)?|raspi|rpi|smogomierz|eui|mac|imei|sn|ttn)[-_:.]?(?=[a-f]*[0-9])[0-9a-f]{4,}",
    r"(?=[0-9]*[a-f])(?=[a-f]*[0-9])(?:[0-9a-f]{12}|[0-9a-f]{16})",
)
_DEVICE = re.compile(f"{_ALONE}(?:{'|'.join(_FORMS)}){_ENDED}", re.IGNORECASE)
_DIGITS = re.compile(f"{_ALONE}(?:[0-9]{{12}}|[0-9]{{15,16}}){_ENDED}")
_TIME_UUID = "1"
"""Version of a UUID that holds the address of the device that made it."""
_ADDRESS_NAMES = frozenset({"mac", "macaddress", "deveui", "hardwareserial", "serialnumber", "serial", "imei", "imsi"})
_PASSED = frozenset({"definition", "encoding_type", "observation_type"})
_LEAST = 4
"""So many characters a number of a device has at least, so that words of a text are not taken for one."""


class Veil:
    """Replace what identifies a device by an id of its own, the same one wherever it stands.

    >>> Veil(Secret(bytes(32))).text("unit 00:1A:2B:3C:4D:5E, PM2.5")
    'unit d-xlf4xdgd4aqqn64fjgcm, PM2.5'
    """

    def __init__(self, secret: Secret) -> None:
        self._secret = secret
        self._known: set[str] = set()

    def learn(self, keys: Iterable[str]) -> None:
        """Remember the numbers in natural keys that identify devices, so that they are replaced in every text."""
        for key in keys:
            self._known.update(_DIGITS.findall(key))

    def text(self, text: str) -> str:
        """Replace them in a text."""
        return _DIGITS.sub(self._number, _DEVICE.sub(self._device, text))

    def key(self, key: str) -> str:
        """Replace them in a natural key, in which a number of twelve, fifteen or sixteen digits is one too."""
        return _DIGITS.sub(lambda match: self._id(match[0]), _DEVICE.sub(self._device, key))

    def value(self, value: Any) -> Any:
        """Replace them in a JSON value, and what a member such as `devEui` holds, whatever it is like."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(part) for part in value]
        if isinstance(value, dict):
            return {self.text(name): self._member(name, part) for name, part in value.items()}
        return value

    def entity[E: Entity](self, entity: E) -> E:
        """Replace them in an entity: in its key, its texts, its properties, and the keys that it links to."""
        kind = type_of(entity)
        changed: dict[str, Any] = {"key": self.key(str(entity.key))}
        for part in kind.properties:
            held = getattr(entity, part.field)
            if part.kind in (Kind.TEXT, Kind.JSON, Kind.VALUE, Kind.GEOMETRY) and part.field not in _PASSED:
                changed[part.field] = self.value(held)
        for link in kind.navigations:
            held = getattr(entity, link.field)
            if isinstance(held, Link):
                changed[link.field] = Link(key=self.key(str(held.key)))
            elif held is not UNSET and held is not None:
                changed[link.field] = tuple(Link(key=self.key(str(one.key))) for one in held)
        return msgspec.structs.replace(entity, **changed)

    def _member(self, name: str, part: Any) -> Any:
        plain = name.lower().replace("_", "").replace("-", "")
        if plain in _ADDRESS_NAMES and isinstance(part, (str, int)) and len(str(part)) >= _LEAST:
            return self._id(str(part))
        return self.value(part)

    def _device(self, match: re.Match[str]) -> str:
        uuid = match["uuid"]
        return match[0] if uuid and uuid[14] != _TIME_UUID else self._id(match[0])

    def _number(self, match: re.Match[str]) -> str:
        return self._id(match[0]) if match[0] in self._known else match[0]

    def _id(self, found: str) -> str:
        return f"d-{self._secret.id('device', re.sub(r'[-:._ ]', '', found).lower())}"
