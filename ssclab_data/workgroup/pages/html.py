"""Write HTML: text is escaped, a page has its frame."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Literal
from urllib.parse import quote

type Language = Literal["nl", "en"]

STYLE = "style.css"

CSS = """\
:root { color-scheme: light dark; --line: #8886; --soft: #8881; --link: #0b57d0; }
@media (prefers-color-scheme: dark) { :root { --link: #8ab4f8; } }
* { box-sizing: border-box; }
body { font: 1rem/1.55 system-ui, sans-serif; margin: 0; }
header, main, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1rem; border-bottom: 1px solid var(--line); }
header nav { display: flex; flex-wrap: wrap; gap: 0 1.25rem; padding-bottom: .75rem; }
footer { margin-top: 3rem; padding-bottom: 2rem; font-size: .9rem; }
h1 { line-height: 1.2; margin: 1.5rem 0 .5rem; }
h2 { margin: 2.5rem 0 .75rem; border-bottom: 1px solid var(--line); }
h3 { margin: 1.75rem 0 .25rem; scroll-margin-top: 1rem; }
a { color: var(--link); }
a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
code, pre { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
pre { background: var(--soft); padding: .75rem; overflow-x: auto; overflow-wrap: normal; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { border: 1px solid var(--line); padding: .3rem .5rem; text-align: left; vertical-align: top; }
th { background: var(--soft); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .25rem 0; }
dt { font-weight: 600; }
dd { margin: 0; }
.old { text-decoration: line-through; }
.skip { position: absolute; left: -999rem; }
.skip:focus { position: static; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
"""


class Html(str):
    """A piece of HTML that is escaped already."""

    __slots__ = ()


def text(value: object) -> Html:
    """Escape a text; HTML stays as it is."""
    return value if isinstance(value, Html) else Html(escape(str(value)))


def tag(name: str, *content: object, **attributes: str) -> Html:
    """Write an element; `class_` is `class`, and `_` in a name is `-`.

    >>> tag("a", "1 < 2", href="x.html", class_="b")
    '<a href="x.html" class="b">1 &lt; 2</a>'
    """
    named = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    written = "".join(f' {key}="{escape(value)}"' for key, value in named.items())
    return Html(f"<{name}{written}>{''.join(text(one) for one in content)}</{name}>")


def joined(parts: Iterable[object], between: str = "") -> Html:
    """Put pieces one after another."""
    return Html(text(between).join(text(one) for one in parts))


def link(address: str, content: object) -> Html:
    """Write a link; what leads to no page on the web is text."""
    return tag("a", content, href=address) if not address.startswith(("urn:", "_:")) else tag("code", content)


def items(parts: Iterable[object]) -> Html:
    """Write a list, "" for no part."""
    found = [tag("li", one) for one in parts]
    return tag("ul", *found) if found else Html("")


def terms(pairs: Iterable[tuple[object, object]]) -> Html:
    """Write names and values, those without a value left out; "" for none."""
    found = [joined((tag("dt", name), tag("dd", value))) for name, value in pairs if value]
    return tag("dl", *found) if found else Html("")


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Html:
    """Write a table that scrolls by itself where it is too wide."""
    first = tag("tr", *(tag("th", one, scope="col") for one in head))
    rest = [tag("tr", *(tag("td", cell) for cell in row)) for row in rows]
    whole = tag("table", tag("caption", caption), tag("thead", first), tag("tbody", *rest))
    return tag("div", whole, class_="wide", tabindex="0", role="region", aria_label=caption)


def anchor(name: str) -> str:
    """Make an id of a name: no white space.

    >>> anchor("ug/m3"), anchor("a b")
    ('ug/m3', 'a%20b')
    """
    return quote(name, safe="!$&'()*+,;=:@/?-._~[]{}%^")


def fragment(name: str) -> str:
    """Make the fragment of an address that leads to `anchor(name)`."""
    return quote(anchor(name), safe="!$&'()*+,;=:@/?-._~")


def page(title: str, content: object, *, language: Language, above: Mapping[str, str]) -> str:
    """Write a whole page.

    Args:
        above: the links at its head, name to address.
    """
    skip = {"nl": "Naar de inhoud", "en": "To the content"}[language]
    made = {"nl": "Gemaakt met ssclab ontology docs.", "en": "Made with ssclab ontology docs."}[language]
    links = joined(link(address, name) for name, address in above.items())
    style = next(iter(above.values())).removesuffix("index.html") + STYLE
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{text(title)}</title><link rel="stylesheet" href="{style}">'
    )
    body = joined(
        (
            tag("a", skip, href="#content", class_="skip"),
            tag("header", tag("nav", links, aria_label="Site")),
            tag("main", tag("h1", title), content, id="content"),
            tag("footer", tag("p", made)),
        )
    )
    return f'<!DOCTYPE html>\n<html lang="{language}"><head>{head}</head><body>{body}</body></html>\n'
