"""The static site: links lead somewhere, the HTML nests and is accessible, and nothing comes from elsewhere."""

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from ssclab_data.errors import SettingsError
from ssclab_data.ontology import codelists, registry
from ssclab_data.workgroup.docs import write_docs
from ssclab_data.workgroup.lookup import Lookup

VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """What the tests ask of a page; tags that do not nest are an error."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.headings: list[int] = []
        self.languages: list[str] = []
        self.open: list[str] = []
        self.seen: Counter[str] = Counter()
        self.feed(path.read_text())
        assert self.open == [], f"{path} leaves {self.open} open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.seen[tag] += 1
        if tag not in VOID:
            self.open.append(tag)
        if given.get("id"):
            self.ids[str(given["id"])] += 1
        if given.get("href"):
            self.links.append(str(given["href"]))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if given.get("lang"):
            self.languages.append(str(given["lang"]))
        assert "src" not in given, "nothing is loaded from elsewhere"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"{self.path} closes {tag} too early"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Page]:
    out = tmp_path_factory.mktemp("site")
    count = write_docs(out, Lookup(), language="nl")
    pages = {path: Page(path) for path in sorted(out.rglob("*.html"))}
    assert count == len(pages) == 1 + len(registry.modules()) + len(registry.profiles()) + len(codelists.names())
    return pages


def inside(page: Page) -> Iterator[tuple[Path, str]]:
    for address in page.links:
        if "://" not in address and not address.startswith("mailto:"):
            name, _, fragment = address.partition("#")
            yield (page.path.parent / name).resolve() if name else page.path, unquote(fragment)


def test_every_link_leads_to_a_page_and_a_place_in_it(site: dict[Path, Page]) -> None:
    style = next(iter(site)).parent
    broken = [
        (page.path.name, path.name, fragment)
        for page in site.values()
        for path, fragment in inside(page)
        if not (path in site and (not fragment or {fragment, unquote(fragment)} & {*map(unquote, site[path].ids)}))
        and path.name != "style.css"
    ]
    assert broken == [], style
    assert sum(1 for page in site.values() for _ in inside(page)) > 500


def test_ids_are_unique_and_headings_step_by_one(site: dict[Path, Page]) -> None:
    for page in site.values():
        assert [one for one, count in page.ids.items() if count > 1] == [], page.path
        steps = zip(page.headings, page.headings[1:], strict=False)
        assert page.headings[0] == 1, page.path
        assert all(after - before <= 1 for before, after in steps), page.path


def test_pages_have_their_frame_and_no_script(site: dict[Path, Page]) -> None:
    for page in site.values():
        assert {"html", "head", "title", "main", "header", "nav"} <= page.seen.keys()
        assert "script" not in page.seen
        assert page.languages[0] == "nl"
        assert page.path.read_text().startswith("<!DOCTYPE html>")


def test_terms_have_the_anchor_of_their_iri(site: dict[Path, Page]) -> None:
    by_name = {path.name: page for path, page in site.items()}
    assert "placement" in by_name["device.html"].ids
    assert {"nl", "en"} <= set(by_name["device.html"].languages)
    assert "pm25" in by_name["observed-properties.html"].ids


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(SettingsError, match="no site of ours"):
        write_docs(tmp_path, Lookup())
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.txt"]
