"""Name what the tests of a series can say about a row, once: bit, QARTOD flag, message in English and Dutch."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ssclab_data.model.finding import Severity
from ssclab_data.validation.rules import RULES, Rule

type Bits = NDArray[np.uint32]
"""For each row the verdicts on it, one bit each, and `EVALUATED`."""
type Flags = NDArray[np.uint8]


class Flag(IntEnum):
    """How good a row is, by QARTOD (IOOS Quality Assurance of Real-Time Oceanographic Data)."""

    GOOD = 1
    NOT_EVALUATED = 2
    SUSPECT = 3
    FAIL = 4
    MISSING = 9


_SEVERITIES = {
    Flag.GOOD: Severity.INFO,
    Flag.MISSING: Severity.INFO,
    Flag.SUSPECT: Severity.WARNING,
    Flag.FAIL: Severity.ERROR,
}


class Verdict(msgspec.Struct, frozen=True):
    """What a test says about a row.

    Attributes:
        rule: its name and texts.
        flag: what a row with this verdict is, at best.
    """

    rule: Rule
    flag: Flag


def _verdict(flag: Flag, id_: str, *texts: str) -> Verdict:
    """Make a verdict; the texts are the message in English and in Dutch, and the cure in English and in Dutch."""
    return Verdict(Rule(id_, _SEVERITIES[flag], *texts), flag)


def _both(name: str, *texts: str) -> tuple[Verdict, Verdict]:
    """Give the two verdicts of a test with two thresholds."""
    return _verdict(Flag.SUSPECT, f"{name}-suspect", *texts), _verdict(Flag.FAIL, f"{name}-fail", *texts)


_VERDICTS = (
    # Times of a row.
    Verdict(RULES["time-impossible"], Flag.FAIL),
    Verdict(RULES["end-before-start"], Flag.FAIL),
    Verdict(RULES["time-in-future"], Flag.FAIL),
    _verdict(
        Flag.FAIL,
        "clock-not-set",
        "{value} lies before {limit}: the clock was never set",
        "{value} ligt voor {limit}: de klok is nooit gezet",
        "set the clock of the device, or stamp its rows when they are received",
        "zet de klok van het apparaat, of stempel zijn rijen bij ontvangst",
    ),
    _verdict(
        Flag.SUSPECT,
        "result-before-phenomenon",
        "the result was known {difference} s before {value}, when it was measured: one of two clocks is wrong",
        "het resultaat was {difference} s eerder bekend dan {value}, de meettijd: een van twee klokken loopt fout",
        "compare the clocks of the device and of the platform, and their zones",
        "vergelijk de klokken van apparaat en platform, en hun zones",
    ),
    _verdict(
        Flag.SUSPECT,
        "time-twice",
        "{value} occurs more than once; the first row is taken",
        "{value} komt vaker dan een keer voor; de eerste rij telt",
        "let the source give one value for each time",
        "laat de bron voor elk tijdstip een waarde geven",
    ),
    # Value of a row.
    _verdict(
        Flag.MISSING,
        "no-value",
        "{value} stands for no value of {property}",
        "{value} staat voor geen waarde van {property_nl}",
    ),
    Verdict(RULES["not-a-number"], Flag.FAIL),
    Verdict(RULES["not-finite"], Flag.FAIL),
    *_both(
        "range",
        "{property} {value} {unit} lies outside {limit}",
        "{property_nl} {value} {unit} ligt buiten {limit}",
        "check unit, decimal sign and number type of the source, then the sensor",
        "controleer eenheid, decimaalteken en getaltype van de bron, daarna de sensor",
    ),
    _verdict(
        Flag.GOOD,
        "below-zero-within-noise",
        "{property} {value} {unit} is below zero, within the noise of the sensor (to {limit})",
        "{property_nl} {value} {unit} ligt onder nul, binnen de ruis van de sensor (tot {limit})",
    ),
    _verdict(
        Flag.FAIL,
        "silence",
        "{property} {value} {unit} is no sound that was measured (more than {limit} is)",
        "{property_nl} {value} {unit} is geen gemeten geluid (meer dan {limit} wel)",
        "leave the value out where the microphone gave none",
        "laat de waarde weg waar de microfoon er geen gaf",
    ),
    # Value of a row and those around it.
    *_both(
        "spike",
        "{property} {value} {unit} lies {difference} from the mean of its neighbours (limit {limit})",
        "{property_nl} {value} {unit} ligt {difference} van het gemiddelde van zijn buren (grens {limit})",
        "check power and contacts of the sensor; a short event nearby can be real",
        "controleer voeding en contacten van de sensor; iets kortstondigs in de buurt kan echt zijn",
    ),
    *_both(
        "rate",
        "{property} {value} {unit} changed by {difference} in an hour (limit {limit})",
        "{property_nl} {value} {unit} veranderde met {difference} per uur (grens {limit})",
        "check whether the sensor was moved, restarted or calibrated then",
        "ga na of de sensor toen is verplaatst, herstart of gekalibreerd",
    ),
    *_both(
        "stuck",
        "{property} stays at {value} {unit} for {limit} or longer",
        "{property_nl} blijft {limit} of langer {value} {unit}",
        "look at the sensor: firmware, wetness, a filter or a register that is read twice",
        "bekijk de sensor: firmware, vocht, een filter of een register dat twee keer wordt gelezen",
    ),
    *_both(
        "zero",
        "{property} stays zero for {limit} or longer",
        "{property_nl} blijft {limit} of langer nul",
        "look at the sensor: a clogged inlet, a broken fan, or zero that stands for no value",
        "bekijk de sensor: een verstopte inlaat, een kapotte ventilator, of nul die voor geen waarde staat",
    ),
    # Position of a row.
    _verdict(
        Flag.FAIL,
        "position-impossible",
        "the rows are at {value}, which is no position",
        "de rijen zijn op {value}, en dat is geen positie",
        "give longitude, then latitude, in CRS84 degrees; leave 0,0 out: it means that there is none",
        "geef lengtegraad en dan breedtegraad in graden CRS84; laat 0,0 weg: dat betekent dat er geen positie is",
    ),
    _verdict(
        Flag.SUSPECT,
        "position-outside",
        "the rows are at {value}, {difference} m outside {limit}",
        "de rijen zijn op {value}, {difference} m buiten {limit}",
        "check the position and the municipality; the data are kept as they are",
        "controleer de positie en de gemeente; de gegevens blijven zoals ze zijn",
    ),
)

VERDICTS: Mapping[str, Verdict] = {verdict.rule.id: verdict for verdict in _VERDICTS}
"""What can be said about a row, by the name of the rule."""
BITS: Mapping[str, int] = {name: 1 << number for number, name in enumerate(VERDICTS)}
"""The bit of each verdict."""
EVALUATED = 1 << 31
"""Bit of a row whose value was looked at by a test at least."""

_MASKS = {
    flag: sum(BITS[name] for name, verdict in VERDICTS.items() if verdict.flag is flag)
    for flag in (Flag.FAIL, Flag.SUSPECT, Flag.MISSING)
}
BAD_TIME = BITS["time-impossible"] | BITS["end-before-start"] | BITS["time-in-future"] | BITS["clock-not-set"]
"""Bits of rows whose time is not when they were measured."""


def flags_of(bits: Bits) -> Flags:
    """Give the QARTOD flag of each row: that of its worst verdict."""
    evaluated = (bits & EVALUATED) != 0
    flags = np.where(evaluated, np.uint8(Flag.GOOD), np.uint8(Flag.NOT_EVALUATED))
    if not (bits & ~np.uint32(EVALUATED)).any():
        return flags
    for flag in (Flag.MISSING, Flag.SUSPECT, Flag.FAIL):
        flags[(bits & _MASKS[flag]) != 0] = flag
    return flags


def verdicts_of(bits: int) -> tuple[str, ...]:
    """Name the verdicts on a row.

    >>> verdicts_of(BITS["spike-fail"] | BITS["range-suspect"] | EVALUATED)
    ('range-suspect', 'spike-fail')
    """
    return tuple(name for name, bit in BITS.items() if bits & bit)


def result_quality(bits: Bits) -> list[dict[str, Any]]:
    """Give what is stored as resultQuality of each row; rows with the same verdicts share one value.

    >>> result_quality(np.array([EVALUATED, EVALUATED | BITS["spike-fail"]], np.uint32))
    [{'qartod': 1}, {'qartod': 4, 'tests': ['spike-fail']}]
    """
    distinct, place = np.unique(bits, return_inverse=True)
    values = []
    for some, flag in zip(distinct.tolist(), flags_of(distinct).tolist(), strict=True):
        names = verdicts_of(some)
        values.append({"qartod": flag, "tests": list(names)} if names else {"qartod": flag})
    return [values[number] for number in place.tolist()]
