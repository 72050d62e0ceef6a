"""Answer with triples in the form that a client takes, and tell where the other forms and the context are."""

from collections.abc import Iterable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from ssclab_data.endpoints.base import ROOT, Site
from ssclab_data.endpoints.errors import NotAcceptableError
from ssclab_data.endpoints.negotiation import choose
from ssclab_data.endpoints.tags import content_tag
from ssclab_data.errors import UnknownNameError
from ssclab_data.linked_data.terms import Triple
from ssclab_data.linked_data.writing import JSONLD, NTRIPLES, TURTLE, document

HTML = "text/html"
LINKED = (TURTLE, JSONLD, NTRIPLES)
OFFERED = (*LINKED, HTML)
SHORT = {"ttl": TURTLE, "jsonld": JSONLD, "nt": NTRIPLES, "html": HTML}
CONTEXT = "/def/core/context.jsonld"
_SAFE = "/%-._~:+!$&'()*,;=@"


def media_type_of(request: Request, offered: tuple[str, ...] = OFFERED) -> str:
    """Choose the form of an answer by the option `f`, else by what the client takes.

    Parameters of a media type other than `q` are passed over: a `profile` of JSON-LD asks for a form that is one of
    several with the same meaning, and ours, compacted with its context inline, needs no other document to be read.

    Raises:
        UnknownNameError: there is no such form.
        NotAcceptableError: the client takes none of those there are.
    """
    short = request.query_params.get("f")
    if short is not None:
        known = tuple(name for name, media_type in SHORT.items() if media_type in offered)
        if short not in known:
            raise UnknownNameError("no format", short, known=known, option="f")
        return SHORT[short]
    media_type = choose(request.headers.get("accept", ""), offered)
    if media_type is None:
        raise NotAcceptableError(offered)
    return media_type


def answer(site: Site, request: Request, triples: Iterable[Triple], *, links: Iterable[str] = ()) -> Response:
    """Answer with triples.

    Args:
        links: more values of `Link`.
    """
    media_type = media_type_of(request, LINKED)
    return respond(site, request, document(triples, media_type), media_type=media_type, links=links)


def respond(site: Site, request: Request, body: bytes, *, media_type: str, links: Iterable[str] = ()) -> Response:
    """Answer with a document; where no store gives it a tag, it has one of its own."""
    headers = {"Vary": "Accept", "Link": ", ".join((*links, *_links(site, request, media_type)))}
    if site.federated:
        headers |= {"ETag": content_tag(body), "Cache-Control": "no-cache"}
    return Response(body, media_type=media_type, headers=headers)


def sent_path(request: Request) -> str:
    """Give the path below the prefix of the application as it was sent: percent-encoded."""
    raw = request.scope.get("raw_path")
    if raw is None:  # a server that does not keep it (it is optional in ASGI)
        raw = quote(request.scope["path"]).encode()
    return str(raw.decode("latin-1").partition("?")[0].removeprefix(quote(request.scope[ROOT])))


def _links(site: Site, request: Request, media_type: str) -> Iterable[str]:
    """Link to the other forms of an answer, and from JSON-LD to its context (RFC 8288)."""
    root = site.base_url(request)
    path = quote(sent_path(request), safe=_SAFE)
    for short, other in SHORT.items():
        if other in LINKED and other != media_type:
            yield f'<{root}{path}?f={short}>; rel="alternate"; type="{other}"'
    if media_type == JSONLD:
        yield f'<{root}{CONTEXT}>; rel="describedby"; type="{JSONLD}"'
