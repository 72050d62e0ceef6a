"""Say in Dutch why a text is not the value that it should be."""

import re

_NOT = re.compile(r"(?P<text>(['\"]).*\2) is not (?P<expected>.+)", re.DOTALL)
_EXPECTED: tuple[tuple[str, str], ...] = (
    (r"an ISO 8601 date and time", "een datum en tijd volgens ISO 8601"),
    (r"a time stamp of the form (.+)", r"een tijdstip van de vorm \1"),
    (r"a time stamp between the years 1970 and 9999", "een tijdstip tussen de jaren 1970 en 9999"),
    (r"a time between the years 1 and 9999", "een tijdstip tussen de jaren 1 en 9999"),
    (r"a time of the calendar.*", "een tijdstip van de kalender"),
    (r"a stamp with an hour from 1 to 24", "een tijdstip met een uur van 1 tot en met 24"),
    (r"an offset such as \+01:00", "een afwijking van UTC zoals +01:00"),
    (r"a time zone of IANA.*", "een tijdzone van IANA, zoals UTC of Europe/Amsterdam"),
    (r"an edge of a period whose other edge is known", "een rand van een periode waarvan de andere bekend is"),
    (r"an edge of a period of the calendar.*", "een rand van een periode van de kalender"),
    (r"an interval \(its end lies before its start\)", "een periode (haar einde ligt voor haar begin)"),
    (
        r"one moment: it is there twice in (.+), where the clock was changed",
        r"één moment: het is er twee keer in \1, waar de klok is verzet",
    ),
    (
        r"a moment: it is never there in (.+), where the clock was changed",
        r"een moment: het is er nooit in \1, waar de klok is verzet",
    ),
    (r"one unsigned number of (\d+) bits", r"één getal zonder teken van \1 bits"),
    (r"an unsigned number of (\d+) bits", r"een getal zonder teken van \1 bits"),
    (r"nine unsigned numbers of (\d+) bits", r"negen getallen zonder teken van \1 bits"),
    (r"sound with a band of at most (.+)", r"geluid met een band van hoogstens \1"),
    (
        r"a packed position \(its fraction (\S+) is above (\d+)\)",
        r"een ingepakte positie (haar breuk \1 is groter dan \2)",
    ),
    (r"a packed position.*", "een ingepakte positie"),
    (r"a position: longitude, latitude", "een positie: lengtegraad, breedtegraad"),
    (
        r"a longitude within 180 and a latitude within 90 degrees",
        "een lengtegraad binnen 180 en een breedtegraad binnen 90 graden",
    ),
    (r"a number", "een getal"),
    (r"a whole number", "een geheel getal"),
    (r"a text", "een tekst"),
)
"""What was expected, as `ValueParseError` says it, and the same in Dutch; the longer ones first."""


def dutch(reason: str) -> str:
    """Word a reason in Dutch; of one that there are no words for, only the text that is wrong is left.

    >>> dutch("'10:30' is not an ISO 8601 date and time")
    "'10:30' is niet een datum en tijd volgens ISO 8601"
    >>> dutch("'7' is not a thing of tomorrow")
    "'7'"
    """
    absent = re.fullmatch(r"(.+) is not there, or empty", reason)
    if absent:
        return f"{absent[1]} ontbreekt of is leeg"
    match = _NOT.fullmatch(reason)
    if match is None:
        return reason
    for expected, said in _EXPECTED:
        found = re.fullmatch(expected, match["expected"], re.DOTALL)
        if found:
            return f"{match['text']} is niet {found.expand(said)}"
    return match["text"]
