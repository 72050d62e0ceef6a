import pytest

from ssclab_data.endpoints.negotiation import choose

OFFERED = ("text/turtle", "application/ld+json", "application/n-triples", "text/html")


@pytest.mark.parametrize(
    ("accept", "expected", "why"),
    [
        ("", "text/turtle", "no wish: the first"),
        ("*/*", "text/turtle", "anything: the first"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html", "a browser"),
        ("application/ld+json, text/turtle;q=0.9", "application/ld+json", "weights"),
        ("text/turtle;q=0.1, application/ld+json;q=0.2", "application/ld+json", "low weights still count"),
        ("text/*;q=0.5, text/turtle;q=0", "text/html", "the more specific range holds, also when it says no"),
        ("APPLICATION/LD+JSON", "application/ld+json", "names have no case"),
        ("application/n-triples; charset=utf-8", "application/n-triples", "parameters are passed over"),
        ("image/png", None, "nothing fits"),
        ("*/*;q=0", None, "nothing is wanted"),
        ("text/turtle;q=high", None, "a weight that is no number"),
    ],
)
def test_choose(accept: str, expected: str | None, why: str) -> None:
    assert choose(accept, OFFERED) == expected, why
