"""Bring texts into the one form in which they are compared."""

from unicodedata import normalize

_SINGLETONS = frozenset("K;`")
"""The ASCII characters that other characters are composed to: KELVIN SIGN, GREEK QUESTION MARK and GREEK VARIA."""


def comparable(text: str) -> str:
    """Compose a text (Unicode NFC), so that `ü` in one code point equals `u` with a combining mark.

    Comparable texts sort by code point, which is also the order of their UTF-8 bytes.

    >>> comparable("Mu" + chr(0x308) + "nchen") == "München"
    True
    """
    return text if text.isascii() else normalize("NFC", text)


def has_one_form(text: str) -> bool:
    """Tell whether no other text is the same when they are compared.

    >>> has_one_form("Breda"), has_one_form("Köln"), has_one_form("300 K")
    (True, False, False)
    """
    return text.isascii() and _SINGLETONS.isdisjoint(text)
