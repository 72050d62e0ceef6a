"""Tables beside a payload: joined by the key that is declared, and never guessed."""

from typing import Any

import msgspec
import pytest

from ssclab_data.model.finding import Finding
from ssclab_data.model.sensorthings import Thing
from ssclab_data.sources.base import MappedPayload, SourceContext
from ssclab_data.sources.mapping import MappedSource, parse_mapping

MAPPING = """
source: joined
title: test
documentation: test
forms:
  - {name: rows, reader: json, having: [id]}
  - {name: stations, reader: table, delimiter: ";", having: [code], observes: false}
time: {fields: [t], zone: UTC, because: test}
thing:
  id: ["stations.code", id]
  name: "{stations.name|id}"
  description: test
  properties: {street: stations.addr}
sensor: {id: [id], name: "S {id}", description: test}
fields: {v: {property: pm25, unit: ug/m3}}
place: {longitude: stations.lon, latitude: stations.lat}
ignore: {net: network}
lookups:
  stations: LOOKUP
"""

NETWORKS = b"code,net,name\nNL00444,00,De Zilk\nNL10444,10,Westmaas\n"


def read(lookup: str, table: bytes | None, *records: dict[str, Any]) -> MappedPayload:
    source = MappedSource(parse_mapping(MAPPING.replace("LOOKUP", lookup), "test.yaml"))
    rows = [{"t": "2026-03-01T00:00:00Z", "v": 7, **record} for record in records]
    return source.read(msgspec.json.encode(rows), SourceContext(tables={} if table is None else {"stations": table}))


def things(mapped: MappedPayload) -> dict[str, str]:
    return {str(one.key): str(one.name) for one in mapped.entities if isinstance(one, Thing)}


def told(findings: tuple[Finding, ...]) -> list[tuple[str, str, int, str]]:
    return [(one.rule, str(one.severity), one.count, one.text) for one in findings]


def test_joined_fields_name_place_and_describe() -> None:
    table = b"code,name,addr,lon,lat\nA,Road station,Road 1,5.1,52.1\n"
    mapped = read("{key: code, 'on': id}", table, {"id": "A"})
    (thing,) = (one for one in mapped.entities if isinstance(one, Thing))
    assert (thing.key, thing.name) == ("joined/A", "Road station")
    assert thing.properties == {"source": "joined", "localId": "A", "street": "Road 1"}
    assert [series.feature for series in mapped.series] == ["joined/A/52.100,5.100"]
    assert mapped.findings == ()


def test_an_ambiguous_key_names_the_two_rows() -> None:
    """cases.md, row 22: two stations of one name; the record is kept out, whole, and nothing is guessed."""
    table = b"name,addr\nA,Road 1\nA,Road 2\n"
    mapped = read("{key: name, 'on': id}", table, {"id": "A"})
    assert told(mapped.findings) == [("ambiguous-key", "error", 1, "id: A is ambiguous: A (line 2), A (line 3)")]
    assert (mapped.series, mapped.tally.records_rejected, len(mapped.rejected)) == ((), 1, 1)


def test_records_without_a_row_are_counted() -> None:
    """cases.md, row 22: a warning where the row is not needed, else the record is kept out."""
    table = b"code\nA\n"
    loose = read("{key: code, 'on': id}", table, {"id": "A"}, {"id": "B"}, {"id": "B"})
    assert told(loose.findings) == [("no-match", "warning", 2, "the table stations has no row for id B")]
    assert sum(len(series) for series in loose.series) == 3
    strict = read("{key: code, 'on': id, required: true}", table, {"id": "A"}, {"id": "B"}, {"id": "B"})
    assert [(one.rule, one.severity, one.count) for one in strict.findings] == [("no-match", "error", 2)]
    assert (sum(len(series) for series in strict.series), strict.tally.records_rejected) == (1, 2)


ENDINGS: list[tuple[dict[str, Any], str, str, str]] = [
    ({"id": 444}, "", "id: 444 is ambiguous: NL00444 (line 2), NL10444 (line 3)", "a bare number of two networks"),
    ({"id": "444", "net": "10"}, "joined/NL10444", "", "the number inside its network"),
    ({"id": "NL00444"}, "joined/NL00444", "", "the full code"),
    ({"id": "00444"}, "joined/NL00444", "", "an end that only one code has"),
]


