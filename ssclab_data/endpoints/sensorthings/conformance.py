"""Name the requirements that the service fulfils (OGC 18-088, annex A, and extensions)."""

from collections.abc import Iterator

_REQ = "http://www.opengis.net/spec/iot_sensing/1.1/req/"
_SENSING = (
    "thing",
    "location",
    "historical-location",
    "datastream",
    "sensor",
    "observed-property",
    "observation",
    "feature-of-interest",
)

REQUIREMENTS: dict[str, tuple[str, ...]] = {
    "datamodel": (
        *(f"{part}{rest}" for part in _SENSING for rest in ("", "/properties", "/relations")),
        "entity-control-information",
        "entity-control-information/common-control-information",
    ),
    "resource-path": ("resource-path-to-entities",),
    "request-data": (
        "order",
        "expand",
        "select",
        "status-code",
        "query-status-code",
        "orderby",
        "top",
        "skip",
        "count",
        "filter",
        "built-in-filter-operations",
        "built-in-query-functions",
        "pagination",
    ),
    "create-update-delete": (
        "create-entity",
        "link-to-existing-entities",
        "deep-insert",
        "deep-insert-status-code",
        "update-entity",
        "update-entity-put",
        "update-entity-jsonpatch",
        "delete-entity",
        "historical-location-auto-creation",
        "historical-location-manual-creation",
    ),
    "batch-request": ("batch-request",),
    "multi-datastream": ("properties", "relations", "constraints"),
    "data-array": ("data-array",),
}
"""The requirements of each class."""

READING = ("datamodel", "resource-path", "request-data")
"""Classes that hold on every site."""
OF_ONE_LAB = ("multi-datastream",)
"""Classes that hold where the store is of one lab, whoever may write."""
WRITING: tuple[str, ...] = ("create-update-delete", "data-array", "batch-request")
"""Classes that hold where somebody may write."""

JSON_BATCH = "https://fraunhoferiosb.github.io/FROST-Server/extensions/JsonBatchRequest.html"
"""Batches in JSON, by the name that FROST-Server gave them."""


def conformance(*classes: str) -> tuple[str, ...]:
    """Name classes and the requirements of each: clients look for either (Home Assistant for classes)."""
    return tuple(_names(classes))


def _names(classes: tuple[str, ...]) -> Iterator[str]:
    for name in classes:
        yield _REQ + name
        yield from (f"{_REQ}{name}/{part}" for part in REQUIREMENTS[name])
