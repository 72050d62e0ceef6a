"""Find on which line of a Turtle or SPARQL text its terms stand; what they mean is left to the parser."""

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

_LOCAL = r"(?:[\w:%-]|\\.)(?:(?:[\w.:%-]|\\.)*(?:[\w:%-]|\\.))?"
_TOKEN = re.compile(
    rf"""
      (?P<skip>\s+|\#[^\r\n]*)
    | (?P<text>\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''
        |"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
    | <(?P<iri>[^\x00-\x20<>"{{}}|^`\\]*)>
    | (?P<directive>@(?:prefix|base)\b|(?i:prefix|base)\b(?!:))
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<blank>_:[\w.-]+)
    | (?P<variable>[?$]\w+)
    | (?P<name>(?:[^\W\d_](?:[\w.-]*[\w-])?)?:(?:{_LOCAL})?)
    | (?P<word>\w+)
    | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(msgspec.Struct, frozen=True):
    """One word of a text and the one-based line it begins on."""

    kind: str
    text: str
    line: int


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where the terms of one text stand; every line is one-based.

    Attributes:
        prefixes: namespace and line of each declared prefix.
        subjects: line on which the first statement about a term begins.
        properties: line of the first use of a property in statements about a term.
        mentions: lines on which a term is written, in their order.
    """

    prefixes: Mapping[str, tuple[str, int]]
    subjects: Mapping[str, int]
    properties: Mapping[tuple[str, str], int]
    mentions: Mapping[str, Sequence[int]]

    def of(self, subject: str, property_: str = "") -> int:
        """Give the line of a property of a term, else of the term, else the first line."""
        return self.properties.get((subject, property_)) or self.subjects.get(subject) or self.mention(subject)

    def mention(self, term: str) -> int:
        """Give the line on which a term is written first, else the first line."""
        return self.mentions.get(term, (1,))[0]


def tokens(text: str) -> Iterator[Token]:
    """Cut a text into its words, without comments and white space."""
    line = 1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "mark"
        if kind != "skip":
            yield Token(kind, match[kind], line)
        line += match[0].count("\n")


def find_places(text: str) -> Places:
    r"""Find the places of a Turtle or SPARQL text.

    >>> places = find_places("@prefix a: <urn:a#> .\n\na:B a a:C ;\n  a:d a:E .")
    >>> places.subjects, places.of("urn:a#B", "urn:a#d"), places.mention("urn:a#E")
    ({'urn:a#B': 3}, 4, 4)
    """
    finder = _Finder()
    for token in tokens(text):
        finder.take(token)
    return Places(
        prefixes=finder.prefixes, subjects=finder.subjects, properties=finder.properties, mentions=finder.mentions
    )


class _Finder:
    """Walk over the words of one text, and keep in mind which part of a statement comes next."""

    def __init__(self) -> None:
        self.prefixes: dict[str, tuple[str, int]] = {}
        self.subjects: dict[str, int] = {}
        self.properties: dict[tuple[str, str], int] = {}
        self.mentions: dict[str, list[int]] = {}
        self._directive: list[Token] = []
        self._depth = 0
        self._expects = "subject"
        self._subject = ""

    def take(self, token: Token) -> None:
        """Take the next word."""
        if self._directive or token.kind == "directive":
            self._direct(token)
        elif token.kind == "mark":
            self._mark(token.text)
        else:
            self._word(token)

    def _direct(self, token: Token) -> None:
        """Collect `@prefix name: <iri>`; the full stop that may follow does no harm."""
        self._directive.append(token)
        first = self._directive[0]
        if token.kind == "iri":
            if first.text.lower().endswith("prefix") and len(self._directive) == 3:
                self.prefixes.setdefault(self._directive[1].text.rstrip(":"), (token.text, first.line))
            self._directive = []

    def _mark(self, mark: str) -> None:
        if mark in "[({":
            self._depth += 1
        elif mark in "])}":
            self._depth = max(0, self._depth - 1)
        elif self._depth == 0 and mark == ".":
            self._expects, self._subject = "subject", ""
        elif self._depth == 0 and mark == ";":
            self._expects = "property"

    def _word(self, token: Token) -> None:
        iri = self._iri(token)
        if iri:
            self.mentions.setdefault(iri, []).append(token.line)
        if self._depth or token.kind in ("language", "text"):
            return
        if self._expects == "subject":
            self._expects, self._subject = "property", iri
            if iri:
                self.subjects.setdefault(iri, token.line)
        elif self._expects == "property":
            self._expects = "object"
            if iri and self._subject:
                self.properties.setdefault((self._subject, iri), token.line)

    def _iri(self, token: Token) -> str:
        if token.kind == "iri":
            return token.text
        if token.kind == "word" and token.text == "a":
            return RDF_TYPE if self._expects == "property" or self._depth else ""
        if token.kind != "name":
            return ""
        prefix, _, local = token.text.partition(":")
        declared = self.prefixes.get(prefix)
        return declared[0] + re.sub(r"\\(.)", r"\1", local) if declared else ""
