"""Say in plain words what the shapes of a module ask."""

import re
from collections.abc import Iterator

from ssclab_data.validation.shapes import Shapes
from ssclab_data.workgroup.module_files import ModuleFiles
from ssclab_data.workgroup.pages.html import Html, anchor, joined, tag, terms
from ssclab_data.workgroup.pages.links import Site
from ssclab_data.workgroup.pages.words import PARAMETERS
from ssclab_data.workgroup.shape_values import ShapeValues, shape_values

_IRI = re.compile(r"<([^<>]+)>")
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(?:\^\^<[^>]*>|@[\w-]+)?')


def shapes_section(files: ModuleFiles, site: Site) -> Html:
    """Write all shapes of a module, those with a target first."""
    graph = files.shapes.graph if files.shapes else None
    if graph is None:
        return Html("")
    found = shape_values(Shapes(graph))
    ordered = sorted(found.values(), key=lambda one: (not one.targets, one.name))
    return joined(_shape(one, site) for one in ordered)


def _shape(shape: ShapeValues, site: Site) -> Html:
    local = re.split(r"[#/]", shape.name.partition("/<")[0])[-1]
    rows: list[tuple[object, object]] = []
    targets = sorted({one for found in shape.targets.values() for one in found})
    rows.append((site.words["looks"], joined((site.link(one) for one in targets), ", ")))
    if shape.path:
        rows.append((site.words["property"], _linked(shape.path, site)))
    rows.append((site.words["rules"], joined(_asked(shape, site), Html("; "))))
    rows.append((site.words["message"], site.texts(shape.messages)))
    return joined(
        (
            tag("h3", tag("code", local), id=anchor(f"shape-{local}{shape.path if '/<' in shape.name else ''}")),
            terms(rows),
        )
    )


def _asked(shape: ShapeValues, site: Site) -> Iterator[Html]:
    words = PARAMETERS[site.language]
    for name, values in shape.parameters.items():
        template = words.get(name, words["other"])
        shown = joined((_linked(value, site) for value in values), ", ")
        before, _, after = template.format("\0", name=name).partition("\0")
        yield joined((before, shown if "{}" in template else "", after))


def _linked(written: str, site: Site) -> Html:
    """Write nodes in the syntax of N-Triples with links for IRIs and literals by their text."""
    plain = _LITERAL.sub(lambda match: match[1].replace("<", "\1").replace(">", "\2"), written)
    parts: list[object] = []
    end = 0
    for match in _IRI.finditer(plain):
        parts += [_plain(plain[end : match.start()]), site.link(match[1])]
        end = match.end()
    return joined((*parts, _plain(plain[end:])))


def _plain(part: str) -> str:
    return part.replace("\1", "<").replace("\2", ">")
