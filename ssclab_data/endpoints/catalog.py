"""Answer `/catalog`: the data sets of a lab or a hub by DCAT-AP-NL, those of high value, and each of them whole."""

import csv
import io
from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from ssclab_data.endpoints.base import Site, json_response
from ssclab_data.endpoints.catalog_page import catalogue_page, high_value_page
from ssclab_data.endpoints.errors import NotAcceptableError
from ssclab_data.endpoints.linked_data import HTML, media_type_of
from ssclab_data.endpoints.negotiation import choose
from ssclab_data.endpoints.portal.page import language_of
from ssclab_data.endpoints.sensorthings.federation import status_of
from ssclab_data.endpoints.tags import content_tag
from ssclab_data.errors import NotFoundError, UnknownNameError
from ssclab_data.export import bulk
from ssclab_data.export.catalogue import Place, catalogue_of
from ssclab_data.export.interfaces import BULK
from ssclab_data.federation.harvest import Harvest, harvest
from ssclab_data.federation.store import FederatedStore
from ssclab_data.linked_data import high_value
from ssclab_data.linked_data.authorities import HVD_REGULATION
from ssclab_data.linked_data.dcat import CatalogueInfo, Dataset, dataset_triples, triples
from ssclab_data.linked_data.writing import document
from ssclab_data.model.lab import LabInfo
from ssclab_data.stores.base import LabAnswer

_JSON, _CSV = "application/json", "text/csv"
_REPORT_FORMS = {"json": _JSON, "csv": _CSV, "html": HTML}
# What a page may use: our style sheet, and nothing that runs.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def routes(site: Site) -> list[BaseRoute]:
    """Give the routes of `/catalog`."""
    return [
        Route("/catalog", partial(_whole, site), name="catalog"),
        Route("/catalog/hvd", partial(_high_value, site)),
        Route("/catalog/{lab}", partial(_of_lab, site)),
        Route("/catalog/{lab}/{dataset}", partial(_dataset, site)),
        Route("/catalog/{lab}/{dataset}/{file}", partial(_file, site)),
    ]


def _whole(site: Site, request: Request) -> Response:
    media_type = media_type_of(request)
    return _catalogue(site, request, _read(site, request), media_type)


def _of_lab(site: Site, request: Request) -> Response:
    """Answer the catalogue of one lab, which at a hub is a part of the hub's."""
    media_type = media_type_of(request)
    read = _read(site, request)
    found = _part(site, read, request.path_params["lab"])
    return _catalogue(site, request, msgspec.structs.replace(read, catalogue=found), media_type)


def _dataset(site: Site, request: Request) -> Response:
    """Answer one data set."""
    media_type = media_type_of(request)
    read = _read(site, request)
    part = _part(site, read, request.path_params["lab"])
    dataset = _named(part, request.path_params["dataset"])
    if media_type == HTML:
        one = msgspec.structs.replace(part, datasets=(dataset,), catalogues=(), titles=dataset.titles, notes=())
        return _catalogue(site, request, msgspec.structs.replace(read, catalogue=one), media_type)
    return _respond(document(dataset_triples(dataset), media_type), media_type, _headers(read))


def _file(site: Site, request: Request) -> Response:
    """Answer a data set whole; a hub sends nobody on, because the catalogue has the address at the lab's own node."""
    lab, code, name = (request.path_params[part] for part in ("lab", "dataset", "file"))
    if name not in bulk.FILES:
        raise UnknownNameError("no file", name, known=tuple(bulk.FILES))
    if site.federated:
        raise NotFoundError(
            "a hub gives no data sets whole; the catalogue has their addresses at the nodes of the labs"
        )
    _named(_part(site, _read(site, request), lab), code)
    pieces = bulk.FILES[name](site.store, code, site.settings.base_iri)
    headers = {"Content-Disposition": f'attachment; filename="{lab}-{code}.{name.rpartition(".")[2]}"'}
    return StreamingResponse(pieces, media_type=BULK[name].media_type, headers=headers)


