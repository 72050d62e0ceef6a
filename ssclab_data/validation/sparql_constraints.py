"""Look into the SPARQL constraints of shapes: their prefixes, their syntax, and the messages that they fill in."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ssclab_data.linked_data.graphs import node
from ssclab_data.validation.shapes import Shapes

if TYPE_CHECKING:
    from rdflib.term import Node

QUERIES = ("sh:select", "sh:ask")
"""Properties that hold a query."""

_STRING_OR_IRI = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""' r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?:[^"\\\n]|\\.)*"' r"|'(?:[^'\\\n]|\\.)*'" r"|<[^<>\s]*>|#[^\n]*",
    re.DOTALL,
)  # fmt: skip
_DECLARED = re.compile(r"\bPREFIX\s+([\w.-]*):", re.IGNORECASE)
_USED = re.compile(r"(?<![\w:.?$-])([^\W\d_][\w.-]*|):(?=[\w%\\:]|[\s;,.)}\]/|*+]|$)")
_VARIABLE = re.compile(r"\{[?$](\w+)\}")
# What SHACL, appendix A, forbids in a query that variables are bound in from outside.
_FORBIDDEN = (
    (re.compile(r"\bMINUS\b", re.IGNORECASE), "MINUS"),
    (re.compile(r"\bSERVICE\b", re.IGNORECASE), "SERVICE"),
    (re.compile(r"\bVALUES\b", re.IGNORECASE), "VALUES"),
    (re.compile(r"\bAS\s+[?$](?:this|shapesGraph|currentShape|value|PATH)\b"), "AS with a variable that is bound"),
)

_SELECT = re.compile(r"\bSELECT\b([^{]*)\{", re.IGNORECASE)
_PROJECTS_THIS = re.compile(r"[?$]this\b|\*")


def faults(shapes: Shapes) -> Iterator[tuple["Node", str, str]]:
    """Find what is wrong with queries, as node and message in English and Dutch."""
    graph = shapes.graph
    for constraint in dict.fromkeys(graph.objects(None, node("sh:sparql"))):
        if not any((constraint, node(name), None) in graph for name in QUERIES):
            yield constraint, "a SPARQL constraint needs a sh:select", "een SPARQL-regel heeft een sh:select nodig"
    for name in QUERIES:
        for constraint, query in graph.subject_objects(node(name)):
            for text, text_nl in _query_faults(shapes, constraint, str(query)):
                yield constraint, f"{name}: {text}", f"{name}: {text_nl}"


def prefixes(shapes: Shapes, constraint: "Node") -> Mapping[str, str]:
    """Give the prefixes that a constraint declares by `sh:prefixes`, those of what is imported there too."""
    graph, found = shapes.graph, dict[str, str]()
    for start in graph.objects(constraint, node("sh:prefixes")):
        for owner in graph.transitive_objects(start, node("owl:imports")):
            for declaration in graph.objects(owner, node("sh:declare")):
                prefix, namespace = (graph.value(declaration, node(f"sh:{name}")) for name in ("prefix", "namespace"))
                found[str(prefix)] = str(namespace)
    return found


def with_prefixes(shapes: Shapes, constraint: "Node") -> str:
    """Give the query of a constraint with its prefixes declared in it."""
    query = next(graph_query for name in QUERIES for graph_query in shapes.graph.objects(constraint, node(name)))
    declared = prefixes(shapes, constraint).items()
    return "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in declared) + str(query)


def language(template_texts: Mapping[str, str], message: str) -> str:
    """Tell the language of a message that was made from one of some templates; "" when that cannot be told."""
    for tag, template in template_texts.items():
        pieces = [re.escape(piece) for piece in _VARIABLE.split(template)[::2]]
        if re.fullmatch(".*".join(pieces), message, re.DOTALL):
            return tag
    return ""


def _query_faults(shapes: Shapes, constraint: "Node", query: str) -> Iterator[tuple[str, str]]:
    bare = _STRING_OR_IRI.sub(" ", query)
    known = {*prefixes(shapes, constraint), *_DECLARED.findall(bare)}
    unknown = sorted(set(_USED.findall(_DECLARED.sub(" ", bare))) - known)
    for prefix in unknown:
        yield (
            f"prefix {prefix}: is not declared; declare it by sh:prefixes and sh:declare",
            f"prefix {prefix}: is niet verklaard; doe dat met sh:prefixes en sh:declare",
        )
    for pattern, what in _FORBIDDEN:
        if pattern.search(bare):
            yield f"{what} is not allowed in a constraint", f"{what} mag niet in een regel"
    if any(not _PROJECTS_THIS.search(inner) for inner in _SELECT.findall(bare)[1:]):
        yield "a SELECT inside must give $this", "een SELECT daarbinnen moet $this geven"
    if not unknown and (fault := _syntax_fault(with_prefixes(shapes, constraint))):
        yield f"no valid SPARQL: {fault}", f"geen geldige SPARQL: {fault}"


def _syntax_fault(query: str) -> str:
    from pyparsing import ParseException
    from rdflib.plugins.sparql.parser import parseQuery

    try:
        # $PATH stands for a path that the engine writes in its place.
        parseQuery(re.sub(r"\$PATH\b", "<urn:path>", query))
    except ParseException as error:
        return str(error)
    return ""
