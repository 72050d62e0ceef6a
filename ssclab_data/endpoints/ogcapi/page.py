"""Draw the pages of `/ogc` from its JSON answers: plain, complete, and without anything from elsewhere."""

from collections.abc import Mapping
from html import escape
from typing import Any

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b2733}"
    "h1{font-size:1.6rem}table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #d5dde5;"
    "padding:.35rem .6rem;text-align:left;vertical-align:top}a{color:#0b5cad}dt{font-weight:600}"
)


def draw(document: Mapping[str, Any], title: str) -> str:
    """Draw a JSON answer as HTML; every text is escaped."""
    heading = escape(str(document.get("title") or title))
    parts = [f"<h1>{heading}</h1>"]
    if document.get("description"):
        parts.append(f"<p>{escape(str(document['description']))}</p>")
    if "features" in document:
        parts.append(_features(document["features"]))
    elif document.get("type") == "Feature":
        parts.append(_facts(document.get("properties") or {}))
    if "collections" in document:
        parts += [draw_collection(collection) for collection in document["collections"]]
    if "conformsTo" in document:
        parts.append(f"<ul>{''.join(f'<li>{escape(str(name))}</li>' for name in document['conformsTo'])}</ul>")
    parts.append(_links(document.get("links") or []))
    body = "".join(parts)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{heading}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>{body}</body></html>'
    )


def draw_collection(collection: Mapping[str, Any]) -> str:
    """Draw one collection of a list."""
    heading = f"<h2>{escape(str(collection.get('title')))}</h2><p>{escape(str(collection.get('description')))}</p>"
    return heading + _links(collection.get("links") or [])


def _features(features: list[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for feature in features for name in feature.get("properties") or {}))
    shown = [name for name in names if not name.endswith(("_unit", "_time"))]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in ("id", *shown))
    rows = []
    for feature in features:
        values = feature.get("properties") or {}
        cells = "".join(f"<td>{escape(_text(values.get(name)))}</td>" for name in shown)
        rows.append(f"<tr><td>{escape(str(feature.get('id')))}</td>{cells}</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _facts(values: Mapping[str, Any]) -> str:
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(_text(value))}</dd>" for name, value in values.items())
    return f"<dl>{facts}</dl>"


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _links(links: list[dict[str, Any]]) -> str:
    items = [_link(link) for link in links if str(link.get("href", "")).startswith(("http://", "https://", "/"))]
    return f"<ul>{''.join(items)}</ul>"


def _link(link: Mapping[str, Any]) -> str:
    href, label = str(link["href"]), str(link.get("title") or link.get("rel"))
    note = f"<small>{escape(str(link.get('type') or ''))}</small>"
    return f'<li><a href="{escape(href, quote=True)}">{escape(label)}</a> {note}</li>'
