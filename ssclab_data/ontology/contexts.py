"""Take the terms for free properties out of the JSON-LD contexts of our information models and of extensions."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from ssclab_data.errors import InformationModelError
from ssclab_data.linked_data.words import Words, words_of
from ssclab_data.ontology.registry import Module, modules
from ssclab_data.resources import extensions

CONTEXT = "context.jsonld"


def own_words() -> Words:
    """Give the terms by which keys of `properties` and `parameters` are written in RDF.

    Raises:
        InformationModelError: a context cannot be read.
    """
    return _own_words(extensions())


def context_of(module: Module) -> Mapping[str, Any]:
    """Give the context of a module; empty where it has none.

    Raises:
        InformationModelError: it cannot be read, or has no member `@context`.
    """
    file = module.folder / CONTEXT
    if not file.is_file():
        return {}
    try:
        document = msgspec.json.decode(file.read_bytes())
    except msgspec.DecodeError as error:
        raise InformationModelError(str(error), file=str(file)) from error
    found = document.get("@context") if isinstance(document, dict) else None
    if not isinstance(found, dict):
        raise InformationModelError("it has no member '@context' that is an object", file=str(file))
    return found


@cache
def _own_words(_extensions: tuple[object, ...]) -> Words:
    found = modules().values()
    return words_of(map(context_of, found), [module.entry.namespace for module in found])
