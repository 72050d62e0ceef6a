"""Say what a batch asks: requests, and sets of requests that hold all or none."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

import msgspec

from ssclab_data.editing.writes import Method
from ssclab_data.errors import BodyError

BATCH = "$batch"
"""Where batches are sent, below the root of the service."""
READ = "GET"
_METHODS = (READ, *Method)
_SCHEME = re.compile(r"https?:(?=//)", re.IGNORECASE)


class Target(msgspec.Struct, frozen=True):
    """An address below the root of the service, as it was sent, without a slash before it."""

    path: str
    query: str = ""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One request of a batch.

    Attributes:
        at: where it stands in the batch, for messages.
        id: by which others name it; "" for none.
        headers: by their names in lower case.
        depends_on: ids of requests and names of groups that must have succeeded.
        condition: `if`, in place of that; "" for none.
    """

    at: str
    id: str = ""
    method: str
    target: Target
    headers: Mapping[str, str] = {}
    body: bytes = b""
    depends_on: Sequence[str] = ()
    condition: str = ""


class ChangeSet(msgspec.Struct, frozen=True, kw_only=True):
    """Requests to write that are carried out in one transaction, or not at all.

    Attributes:
        name: by which requests after it name it; "" for none.
    """

    name: str = ""
    parts: tuple[Part, ...]


type Entry = Part | ChangeSet


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch must keep to.

    Attributes:
        most: how many requests it may have.
        longest: how many characters an address may have.
        root: address of the service.
        roots: what its addresses may begin with: `//host/path` and `/path`.
    """

    most: int
    longest: int = 16_384
    root: str
    roots: tuple[str, ...]

    def check_number(self, number: int) -> None:
        """Make sure that a batch is not too long.

        Raises:
            BodyError: it is.
        """
        if number > self.most:
            raise BodyError(f"the batch has more than {self.most} requests, which is the most; send them in several")


def read_target(text: str, rules: Rules, *, at: str) -> Target:
    """Read the address of a request: absolute, a path from the root of the host, or relative to the service.

    Raises:
        BodyError: it is too long, not below the root of the service, or a batch itself.

    >>> rules = Rules(most=1, root="http://a.example/sta/v1.1", roots=("//a.example/sta/v1.1", "/sta/v1.1"))
    >>> for text in ("http://a.example/sta/v1.1/Things(1)", "/sta/v1.1/Things(1)", "Things(1)"):
    ...     print(read_target(text, rules, at="part 1").path)
    Things(1)
    Things(1)
    Things(1)
    """
    if len(text) > rules.longest:
        raise BodyError(f"the address has more than {rules.longest} characters", path=at)
    path, _, query = text.partition("?")
    path = _SCHEME.sub("", path)
    if path.startswith("/"):
        path = _below(path, rules, at=at).removeprefix("/")
    if unquote(path).strip("/") == BATCH:
        raise BodyError("a batch holds no batch", path=at)
    return Target(path, query)


def _below(path: str, rules: Rules, *, at: str) -> str:
    for root in rules.roots:
        if f"{path}/".startswith(f"{root}/"):
            return path[len(root) :]
    raise BodyError(f"{path[:200]!r} is not below {rules.root}; relative addresses begin there", path=at)


def read_method(text: str, *, at: str, writing: bool) -> str:
    """Read a method.

    Args:
        writing: whether it may only be one that writes, as in a change set.

    Raises:
        BodyError: there is no such method.
    """
    known = _METHODS[1:] if writing else _METHODS
    method = text.upper()
    if method == READ and writing:
        raise BodyError("what holds all or none only writes: read outside of it", path=at)
    if method not in known:
        raise BodyError(f"{text[:20]!r} is no method of a batch", path=at, known=known)
    return method


def check_ids(entries: Sequence[Entry]) -> None:
    """Make sure that each id and name stands for one thing.

    Raises:
        BodyError: one stands for two.
    """
    seen = {entry.name for entry in entries if isinstance(entry, ChangeSet)}
    for part in parts_of(entries):
        if part.id and part.id in seen:
            raise BodyError(f"the id {part.id!r} is given twice", path=part.at)
        seen.add(part.id)


def parts_of(entries: Sequence[Entry]) -> list[Part]:
    """Give all requests, those of sets too."""
    return [part for entry in entries for part in (entry.parts if isinstance(entry, ChangeSet) else (entry,))]
