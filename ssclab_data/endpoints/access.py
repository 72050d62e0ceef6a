"""Decide who may write."""

from base64 import b64decode
from typing import Any
from urllib.parse import SplitResult, urlsplit

from starlette.requests import Request

from ssclab_data.access import is_loopback
from ssclab_data.endpoints.base import Site
from ssclab_data.endpoints.errors import ReadOnlyError, UnauthorizedError

ANONYMOUS = "anonymous"
"""Name of whoever writes without a token."""


def writable(site: Site) -> bool:
    """Tell whether anybody can write."""
    return not site.federated and (site.access.anonymous_writes or site.access.tokens.configured)


def capabilities(site: Site) -> dict[str, Any]:
    """Describe for `serverSettings` how to write; reading needs nothing."""
    if not writable(site):
        return {"write": "read-only", "schemes": []}
    if site.access.anonymous_writes:
        return {"write": ANONYMOUS, "schemes": []}
    return {"write": "token", "schemes": ["Bearer", "Basic"]}


def may_write(site: Site, request: Request) -> str:
    """Make sure that a request may write.

    Returns:
        The name of the token that it came with, or `anonymous`.

    Raises:
        ReadOnlyError: nobody may write here, or not a page of another site.
        UnauthorizedError: it came without a token of this lab.
    """
    if not writable(site):
        raise ReadOnlyError(_how_to_open(site))
    scheme, secret = _credentials(request.headers.get("authorization", ""))
    name = site.access.tokens.names(secret) if secret else None
    if name is not None and scheme == "bearer":
        return name  # no browser sends it by itself
    if name is None and not site.access.anonymous_writes:
        raise UnauthorizedError
    _check_origin(site, request)
    if name is not None:
        return name
    _check_host(request)
    return ANONYMOUS


def _how_to_open(site: Site) -> str:
    if site.federated:
        return "this hub is read-only: write to the node of the lab"
    return (
        "this server is read-only: it has no token; whoever runs it makes one by "
        "`ssclab token add TARGET --name NAME`, without a restart"
    )


def _credentials(header: str) -> tuple[str, str]:
    """Give scheme and secret; with Basic the password is the secret, and the user's name is not looked at."""
    scheme, _, given = header.strip().partition(" ")
    scheme, given = scheme.lower(), given.strip()
    if scheme == "bearer":
        return scheme, given
    if scheme == "basic":
        try:
            return scheme, b64decode(given, validate=True).decode().partition(":")[2]
        except ValueError:
            return scheme, ""
    return scheme, ""


def _check_origin(site: Site, request: Request) -> None:
    """Refuse what a page of another site makes a browser send: the browser adds passwords it knows by itself.

    Raises:
        ReadOnlyError: the request comes from such a page.
    """
    origin = request.headers.get("origin")
    if origin is not None and _address(origin).netloc != _address(site.base_url(request)).netloc:
        raise ReadOnlyError(f"pages of {origin} may not write here without `Authorization: Bearer TOKEN`")


def _check_host(request: Request) -> None:
    """Refuse a name of somebody else that was made to lead to this machine (DNS rebinding).

    Raises:
        ReadOnlyError: the request was sent to such a name.
    """
    host = _address(f"//{request.headers.get('host', '')}").hostname
    own, *_ = request.scope.get("server") or ("",)
    if not host or not (is_loopback(host) or host == own):
        raise ReadOnlyError(
            f"anonymous writes are for http://localhost alone, not for {host or 'a request without Host'}"
        )


def _address(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:  # brackets without an IPv6 address in them
        return urlsplit("")
