"""Describe a living lab: who it is, where, and how it publishes its data."""

from enum import StrEnum

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


class Policy(StrEnum):
    """How exactly the place of a Thing is published, from the least strict to the strictest."""

    EXACT = "exact"
    GRID100 = "grid100"
    GRID250 = "grid250"
    GRID1000 = "grid1000"
    MUNICIPALITY = "municipality"


class Publishing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What of a lab the public gets; see `docs/publishing.md`.

    Attributes:
        policies: by code of the placement of a Thing; those that are not named have the policy of `DEFAULT_POLICIES`.
        unknown: for a Thing of which no placement, or one that is not in the list, is given.
        secret: file with the key of ids and positions, beside the `lab.yaml`.
        addresses: CSV file beside the `lab.yaml` with `x,y,addresses` in RD New metres, or "" where there is none.
        minimum_addresses: so many addresses a cell of a home must hold at least.
        minimum_values: so many values a mean must be of at least.
    """

    policies: dict[str, Policy] = {}
    unknown: Policy = Policy.GRID250
    secret: str = "publishing.key"  # noqa: S105 - the name of a file
    addresses: str = ""
    minimum_addresses: int = 10
    minimum_values: int = 3


class LabInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A living lab.

    Attributes:
        key: lab key, `[a-z0-9][a-z0-9-]{0,31}`.
        name: the municipality's name, or the hub's.
        municipality: CBS code (`gm1916`), or "".
        character: what kind of area it is (`residential`, `industry`, ...), or "".
        area: the lab's area in CRS84 degrees; None where it is not known.
        url: public address of its node, or "".
        publication: what its catalogue says of its data.
        publishing: what the public gets; None where all of it is public.
    """

    key: str
    name: str
    municipality: str = ""
    character: str = ""
    area: Box | None = None
    url: str = ""
    publication: Publication = Publication()
    publishing: Publishing | None = None
