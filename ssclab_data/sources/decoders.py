"""Decode packed values: positions in nibbles, third-octave bands, bytes of messages; by names that mappings use."""

import base64
import binascii
import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from types import MappingProxyType
from typing import Any

import msgspec

from ssclab_data import registry
from ssclab_data.errors import ValueParseError

type ByteDecoder = Callable[[bytes], Mapping[str, Any]]
"""Gives fields of packed bytes; it raises ValueError where they are not what it decodes."""

BYTES_GROUP = "ssclab_data.decoders"
"""Entry points of packages that bring a ByteDecoder, by the name that mappings give."""

_HEX = "-hex"

_MAX_BAND = 195
_ENERGY = tuple(10 ** (level / 10) for level in range(_MAX_BAND + 1))
_OCTAVES = 9
_UINT32 = 0xFFFFFFFF
_UINT16 = 0xFFFF
_BOARD = Fraction("0.5006105")


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


def cell_current(reference: Fraction, digital: Sequence[int]) -> float:
    """Turn the number of an AirSensEUR board into the current of its gas cell, in nanoampere.

    The board turns 0 to 65535 into volts around a reference of the cell; its gain is 7001 and its load 50 ohm.

    Args:
        reference: volts of the cell.
        digital: one number.

    Raises:
        ValueParseError: it is not one number of 16 bits.

    >>> round(cell_current(Fraction("1.700855"), [32767]), 1)
    4858.9
    """
    if len(digital) != 1 or not 0 <= digital[0] <= _UINT16:
        raise ValueParseError(str(list(digital))[:80], "one unsigned number of 16 bits")
    volts = reference - _BOARD + Fraction(digital[0] + 1, _UINT16 + 1) * 2 * _BOARD
    return float(volts * 10**9 / (7001 * 50))


POSITION_DECODERS: Mapping[str, Callable[[int], float]] = MappingProxyType({"nibble-degrees": nibble_degrees})
"""One packed number to degrees, by the name that a mapping gives."""

GROUP_DECODERS: Mapping[str, Callable[[Sequence[int]], float]] = MappingProxyType(
    {
        "octave-level": octave_level,
        "ase-coa4": partial(cell_current, Fraction("1.500611")),
        "ase-nob4": partial(cell_current, Fraction("1.200244")),
        "ase-no2b43f": partial(cell_current, Fraction("1.700855")),
        "ase-ox-a431": partial(cell_current, Fraction("1.700855")),
    }
)
"""Several packed numbers to one result, by the name that a mapping gives."""


class _Kind(msgspec.Struct, frozen=True):
    """A type of Cayenne LPP.

    Attributes:
        names: of its values; "" for a single one.
        size: bytes of each value.
        per: what a raw value is divided by.
    """

    name: str
    size: int
    per: tuple[int, ...] = (1,)
    signed: bool = False
    names: tuple[str, ...] = ("",)


_AXES = ("x", "y", "z")

# The types of Cayenne LPP 1 and 2 (IPSO objects minus 3200) and those that CayenneLPP 1.1 for Arduino adds.
_CAYENNE: Mapping[int, _Kind] = {
    0: _Kind("digital_in", 1),
    1: _Kind("digital_out", 1),
    2: _Kind("analog_in", 2, (100,), signed=True),
    3: _Kind("analog_out", 2, (100,), signed=True),
    100: _Kind("generic", 4),
    101: _Kind("luminosity", 2),
    102: _Kind("presence", 1),
    103: _Kind("temperature", 2, (10,), signed=True),
    104: _Kind("relative_humidity", 1, (2,)),
    113: _Kind("accelerometer", 2, (1000,) * 3, signed=True, names=_AXES),
    115: _Kind("barometric_pressure", 2, (10,)),
    116: _Kind("voltage", 2, (100,)),
    117: _Kind("current", 2, (1000,)),
    118: _Kind("frequency", 4),
    120: _Kind("percentage", 1),
    121: _Kind("altitude", 2, signed=True),
    125: _Kind("concentration", 2),
    128: _Kind("power", 2),
    130: _Kind("distance", 4, (1000,)),
    131: _Kind("energy", 4, (1000,)),
    132: _Kind("direction", 2),
    133: _Kind("unix_time", 4),
    134: _Kind("gyrometer", 2, (100,) * 3, signed=True, names=_AXES),
    136: _Kind("gps", 3, (10_000, 10_000, 100), signed=True, names=("latitude", "longitude", "altitude")),
    142: _Kind("switch", 1),
}


