"""Read the groups of observed properties that make one data set, and the licences that one may have."""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import msgspec

from ssclab_data.errors import SettingsError
from ssclab_data.model.codelists import PropertyInfo, observed_properties, read
from ssclab_data.model.lab import Publication
from ssclab_data.resources import extensions

_EMAIL = re.compile(r"[^@\s<>\"\\]+@[^@\s<>\"\\]+\.[^@\s<>\"\\]+")
_PAGE = re.compile(r"https?://[^\s<>\"{}|^`\\]+")

OTHER = "other"
"""The group of what is in no other one."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group of observed properties that a catalogue shows as one data set.

    Attributes:
        theme: code in the EU list of data themes (`ENVI`).
        hvd_category: code of the category in Implementing Regulation (EU) 2023/138, or "".
        properties: ids in the code list of observed properties.
    """

    code: str
    label_nl: str
    label_en: str
    definition_nl: str
    definition_en: str
    theme: str
    hvd_category: str
    properties: tuple[str, ...]


class Licence(msgspec.Struct, frozen=True, kw_only=True):
    """A licence of the list of DCAT-AP-NL.

    Attributes:
        code: how a `lab.yaml` names it (`cc0`).
        definition: its IRI in the Dutch list.
        eu: its IRI in the list of the EU, or "" where that has none.
        open: whether it leaves what the regulation on high-value data asks: CC0 or CC BY 4.0.
    """

    code: str
    definition: str
    eu: str
    label_nl: str
    label_en: str
    open: bool


def groups() -> Mapping[str, Group]:
    """Give the groups by code, in the order of the file; those of extensions follow.

    >>> groups()["noise"].theme, "noise-level" in groups()["noise"].properties
    ('ENVI', True)
    """
    return _groups(extensions())


def licences() -> Mapping[str, Licence]:
    """Give the licences by code.

    >>> licences()["cc0"].eu
    'http://publications.europa.eu/resource/authority/licence/CC0'
    """
    return _licences(extensions())


def licence(code: str) -> Licence:
    """Find a licence by its code.

    Raises:
        SettingsError: the list does not have it; the message lists the codes.
    """
    found = licences().get(code)
    if found is None:
        raise SettingsError(f"no licence {code!r}; known: {', '.join(licences())}")
    return found


def check_publication(publication: Publication) -> None:
    """Refuse names that are in no list, and addresses that are none.

    Raises:
        SettingsError: the message has the field and what is known.
    """
    if publication.licence:
        licence(publication.licence)
    for code in publication.high_value or ():
        if code not in groups():
            raise SettingsError(f"publication/high_value: no group {code!r}; known: {', '.join(groups())}")
    contact = publication.contact
    if contact is not None and not (contact.email or contact.page):
        raise SettingsError("publication/contact: give an email or a page")
    if contact is not None and contact.email and not _EMAIL.fullmatch(contact.email):
        raise SettingsError(f"publication/contact/email: {contact.email!r} is no e-mail address")
    pages = {name: getattr(publication, name) for name in ("homepage", "documentation", "terms")}
    pages["contact/page"] = contact.page if contact is not None else ""
    pages["publisher/iri"] = publication.publisher.iri if publication.publisher is not None else ""
    for name, page in pages.items():
        if page and not _PAGE.fullmatch(page):
            raise SettingsError(f"publication/{name}: {page!r} must be an http or https address")


def group_of(definition: str, key: str = "") -> str:
    """Give the code of the group that an observed property belongs to, by its concept or else its natural key.

    >>> group_of("https://dd.eionet.europa.eu/vocabularyconcept/aq/pollutant/6001/"), group_of("", "property/pressure")
    ('air', 'weather')
    """
    found = property_of(definition, key)
    return OTHER if found is None else _group_by_property(extensions()).get(found.id, OTHER)


def property_of(definition: str, key: str = "") -> PropertyInfo | None:
    """Find an observed property by its concept, however that is written, or else its natural key."""
    known = _property_by_name(extensions())
    return known.get(_plain(definition)) or known.get(key)


def _plain(definition: str) -> str:
    """Make one name of the forms in which the address of a concept is written."""
    plain = definition.replace("https://", "http://", 1).replace("/vocabularyconcept/", "/vocabulary/")
    return plain.rstrip("/")


@cache
def _groups(_extensions: tuple[object, ...]) -> Mapping[str, Group]:
    rows = [msgspec.convert({**row, "properties": _list(row["properties"])}, Group) for row in read("dataset-groups")]
    known = observed_properties()
    for group in rows:
        strange = [name for name in group.properties if name not in known]
        if strange:
            raise SettingsError(f"dataset group {group.code!r} names no observed property by {', '.join(strange)}")
    return MappingProxyType({row.code: row for row in rows})


@cache
def _licences(_extensions: tuple[object, ...]) -> Mapping[str, Licence]:
    rows = [msgspec.convert({**row, "open": row["open"] == "yes"}, Licence) for row in read("licences")]
    return MappingProxyType({row.code: row for row in rows})


@cache
def _group_by_property(extensions_: tuple[object, ...]) -> Mapping[str, str]:
    found = {name: group.code for group in _groups(extensions_).values() for name in group.properties}
    return MappingProxyType(found)


@cache
def _property_by_name(_extensions: tuple[object, ...]) -> Mapping[str, PropertyInfo]:
    """Find by concept and by natural key; of two with one concept the first stands for it."""
    infos = tuple(observed_properties().values())[::-1]
    return MappingProxyType({name: info for info in infos for name in (_plain(info.definition), info.key)})


def _list(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("|") if part)
