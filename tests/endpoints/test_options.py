import pytest

from ssclab_data.endpoints.sensorthings.options import ResultFormat, read_options, result_format
from ssclab_data.errors import QuerySyntaxError, UnknownNameError, UnsupportedError


@pytest.mark.parametrize(
    ("raw", "expected", "why"),
    [
        ("", {}, "no option"),
        ("$top=5&$skip=2", {"$top": "5", "$skip": "2"}, "plain"),
        ("%24top=5", {"$top": "5"}, "an encoded dollar sign"),
        ("$filter=name%20eq%20'a%26b'", {"$filter": "name eq 'a&b'"}, "an encoded ampersand does not part options"),
        ("$filter=name+eq+'x'", {"$filter": "name eq 'x'"}, "a form-encoded space"),
        ("$filter=name%20eq%20'a%2Bb'", {"$filter": "name eq 'a+b'"}, "an encoded plus"),
        ("$filter=t+gt+2020-01-01T00:00:00+01:00", {"$filter": "t gt 2020-01-01T00:00:00+01:00"}, "a raw offset"),
        ("$filter=t gt 2020-01-01T00:00:00.5+0100", {"$filter": "t gt 2020-01-01T00:00:00.5+0100"}, "basic offset"),
        ("$filter=t gt 2020-01-01T00:00+01", {"$filter": "t gt 2020-01-01T00:00+01"}, "hours only"),
        ("$filter=t+gt+2020-01-01T00%3A00%3A00+01%3A00", {"$filter": "t gt 2020-01-01T00:00:00+01:00"}, "colons"),
        ("$filter=t eq 2020-01-01T00:00Z+and+r+gt+3", {"$filter": "t eq 2020-01-01T00:00Z and r gt 3"}, "Z, spaces"),
        ("$filter=name eq '%C3%BC%E4%B8%AD'", {"$filter": "name eq 'ü中'"}, "UTF-8 (FROST-Server#53)"),
        ("$filter=name eq 'a=b'", {"$filter": "name eq 'a=b'"}, "an equals sign in a value"),
        ("$filter=name\neq\n'x'", {"$filter": "name\neq\n'x'"}, "raw newlines (VirtualCity Publisher)"),
        ("_=17&utm=x&$top=1", {"$top": "1"}, "names without a dollar are not ours"),
        ("$resultFormat=JSON", {"$resultFormat": "JSON"}, "the format is an option like the others"),
    ],
)  # fmt: skip
def test_options_are_decoded(raw: str, expected: dict[str, str], why: str) -> None:
    assert read_options(raw.encode()) == expected, why


@pytest.mark.parametrize(
    ("raw", "error", "said"),
    [
        ("$top=1&$top=2", QuerySyntaxError, "twice"),
        ("$filter=%ff", QuerySyntaxError, "UTF-8"),
        ("$flter=name eq 'x'", UnknownNameError, r"\$filter"),
        ("filter=name eq 'x'", UnknownNameError, r"\$filter"),
        ("$search=x", UnsupportedError, r"\$search is not supported; known: \$filter"),
    ],
)
def test_options_that_cannot_be_used(raw: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        read_options(raw.encode())


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("JSON", ResultFormat.JSON),
        ("application/json", ResultFormat.JSON),
        ("dataArray", ResultFormat.DATA_ARRAY),
        ("dataarray", ResultFormat.DATA_ARRAY),
        ("csv", ResultFormat.CSV),
        ("GeoJSON", ResultFormat.GEOJSON),
        ("JSON-LD", ResultFormat.JSON_LD),
        ("jsonld", ResultFormat.JSON_LD),
        ("application/ld+json", ResultFormat.JSON_LD),
    ],
)
def test_the_format_is_taken_out_of_the_options(wanted: str, expected: ResultFormat) -> None:
    options = {"$resultFormat": wanted, "$top": "1"}
    assert (result_format(options), options) == (expected, {"$top": "1"})


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(UnsupportedError, match="XML is not supported; known: JSON, dataArray, CSV, GeoJSON"):
        result_format({"$resultFormat": "XML"})
