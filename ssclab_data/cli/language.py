"""Name the languages that commands print in."""

from enum import StrEnum


class Language(StrEnum):
    """Language of what is printed."""

    NL = "nl"
    EN = "en"
