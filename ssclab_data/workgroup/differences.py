"""Hold what differs between two versions of an information model, and which next version it asks for."""

from collections.abc import Iterable
from enum import IntEnum

import msgspec

from ssclab_data.workgroup.faults import Language


class Level(IntEnum):
    """How much of a change it is to those who use the model."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    @property
    def word(self) -> str:
        """Its name as it is written: `minor`."""
        return self.name.lower()


WORDS = {
    "term-added": (Level.MINOR, "{term} is new", "{term} is nieuw"),
    "term-removed": (Level.MAJOR, "{term} is gone", "{term} is weg"),
    "term-deprecated": (Level.MINOR, "{term} is deprecated; use {new}", "{term} is afgeschreven; gebruik {new}"),
    "term-revived": (Level.MINOR, "{term} is not deprecated any more", "{term} is niet meer afgeschreven"),
    "text-changed": (Level.PATCH, "{term}: {part} changed", "{term}: {part} is veranderd"),
    "kind-changed": (Level.MAJOR, "{term} was {old} and is {new}", "{term} was {old} en is {new}"),
    "link-added": (Level.MINOR, "{term} has {part} {new}", "{term} heeft {part} {new}"),
    "link-removed": (Level.MAJOR, "{term} has no {part} {old} any more", "{term} heeft geen {part} {old} meer"),
    "bound-added": (Level.MAJOR, "{term} now has {part} {new}", "{term} heeft nu {part} {new}"),
    "bound-removed": (Level.MINOR, "{term} has no {part} {old} any more", "{term} heeft geen {part} {old} meer"),
    "shape-new": (Level.MINOR, "{term} checks new terms only", "{term} controleert alleen nieuwe termen"),
    "shape-stricter": (Level.MAJOR, "{term} asks more: {part} {old} → {new}", "{term} eist meer: {part} {old} → {new}"),
    "shape-looser": (Level.MINOR, "{term} asks less: {part} {old} → {new}", "{term} eist minder: {part} {old} → {new}"),
    "code-added": (Level.MINOR, "{part}: code {term} is new", "{part}: code {term} is nieuw"),
    "code-removed": (Level.MAJOR, "{part}: code {term} is gone", "{part}: code {term} is weg"),
    "code-text": (Level.PATCH, "{term}: {part} {old} → {new}", "{term}: {part} {old} → {new}"),
    "code-value": (Level.MINOR, "{term}: {part} {old} → {new}", "{term}: {part} {old} → {new}"),
    "code-meaning": (Level.MAJOR, "{term}: another {part}, {old} → {new}", "{term}: een andere {part}, {old} → {new}"),
    "column-added": (Level.MINOR, "{term} has a column {part}", "{term} heeft een kolom {part}"),
    "column-removed": (Level.MAJOR, "{term} has no column {part} any more", "{term} heeft geen kolom {part} meer"),
    "part-added": (Level.MINOR, "{term} is new", "{term} is nieuw"),
    "part-removed": (Level.MAJOR, "{term} is gone", "{term} is weg"),
    "file-changed": (Level.PATCH, "{term} changed", "{term} is veranderd"),
}  # fmt: skip
"""Level and words of each kind of difference."""


class Difference(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One thing that differs.

    Attributes:
        kind: name in `WORDS`.
        term: what it is about.
        part: property, parameter, column or list.
        old: as it was.
        new: as it is.
    """

    kind: str
    term: str
    part: str = ""
    old: str = ""
    new: str = ""

    @property
    def level(self) -> Level:
        """How much of a change it is."""
        return WORDS[self.kind][0]

    def message(self, language: Language = "en") -> str:
        """Say what differs.

        >>> Difference(kind="term-removed", term="air:Filter").message()
        'air:Filter is gone'
        """
        _, english, dutch = WORDS[self.kind]
        facts = {name: getattr(self, name) or "–" for name in ("term", "part", "old", "new")}
        return (dutch if language == "nl" else english).format_map(facts)


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two versions beside each other.

    Attributes:
        name: id of the module, or name of the code list or folder.
        old: version, "" where there is none.
        new: version.
        differences: the largest first.
    """

    name: str
    old: str = ""
    new: str = ""
    differences: tuple[Difference, ...] = ()

    @property
    def level(self) -> Level:
        """The largest of its differences."""
        return max((one.level for one in self.differences), default=Level.NONE)

    @property
    def fits(self) -> bool:
        """Whether the new version is one that the differences ask for; without versions it does."""
        return not (self.old and self.new) or fits(self.old, self.new, self.level)

    @property
    def next(self) -> str:
        """The version that the differences ask for, "" where there is no old one."""
        return next_version(self.old, self.level) if self.old else ""


def compared(name: str, versions: tuple[str, str], differences: Iterable[Difference]) -> Comparison:
    """Put differences in order, the largest first."""
    found = sorted(set(differences), key=lambda one: (-one.level, one))
    return Comparison(name=name, old=versions[0], new=versions[1], differences=tuple(found))


def next_version(version: str, level: Level) -> str:
    """Give the next version; below 1.0.0 a major change asks for the next minor one (semver.org, 4).

    >>> next_version("1.2.3", Level.MAJOR), next_version("0.2.3", Level.MAJOR), next_version("1.2.3", Level.PATCH)
    ('2.0.0', '0.3.0', '1.2.4')
    """
    major, minor, patch = _numbers(version)
    if level is Level.MAJOR and major:
        return f"{major + 1}.0.0"
    if level >= Level.MINOR:
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + (level is Level.PATCH)}"


def fits(old: str, new: str, level: Level) -> bool:
    """Tell whether a version is at least the one that is asked for.

    >>> fits("0.1.0", "0.2.0", Level.MAJOR), fits("0.1.0", "0.1.1", Level.MINOR), fits("0.1.0", "0.1.0", Level.NONE)
    (True, False, True)
    """
    return _numbers(new) >= _numbers(next_version(old, level))


def _numbers(version: str) -> tuple[int, int, int]:
    major, minor, patch = (int(part) for part in version.split("."))
    return major, minor, patch
