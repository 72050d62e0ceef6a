"""Show texts that others wrote: on one line, not too long, and without characters that steer a terminal."""

LONGEST = 500
"""The most characters of a text of others in a message."""


def one_line(text: str, length: int = LONGEST) -> str:
    r"""Give a text as it can be shown: what is not printable as an escape, and the middle left out where it is long.

    >>> one_line("a\x1b[31mb\n"), one_line("abcdefghij", 5)
    ('a\\x1b[31mb\\n', 'ab…ij')
    """
    if len(text) > length:
        half = (length - 1) // 2
        text = f"{text[:half]}…{text[-half:]}"
    return text if text.isprintable() else "".join(map(_shown, text))


def lines(text: str, length: int = LONGEST) -> str:
    """Give a text as `one_line` does, with the ends of lines that it has."""
    return "\n".join(one_line(line, length) for line in text.split("\n"))


def _shown(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]
