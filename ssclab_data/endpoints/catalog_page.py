"""Draw the catalogue, and the report on data sets of high value, as pages for people in Dutch and English."""

from collections.abc import Iterable, Iterator
from html import escape

from ssclab_data.linked_data import high_value
from ssclab_data.linked_data.authorities import hvd_label
from ssclab_data.linked_data.dcat import CatalogueInfo, Dataset, Texts

TEXTS = {
    "nl": {
        "catalogue": "Catalogus",
        "portal": "Kaart",
        "report": "Hoogwaardige datasets",
        "other": "English",
        "other_code": "en",
        "machines": "Voor machines",
        "publisher": "Uitgever",
        "contact": "Contact",
        "period": "Periode",
        "modified": "Laatst gewijzigd",
        "category": "Hoogwaardig",
        "forms": "Te halen als",
        "services": "Services",
        "documentation": "beschrijving",
        "none": "niet bekend",
        "report_intro": "Welke datasets hoogwaardig zijn volgens Verordening (EU) 2023/138, en wat elk ervan mist.",
        "complete": "Niets ontbreekt.",
        "not_high_value": "Niet hoogwaardig.",
        "missing": "Ontbreekt",
        "do": "Te doen",
        "dataset": "Dataset",
    },
    "en": {
        "catalogue": "Catalogue",
        "portal": "Map",
        "report": "High-value data sets",
        "other": "Nederlands",
        "other_code": "nl",
        "machines": "For machines",
        "publisher": "Publisher",
        "contact": "Contact",
        "period": "Period",
        "modified": "Last changed",
        "category": "High value",
        "forms": "To be had as",
        "services": "Services",
        "documentation": "description",
        "none": "not known",
        "report_intro": "Which data sets are of high value by Regulation (EU) 2023/138, and what each of them lacks.",
        "complete": "Nothing is missing.",
        "not_high_value": "Not of high value.",
        "missing": "Missing",
        "do": "To do",
        "dataset": "Data set",
    },
}


def catalogue_page(base: str, catalogue: CatalogueInfo, *, language: str) -> str:
    """Draw a catalogue with its parts.

    Args:
        base: public address of the server.
        language: `nl` or `en`.
    """
    parts = tuple(catalogue.all_parts())
    body = [_notes(catalogue, language)]
    for part in parts:
        if len(parts) > 1 and part is not catalogue:
            body.append(f"<h2>{_said(part.titles, language)}</h2>")
            body.append(_notes(part, language))
        body += [_dataset(dataset, language) for dataset in part.datasets]
        body.append(_services(part, language))
    return _frame(base, _said(catalogue.titles, language), "".join(body), language=language)


def high_value_page(base: str, catalogue: CatalogueInfo, *, entries: Iterable[high_value.Entry], language: str) -> str:
    """Draw the report on data sets of high value.

    Args:
        base: public address of the server.
        language: `nl` or `en`.
    """
    texts = TEXTS[language]
    rows = "".join(_row(entry, language) for entry in entries)
    heads = "".join(f'<th scope="col">{texts[name]}</th>' for name in ("dataset", "category", "missing", "do"))
    body = (
        f"<p>{texts['report_intro']}</p>{_notes(catalogue, language)}"
        f"<section><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></section>"
    )
    return _frame(base, texts["report"], body, language=language)


def _frame(base: str, title: str, body: str, *, language: str) -> str:
    texts, root = TEXTS[language], escape(base, quote=True)
    forms = " · ".join(f'<a href="{root}/catalog?f={form}">{name}</a>' for form, name in _FORMS)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{title}</title>\n<link rel="icon" href="data:,">\n'
        f'<link rel="stylesheet" href="{root}/assets/portal.css">\n'
        f'<link rel="stylesheet" href="{root}/assets/catalogue.css">\n</head>\n<body>\n'
        f"<header>\n<h1>{title}</h1>\n<nav>"
        f'<a href="{root}/?f=html&amp;lang={language}">{texts["portal"]}</a> '
        f'<a href="{root}/catalog?f=html&amp;lang={language}">{texts["catalogue"]}</a> '
        f'<a href="{root}/catalog/hvd?f=html&amp;lang={language}">{texts["report"]}</a> '
        f'<a href="?f=html&amp;lang={texts["other_code"]}" hreflang="{texts["other_code"]}">{texts["other"]}</a>'
        f'</nav>\n</header>\n<main class="catalogue">\n{body}\n</main>\n'
        f"<footer>{texts['machines']}: {forms}</footer>\n</body>\n</html>\n"
    )


_FORMS = (("ttl", "Turtle"), ("jsonld", "JSON-LD"), ("nt", "N-Triples"))


def _notes(catalogue: CatalogueInfo, language: str) -> str:
    notes = [note.text for note in catalogue.notes if note.language in (language, "")]
    return "".join(f'<p class="note" role="status">{escape(note)}</p>' for note in notes)


def _dataset(one: Dataset, language: str) -> str:
    texts = TEXTS[language]
    page = next(iter(one.landing_pages), one.iri)
    facts = "".join(f"<dt>{texts[name]}</dt><dd>{value or texts['none']}</dd>" for name, value in _facts(one, language))
    forms = " · ".join(
        _link(form.download_url or form.access_url, _said(form.titles, language)) for form in one.distributions
    )
    return (
        f"<section><h3>{_link(page, _said(one.titles, language))}</h3><p>{_said(one.descriptions, language)}</p>"
        f"<dl>{facts}<dt>{texts['forms']}</dt><dd>{forms or texts['none']}</dd></dl></section>"
    )


def _facts(one: Dataset, language: str) -> Iterator[tuple[str, str]]:
    publisher = _said(one.publisher.names, language) if one.publisher is not None else ""
    yield "publisher", publisher
    yield (
        "contact",
        ", ".join(
            _link(contact.page or f"mailto:{contact.email}", _said(contact.names, language)) for contact in one.contacts
        ),
    )
    if one.interval is not None:
        yield "period", escape(f"{one.interval.start} – {one.interval.end}")
    yield "modified", escape(one.modified)
    for category in one.hvd_categories:
        yield "category", escape(hvd_label(category, language) or category)


def _services(catalogue: CatalogueInfo, language: str) -> str:
    texts = TEXTS[language]
    items = "".join(
        f"<li>{_link(service.endpoint_url, _said(service.titles, language))} "
        f"({_link(service.endpoint_description, texts['documentation'])})</li>"
        for service in catalogue.services
    )
    return f"<section><h3>{texts['services']}</h3><ul>{items}</ul></section>" if items else ""


def _row(entry: high_value.Entry, language: str) -> str:
    texts = TEXTS[language]
    lacking = [one for one in high_value.requirements() if one.id in entry.missing]
    missing = "<br>".join(escape(one.text(language)) for one in lacking)
    do = "<br>".join(escape(one.cure(language)) for one in lacking)
    state = missing or (texts["complete"] if entry.high_value else texts["not_high_value"])
    category = escape(hvd_label(entry.category, language))
    return (
        f'<tr><th scope="row">{escape(entry.title(language))}</th><td>{category}</td><td>{state}</td><td>{do}</td></tr>'
    )


def _said(texts: Texts, language: str) -> str:
    """Give a text in a language, else in any, safe in HTML."""
    found = next((one.text for one in texts if one.language == language), texts[0].text if texts else "")
    return escape(found)


def _link(address: str, inside: str) -> str:
    """Link to an address of the web or of mail; another one, as a foreign catalogue might hold, is no link."""
    if not address.startswith(("http://", "https://", "mailto:")):
        return inside
    return f'<a href="{escape(address, quote=True)}">{inside}</a>'
