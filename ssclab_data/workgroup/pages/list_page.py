"""Make the pages of code lists and of profiles."""

import msgspec

from ssclab_data.model.codelists import read
from ssclab_data.ontology.codelists import concept_iri, names
from ssclab_data.ontology.registry import Profile
from ssclab_data.validation.profile import load_profile
from ssclab_data.workgroup.pages.html import Html, anchor, items, joined, link, page, table, tag, terms
from ssclab_data.workgroup.pages.links import Site


def list_title(name: str, site: Site) -> str:
    """Give the title of a code list, its name where it has none."""
    row = next((row for row in read("code-lists") if row["name"] == name), {})
    return row.get(f"label_{site.language}", name)


def list_page(name: str, site: Site) -> str:
    """Write the page of a code list."""
    rows = read(name)
    columns = list(rows[0])
    body = table(name, columns, ([_cell(name, columns, row, column) for column in columns] for row in rows))
    return page(f"{list_title(name, site)} ({name})", body, language=site.language, above=site.above)


def _cell(name: str, columns: list[str], row: dict[str, str], column: str) -> Html:
    value = row[column] or ""
    if column == columns[0]:
        return tag("code", value, id=anchor(value), title=concept_iri(name, value))
    parts = [link(one, one) if one.startswith("http") else one for one in value.split("|")]
    return joined(parts, ", ")


def profile_page(profile: Profile, site: Site) -> str:
    """Write the page of a profile, with all that it is based on."""
    found = load_profile(profile.entry.name)
    words = site.words
    properties = [site.link(concept_iri("observed-properties", one)) for one in found.observed_properties]
    lists = [(path, link(f"../lists/{name}.html", name)) for path, name in sorted(found.vocabularies.items())]
    series = msgspec.json.format(msgspec.json.encode(found.series, enc_hook=str), indent=2).decode()
    body = [
        terms(((words["modules"], joined((site.module(one) for one in found.modules), ", ")),)),
        tag("h2", words["rules"]),
        table(words["rules"], [words["rule"], words["level"]], sorted(found.rules.items())),
        tag("h2", words["required"]),
        table(words["required"], [words["place"], words["level"]], sorted(found.required.items())),
        tag("h2", words["vocabularies"]),
        table(words["vocabularies"], [words["place"], words["list"]], lists),
        tag("h2", words["properties"]),
        items(properties) or tag("p", words["none"]),
        tag("details", tag("summary", "series"), tag("pre", tag("code", series))),
    ]
    title = f"{site.label(profile.entry.title)} ({profile.entry.name})"
    return page(title, joined(body), language=site.language, above=site.above)


def index_page(site: Site, profiles: list[Profile]) -> str:
    """Write the first page: all modules, code lists and profiles."""
    words = site.words
    modules = site.known.workspace.modules.values()
    body = [
        tag("p", words["intro"]),
        tag("h2", words["modules"], id="modules"),
        items(
            _entry(
                f"modules/{one.entry.id}.html",
                site.label(one.entry.title),
                f"{one.entry.id} {one.entry.version}, {one.entry.status}",
            )
            for one in modules
        ),
        tag("h2", words["profiles"], id="profiles"),
        items(
            _entry(f"profiles/{one.entry.name}.html", site.label(one.entry.title), one.entry.name) for one in profiles
        ),
        tag("h2", words["lists"], id="lists"),
        items(_entry(f"lists/{name}.html", list_title(name, site), name) for name in names()),
    ]
    return page(words["title"], joined(body), language=site.language, above={words["title"]: "index.html"})


def _entry(address: str, title: str, more: str) -> Html:
    return joined((link(address, title), f" – {more}"))
