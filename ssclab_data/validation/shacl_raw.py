"""Hold one result of a SHACL engine, before anything is made of it."""

import msgspec


class Raw(msgspec.Struct, frozen=True):
    """One result as an engine gives it.

    Attributes:
        focus: in the syntax of N-Triples, as is the value.
        path: in the syntax of SPARQL, or "".
        value: or "".
        component: its IRI.
        shape: its IRI.
        severity: its IRI.
        messages: as the engine filled them in.
    """

    focus: str
    path: str
    value: str
    component: str
    shape: str
    severity: str
    messages: tuple[str, ...] = ()
