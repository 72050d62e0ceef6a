"""Give the addresses of terms, codes, modules and profiles inside the site."""

from collections.abc import Mapping
from functools import cached_property

from ssclab_data.workgroup.lookup import Lookup, Term
from ssclab_data.workgroup.pages.html import Html, Language, fragment, joined, link, tag
from ssclab_data.workgroup.pages.words import WORDS


class Site:
    """What all pages know: the terms, the language, and where each thing is told of.

    Every page lies one folder below the index.
    """

    def __init__(self, lookup: Lookup, language: Language) -> None:
        self.lookup = lookup
        self.known = lookup.known
        self.language = language
        self.words = WORDS[language]

    @property
    def above(self) -> Mapping[str, str]:
        """The links at the head of a page."""
        index = "../index.html"
        names = {self.words[key]: f"{index}#{key}" for key in ("modules", "lists", "profiles")}
        return {self.words["title"]: index, **names}

    @cached_property
    def addresses(self) -> Mapping[str, str]:
        """Where each term and code is told of, by IRI."""
        return {term.iri: self._address(term) for term in self.lookup.terms}

    def link(self, iri: str) -> Html:
        """Link to the page of a term; one of others to its own address."""
        return link(self.addresses.get(iri, iri), self._names.get(iri) or self.known.curie(iri))

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return {term.iri: term.name for term in self.lookup.terms}

    def label(self, texts: Mapping[str, str]) -> str:
        """Give a text in the language of the site, else in the other one."""
        return texts.get(self.language) or next(iter(texts.values()), "")

    def texts(self, texts: Mapping[str, str]) -> Html:
        """Write a text in each language, the site's first."""
        order = sorted(texts, key=lambda one: one != self.language)
        return joined((tag("span", texts[one], lang=one or self.language) for one in order), Html("<br>"))

    def _address(self, term: Term) -> str:
        if term.kind == "code":
            return f"../lists/{term.home}.html#{fragment(term.code)}"
        namespace = self.known.workspace.modules[term.home].entry.namespace
        return f"../modules/{term.home}.html#{fragment(term.iri.removeprefix(namespace))}"

    def module(self, id_: str) -> Html:
        """Link to the page of a module."""
        return link(f"../modules/{id_}.html", id_)
