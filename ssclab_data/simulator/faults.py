"""List the faults that the simulated payloads hold on purpose, and the findings that they must give."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from ssclab_data.simulator.places import Unit, places
from ssclab_data.simulator.scenario import Scenario


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Fields that one unit writes wrongly in the first hours of the scenario.

    Attributes:
        lab: whose unit.
        number: which of the ten.
        hours: how many hours, from the start.
        fields: what the unit writes instead, in the words of its vendor.
        rule: name of the rule that must find it.
        why: how this comes about in the field.
    """

    lab: str
    number: int
    hours: int
    fields: Mapping[str, int | str]
    rule: str
    why: str


class ExpectedFinding(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A finding that a fault must give: in a lab, by a source and a rule, so many times."""

    lab: str
    source: str
    rule: str
    count: int


FAULTS = (
    Fault(
        lab="helmond",
        number=7,
        hours=2,
        fields={"s_longitude": 0, "s_latitude": 0},
        rule="no-position",
        why="no GPS fix yet after a restart",
    ),
    Fault(
        lab="dordrecht",
        number=3,
        hours=1,
        fields={"s_barometer": 4_294_967_026},
        rule="outside-limits",
        why="a negative number stored as an unsigned one by a broken pressure sensor",
    ),
    Fault(
        lab="breda",
        number=2,
        hours=1,
        fields={"s_vibration": 118},
        rule="unknown-field",
        why="new firmware sends a field that no document names",
    ),
)


def written_wrongly(unit: Unit, moment: datetime, *, scenario: Scenario) -> dict[str, int | str]:
    """Give the fields that the unit writes wrongly at that moment; mostly none."""
    wrong: dict[str, int | str] = {}
    for fault in FAULTS:
        if (fault.lab, fault.number) == (unit.lab, unit.number) and _hour(moment, scenario) < fault.hours:
            wrong |= fault.fields
    return wrong


def expected_findings(scenario: Scenario) -> tuple[ExpectedFinding, ...]:
    """Give the findings that the payloads of a scenario must give, sorted; there must be no others."""
    return tuple(sorted(_expected(scenario)))


def _expected(scenario: Scenario) -> Iterator[ExpectedFinding]:
    units = {(unit.lab, unit.number): unit for place in places() for unit in place.units}
    for fault in FAULTS:
        records = min(fault.hours, scenario.hours) * (60 // scenario.minutes)
        source = units[fault.lab, fault.number].vendor.value
        yield ExpectedFinding(lab=fault.lab, source=source, rule=fault.rule, count=records)


def _hour(moment: datetime, scenario: Scenario) -> int:
    return int((moment - scenario.start.datetime).total_seconds() // 3600)
