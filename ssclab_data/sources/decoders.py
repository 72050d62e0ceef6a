"""Decode packed values: positions in nibbles and third-octave bands, by names that mappings use."""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from ssclab_data.errors import ValueParseError

_MAX_BAND = 195
_ENERGY = tuple(10 ** (level / 10) for level in range(_MAX_BAND + 1))
_OCTAVES = 9
_UINT32 = 0xFFFFFFFF


def nibble_degrees(raw: int) -> float:
    """Decode degrees from eight nibbles: side, two of whole degrees, five of millionths.

    Args:
        raw: unsigned 32 bits; the first nibble is 0 for east or north and 8 for west or south.

    Raises:
        ValueParseError: a fraction above 999999 (a receiver without a fix sends it), or no such number.

    >>> nibble_degrees(5914103), nibble_degrees(53949937)
    (5.671223, 51.472561)
    """
    if not 0 <= raw <= _UINT32:
        raise ValueParseError(str(raw), "an unsigned number of 32 bits")
    side, fraction = raw >> 28, raw & 0xFFFFF
    if side not in (0, 8):
        raise ValueParseError(str(raw), "a packed position (its first nibble is neither 0 nor 8)")
    if fraction > 999_999:
        raise ValueParseError(str(raw), f"a packed position (its fraction {fraction} is above 999999)")
    millionths = (raw >> 20 & 0xFF) * 1_000_000 + fraction
    return (-millionths if side else millionths) / 1_000_000


def octave_level(octaves: Sequence[int]) -> float:
    """Sum nine octaves of three third-octave bands to one level: 25 bands, 31.5 Hz to 8 kHz, energetically.

    The first band of octave 0 (25 Hz) and the last of octave 8 (10 kHz) are left out, as are bands above 195.
    This is the rule of the platform since 16 February 2018, without its rounding to whole numbers.

    Args:
        octaves: octaves 0 to 8, each with its bands in bits 0-7, 8-15 and 16-23, whole dB(A).

    Raises:
        ValueParseError: not nine unsigned 32-bit numbers, or no band is left.

    >>> round(octave_level([1776896, 1710873, 1644572, 1973788, 1908511, 2170655, 2039326, 2236704, 2368548]), 2)
    44.98
    """
    if len(octaves) != _OCTAVES or not all(0 <= octave <= _UINT32 for octave in octaves):
        raise ValueParseError(str(list(octaves))[:80], "nine unsigned numbers of 32 bits")
    bands = [octave >> shift & 0xFF for octave in octaves for shift in (0, 8, 16)]
    energy = sum(_ENERGY[band] for band in bands[1:-1] if band <= _MAX_BAND)
    if energy <= 0:
        raise ValueParseError(str(list(octaves))[:80], "sound with a band of at most 195 dB(A)")
    return 10 * math.log10(energy)


POSITION_DECODERS: Mapping[str, Callable[[int], float]] = MappingProxyType({"nibble-degrees": nibble_degrees})
"""One packed number to degrees, by the name that a mapping gives."""

GROUP_DECODERS: Mapping[str, Callable[[Sequence[int]], float]] = MappingProxyType({"octave-level": octave_level})
"""Several packed numbers to one result, by the name that a mapping gives."""
