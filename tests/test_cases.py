"""Every reported fault of ingest and validation is proved by a test that names its row of the list of cases."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

GROUPS = ("ingest & mapping", "validation & quality")

ELSEWHERE: Mapping[int, str] = {
    74: "shapes of a wrong namespace: tests of SHACL, which is no matter of values or times",
    76: "no focus node: the same",
    77: "closed shapes: the same",
    79: "dateTimeStamp in catalogues: tests of DCAT",
    80: "authority URIs in catalogues: the same",
    82: "a wrong nodeKind in shapes: tests of SHACL",
    83: "spatial texts of harvested catalogues: tests of DCAT",
    85: "harvesting a catalogue twice: the same",
    86: "two datasets with one title: the same",
    88: "JSON-LD contexts out of reach: tests of linked data",
    89: "a context that is none: the same",
}
"""Rows that are about documents rather than values and times."""

_ROWS = re.compile(r"cases\.md, rows? ((?:\d+(?:, | and |, and )?)+)")


def rows(path: Path) -> list[int]:
    """Give the rows of the groups that are about sources and quality."""
    found, group = [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            group = line[3:].partition(" (")[0]
        match = re.match(r"\| (\d+) \|", line)
        if match and group in GROUPS:
            found.append(int(match[1]))
    return found


def documented(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Give name and docstring of each test of a module, and of the module itself."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name.lower().startswith("test"):
            yield node.name, " ".join((ast.get_docstring(node) or "").split())


def proved(folder: Path) -> dict[int, list[str]]:
    """Give the tests that name each row."""
    found: dict[int, list[str]] = defaultdict(list)
    for file in sorted(folder.rglob("test_*.py")):
        for name, text in documented(ast.parse(file.read_text(encoding="utf-8"))):
            for match in _ROWS.finditer(text):
                for row in re.findall(r"\d+", match[1]):
                    found[int(row)].append(f"{file.stem}::{name}")
    return found


@pytest.mark.needs("samples")
def test_every_row_is_proved_by_a_test(samples: Path, repository: Path) -> None:
    tests = proved(repository / "tests")
    wanted = rows(samples.parent / "cases.md")
    assert wanted
    assert [row for row in wanted if row not in tests and row not in ELSEWHERE] == []


@pytest.mark.needs("samples")
def test_every_row_that_is_left_out_is_one_of_the_list(samples: Path) -> None:
    assert [row for row in ELSEWHERE if row not in rows(samples.parent / "cases.md")] == []