def cayenne_lpp(data: bytes) -> dict[str, Any]:
    """Decode Cayenne LPP: channel, type and value, one after another; a name is `<type>_<channel>`.

    Raises:
        ValueError: a type that is not known, a value that is cut off, or a channel that is given twice.

    >>> cayenne_lpp(bytes.fromhex("03670110056700ff"))
    {'temperature_3': 27.2, 'temperature_5': 25.5}
    """
    found: dict[str, Any] = {}
    at = 0
    while at < len(data):
        kind = _CAYENNE.get(data[at + 1]) if at + 1 < len(data) else None
        if kind is None:
            raise ValueError(f"byte {at + 1}: no type of Cayenne LPP")
        name, end = f"{kind.name}_{data[at]}", at + 2 + kind.size * len(kind.per)
        if end > len(data):
            raise ValueError(f"byte {at}: the value of {name} is cut off")
        if name in found:
            raise ValueError(f"byte {at}: {name} is given twice")
        found[name] = _cayenne_value(kind, data[at + 2 : end])
        at = end
    return found


def _cayenne_value(kind: _Kind, data: bytes) -> Any:
    values = []
    for number, per in enumerate(kind.per):
        raw = int.from_bytes(data[number * kind.size : (number + 1) * kind.size], signed=kind.signed)
        values.append(raw if per == 1 else raw / per)
    return values[0] if kind.names == ("",) else dict(zip(kind.names, values, strict=True))


def json_object(data: bytes) -> dict[str, Any]:
    """Decode bytes that are the text of a JSON object.

    Raises:
        ValueError: they are not, or an object has a key twice.
    """
    from ssclab_data.sources.reading.text import parse_json  # readers decode, so they are loaded first

    documents = parse_json(data.decode())
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise ValueError("it is no JSON object")
    return documents[0]


BYTE_DECODERS: Mapping[str, ByteDecoder] = MappingProxyType({"cayenne-lpp": cayenne_lpp, "base64-json": json_object})
"""Packed bytes to fields, by the name that a mapping gives; with `-hex` behind it for hexadecimal, else base64."""


def find_byte_decoder(name: str) -> ByteDecoder | None:
    """Find what decodes packed bytes by the name that a mapping gives; None where there is none."""
    plain = name.removesuffix(_HEX)
    if plain in BYTE_DECODERS:
        return BYTE_DECODERS[plain]
    return next((found for announced, found in registry.announced(BYTES_GROUP) if announced in (name, plain)), None)


def decode_bytes(name: str, packed: object) -> Mapping[str, Any]:
    """Decode a text with packed bytes.

    Raises:
        ValueParseError: it is no such text, or its bytes are not what the decoder is for.

    >>> decode_bytes("cayenne-lpp", "A2cBEA=="), decode_bytes("cayenne-lpp-hex", "03 67 01 10")
    ({'temperature_3': 27.2}, {'temperature_3': 27.2})
    """
    decoder, shown = find_byte_decoder(name), str(packed)[:80]
    if decoder is None:
        raise ValueParseError(shown, f"bytes for a decoder that is installed; there is no {name!r}")
    if not isinstance(packed, str):
        raise ValueParseError(shown, "a text with packed bytes")
    try:
        return decoder(_unpacked(packed, name))
    except (ValueError, ArithmeticError, LookupError) as error:
        raise ValueParseError(shown, f"bytes of {name} ({error})") from error


def _unpacked(text: str, name: str) -> bytes:
    if name.endswith(_HEX):
        return bytes.fromhex(text.strip().removeprefix("0x"))
    plain = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError(f"it is no base64: {error}") from error
