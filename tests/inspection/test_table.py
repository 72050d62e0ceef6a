"""Check that CSV is taken in line by line, and that a bad line says its number and stops no other."""

import pytest

from ssclab_data.errors import SourceError
from ssclab_data.inspection.table import read_table

HEADER = "datastream,observed_property,unit,time_start,time_end,result"


def table(*lines: str, header: str = HEADER) -> bytes:
    return "\r\n".join((header, *lines)).encode("utf-8-sig")


def test_rows_become_series_in_the_order_of_time() -> None:
    content = read_table(
        table(
            "v/1/pm25,pm25,ug/m3,2026-01-01T02:00:00Z,,7.5",
            "v/1/pm25,pm25,ug/m3,2026-01-01T01:00:00+00:00,,6",
            "v/1/no2,no2,ug/m3,2026-01-01T00:00:00Z,2026-01-01T01:00:00Z,",
        ),
        where="x.csv",
    )
    found = {stream.node.entity.key: next(iter(stream.parts)) for stream in content.streams}
    assert list(found["v/1/pm25"].result) == [6, 7.5]
    assert list(found["v/1/no2"].result) == [None]
    assert found["v/1/no2"].end == (found["v/1/no2"].start[0] + 3_600_000_000,)
    assert (content.records_read, content.records_rejected) == (3, 0)


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("v/1/pm25,pm25,ug/m3,2026-01-01T02:00:00,,7.5", "time_start"),
        ("v/1/pm25,pm25,ug/m3,yesterday,,7.5", "time_start"),
        ("v/1/pm25,pm25,ug/m3,,,7.5", "time_start"),
        ("v/1/pm25,pm25,ug/m3,2026-01-01T02:00:00Z,soon,7.5", "time_end"),
    ],
)
def test_a_bad_line_is_a_finding_and_the_others_stay(line: str, column: str) -> None:
    content = read_table(table(line, "v/1/pm25,pm25,ug/m3,2026-01-01T02:00:00Z,,7.5"), where="x.csv")
    (finding,) = content.findings
    assert (finding.rule, finding.record) == ("bad-cell", 0)
    assert finding.text.startswith(column)
    assert [len(part) for stream in content.streams for part in stream.parts] == [1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1,2\n", "column datastream, observed_property, time_start, result is missing"),
        (b"\xff\xfe", "no UTF-8 at byte 0"),
        (b"", "is missing"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read_table(content, where="x.csv")
