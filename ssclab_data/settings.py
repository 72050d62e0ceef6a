"""Hold what can be set: defaults here, values from `SSCLAB_*` variables where the caller asks for them."""

import os
from collections.abc import Mapping

import msgspec

from ssclab_data.errors import SettingsError

PREFIX = "SSCLAB_"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What can be set; each field is also the variable `SSCLAB_` + its name in capitals.

    Attributes:
        base_iri: first part of every IRI; set it once, before the first ingest, and never change it.
        base_url: public address of the server, with any prefix; "" takes it from each request.
        extensions: folders with `ontologies/`, `schemas/` or `mappings/` of your own, parted as in `PATH`.
        tile_url: background map as a `{z}/{x}/{y}` address (PDOK's, for instance); "" shows none and asks no network.
        tile_attribution: text that the owner of the background map asks for.
        page_size: rows of a page when the client does not say.
        max_page_size: the most rows that a client can ask for.
        max_expand_depth: the deepest nesting of `$expand`.
        max_filter_nodes: the largest filters and orders of one request, in parts together.
        max_url_bytes: the longest request target.
        max_body_bytes: the largest body of a request, unpacked.
        max_batch_requests: the most requests in one `$batch`.
        max_array_rows: the most Observations in one body of data arrays.
        body_seconds: how long the body of a request may take to arrive.
        deadline_seconds: how long a hub waits for its labs in all.
        query_seconds: how long a store may look for the answer to one request.
        query_rows: how many Observations it may put in order for it.
        query_threads: how many requests a process that serves one store computes at the same time.
        answer_bytes: how much memory a process takes to keep answers that are still right; 1 keeps none.
    """

    base_iri: str = "https://ssclab.example"
    base_url: str = ""
    extensions: str = ""
    tile_url: str = ""
    tile_attribution: str = ""
    page_size: int = 100
    max_page_size: int = 10_000
    max_expand_depth: int = 6
    max_filter_nodes: int = 200
    max_url_bytes: int = 16_384
    max_body_bytes: int = 8_388_608
    max_batch_requests: int = 100
    max_array_rows: int = 50_000
    body_seconds: float = 60.0
    deadline_seconds: float = 3.0
    query_seconds: float = 20.0
    query_rows: int = 5_000_000
    query_threads: int = 4
    answer_bytes: int = 33_554_432


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Take the settings that `SSCLAB_*` variables give, the defaults for the rest.

    Raises:
        SettingsError: a value is not of its type, or not above zero.
    """
    given = {
        name: environ[PREFIX + name.upper()] for name in Settings.__struct_fields__ if PREFIX + name.upper() in environ
    }
    try:
        settings = msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"a {PREFIX}* variable cannot be used: {error}") from error
    for name in Settings.__struct_fields__:
        value = getattr(settings, name)
        if not isinstance(value, str) and value <= 0:
            raise SettingsError(f"{PREFIX}{name.upper()} must be above zero")
    return settings


def extension_folders(settings: Settings) -> tuple[str, ...]:
    """Give the folders of `extensions`, in their order."""
    return tuple(part for part in settings.extensions.split(os.pathsep) if part)
