"""A mapping file of a stranger is read or refused, soon and in words; it runs nothing and reads nothing."""

import time
from itertools import pairwise
from pathlib import Path

import pytest

from ssclab_data.errors import MappingError
from ssclab_data.sources.mapping import MAX_BYTES, find_source

GOOD = """\
source: x
title: X
documentation: d
sensor: {id: [id], name: n, description: d}
thing: {id: [id], name: n, description: d}
time: {fields: [t], because: b}
fields: {a: {property: pm25, unit: ug/m3}}
forms: [{name: f, reader: json}]
"""
LETTERS = "abcdefghij"


def _levels(first: str, each: str) -> str:
    """Make a text whose aliases stand for 9 to the power of 9 values."""
    lines = [f"{name}: &{name} " + each.format(",".join([f"*{before}"] * 9)) for before, name in pairwise(LETTERS)]
    return "\n".join([f"a: &a {first}", *lines, ""])


@pytest.mark.parametrize(
    "text",
    [
        _levels("[x, x]", "[{}]") + GOOD,
        _levels("{k: v}", "{{<<: [{}]}}") + GOOD,
        GOOD + 'ignore: !!python/object/apply:os.system ["touch planted"]\n',
        GOOD + "ignore: !!python/name:os.system\n",
        GOOD + "ignore: " + "[" * 100_000 + "\n",
        GOOD + "ignore: " + "[" * 3000 + "]" * 3000 + "\n",
        GOOD + "ignore: &x {a: *x}\n",
        GOOD + 'traps: "\x07"\n',
        GOOD + "traps: 2001-99-99\n",
        GOOD + "traps: !!int abc\n",
        GOOD + "traps: " + "9" * 10_000 + "\n",
        GOOD + "traps: !!float abc\n",
        GOOD.replace("unit: ug/m3", "unit: ug/m3, scale: '1e1000000000'"),
        GOOD.replace("unit: ug/m3", "unit: ug/m3, offset: '1e-1000000000'"),
        GOOD.replace("because: b", "because: b, zone: ../../../etc/localtime"),
        GOOD.replace("because: b", "because: b, period: P99999999999999Y"),
        GOOD.replace("reader: json", "reader: pattern, line: '((('"),
        GOOD + "# " + "x" * MAX_BYTES + "\n",
        "",
    ],
)
def test_a_mapping_that_means_harm_is_refused_in_words(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "m.yaml"
    file.write_text(text)
    begun = time.process_time()
    with pytest.raises(MappingError) as raised:
        find_source(str(file))
    assert time.process_time() - begun < 15
    assert len(str(raised.value)) < 2000
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MappingError, match="not UTF-8"):
        find_source(str(tmp_path / "m.yaml"))
