"""Keep the key of a lab's publication, and make ids and positions with it."""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from ssclab_data.errors import SettingsError

_BYTES = 32
_ID_CHARACTERS = 20
"""100 bits: two ids are never the same, and no id can be guessed from what it is of."""
_OTHERS = 0o077


class Secret:
    """The key of a lab's publication; it is never shown.

    What it makes is the same each time, and says nothing of what it was made of to who has not the key.

    >>> Secret(bytes(32))
    Secret(...)
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "Secret(...)"

    def id(self, purpose: str, *texts: str) -> str:
        """Make an id of 20 of a-z and 2-7.

        Args:
            purpose: what it is for: ids of two purposes have nothing in common.
        """
        return base64.b32encode(self._digest(purpose, texts)).decode().lower()[:_ID_CHARACTERS]

    def fractions(self, purpose: str, *texts: str) -> tuple[float, float]:
        """Make two numbers, each of 0 up to 1, spread evenly over what they are made of."""
        digest = self._digest(purpose, texts)
        east, north = (int.from_bytes(digest[at : at + 6]) / 2**48 for at in (0, 6))
        return east, north

    def _digest(self, purpose: str, texts: tuple[str, ...]) -> bytes:
        parts = [part.encode() for part in (purpose, *texts)]
        message = b"".join(len(part).to_bytes(4) + part for part in parts)
        return hmac.digest(self._key, message, hashlib.sha256)


def open_secret(file: Path, *, make: bool) -> Secret:
    """Read the key of a file; only its owner may read it.

    Args:
        make: whether to make one where there is no file.

    Raises:
        SettingsError: there is none, others may read it, or it is no key.
    """
    if make:
        _make(file)
    try:
        if os.name == "posix" and file.stat().st_mode & _OTHERS:
            raise SettingsError(f"{file} can be read by others: chmod 600 {file}")
        key = bytes.fromhex(file.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{file} is no readable key; restore it from a backup, or remove it and publish --full"
        ) from error
    if len(key) != _BYTES:
        raise SettingsError(f"{file} holds {len(key)} bytes, and a key has {_BYTES}; restore it from a backup")
    return Secret(key)


def _make(file: Path) -> None:
    """Make a key, unless there is one."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise SettingsError(f"cannot make {file}: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(secrets.token_hex(_BYTES) + "\n")
