"""Tell what another reading of a catalogue brings: data sets are known again by their identifiers."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from ssclab_data.linked_data.dcat import Dataset

_NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")
_LONGEST = 80


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """How a reading differs from what was known, by identifiers.

    Attributes:
        gone: known before, and not read now.
    """

    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def by_identifier(datasets: Iterable[Dataset]) -> dict[str, Dataset]:
    """Put data sets under what they are known again by; the last of two with one identifier stays."""
    return {one.identifier or one.iri: one for one in datasets}


def compare(known: Mapping[str, Dataset], read: Mapping[str, Dataset]) -> Difference:
    """Compare data sets by what they say; where they were read from does not matter."""
    both = [name for name in read if name in known]
    return Difference(
        created=tuple(name for name in read if name not in known),
        changed=tuple(name for name in both if read[name] != known[name]),
        unchanged=tuple(name for name in both if read[name] == known[name]),
        gone=tuple(name for name in known if name not in read),
    )


def slugs(datasets: Iterable[Dataset]) -> dict[str, str]:
    """Give each data set a name for addresses, made of its title; by identifier.

    Where titles make one name, each gets a piece that follows from its identifier: so a name does not depend on the
    order in which data sets are read.
    """
    names = {key: slug(one.titles[0].text if one.titles else "") for key, one in by_identifier(datasets).items()}
    times = Counter(names.values())
    return {key: name if times[name] == 1 else f"{name}-{_digest(key)}" for key, name in names.items()}


def slug(title: str) -> str:
    """Make a name for an address of a title.

    >>> slug("Luchtkwaliteit in 's-Hertogenbosch: PM₂,₅")
    'luchtkwaliteit-in-s-hertogenbosch-pm2-5'
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return _NOT_IN_SLUG.sub("-", plain).strip("-")[:_LONGEST].strip("-") or "dataset"


def _digest(identifier: str) -> str:
    return hashlib.blake2b(identifier.encode(), digest_size=4).hexdigest()
