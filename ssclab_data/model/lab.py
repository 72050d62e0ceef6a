"""Describe a living lab: who it is, where, and how it publishes its data."""

import msgspec

from ssclab_data.model.values import Box


class Contact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Whom to ask about the data; a team, not a person, because it is published.

    Attributes:
        email: address, or "".
        page: web page with a form or a telephone number, or "".
    """

    name: str
    email: str = ""
    page: str = ""


class Organisation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Who publishes.

    Attributes:
        iri: in the list of Dutch government organisations (TOOI), or "".
    """

    name: str
    iri: str = ""


class Publication(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the catalogue says of a lab's data beside what follows from the data; nothing here is made up.

    Attributes:
        publisher: None is the municipality, where its code is known.
        licence: code in the list of licences (`cc0`), or "" where none was chosen.
        homepage: page about the lab, or "".
        documentation: page about the data, or "".
        terms: page with the terms of use and the quality of the service, or "".
        high_value: groups of data that are high-value data sets by Regulation (EU) 2023/138; None takes those of the
            code list.
    """

    publisher: Organisation | None = None
    contact: Contact | None = None
    licence: str = ""
    homepage: str = ""
    documentation: str = ""
    terms: str = ""
    high_value: tuple[str, ...] | None = None


class LabInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A living lab.

    Attributes:
        key: lab key, `[a-z0-9][a-z0-9-]{0,31}`.
        name: the municipality's name, or the hub's.
        municipality: CBS code (`gm1916`), or "".
        character: what kind of area it is (`residential`, `industry`, ...), or "".
        area: the lab's area in CRS84 degrees; None where it is not known.
        url: public address of its node, or "".
        publication: what its catalogue says of its data.
    """

    key: str
    name: str
    municipality: str = ""
    character: str = ""
    area: Box | None = None
    url: str = ""
    publication: Publication = Publication()
