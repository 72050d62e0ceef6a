"""Choose the tests of one series: by what it observes, in which unit, and the rules of a profile."""

from collections.abc import Mapping

import msgspec

from ssclab_data.model import codelists
from ssclab_data.model.codelists import Averaging, PropertyInfo
from ssclab_data.model.values import Instant
from ssclab_data.validation.series.clock import ClockTest
from ssclab_data.validation.series.constancy import Hold, holds_of
from ssclab_data.validation.series.intervals import IntervalTest
from ssclab_data.validation.series.neighbours import NeighbourTest
from ssclab_data.validation.series.positions import Area, Position
from ssclab_data.validation.series.ranges import RangeTest
from ssclab_data.validation.series_rules import ClockRules, PositionRules, PropertyRules, Range, SeriesRules


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the Datastream of a series.

    Attributes:
        datastream: natural key.
        name: for people.
        property: id in the code list of observed properties, or "".
        unit: UCUM code of the results, or "" where it is not known.
        positions: of its FeaturesOfInterest, by natural key.
        area: where they should be; None where that is not known.
    """

    datastream: str
    name: str = ""
    property: str = ""
    unit: str = ""
    positions: Mapping[str, Position] = {}
    area: Area | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The tests of one series.

    Attributes:
        words: what every message may say.
        other_unit: whether the values are in another unit than the rules, so that none of them is tested.
        neighbours: None where no value is held against those around it.
    """

    words: Mapping[str, object]
    other_unit: bool
    clock: ClockTest
    ranges: RangeTest
    neighbours: NeighbourTest | None
    holds: tuple[Hold, ...]
    intervals: IntervalTest
    positions: PositionRules

    @classmethod
    def of(cls, subject: Subject, rules: SeriesRules, now: Instant | None) -> "Plan":
        """Choose the tests."""
        info = codelists.observed_properties().get(subject.property)
        own = rules_of(rules, subject.property)
        other = info is not None and subject.unit not in ("", info.ucum)
        if other:
            own = _without_values(own)
        test = IntervalTest.of(own)
        scale = Averaging.ARITHMETIC if info is None else info.averaging
        neighbours = NeighbourTest.of(own, scale)
        return cls(
            words=_words(subject, info),
            other_unit=other,
            clock=ClockTest.of(own.clock or ClockRules(), now),
            ranges=RangeTest.of(own, numeric=info is not None and not other),
            neighbours=None if neighbours.spike is neighbours.rate is None else neighbours,
            holds=holds_of(own),
            intervals=test,
            positions=own.position or PositionRules(),
        )

    @property
    def reach(self) -> int:
        """Microseconds within which other rows can matter to a row."""
        return max((hold.longest for hold in self.holds), default=0)

    @property
    def chained(self) -> bool:
        """Whether any test looks at more than one row."""
        return self.neighbours is not None or bool(self.holds)


def rules_of(rules: SeriesRules, property_id: str) -> PropertyRules:
    """Give the rules of an observed property; without a range of its own, that of the code list is suspect to leave.

    >>> rules_of(SeriesRules(), "pm25").range
    Range(fail=None, suspect=(0.0, 1000.0))
    """
    own = rules.of(property_id)
    info = codelists.observed_properties().get(property_id)
    if own.range is not None or info is None or info.plausible_min is info.plausible_max is None:
        return own
    return msgspec.structs.replace(own, range=Range(suspect=(info.plausible_min, info.plausible_max)))


def _without_values(rules: PropertyRules) -> PropertyRules:
    """Leave out what is told in a unit."""
    off = dict.fromkeys(("range", "spike", "rate", "stuck", "constant_zero"), False)
    return msgspec.structs.replace(rules, below_zero_within_noise=None, silence=None, **off)


def _words(subject: Subject, info: PropertyInfo | None) -> Mapping[str, object]:
    name = subject.property or subject.name or subject.datastream
    return {
        "property": name if info is None else info.label_en,
        "property_nl": name if info is None else info.label_nl,
        "unit": subject.unit or ("" if info is None else info.ucum),
    }
