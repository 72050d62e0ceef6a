"""The OpenAPI document is valid, says what is served, and every answer is as it says."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV30SpecValidator
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ssclab_data.access import NO_TOKENS, Access
from ssclab_data.endpoints.app import build_app
from ssclab_data.endpoints.base import Site
from ssclab_data.endpoints.sensorthings import openapi
from ssclab_data.endpoints.sensorthings.binding import BINDINGS, V1_1, Binding
from ssclab_data.endpoints.sensorthings.openapi import NAME
from ssclab_data.model.entity import in_version
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.multi import VIEWS
from ssclab_data.settings import Settings
from ssclab_data.stores.memory import MemoryStore
from ssclab_data.testing import example_batch

from ..fuzzing.effort import effort
from ..fuzzing.server import BASE, Server
from ..fuzzing.sound import check

CONFORMANCE = [
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(application()) as server:
        yield server


def application(*, anonymous: bool = False) -> Any:
    """Serve a small lab from memory."""
    store = MemoryStore("breda")
    store.apply(example_batch())
    access = Access(tokens=NO_TOKENS, anonymous_writes=anonymous)
    settings = Settings(page_size=3, max_page_size=5)
    return build_app(store, labs=(LabInfo(key="breda", name="Breda"),), settings=settings, title="Breda", access=access)


@cache
def document(binding: Binding, *, anonymous: bool = False) -> Any:
    """Ask for the document."""
    with Server(application(anonymous=anonymous)) as server:
        answer = server.get(f"{binding.prefix}/{NAME}")
    assert answer.status == 200
    return answer.json()


@pytest.mark.parametrize("anonymous", [False, True], ids=["read-only", "writable"])
@pytest.mark.parametrize("binding", BINDINGS, ids=lambda binding: binding.version)
def test_it_is_valid(binding: Binding, anonymous: bool) -> None:
    """By the validator of the OpenAPI Initiative's schema, with nothing to fetch from elsewhere."""
    found = document(binding, anonymous=anonymous)
    assert found["openapi"] == "3.0.3"
    OpenAPIV30SpecValidator(found).validate()
    assert all(reference.startswith("#/") for reference in references(found))


def references(part: Any) -> Iterator[str]:
    """Give all `$ref` of a document (one of a path is a name of a member there)."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "$ref" and isinstance(value, str):
                yield value
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_that_of_a_hub_is_valid() -> None:
    """A hub has ids that are texts, no MultiDatastreams, and no writes."""
    site = Site(store=MemoryStore("hub"), labs=(LabInfo(key="breda", name="Breda"),), settings=Settings(), title="Hub")
    found = openapi.document(site, V1_1, "http://hub.example/sta/v1.1")
    OpenAPIV30SpecValidator(found).validate()
    assert found["components"]["schemas"]["Thing"]["properties"]["@iot.id"] == {"type": "string"}
    assert "/MultiDatastreams" not in found["paths"]


@pytest.mark.parametrize("binding", BINDINGS, ids=lambda binding: binding.version)
def test_it_has_a_path_for_every_set_entity_property_and_link(binding: Binding) -> None:
    paths = document(binding)["paths"]
    for kind in VIEWS.values():
        entity = f"/{kind.plural}({{id}})"
        wanted = {f"/{kind.plural}", f"/{kind.plural}/$count", f"/{kind.plural}/$ref", entity, f"{entity}/$ref"}
        for part in kind.by_name.values():
            if in_version(part, binding.version):
                wanted.add(f"{entity}/{part.name}")
        assert wanted <= paths.keys()
    assert not {name for item in paths.values() for name in item} - {"get", "parameters"}, "read-only, so no writes"


@pytest.mark.parametrize("binding", BINDINGS, ids=lambda binding: binding.version)
def test_every_path_of_it_is_served(server: Server, binding: Binding) -> None:
    """Each read gives 200 for the first entities, or 204 where nothing is at a link or property."""
    found = document(binding)
    for path, item in found["paths"].items():
        handle = 4_294_967_297 if path.startswith("/Observations") else 1
        answer = server.get(f"{binding.prefix}{path.replace('{id}', str(handle))}")
        multi = path.startswith("/MultiDatastreams(")
        assert answer.status in ((404,) if multi else (200, 204)), (path, answer)
        assert str(answer.status) in item["get"]["responses"]


def test_it_is_linked(server: Server) -> None:
    """From the landing page for machines."""
    links = {link["href"] for link in server.get("/?f=json").json()["links"]}
    assert {f"{BASE}{binding.prefix}/{NAME}" for binding in BINDINGS} <= links


def test_limits_are_those_of_the_settings() -> None:
    top = document(V1_1)["components"]["parameters"]["top"]
    assert top["schema"]["default"] == 3
    assert "more than 5" in top["description"]


def operations(binding: Binding, *, writing: bool) -> st.SearchStrategy[Any]:
    """Generate requests as the document describes them: those that read, or those that write."""
    schema = schemathesis.openapi.from_dict(document(binding, anonymous=writing))
    results: list[Any] = list(schema.get_all_operations())
    chosen = [one.ok() for one in results if (one.ok().method == "get") != writing]
    return st.sampled_from(chosen).flatmap(lambda one: one.as_strategy())


def conforms(server: Server, case: Any, prefix: str) -> None:
    """Send a request, and make sure that status, media type, headers and body of the answer are as described."""
    given = case.as_transport_kwargs(base_url=f"{BASE}{prefix}")
    given["content"] = given.pop("data", None)
    names = ("method", "url", "params", "headers", "json", "content")
    request = httpx.Request(**{name: given[name] for name in names if given.get(name) is not None})
    headers = {name: value for name, value in request.headers.items() if name.lower() not in _OUR_OWN}
    answer = server.send(request.method, request.url.raw_path, body=request.read(), headers=headers)
    check(answer)
    response = httpx.Response(answer.status, headers=answer.headers, content=answer.body, request=request)
    response.elapsed = timedelta(0)
    case.validate_response(response, checks=CONFORMANCE)


_OUR_OWN = ("accept-encoding", "host", "content-length", "connection")


@pytest.mark.parametrize("binding", BINDINGS, ids=lambda binding: binding.version)
def test_answers_are_as_it_says(server: Server, binding: Binding) -> None:
    """To generated requests that read."""

    @effort(40)
    @given(operations(binding, writing=False))
    def read(case: Any) -> None:
        conforms(server, case, binding.prefix)

    read()


def test_answers_to_writes_are_as_it_says() -> None:
    """To generated requests that write, one after another to one store."""
    with Server(application(anonymous=True)) as server:

        @effort(40)
        @given(operations(V1_1, writing=True))
        def write(case: Any) -> None:
            conforms(server, case, V1_1.prefix)

        write()
