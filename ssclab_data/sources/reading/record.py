"""Hold one record of a payload, and a payload that is being read."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec

from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.reading import text

type Fields = dict[str, Any]


class Record(msgspec.Struct, frozen=True):
    """One record.

    Attributes:
        fields: values by name; those inside objects have the names joined by a dot.
        repeated: names that the record gives more than once.
        payload: a payload that holds this record alone.
    """

    number: int
    form: Form
    fields: Fields
    payload: bytes
    repeated: tuple[str, ...] = ()


class Payload:
    """A payload that is being read; each view of it is made once, when a reader asks for it.

    Attributes:
        content: its bytes, unpacked.
        where: file name, or "".
    """

    def __init__(self, content: bytes, where: str = "") -> None:
        self.content = content
        self.where = where

    @cached_property
    def text(self) -> str:
        """Its text, by UTF-8, without byte order mark.

        Raises:
            ReadError: it is empty or not UTF-8.
        """
        return text.decode(self.content)

    @cached_property
    def looks_like_json(self) -> bool:
        """Whether it begins as JSON does."""
        return text.looks_like_json(self.content)

    @cached_property
    def document(self) -> Any:
        """Its JSON document; of several that follow one another each is a payload of its own.

        Raises:
            ReadError: it is no such JSON.
        """
        return text.parse_json(self.text)[0]

    def parts(self) -> Iterator["Payload"]:
        """Give itself, or a payload for each JSON document where several follow one another.

        Raises:
            ReadError: it looks like JSON and is none.
        """
        if not self.looks_like_json:
            yield self
            return
        for document in text.parse_json(self.text):
            part = Payload(self.content, self.where)
            part.document = document
            yield part


def named(mapping: MappingFile, name: str) -> str:
    """Give the name of a field as the mapping writes it."""
    return name.lower().replace(".", "_") if mapping.lower else name
