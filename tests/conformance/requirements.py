"""List the requirements of SensorThings 1.1 (OGC 18-088, clause 2), and which tests prove which."""

import ast
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = "http://www.opengis.net/spec/iot_sensing/1.1/req/"

CLASSES: dict[str, tuple[str, ...]] = {
    "datamodel/entity-control-information": ("common-control-information",),
    "datamodel/thing": ("properties", "relations"),
    "datamodel/location": ("properties", "relations"),
    "datamodel/historical-location": ("properties", "relations"),
    "datamodel/datastream": ("properties", "relations"),
    "datamodel/sensor": ("properties", "relations"),
    "datamodel/observed-property": ("properties", "relations"),
    "datamodel/observation": ("properties", "relations"),
    "datamodel/feature-of-interest": ("properties", "relations"),
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
    "create-observations-via-mqtt": ("observations-creation",),
    "receive-updates-via-mqtt": ("receive-updates",),
}
"""Requirements by class, in the order of the standard; a class and a requirement together make its address."""

REQUIREMENTS = tuple(f"{group}/{name}" for group, names in CLASSES.items() for name in names)

_TESTS: dict[str, set[str]] = {name: set() for name in REQUIREMENTS}
_SKIPPING = {"skip", "skipif", "xfail", "importorskip", "needs"}


def requirement[Test: Callable[..., Any]](*names: str) -> Callable[[Test], Test]:
    """Say which requirements a test proves, by the last parts of their addresses (`datamodel/thing/properties`)."""

    def mark(test: Test) -> Test:
        for name in names:
            _TESTS[name].add(f"{test.__module__.rpartition('.')[2]}.{test.__name__}")
        marked: Test = pytest.mark.requirement(*(ROOT + name for name in names))(test)
        return marked

    return mark


since_1_1 = pytest.mark.parametrize("version", ["1.1"], indirect=True)
"""For what 1.0 has not."""


def proofs() -> dict[str, tuple[str, ...]]:
    """Give the names of the tests of each requirement, as `file.test`; none where there are none."""
    for file in _files():
        importlib.import_module(f"{__package__}.{file.stem}")
    return {name: tuple(sorted(tests)) for name, tests in _TESTS.items()}


def skipping() -> Iterator[str]:
    """Name the places in the tests of requirements that skip, or expect to fail."""
    for file in _files():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in _SKIPPING:
                yield f"{file.name}:{node.lineno} {node.attr}"


def _files() -> list[Path]:
    found = sorted(Path(__file__).parent.glob("test_*.py"))
    return [file for file in found if "\n@requirement(" in file.read_text(encoding="utf-8")]