def _high_value(site: Site, request: Request) -> Response:
    """Answer which data sets are of high value, and what each of them lacks."""
    media_type = _report_form(request)
    read = _read(site, request)
    entries = high_value.report(read.catalogue)
    language = language_of(request)
    if media_type == _CSV:
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\r\n").writerows(high_value.rows(entries, language))
        return _respond(buffer.getvalue().encode(), f"{_CSV}; charset=utf-8", _headers(read))
    if media_type == HTML:
        page = high_value_page(site.base_url(request), read.catalogue, entries=entries, language=language)
        return _page(page, read)
    return json_response(_document(read, entries), headers=_headers(read))


def _document(read: Harvest, entries: tuple[high_value.Entry, ...]) -> dict[str, Any]:
    return {
        "regulation": HVD_REGULATION,
        "catalogue": read.catalogue.iri,
        "requirements": [
            {"id": one.id, "article": one.article, "nl": one.text_nl, "en": one.text_en}
            for one in high_value.requirements()
        ],
        "datasets": [
            {
                "iri": entry.iri,
                "title": {one.language or "und": one.text for one in entry.titles},
                "publisher": entry.publisher,
                "highValue": entry.high_value,
                "category": entry.category or None,
                "met": entry.met,
                "missing": entry.missing,
            }
            for entry in entries
        ],
        "missingLabs": [{"lab": one.lab, "status": one.status, "reason": one.reason} for one in _missing(read)],
    }


def _catalogue(site: Site, request: Request, read: Harvest, media_type: str) -> Response:
    if media_type == HTML:
        page = catalogue_page(site.base_url(request), read.catalogue, language=language_of(request))
        return _page(page, read)
    return _respond(document(triples(read.catalogue), media_type), media_type, _headers(read))


def _read(site: Site, request: Request) -> Harvest:
    place = Place(base_url=site.base_url(request), base_iri=site.settings.base_iri)
    if isinstance(site.store, FederatedStore):
        hub = LabInfo(key=site.store.lab, name=site.title, publication=site.store.publication)
        return harvest(site.store, hub, place)
    return Harvest(catalogue=catalogue_of(site.store, site.labs[0], place))


def _part(site: Site, read: Harvest, lab: str) -> CatalogueInfo:
    wanted = Place(base_url="", base_iri=site.settings.base_iri).iri(lab)
    for one in read.catalogue.all_parts():
        if one.iri == wanted:
            return one
    known = (site.store.lab, *(lab.key for lab in site.labs)) if site.federated else (site.store.lab,)
    if lab in known:
        reason = next((one.reason for one in _missing(read) if one.lab == lab), "it gives no catalogue")
        raise NotFoundError(f"the catalogue of lab {lab!r} is not there now: {reason}")
    raise UnknownNameError("no lab", lab, known=known)


def _named(part: CatalogueInfo, code: str) -> Dataset:
    known = {dataset.iri.rpartition("/")[2]: dataset for dataset in part.datasets}
    if code not in known:
        raise UnknownNameError("no data set", code, known=tuple(known))
    return known[code]


def _missing(read: Harvest) -> tuple[LabAnswer, ...]:
    return tuple(one for one in read.answers if not one.arrived)


def _headers(read: Harvest) -> dict[str, str]:
    return {"Vary": "Accept, Accept-Language", **status_of(read.answers)}


def _page(html: str, read: Harvest) -> Response:
    headers = {**_headers(read), "Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"}
    return _respond(html.encode(), HTML, headers)


def _respond(body: bytes, media_type: str, headers: Mapping[str, str]) -> Response:
    """Answer; at a hub, which has no sequence to make a tag of, with a tag of the body where that is whole."""
    whole_hub = "Federation-Status" in headers and "Cache-Control" not in headers
    tag = {"ETag": content_tag(body)} if whole_hub else {}
    return Response(body, media_type=media_type, headers={**headers, **tag})


def _report_form(request: Request) -> str:
    short = request.query_params.get("f")
    if short is not None:
        if short not in _REPORT_FORMS:
            raise UnknownNameError("no format", short, known=tuple(_REPORT_FORMS), option="f")
        return _REPORT_FORMS[short]
    offered = tuple(_REPORT_FORMS.values())
    media_type = choose(request.headers.get("accept", ""), offered)
    if media_type is None:
        raise NotAcceptableError(offered)
    return media_type
