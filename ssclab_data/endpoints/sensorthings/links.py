"""Write the addresses in SensorThings answers: absolute, and sufficient by themselves."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

import msgspec
from starlette.requests import Request

from ssclab_data.endpoints.base import Site
from ssclab_data.endpoints.sensorthings.binding import Binding
from ssclab_data.endpoints.sensorthings.cursor import read_cursor, write_cursor
from ssclab_data.endpoints.sensorthings.options import SKIP_TOKEN
from ssclab_data.model.entity import Handle
from ssclab_data.model.multi import VIEWS
from ssclab_data.query.ast import Value
from ssclab_data.query.odata import DISTINCT

# What decides which rows there are and in which order; the rest may change from page to page.
_BOUND = ("$filter", "$orderby")
_SELECT = "$select"
# Characters that clients read more easily as they are, and that need no encoding in a query (RFC 3986, 3.4).
_SAFE = "$,:;/()'@*!~"


class Links(msgspec.Struct, frozen=True):
    """Make addresses under one base.

    Attributes:
        base: address of the landing page, without a slash at the end.
        secret: the store's key for cursors.
    """

    base: str
    secret: bytes

    def entity(self, entity_type: str, handle: Handle) -> str:
        """Give the self link of an entity."""
        return f"{self.base}/{entity_path(entity_type, handle)}"

    def next_page(self, path: str, options: Mapping[str, str], after: tuple[Value, ...]) -> str:
        """Give the link to the rows after one, with all options repeated.

        Args:
            path: of the set, below the base.
            options: of the request, decoded.
            after: sort key values of the last row.
        """
        return self.pages(options).next(path, after)

    def pages(self, options: Mapping[str, str]) -> "Pages":
        """Prepare the links of many sets that are read with the same options."""
        kept = {name: text for name, text in options.items() if name not in ("$skip", SKIP_TOKEN)}
        query = urlencode(kept, safe=_SAFE, quote_via=quote)
        return Pages(self, f"{query}&{SKIP_TOKEN}=" if query else f"{SKIP_TOKEN}=", options)

    def read_token(self, path: str, options: Mapping[str, str], token: str) -> tuple[Value, ...]:
        """Give the sort key values of a token that `next_page` made for the same path and options.

        Raises:
            CursorError: it did not.
        """
        return read_cursor(self.secret, _binding(path, options), token)


class Pages(msgspec.Struct, frozen=True):
    """Make the links to the next pages of sets that are read with the same options.

    Attributes:
        query: those options as a link has them, up to the token.
        options: the same, decoded.
    """

    links: Links
    query: str
    options: Mapping[str, str]

    def next(self, path: str, after: tuple[Value, ...]) -> str:
        """Give the link to the rows of a set after one."""
        token = write_cursor(self.links.secret, _binding(path, self.options), after)
        return f"{self.links.base}/{quote(path, safe=_SAFE)}?{self.query}{token}"


def links_for(site: Site, binding: Binding, request: Request) -> Links:
    """Make the links of the answer to a request."""
    return Links(site.base_url(request) + binding.prefix, site.store.secret)


def entity_path(entity_type: str, handle: Handle) -> str:
    """Give the path of an entity below the base: `Things(1)`, at a hub `Things('breda~1')`."""
    plural = VIEWS[entity_type].plural
    if isinstance(handle, int):
        return f"{plural}({handle})"
    return f"{plural}('{quote(handle.replace("'", "''"), safe="~'")}')"


def _binding(path: str, options: Mapping[str, str]) -> str:
    # Of distinct values the rows are made by what is selected.
    names = (*_BOUND, _SELECT) if DISTINCT in options.get(_SELECT, "") else _BOUND
    return msgspec.json.encode([path, *(options.get(name, "") for name in names)]).decode()
