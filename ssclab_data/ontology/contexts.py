"""Take the terms for free properties out of the JSON-LD contexts of our information models and of extensions."""

from functools import cache

from ssclab_data.linked_data.words import Words, words_of
from ssclab_data.ontology.modules import CONTEXT, context
from ssclab_data.ontology.registry import modules
from ssclab_data.resources import extensions


def own_words() -> Words:
    """Give the terms by which keys of `properties` and `parameters` are written in RDF.

    Raises:
        InformationModelError: a context cannot be read.
    """
    return _own_words(extensions())


@cache
def _own_words(_extensions: tuple[object, ...]) -> Words:
    found = [module for module in modules().values() if (module.folder / CONTEXT).is_file()]
    return words_of(map(context, found), [module.entry.namespace for module in found])
