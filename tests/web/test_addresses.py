"""Requests go to configured hosts alone, and never to an address inside by way of a name or a redirect."""

import asyncio
from ipaddress import ip_address

import httpx
import pytest

from ssclab_data.errors import SettingsError, WebError
from ssclab_data.web.addresses import host_rules, is_public, place_of
from ssclab_data.web.client import Client, guarded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),  # metadata of clouds
        ("100.64.0.1", False),  # shared (RFC 6598)
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::7f00:1", False),  # NAT64 of 127.0.0.1
        ("64:ff9b::5db8:d822", True),
        ("2002:7f00:1::", False),  # 6to4 of 127.0.0.1
    ],
)
def test_what_is_on_the_public_internet(text: str, expected: bool) -> None:
    assert is_public(ip_address(text)) is expected


@pytest.mark.parametrize(
    ("url", "hosts", "asked", "allowed"),
    [
        ("https://a.example/x", [], "https://a.example/y", True),
        ("https://a.example/x", [], "https://A.EXAMPLE./y", True),
        ("https://a.example/x", [], "https://a.example:443/y", True),
        ("https://a.example/x", [], "https://a.example:8443/y", False),
        ("https://a.example/x", [], "https://b.a.example/y", False),
        ("https://a.example/x", [], "https://a.example.evil.example/y", False),
        ("https://a.example/x", [], "https://a.example@evil.example/y", False),
        ("https://a.example/x", ["b.example"], "http://b.example/", True),
        ("https://a.example/x", ["b.example:81"], "http://b.example/", False),
        ("https://a.example/x", ["b.example:81"], "http://b.example:81/", True),
        ("https://a.example/x", [], "ftp://a.example/", False),
        ("https://a.example/x", [], "http://[::1", False),
        ("https://[2001:db8::1]/x", [], "https://[2001:db8::1]/y", True),
    ],
)
def test_which_urls_may_be_asked(url: str, hosts: list[str], asked: str, allowed: bool) -> None:
    rules = host_rules([url], hosts)
    if allowed:
        rules.check_url(asked)
        return
    with pytest.raises(WebError):
        rules.check_url(asked)


@pytest.mark.parametrize(
    ("url", "hosts", "addresses", "allowed"),
    [
        ("http://a.example/", [], ["93.184.216.34"], ["93.184.216.34"]),
        ("http://a.example/", [], ["10.0.0.1"], []),
        ("http://a.example/", [], ["10.0.0.1", "93.184.216.34"], ["93.184.216.34"]),
        ("http://a.example/", [], ["fe80::1%eth0"], []),
        ("http://a.example/", ["10.0.0.0/8"], ["10.0.0.1"], ["10.0.0.1"]),
        ("http://a.example/", ["10.0.0.2"], ["10.0.0.1", "10.0.0.2"], ["10.0.0.2"]),
        ("http://10.0.0.1/", [], ["10.0.0.1"], ["10.0.0.1"]),
        ("http://localhost/", [], ["127.0.0.1", "::1"], ["127.0.0.1", "::1"]),
        ("http://localhost/", [], ["10.0.0.1"], []),
        ("http://[::1]/", [], ["::1"], ["::1"]),
        ("http://a.example/", [], [], []),
    ],
)
def test_which_addresses_may_be_connected_to(
    url: str, hosts: list[str], addresses: list[str], allowed: list[str]
) -> None:
    rules = host_rules([url], hosts)
    if allowed:
        assert list(rules.allowed("a.example", addresses)) == allowed
        return
    with pytest.raises(WebError, match=r"not on the public internet; .* name the address or its network"):
        rules.allowed("a.example", addresses)


@pytest.mark.parametrize("host", ["https://a.example", "a.example/x", "anna@a.example", "", "a.example:port", "[::1"])
def test_a_host_that_is_none_is_told(host: str) -> None:
    with pytest.raises(SettingsError, match="host"):
        host_rules(["https://a.example/"], [host])


@pytest.mark.parametrize("url", ["file:///etc/passwd", "//a.example/", "https:///x", "https://anna:b@a.example/"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(WebError):
        place_of(url)
    with pytest.raises(SettingsError, match="http or https"):
        host_rules([url])


def ask(url: str, resolve: dict[str, tuple[str, ...]], hosts: list[str]) -> int:
    """Ask through the guarded way, with names that resolve as given; connections go to nobody but this machine."""
    looked_up: list[str] = []

    async def system(host: str, port: int) -> tuple[str, ...]:
        looked_up.append(host)
        return resolve[host]

    async def run() -> int:
        client = Client(guarded(host_rules([url], hosts), system))
        try:
            return (await client.get(url, {})).status
        finally:
            await client.close()

    status = asyncio.run(run())
    assert looked_up == [httpx.URL(url).host]
    return status


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    host = b"host: a.example:" in head.lower()
    writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % (200 if host else 400))
    await writer.drain()
    writer.close()


def test_the_connection_goes_to_the_address_that_was_checked_under_the_name_that_was_meant() -> None:
    """The first address is that of nobody; the name is known to this test alone, so that no other look-up can help."""

    async def run() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            url = f"http://a.example:{port}/"
            found = await asyncio.to_thread(ask, url, {"a.example": ("127.0.0.9", "127.0.0.1")}, ["127.0.0.0/8"])
            assert found == 200

    asyncio.run(run())


def test_a_name_that_leads_inside_is_refused() -> None:
    with pytest.raises(WebError, match=r"a\.example is at 127\.0\.0\.1, which is not on the public internet"):
        ask("http://a.example:9/", {"a.example": ("127.0.0.1",)}, [])


def test_a_name_that_nobody_knows_is_told() -> None:
    async def run() -> None:
        client = Client(guarded(host_rules(["http://nobody.invalid/"])))
        await client.get("http://nobody.invalid/", {})

    with pytest.raises(WebError, match=r"nobody\.invalid is not known"):
        asyncio.run(run())
