"""Bring texts into the one form in which they are compared."""

from unicodedata import normalize


def comparable(text: str) -> str:
    """Compose a text (Unicode NFC), so that `ü` in one code point equals `u` with a combining mark.

    Comparable texts sort by code point, which is also the order of their UTF-8 bytes.

    >>> comparable("Mu" + chr(0x308) + "nchen") == "München"
    True
    """
    return text if text.isascii() else normalize("NFC", text)
