"""Read linked data as content to check: the graph as it is."""

from ssclab_data.inspection.content import Content
from ssclab_data.linked_data.graphs import read_graph


def read_linked_data(content: bytes, media_type: str, *, where: str) -> Content:
    """Read one RDF document.

    Raises:
        SourceError: it cannot be read.
    """
    return Content(target=where, graph=read_graph(content, media_type, where=where))
