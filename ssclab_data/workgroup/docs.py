"""Write a static site about modules, code lists and profiles."""

from collections.abc import Iterator
from pathlib import Path

from ssclab_data.errors import SettingsError
from ssclab_data.ontology import codelists, registry
from ssclab_data.workgroup.lookup import Lookup
from ssclab_data.workgroup.pages.html import CSS, STYLE, Language
from ssclab_data.workgroup.pages.links import Site
from ssclab_data.workgroup.pages.list_page import index_page, list_page, profile_page
from ssclab_data.workgroup.pages.module_page import ModulePage


def write_docs(out: Path, lookup: Lookup, *, language: Language = "nl") -> int:
    """Write the site into a folder.

    Returns:
        How many pages there are.

    Raises:
        SettingsError: the folder holds other things than such a site.
    """
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / STYLE).is_file())):
        raise SettingsError(f"{out} is no site of ours; give an empty or new folder")
    count = 0
    for name, text in _pages(Site(lookup, language)):
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        count += name.endswith(".html")
    return count


def _pages(site: Site) -> Iterator[tuple[str, str]]:
    profiles = list(registry.profiles().values())
    yield STYLE, CSS
    yield "index.html", index_page(site, profiles)
    for id_ in site.known.workspace.modules:
        yield f"modules/{id_}.html", ModulePage(id_, site).write()
    for name in codelists.names():
        yield f"lists/{name}.html", list_page(name, site)
    for profile in profiles:
        yield f"profiles/{profile.entry.name}.html", profile_page(profile, site)
