"""Find the address of the next page in an answer."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from ssclab_data.errors import FeedError, WebError
from ssclab_data.feeds.declaration import Pages
from ssclab_data.web.addresses import join_url, place_of
from ssclab_data.web.client import add_parameters

_NEXT = re.compile(r'<([^<>]*)>\s*(?:;[^,<]*)?;\s*rel="?(?:[^",;<]*\s)?next\b"?', re.IGNORECASE)


def next_page(pages: Pages, url: str, body: bytes, headers: Mapping[str, str]) -> str:
    """Give the address of the next page; "" where this is the last one.

    Args:
        url: of this page.

    Raises:
        FeedError: the answer does not say it in the declared way, or leads to another host.
    """
    try:
        link = _link(pages, url, body, headers)
        if not link:
            return ""
        same = place_of(link) == place_of(url) and urlsplit(link).scheme == urlsplit(url).scheme
    except WebError as error:
        raise FeedError(f"its next page: {error.reason}") from error
    if not same:
        raise FeedError(f"its next page is at another host, {urlsplit(link).hostname}", cure="give that host as url")
    return link


def _link(pages: Pages, url: str, body: bytes, headers: Mapping[str, str]) -> str:
    if pages.header:
        found = _NEXT.search(headers.get("link", ""))
        return join_url(url, found[1]) if found is not None else ""
    value = member(_document(body), pages.link or pages.next)
    if value in (None, "", 0, False):
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise FeedError(f"{pages.link or pages.next} is {type(value).__name__}, no page", cure="check `pages`")
    if pages.link:
        return join_url(url, str(value))
    if [str(value)] == parse_qs(urlsplit(url).query).get(pages.parameter):
        return ""  # services that name the last page as its own successor
    return join_url(url, add_parameters(url, {pages.parameter: str(value)}))


def member(document: Any, path: str) -> Any:
    """Give a member by its path; None where there is none.

    >>> member({"page": {"@iot.nextLink": 2}}, "page.@iot.nextLink")
    2
    """
    if not isinstance(document, dict):
        return None
    if path in document:
        return document[path]
    head, _, rest = path.partition(".")
    return member(document.get(head), rest) if rest else None


def _document(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FeedError(f"it is no JSON, so its next page is not known: {error}", cure="check `pages`") from error
