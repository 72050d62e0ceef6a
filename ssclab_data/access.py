"""Keep the tokens that allow writing: in memory as they are given, in a file as their digests."""

import hashlib
import hmac
import ipaddress
import logging
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec

from ssclab_data.errors import SettingsError

PREFIX = "ssc_"
"""First characters of each token, by which people and scanners of leaked secrets know it."""
MAX_NAME = 64
_RANDOM_BYTES = 32
_SHOWN = 4
_VERSION = 1

_log = logging.getLogger("ssclab_data.access")

type Stamp = tuple[int, int, int, int]


class Tokens(Protocol):
    """What a server asks about tokens; the answers may change while it runs."""

    @property
    def configured(self) -> bool:
        """Whether there is any token, so that somebody could write."""
        ...

    def names(self, secret: str) -> str | None:
        """Give the name of the token that a secret is, None where it is none."""
        ...


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Who may write.

    Attributes:
        tokens: of those who may.
        anonymous_writes: whether anyone may who reaches the server; only for a server on a loopback address.
    """

    tokens: Tokens
    anonymous_writes: bool = False


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a token: enough to know it again, not enough to use it.

    The digest is a plain SHA-256. A slow hash protects what people choose, because that can be guessed; a random
    secret of 256 bits cannot be guessed at any speed, and a slow hash would be work that anyone can make the server do.

    Attributes:
        name: of whoever writes with it.
        created: ISO 8601, in UTC.
        ends_in: its last characters.
        sha256: digest of the whole of it, hexadecimal.
    """

    name: str
    created: str
    ends_in: str
    sha256: str


class _Document(msgspec.Struct, frozen=True):
    """The content of a file of tokens."""

    version: int = _VERSION
    tokens: tuple[Token, ...] = ()


class GivenTokens:
    """Tokens that are given when the application is built, for tests and for programs that serve a lab themselves.

    >>> tokens = GivenTokens({"sensor gateway": "a long secret"})
    >>> tokens.configured, tokens.names("a long secret"), tokens.names("another")
    (True, 'sensor gateway', None)
    """

    def __init__(self, secrets_by_name: Mapping[str, str]) -> None:
        self._digests = tuple((name, _digest(secret)) for name, secret in secrets_by_name.items())

    @property
    def configured(self) -> bool:
        """Whether any was given."""
        return bool(self._digests)

    def names(self, secret: str) -> str | None:
        """Give the name of the token that a secret is."""
        return _named(self._digests, secret)


NO_TOKENS = GivenTokens({})


class TokenFile:
    """Tokens in a file beside a store; a running server sees at its next request that the file was changed.

    Looking costs one `stat`. A file that cannot be read lets nobody write, and is logged: it never opens the server.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[Stamp | None, tuple[tuple[str, str], ...] | None] = (None, ())

    @property
    def configured(self) -> bool:
        """Whether there is any token; also where the file is broken, since somebody meant to configure some."""
        digests = self._digests()
        return digests is None or bool(digests)

    def names(self, secret: str) -> str | None:
        """Give the name of the token that a secret is."""
        return _named(self._digests() or (), secret)

    def tokens(self) -> tuple[Token, ...]:
        """Give all tokens, oldest first.

        Raises:
            SettingsError: the file cannot be read.
        """
        return _read(self.path)[1]

    def add(self, name: str) -> str:
        """Make a token; only its digest is kept.

        Args:
            name: of whoever will write with it; printable, and not in use.

        Returns:
            The token. It cannot be shown again.

        Raises:
            SettingsError: the name cannot be used, or the file cannot be written.
        """
        _check_name(name)
        secret = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
        created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        token = Token(name=name, created=created, ends_in=secret[-_SHOWN:], sha256=_digest(secret))
        with _turn(self.path.parent):
            tokens = self.tokens()
            if any(other.name == name for other in tokens):
                raise SettingsError(f"{self.path} has a token {name!r} already; revoke it, or take another name")
            self._write((*tokens, token))
        return secret

    def revoke(self, name: str) -> None:
        """Remove a token; it is refused from the next request on.

        Raises:
            SettingsError: there is none of that name, or the file cannot be written.
        """
        with _turn(self.path.parent):
            tokens = self.tokens()
            kept = tuple(token for token in tokens if token.name != name)
            if kept == tokens:
                known = ", ".join(token.name for token in tokens)
                raise SettingsError(f"{self.path} has no token {name!r}; " + (f"known: {known}" if known else "none"))
            self._write(kept)

    def _digests(self) -> tuple[tuple[str, str], ...] | None:
        """Give name and digest of each token, from the last look where the file is as it was then; None when broken."""
        stamp, digests = self._seen
        if _stamp(self.path) == stamp:
            return digests
        try:
            stamp, tokens = _read(self.path)
            digests = tuple((token.name, token.sha256) for token in tokens)
        except SettingsError as error:
            _log.error("nobody may write: %s", error)
            stamp, digests = _stamp(self.path), None
        self._seen = (stamp, digests)
        return digests

    def _write(self, tokens: Sequence[Token]) -> None:
        """Put a new file, which only its owner can read, in the place of the old one."""
        content = msgspec.json.format(msgspec.json.encode(_Document(tokens=tuple(tokens))), indent=1) + b"\n"
        with _translated(self.path):
            number, new = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
            try:
                with os.fdopen(number, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(new, self.path)
            except BaseException:
                Path(new).unlink(missing_ok=True)
                raise


def is_loopback(host: str) -> bool:
    """Tell whether an address leads to this machine alone.

    >>> is_loopback("127.0.0.2"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _named(digests: Sequence[tuple[str, str]], secret: str) -> str | None:
    """Find a secret by its digest; how long it takes does not tell how much of it is right."""
    given, found = _digest(secret), None
    for name, digest in digests:
        if hmac.compare_digest(given, digest):
            found = name
    return found


def _check_name(name: str) -> None:
    if not 0 < len(name) <= MAX_NAME or not name.isprintable() or name != name.strip():
        raise SettingsError(
            f"token name {name!r} cannot be used: take 1 to {MAX_NAME} printable characters without space around them"
        )


def _stamp(path: Path) -> Stamp | None:
    """Give what changes whenever the file is replaced; None where there is no file."""
    try:
        return _stamp_of(path.stat())
    except OSError:
        return None


def _stamp_of(status: os.stat_result) -> Stamp:
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_size)


def _read(path: Path) -> tuple[Stamp | None, tuple[Token, ...]]:
    """Read a file of tokens, and the stamp of what was read; no file is no tokens."""
    with _translated(path):
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return None, ()
        with file:
            stamp = _stamp_of(os.fstat(file.fileno()))
            document = msgspec.json.decode(file.read(), type=_Document)
    if document.version != _VERSION:
        raise SettingsError(f"{path} was written by a newer version; this one reads version {_VERSION}")
    return stamp, document.tokens


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Wait until nobody else changes tokens in a folder: the folder itself is locked, so no lock file stays behind."""
    import fcntl

    with _translated(folder):
        number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Tell errors of files and of their content as ours."""
    try:
        yield
    except (OSError, msgspec.MsgspecError) as error:
        raise SettingsError(f"{path} cannot be used as a file of tokens: {error}") from error
