"""What the package promises as a whole: a free import, sorted public names, documents that are complete."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import ssclab_data
from ssclab_data import errors
from ssclab_data.settings import PREFIX, Settings
from ssclab_data.sources.mapping import source_names

HEAVY = {
    "httpx",
    "jsonschema",
    "numpy",
    "owslib",
    "pandas",
    "plotly",
    "pygeoapi",
    "rdflib",
    "rich",
    "shapely",
    "starlette",
    "typer",
    "ucumvert",
    "uvicorn",
}


def test_public_names_are_sorted_and_all_there() -> None:
    assert ssclab_data.__all__ == sorted(ssclab_data.__all__)
    assert all(hasattr(ssclab_data, name) for name in ssclab_data.__all__)


def test_import_loads_no_heavy_library() -> None:
    code = "import sys, ssclab_data; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stdout.split())


def test_import_reads_nothing(tmp_path: Path) -> None:
    """No file outside the import system, no variable, no socket is touched."""
    code = (
        "import sys\n"
        "seen = []\n"
        "def hook(event, args):\n"
        "    code = str(args[0]).endswith(('.py', '.pyc', '.so')) if args else False\n"
        "    if event.startswith('socket.') or (event == 'open' and not code):\n"
        "        seen.append((event, str(args[0])))\n"
        "sys.addaudithook(hook)\n"
        "import ssclab_data\n"
        "for name in ssclab_data.__all__: getattr(ssclab_data, name)\n"
        "print([place for place in seen if 'ssclab' in place[1] or place[0] != 'open'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", Settings.__struct_fields__)
def test_each_setting_is_documented(repository: Path, name: str) -> None:
    assert f"`{PREFIX}{name.upper()}`" in (repository / "docs/settings.md").read_text()


def error_codes() -> list[str]:
    classes = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.SsclabError)
    ]
    return sorted({kind.code for kind in classes})


@pytest.mark.parametrize("code", error_codes())
def test_each_error_is_documented(repository: Path, code: str) -> None:
    assert f"`{code}`" in (repository / "docs/errors.md").read_text()


def test_each_error_stands_in_the_drawn_tree() -> None:
    drawn = errors.__doc__ or ""
    names = [kind.__name__ for kind in vars(errors).values() if isinstance(kind, type)]
    assert [name for name in names if name not in drawn and name != "Sequence"] == []


@pytest.mark.parametrize("name", source_names())
def test_each_source_is_documented(repository: Path, name: str) -> None:
    assert f"[`{name}`]({name}.md)" in (repository / "docs/sources/index.md").read_text()
    assert (repository / f"docs/sources/{name}.md").exists()


def test_each_decision_is_listed(repository: Path) -> None:
    folder = repository / "docs/decisions"
    index = (folder / "index.md").read_text()
    assert [page.name for page in sorted(folder.glob("0*.md")) if f"({page.name})" not in index] == []


def test_decision_numbers_are_unique(repository: Path) -> None:
    numbers = [page.name[:4] for page in (repository / "docs/decisions").glob("0*.md")]
    assert len(numbers) == len(set(numbers))


def test_every_module_is_one_sentence(repository: Path) -> None:
    for module in (repository / "ssclab_data").rglob("*.py"):
        docstring = ast.get_docstring(ast.parse(module.read_text()))
        assert docstring, f"{module} has no docstring"
