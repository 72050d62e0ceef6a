"""Put what earlier requests of a batch made in the place of `$id`, in addresses, bodies and tags."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from ssclab_data.editing.drafts import ID, SELF
from ssclab_data.endpoints.errors import DependencyError
from ssclab_data.endpoints.sensorthings.answers import Answer
from ssclab_data.endpoints.sensorthings.documents import parse_json
from ssclab_data.endpoints.sensorthings.parts import Part, Target
from ssclab_data.errors import BodyError

_MARK = "$"
_ADDRESSES = (SELF, "@odata.id")
_TAGS = ("if-match", "if-none-match")
_BRACKETS = re.compile(r"\((?:\$|%24)([^()/']+)\)")
_HANDLE = re.compile(r"\((-?[0-9]+)\)$")


class References:
    """What can be named by `$id`.

    Attributes:
        root: address of the service.
        answers: to earlier requests, by their id.
        paths: of entities that requests of the same set made, by their id.
    """

    def __init__(self, root: str, answers: Mapping[str, Answer]) -> None:
        self.root = root
        self.answers = answers
        self.paths: dict[str, str] = {}

    def names(self) -> tuple[str, ...]:
        """Give what is known."""
        return tuple(f"{_MARK}{name}" for name in (*self.answers, *self.paths))

    def path(self, name: str) -> str:
        """Give the path of the entity that a request made, changed or found, below the root of the service.

        Raises:
            BodyError: there is no such request, or it was about no entity, or about several.
            DependencyError: it failed.
        """
        if name in self.paths:
            return self.paths[name]
        answer = self._answer(name)
        address = answer.header("location") or _self_link(answer)
        if not address.startswith(f"{self.root}/"):
            raise BodyError(f"${name} is not about one entity")
        return address.removeprefix(f"{self.root}/")

    def finds(self, name: str) -> bool:
        """Tell whether there is an entity that can be named."""
        try:
            return bool(self.path(name))
        except (BodyError, DependencyError):
            return False

    def _answer(self, name: str) -> Answer:
        if name not in self.answers:
            raise BodyError(f"${name} is no request before this one", known=self.names())
        answer = self.answers[name]
        if not answer.succeeded:
            raise DependencyError(f"${name} failed with {answer.status}")
        return answer

    def path_of(self, path: str) -> str:
        """Replace `$id` where it is the first step of a path (OData), or the id of an entity in brackets (18-088)."""
        path = _BRACKETS.sub(lambda found: f"({_handle(self.path(unquote(found[1])))})", path)
        first, slash, rest = path.partition("/")
        name = unquote(first)
        return f"{self.path(name.removeprefix(_MARK))}{slash}{rest}" if name.startswith(_MARK) else path

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Replace `$id` where a tag is asked for by the tag of that answer (OData 4.01, 11.7.5)."""
        found = dict(headers)
        for name in _TAGS:
            text = found.get(name, "")
            if text.startswith(_MARK):
                found[name] = self._tag(text.removeprefix(_MARK))
        return found

    def _tag(self, name: str) -> str:
        tag = self._answer(name).header("etag")
        if not tag:
            raise BodyError(f"the answer to ${name} has no tag")
        return tag

    def body(self, body: bytes) -> bytes:
        """Replace `$id` in a body that was not read yet; what is no JSON, or names nothing, stays as it is."""
        if b'"$' not in body:
            return body
        try:
            value = parse_json(body)
        except BodyError:
            return body
        replaced = self.value(value)
        return body if replaced == value else msgspec.json.encode(replaced)

    def value(self, value: Any) -> Any:
        """Replace `$id` in decoded JSON, where it stands as `@iot.id` or as the address of an entity."""
        if isinstance(value, list):
            return [self.value(one) for one in value]
        if isinstance(value, dict):
            return {name: self._member(name, one) for name, one in value.items()}
        return value

    def _member(self, name: str, value: Any) -> Any:
        if not isinstance(value, str) or not value.startswith(_MARK):
            return self.value(value)
        if name == ID:
            return _handle(self.path(value.removeprefix(_MARK)))
        if name in _ADDRESSES:
            return f"{self.root}/{self.path(value.removeprefix(_MARK))}"
        return value

    def part(self, part: Part) -> Part:
        """Replace all that a request names."""
        return msgspec.structs.replace(
            part,
            target=Target(self.path_of(part.target.path), part.target.query),
            headers=self.headers(part.headers),
            body=self.body(part.body),
        )


def _handle(path: str) -> int:
    found = _HANDLE.search(path)
    if found is None:
        raise BodyError(f"{path} has no number as id")
    return int(found[1])


def _self_link(answer: Answer) -> str:
    """Give the address of the entity that was read, alone or as the only one of a set."""
    try:
        value = msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        return ""
    if isinstance(value, dict) and isinstance(value.get("value"), list) and len(value["value"]) == 1:
        value = value["value"][0]
    link = value.get(SELF) if isinstance(value, dict) else None
    return link if isinstance(link, str) else ""
