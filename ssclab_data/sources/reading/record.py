"""Hold one record of a payload, and a payload that is being read."""

import json
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import msgspec

from ssclab_data.sources.declaration import Form, MappingFile
from ssclab_data.sources.reading import text

type Fields = dict[str, Any]

NO_FORM = Form(name="", reader="", describes=False, observes=False)
"""Form of what has none: it describes nothing and holds no values."""


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a record, or with one field of it, before any of its values is looked at.

    Attributes:
        rule: name of the finding: `unknown-form`, `unreadable-record` or `cannot-decode`.
        value: what was found, or why it cannot be read.
        field: the field that is spoilt; "" where the record is, of which nothing is kept then.
    """

    rule: str
    value: Any = None
    field: str = ""


class Record(msgspec.Struct, frozen=True):
    """One record.

    Attributes:
        fields: values by name; those inside objects have the names joined by a dot.
        alone: a payload of the source that holds this record alone and is read again to the same record, or what
            makes one.
        repeated: names that the record gives more than once, with different values.
        faults: what is wrong with it.
    """

    number: int
    form: Form
    fields: Fields
    alone: bytes | Callable[[], bytes]
    repeated: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def payload(self) -> bytes:
        """A payload that holds this record alone; it is made when it is asked for, since few are."""
        return self.alone if isinstance(self.alone, bytes) else self.alone()


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

    def decoded(self, encoding: str) -> str:
        """Its text by an encoding, without byte order mark.

        Raises:
            ReadError: it is empty, or not of that encoding.
        """
        return self.text if encoding == "utf-8" else text.decode(self.content, encoding)

    @cached_property
    def looks_like_json(self) -> bool:
        """Whether it begins as JSON does."""
        return text.looks_like_json(self.content)

    @cached_property
    def looks_like_xml(self) -> bool:
        """Whether it begins as XML does."""
        return text.looks_like_xml(self.content)

    @cached_property
    def decoded_document(self) -> Any:
        """Its JSON document; of several that follow one another each is a payload of its own.

        It may be nested deeply: for who does not go through all of it.

        Raises:
            ReadError: it is no such JSON.
        """
        return text.decode_json(self.text)[0]

    @cached_property
    def document(self) -> Any:
        """Its JSON document, nested no deeper than can be gone through.

        Raises:
            ReadError: it is no such JSON.
        """
        text.check_depth([self.decoded_document])
        return self.decoded_document

    def alone(self) -> bytes:
        """Give a payload of its document alone; itself where it is no JSON.

        Raises:
            ReadError: it looks like JSON and is none.
        """
        return json.dumps(self.decoded_document, ensure_ascii=False).encode() if self.looks_like_json else self.content

    def parts(self) -> Iterator["Payload"]:
        """Give itself, or a payload for each JSON document where several follow one another.

        Raises:
            ReadError: it looks like JSON and is none.
        """
        if not self.looks_like_json:
            yield self
            return
        for document in text.decode_json(self.text):
            part = Payload(self.content, self.where)
            part.decoded_document = document
            yield part


def named(mapping: MappingFile, name: str) -> str:
    """Give the name of a field as the mapping writes it."""
    return name.lower().replace(".", "_") if mapping.lower else name


def rejected(rule: str, alone: Callable[[], bytes], value: Any = None) -> Record:
    """Make a record of which nothing can be kept."""
    return Record(0, NO_FORM, {}, alone, faults=(Fault(rule, value),))