@pytest.mark.parametrize(("record", "thing", "message", "why"), ENDINGS, ids=[row[3] for row in ENDINGS])
def test_a_bare_number_resolves_only_inside_its_network(
    record: dict[str, Any], thing: str, message: str, why: str
) -> None:
    """cases.md, row 49: NL00444 and NL10444 end alike."""
    mapped = read("{key: code, 'on': id, match: ending, within: {net: net}}", NETWORKS, record)
    assert [one.text for one in mapped.findings] == [message] * bool(message), why
    assert list(things(mapped)) == [thing] * bool(thing), why


VALID = b"code,name,since,until\nA,Old road,,2026-03-01\nA,New road,2026-03-01,\n"


@pytest.mark.parametrize(
    ("time", "name"),
    [
        ("2026-02-28T23:59:59Z", "Old road"),
        ("2026-03-01T00:00:00Z", "New road"),
        ("2026-03-01T00:30:00+01:00", "Old road"),  # 23:30 UTC of the day before
    ],
)
def test_rows_hold_for_a_time(time: str, name: str) -> None:
    """A date is 00:00 UTC of that day; the end does not belong to it."""
    mapped = read("{key: code, 'on': id, since: since, until: until}", VALID, {"id": "A", "t": time})
    assert things(mapped) == {"joined/A": name}
    assert mapped.findings == ()


def test_a_table_that_is_not_given_is_told_once() -> None:
    loose = read("{key: code, 'on': id}", None, {"id": "A"}, {"id": "B"})
    assert [(one.rule, one.severity, one.count) for one in loose.findings] == [("table-not-given", "warning", 1)]
    assert "--table stations=FILE" in loose.findings[0].cure
    assert list(things(loose)) == ["joined/A", "joined/B"]
    strict = read("{key: code, 'on': id, required: true}", None, {"id": "A"}, {"id": "B"})
    assert [(one.rule, one.severity) for one in strict.findings] == [("table-not-given", "error")]
    assert strict.tally.records_rejected == 2


def test_a_table_is_read_by_a_form_of_the_mapping() -> None:
    table = "code;name\nA;Café\n".encode()
    mapped = read("{key: code, 'on': id, form: stations}", table, {"id": "A"})
    assert things(mapped) == {"joined/A": "Café"}


WRONG: list[tuple[bytes, str, str]] = [
    (b"\xff\xfe", "wrong-table", "not UTF-8"),
    (b"", "wrong-table", "empty"),
    (b"code,code\nA,B\n", "wrong-table", "code more than once"),
    (b"code,name\nA,B,C\n", "wrong-table", "line 2: it has 3 cells, and the header 2"),
    (b'code,name\n"A,B\n', "wrong-table", "line 2"),
    (b"code,since\nA,soon\n", "wrong-row", "stations:2: "),
    (b"code,since\nA,2026-03-01T10:00:00\n", "wrong-row", "zone"),
]


@pytest.mark.parametrize(("table", "rule", "message"), WRONG)
def test_a_wrong_table_is_told_with_its_line(table: bytes, rule: str, message: str) -> None:
    mapped = read("{key: code, 'on': id, since: since}", table, {"id": "Z"})
    found = next(one for one in mapped.findings if one.rule == rule)
    assert message in found.text
    assert found.severity == "error"
    assert sum(len(series) for series in mapped.series) == 1, "the record itself is whole"


def test_only_the_fields_that_are_asked_for_are_joined() -> None:
    table = b"code,name,addr\nA,Road station,Road 1\n"
    mapped = read("{key: code, 'on': id, fields: [addr]}", table, {"id": "A"})
    assert things(mapped) == {"joined/A": "A"}


def test_every_record_and_field_is_accounted_for() -> None:
    """What is joined is no field of the payload: the sums are those of the payload."""
    mapped = read("{key: code, 'on': id}", NETWORKS, {"id": "NL00444"}, {"id": "B"})
    tally = mapped.tally
    assert tally.fields_read == tally.fields_mapped == 6
    assert tally.records_read == tally.records_mapped == 2
