"""Say as JSON Schema what one Observation must be by the same rules that the tests by column follow."""

from typing import Any

from ssclab_data.model import codelists
from ssclab_data.validation.series.plan import rules_of
from ssclab_data.validation.series.verdicts import Flag
from ssclab_data.validation.series_rules import Ends, PropertyRules, Range, SeriesRules, ends

type Schema = dict[str, Any]


def schema_of(rules: SeriesRules, property_id: str, *, worst: Flag = Flag.GOOD) -> Schema:
    """Make the JSON Schema of an Observation of one observed property, in the unit of the code list.

    What needs other rows, a position or the time of the run cannot be told of one document, and is left to the tests
    of series; neither can a schema compare two times, so `clock` is left out too.

    Args:
        worst: the worst flag that passes: SUSPECT lets rare values through, all else only good ones. A result that
            stands for no value passes.

    >>> schema_of(SeriesRules(), "pm25")["properties"]["result"]
    {'type': ['number', 'null'], 'minimum': 0.0, 'maximum': 1000.0}
    """
    own = rules_of(rules, property_id)
    known = property_id in codelists.observed_properties()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Observation of {property_id}" if known else "Observation",
        "type": "object",
        "required": ["phenomenonTime", "result"],
        "properties": {
            "phenomenonTime": {"type": "string", "format": "time-or-interval"},
            "resultTime": {"type": ["string", "null"], "format": "date-time"},
            "result": _result(own, numeric=known, strict=worst is not Flag.SUSPECT),
        },
    }


def _result(rules: PropertyRules, *, numeric: bool, strict: bool) -> Schema:
    types = ["number", "null"] if numeric else ["number", "null", "string", "boolean", "array", "object"]
    limits = rules.range if isinstance(rules.range, Range) else Range(suspect=(None, None))
    allowed: Schema = {"type": types, **_within(limits.fail)}
    if rules.silence is not None:
        allowed["exclusiveMinimum"] = rules.silence
    if strict:
        usual = _within(limits.suspect)
        noise = rules.below_zero_within_noise
        if usual and noise:
            allowed["anyOf"] = [usual, {"minimum": noise, "exclusiveMaximum": 0}]
        elif "minimum" in usual or "maximum" in usual:
            allowed |= usual
    return allowed if not rules.missing else {"anyOf": [allowed, {"enum": list(rules.missing)}]}


def _within(pair: Ends | None) -> Schema:
    low, high = ends(pair)
    within: Schema = {} if low == float("-inf") else {"minimum": low}
    return within if high == float("inf") else {**within, "maximum": high}
