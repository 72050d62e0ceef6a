"""Answer `/`: a map of latest values with a chart for people, links for machines; all assets come from here."""

from functools import cache
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ssclab_data.endpoints.base import Site, json_response
from ssclab_data.endpoints.errors import NotAcceptableError
from ssclab_data.endpoints.negotiation import choose
from ssclab_data.endpoints.portal.texts import TEXTS
from ssclab_data.endpoints.sensorthings import openapi
from ssclab_data.endpoints.sensorthings.binding import BINDINGS
from ssclab_data.errors import NotFoundError, QueryError, SettingsError
from ssclab_data.model import codelists

_OWN = {"catalogue.css": "text/css", "portal.css": "text/css", "portal.js": "text/javascript"}
_LEAFLET = {
    "leaflet.css": "text/css",
    "leaflet.js": "text/javascript",
}
_SHOWN = ("pm25", "pm10", "no2", "noise-level", "temperature", "relative-humidity", "pressure", "co2")


def routes(site: Site) -> list[BaseRoute]:
    """Give the routes of the page and its assets."""
    return [
        Route("/", lambda request: _front(site, request)),
        Route("/assets/{name}", _asset),
    ]


def _front(site: Site, request: Request) -> Response:
    """Answer the page or the links, by what the client takes."""
    form = request.query_params.get("f")
    if form not in (None, "html", "json"):
        raise QueryError(f"no form {form!r}; known: html, json", option="f")
    offered = ("application/json", "text/html")
    chosen = {"html": "text/html", "json": "application/json"}.get(form or "") or choose(
        request.headers.get("accept", ""), offered
    )
    if chosen is None:
        raise NotAcceptableError(offered)
    if chosen == "text/html":
        return _page(site, request)
    return _links(site, request)


def _links(site: Site, request: Request) -> Response:
    base = site.base_url(request)
    kinds = [(binding.prefix, f"SensorThings API {binding.version}") for binding in reversed(BINDINGS)]
    kinds += [(f"{path}/{openapi.NAME}", f"{title}, OpenAPI document") for path, title in kinds]
    kinds += [("/ogc/", "OGC API Features"), ("/health", "health")]
    links = [{"href": f"{base}{path}", "title": title, "type": "application/json"} for path, title in kinds]
    links.append({"href": f"{base}/catalog", "title": "catalogue (DCAT-AP-NL)", "type": "text/turtle"})
    links.append({"href": f"{base}/?f=html", "title": "map", "type": "text/html"})
    labs = [{"key": lab.key, "name": lab.name, "municipality": lab.municipality} for lab in site.labs]
    return json_response({"title": site.title, "labs": labs, "links": links}, headers={"Vary": "Accept"})


def _page(site: Site, request: Request) -> Response:
    language = language_of(request)
    texts = TEXTS[language]
    base = site.base_url(request)
    html = _template().format(
        language=language,
        title=escape(site.title),
        base=escape(base, quote=True),
        settings=_script_safe(_settings(site, base, language)),
        **{name: escape(text) for name, text in texts.items()},
    )
    headers = {"Content-Security-Policy": _policy(site), "Vary": "Accept, Accept-Language"}
    return Response(html, media_type="text/html", headers={**headers, "X-Content-Type-Options": "nosniff"})


def _settings(site: Site, base: str, language: str) -> dict[str, Any]:
    """Give what the page's script needs to know."""
    infos = codelists.observed_properties()
    shown = [infos[name] for name in _SHOWN]
    labels = {info.id: info.label_nl if language == "nl" else info.label_en for info in shown}
    return {
        "base": base,
        "language": language,
        "texts": TEXTS[language],
        "properties": [{"id": info.id, "label": labels[info.id], "definition": info.definition} for info in shown],
        "labs": [
            {
                "key": lab.key,
                "name": lab.name,
                "character": lab.character,
                "area": None if lab.area is None else [lab.area.west, lab.area.south, lab.area.east, lab.area.north],
            }
            for lab in site.labs
        ],
        "tiles": site.settings.tile_url,
        "attribution": site.settings.tile_attribution,
    }


def _script_safe(value: Any) -> str:
    """Write JSON that cannot end the element it stands in."""
    text = msgspec.json.encode(value).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _policy(site: Site) -> str:
    """Allow this server alone, and the host of the background map where one is set."""
    tiles = urlsplit(site.settings.tile_url.replace("{s}", "*"))
    host = f" {tiles.scheme}://{tiles.netloc}" if tiles.netloc else ""
    return (
        f"default-src 'self'; img-src 'self' data:{host}; style-src 'self' 'unsafe-inline'; "
        "script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def language_of(request: Request) -> str:
    """Choose `nl` or `en` by the option `lang`, else by what the client prefers.

    Raises:
        QueryError: there is no such language.
    """
    asked = request.query_params.get("lang")
    if asked is not None:
        if asked not in TEXTS:
            raise QueryError(f"no language {asked!r}; known: {', '.join(TEXTS)}", option="lang")
        return asked
    first = request.headers.get("accept-language", "").split(",")[0].strip().lower()
    return "nl" if first.startswith("nl") else "en"


def _asset(request: Request) -> Response:
    """Answer one of the page's own files, or of the two libraries that it uses."""
    name = request.path_params["name"]
    if name in _OWN:
        content = (resources.files("ssclab_data.endpoints.portal") / "static" / name).read_bytes()
        return Response(content, media_type=_OWN[name], headers={"Cache-Control": "max-age=300"})
    content, media_type = _library(name)
    return Response(content, media_type=media_type, headers={"Cache-Control": "max-age=86400"})


@cache
def _library(name: str) -> tuple[bytes, str]:
    """Read a file of Leaflet or plotly from their installed packages.

    Raises:
        NotFoundError: no such asset.
        SettingsError: the package is not installed.
    """
    try:
        if name in _LEAFLET:
            from xstatic.pkg import leaflet

            return (Path(leaflet.BASE_DIR) / name).read_bytes(), _LEAFLET[name]
        if name == "plotly.min.js":
            return (resources.files("plotly") / "package_data" / name).read_bytes(), "text/javascript"
    except (ImportError, FileNotFoundError) as error:
        raise SettingsError(f"asset {name!r} needs the extra: pip install 'ssclab-data[server]'") from error
    raise NotFoundError(f"no asset {name!r}")


@cache
def _template() -> str:
    return (resources.files("ssclab_data.endpoints.portal") / "static" / "portal.html").read_text(encoding="utf-8")
