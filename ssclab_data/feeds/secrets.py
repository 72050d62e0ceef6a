"""Take secrets from the environment or a file when a feed runs, and keep them out of all that is said and stored."""

import re
from collections.abc import Mapping
from pathlib import Path

from ssclab_data.errors import SettingsError

_SECRET = re.compile(r"(?P<before>.*?)\b(?P<kind>env|file):(?P<name>\S+)", re.DOTALL)
_HIDDEN = "***"


def is_secret(text: str) -> bool:
    """Tell whether a text takes its value from the environment or a file.

    >>> is_secret("Bearer env:HELMOND_TOKEN"), is_secret("application/json")
    (True, False)
    """
    return _SECRET.fullmatch(text) is not None


class Vault:
    """The secrets of one feed.

    Args:
        environ: variables by name.
        folder: where relative file names start.
    """

    def __init__(self, environ: Mapping[str, str], folder: Path) -> None:
        self._environ = environ
        self._folder = folder
        self._values: set[str] = set()

    def open(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Put secrets where `env:NAME` or `file:PATH` stands.

        Raises:
            SettingsError: a variable is not set, or a file cannot be read.
        """
        return {name: self._open(name, text) for name, text in texts.items()}

    def hide(self, text: str) -> str:
        """Give a text without the secrets, as they are and as they stand in a URL."""
        for value in self._values:
            text = re.sub("".join(map(_written, value)), _HIDDEN, text)
        return text

    def _open(self, name: str, text: str) -> str:
        match = _SECRET.fullmatch(text)
        if match is None:
            return text
        value = self._variable(name, match["name"]) if match["kind"] == "env" else self._file(name, match["name"])
        if not value or not value.isprintable():
            raise SettingsError(f"{name}: {match['kind']}:{match['name']} holds no text of one line")
        self._values.add(value)
        return match["before"] + value

    def _variable(self, name: str, variable: str) -> str:
        if variable not in self._environ:
            raise SettingsError(f"{name}: the variable {variable} is not set; set it, and run again")
        return self._environ[variable].strip()

    def _file(self, name: str, file: str) -> str:
        try:
            return (self._folder / file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise SettingsError(f"{name}: {file} cannot be read: {reason}") from error


def _written(character: str) -> str:
    """Give a pattern of a character as it is, and in the ways in which URLs have it."""
    encoded = "".join(f"%{byte:02x}" for byte in character.encode())
    return f"(?:{re.escape(character)}|(?i:{encoded}){'|[+]' if character == ' ' else ''})"
