"""Each slip of the pen in a mapping file is told with its line and key, and with what to write instead."""

import pytest

from ssclab_data.sources.tools.checking import check_text

MAPPING = """source: x
title: x
documentation: x
forms:
  - {name: a, reader: json, records: d, having: [time]}
time:
  fields: [time]
  zone: UTC
  stamp: end
  period: PT1H
  because: x
thing: {id: [id], name: "{id}", description: x}
sensor: {id: [id], name: "{id}", description: x}
missing: ["", "-1"]
fields:
  pm10: {property: pm10, unit: ug/m3, minimum: 0, maximum: 1000}
  level: {property: laeq, unit: dB(A)}
ignore:
  box: state
flags:
  good: {field: state, codes: {good: "1"}, because: x}
  status: {field: status, codes: {fine: "1", bad: "4"}, because: x}
"""
TRUTH = "(YAML reads on, off, yes and no as true and false)"
QUOTES = f"put it in quotes {TRUTH}"


def test_the_mapping_is_right() -> None:
    assert check_text(MAPPING, "x.yaml") == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        # keys that are not there: the line of the key, and the one that is like it
        ("fields:\n", "feilds:\n", "x.yaml:15 at feilds: error: there is no key 'feilds' here; did you mean 'fields'?"),
        (
            "{property: laeq",
            "{proprety: laeq",
            "x.yaml:17 at fields.level.proprety: error: there is no key 'proprety' here; did you mean 'property'?",
        ),
        ("reader: json", "qqq: json", "x.yaml:5 at forms.0.qqq: error: there is no key 'qqq' here; known: name, "),
        (
            "because: x}\n  status",
            "because: page 3, top}\n  status",
            "x.yaml:21 at flags.good.top: error: there is no key 'top' here; known: field, codes, because",
        ),
        ("  because: x\n", "", "x.yaml:6 at time: error: the key 'because' is missing"),
        ("source: x\n", "", "x.yaml: error: the key 'source' is missing"),
        # keys that YAML takes for something else: as they are written
        ("  stamp: end", "  on: end", f'x.yaml:9 at time.on: error: put the key in quotes: "on" {TRUTH}'),
        ("  box:", "  no:", f'x.yaml:19 at ignore.no: error: put the key in quotes: "no" {TRUTH}'),
        ("fine:", "yes:", f'x.yaml:22 at flags.status.codes.yes: error: put the key in quotes: "yes" {TRUTH}'),
        ("  box:", "  7:", 'x.yaml:19 at ignore.7: error: put the key in quotes: "7" (YAML reads 7 as no text)'),
        # values of another kind: the second of two flags is the wrong one
        (
            'bad: "4"',
            "bad: 4",
            'x.yaml:22 at flags.status.codes.bad: error: a text is expected here, not 4: put it in quotes, "4"',
        ),
        ("box: state", "box: off", f"x.yaml:19 at ignore.box: error: a text is expected here, not false: {QUOTES}"),
        ("box: state", "box: [a]", "x.yaml:19 at ignore.box: error: a text is expected here, not a list"),
        ("box: state", "box:", "x.yaml:19 at ignore.box: error: a text is expected here, not nothing"),
        ('"-1"]', "-1]", 'x.yaml:14 at missing.1: error: a text is expected here, not -1: put it in quotes, "-1"'),
        (
            "fields: [time]",
            "fields: time",
            "x.yaml:7 at time.fields: error: a list is expected here, not the text 'time': put it in brackets, [time]",
        ),
        ("minimum: 0", "minimum: no", "x.yaml:16 at fields.pm10.minimum: error: a number is expected here, not false"),
        ("minimum: 0", "minimum: low", "error: a number is expected here, not the text 'low'"),
        ("thing: {id", "thing: []\n# {id", "x.yaml:12 at thing: error: keys and values are expected here, not a list"),
        ("stamp: end", "stamp: begin", "x.yaml:9 at time.stamp: error: 'begin' is none of instant, start, end"),
        # what YAML itself would pass over: the first of two values is lost
        ("  box:", "  box: other\n  box:", "x.yaml:19 at ignore.box: error: the key 'box' is there twice"),
        ("  level:", "  pm10:", "x.yaml:16 at fields.pm10: error: the key 'pm10' is there twice"),
        # what is of the right kind, but cannot be meant
        ("source: x", "source: My Vendor", "x.yaml:1 at source: error: 'My Vendor' is no name of a source"),
        ("minimum: 0", "minimum: 2000", "x.yaml:16 at fields.pm10.minimum: error: it is above the maximum, 1000"),
        ('name: "{id}"', 'name: "{id"', "x.yaml:12 at thing.name: error: a bracket of '{id' has no other one"),
        ("laeq", "laeqq", "error: 'laeqq' is not an observed property; did you mean laeq or "),
        ("laeq", "loudness", "error: 'loudness' is not an observed property; known: pm10, "),
    ],
)  # fmt: skip
def test_a_slip_is_told(old: str, new: str, told: str) -> None:
    assert old in MAPPING
    remarks = [str(remark) for remark in check_text(MAPPING.replace(old, new, 1), "x.yaml")]
    assert any(told in remark for remark in remarks), remarks


def test_what_is_merged_may_be_said_again() -> None:
    """`<<: *air` brings in keys; one that stands beside it counts in place of theirs, which is what it is there for."""
    merged = MAPPING.replace("pm10: {", "pm10: &air {").replace(
        "level: {", "pm25: {<<: *air, property: pm25}\n  level: {"
    )
    assert check_text(merged, "x.yaml") == []


def test_a_text_with_a_comma_is_guessed() -> None:
    """`{because: page 3, top}` is a text and a key without a value; the writer meant one text."""
    (remark,) = check_text(MAPPING.replace("because: x}\n  status", "because: page 3, top}\n  status"), "x.yaml")
    assert remark.message.endswith("if it is a part of the text before it, put that text in quotes")
