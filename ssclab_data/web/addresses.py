"""Decide which hosts, ports and network addresses may be asked."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urljoin, urlsplit

import msgspec

from ssclab_data.errors import SettingsError, WebError
from ssclab_data.web.faults import WebFault

type Network = IPv4Network | IPv6Network
type Address = IPv4Address | IPv6Address

_PORTS = {"http": 80, "https": 443}
LONGEST_URL = 8000
"""The most characters of an address that a server leads to."""

_LOCAL = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_NAT64 = ip_network("64:ff9b::/96")


class HostRules(msgspec.Struct, frozen=True):
    """The hosts that may be asked.

    Attributes:
        places: host and port, in small letters.
        networks: addresses that are allowed though they are not of the public internet.
    """

    places: frozenset[tuple[str, int]]
    networks: tuple[Network, ...] = ()

    def check_url(self, url: str) -> None:
        """Make sure that a URL leads to one of the hosts.

        Raises:
            WebError: it leads elsewhere, or is no address; the message has the host alone.
        """
        place = place_of(url)
        if place not in self.places:
            known = ", ".join(f"{host}:{port}" for host, port in sorted(self.places))
            reason = f"it leads to {place[0]}:{place[1]}, which is none of the configured hosts ({known})"
            raise WebError(WebFault.FORBIDDEN, reason)

    def allowed(self, host: str, addresses: Sequence[str]) -> tuple[str, ...]:
        """Give those addresses of a host that may be connected to: public ones, and those of the networks.

        Raises:
            WebError: there are none.
        """
        kept = tuple(one for one in addresses if self._is_allowed(ip_address(one.partition("%")[0])))
        if not kept:
            reason = (
                f"{host} is at {', '.join(addresses) or 'no address'}, which is not on the public internet; where that "
                "is meant, name the address or its network among the hosts"
            )
            raise WebError(WebFault.FORBIDDEN, reason)
        return kept

    def _is_allowed(self, address: Address) -> bool:
        named = any(address in network for network in self.networks)
        return named or is_public(address)


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the public internet.

    Loopback, private, link-local, shared, reserved and multicast addresses are not, nor is IPv6 that hides one of them.
    """
    hidden = _hidden(address)
    if hidden is not None:
        return is_public(hidden)
    return address.is_global and not address.is_multicast


def _hidden(address: Address) -> IPv4Address | None:
    """Give the IPv4 address that an IPv6 one stands for."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


def host_rules(urls: Iterable[str], hosts: Iterable[str] = ()) -> HostRules:
    """Make rules of what was configured.

    Args:
        urls: addresses that are asked. A host that is written as an IP address, or `localhost`, is allowed as it is.
        hosts: more hosts (`api.example.org`, `api.example.org:8443`), addresses and networks (`10.0.0.0/8`).

    Raises:
        SettingsError: one is neither.

    >>> host_rules(["https://api.example.org/units"]).places
    frozenset({('api.example.org', 443)})
    """
    places: set[tuple[str, int]] = set()
    networks: list[Network] = []
    for url in urls:
        try:
            places.add(place_of(url))
        except WebError as error:
            raise SettingsError(f"{error.reason}; give an http or https address") from error
    for text in hosts:
        network = _network(text)
        if network is not None:
            networks.append(network)
        else:
            places |= _named(text)
    for host, _ in places:
        networks += _LOCAL if host == "localhost" else filter(None, [_network(host)])
    return HostRules(frozenset(places), tuple(networks))


def place_of(url: str) -> tuple[str, int]:
    """Give host and port of a URL.

    Raises:
        WebError: it is no http or https address, or holds a user.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise WebError(WebFault.ADDRESS, f"it is no address: {error}") from error
    if parts.scheme not in _PORTS or not host or parts.username is not None:
        raise WebError(WebFault.ADDRESS, "it is no http or https address without a user in it")
    return host.lower().rstrip("."), port or _PORTS[parts.scheme]


def join_url(url: str, link: str) -> str:
    """Give the address that a link leads to.

    Raises:
        WebError: it is none, or far too long.

    >>> join_url("https://a.example/units/1", "../2")
    'https://a.example/2'
    """
    if len(link) > LONGEST_URL:
        raise WebError(WebFault.ADDRESS, f"it leads to an address of more than {LONGEST_URL} characters")
    try:
        return urljoin(url, link)
    except ValueError as error:
        raise WebError(WebFault.ADDRESS, f"it is no address: {error}") from error


def _named(text: str) -> set[tuple[str, int]]:
    """Give the places of a host: with the port it names, or those of http and https."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SettingsError(f"host {text!r} is neither a host nor a network: {error}") from error
    if not host or parts.path or parts.query or parts.username is not None:
        raise SettingsError(f"host {text!r} is no host; write it as in api.example.org or api.example.org:8443")
    return {(host.lower(), one) for one in ((port,) if port else _PORTS.values())}


def _network(text: str) -> Network | None:
    try:
        return ip_network(
            text.removeprefix("[").removesuffix("]") if text.startswith("[") == text.endswith("]") else text
        )
    except ValueError:
        return None
