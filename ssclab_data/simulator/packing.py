"""Pack positions, clocks and sound the way a Jose unit does; written from the documents, apart from any decoder.

Sources: the comment blocks of docker-se-stetl's `josenedefs.py` (position nibbles, third-octave bytes) and real records
(the clock).
"""

import math
from collections.abc import Sequence
from datetime import datetime

_MICRODEGREES = 1_000_000
_BANDS_IN_OCTAVE = 3
_COUNTED = slice(1, 26)
# Shape of the sound of a street in third-octave bands from 25 Hz to 20 kHz, in dB(A) about the middle of the spectrum.
_SHAPE = tuple(-0.05 * (band - 15) ** 2 for band in range(30))
_SUM_OF_SHAPE = 10 * math.log10(sum(10 ** (level / 10) for level in _SHAPE[_COUNTED]))


def pack_degrees(degrees: float) -> int:
    """Pack a longitude or latitude: a nibble for the sign, a byte of degrees, five nibbles of microdegrees.

    >>> pack_degrees(5.671223), pack_degrees(51.472561)
    (5914103, 53949937)
    """
    whole, fraction = divmod(round(abs(degrees) * _MICRODEGREES), _MICRODEGREES)
    return (8 if degrees < 0 else 0) << 28 | whole << 20 | fraction


def pack_date(moment: datetime) -> int:
    """Pack a date: years since 2000, month, day, ISO weekday.

    >>> pack_date(datetime(2016, 1, 18))
    1052961
    """
    return (moment.year - 2000) << 16 | moment.month << 12 | moment.day << 4 | moment.isoweekday()


def pack_clock(moment: datetime) -> int:
    """Pack a time of the day: hour, minute and second in a byte each.

    >>> pack_clock(datetime(2016, 1, 18, 11, 19, 45))
    725805
    """
    return moment.hour << 16 | moment.minute << 8 | moment.second


def pack_octave(bands: Sequence[int]) -> int:
    """Pack three third-octave levels in whole dB(A), the lowest band in the lowest byte.

    >>> hex(pack_octave([0, 29, 27]))
    '0x1b1d00'
    """
    return bands[0] | bands[1] << 8 | bands[2] << 16


def octaves(level: float) -> tuple[int, ...]:
    """Spread a level over ten packed octaves, so that its 25 bands from 31.5 Hz to 8 kHz add up to it by energy.

    Args:
        level: dB(A), within half a decibel of what the whole numbers add up to.
    """
    bands = [max(0, round(level + shape - _SUM_OF_SHAPE)) for shape in _SHAPE]
    bands[0] = 0
    starts = range(0, len(bands), _BANDS_IN_OCTAVE)
    return tuple(pack_octave(bands[start : start + _BANDS_IN_OCTAVE]) for start in starts)
