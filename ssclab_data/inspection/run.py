"""Put content through all checks: schemas, the rules of a profile, SHACL shapes, quality control of series."""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from ssclab_data.inspection.collecting import Collection
from ssclab_data.inspection.content import Content, Stream
from ssclab_data.inspection.samples import sample_nodes
from ssclab_data.inspection.shapes import ShapeCheck
from ssclab_data.inspection.twins import Twins
from ssclab_data.linked_data.graphs import node
from ssclab_data.model.finding import Finding
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.sensorthings import Datastream
from ssclab_data.model.series import Series
from ssclab_data.model.values import Instant
from ssclab_data.validation.catalogue import check_catalogue
from ssclab_data.validation.json_engines import engine_of
from ssclab_data.validation.modelling.checks import Modelling
from ssclab_data.validation.modelling.context import Context
from ssclab_data.validation.modelling.streams import Times, check_times
from ssclab_data.validation.modelling.vocabulary import observed, unit_code
from ssclab_data.validation.outcome import Outcome, SeriesSummary
from ssclab_data.validation.profile import Profile
from ssclab_data.validation.rules import RULES, Place
from ssclab_data.validation.series.controller import Controller, control
from ssclab_data.validation.series.plan import Subject
from ssclab_data.validation.series.positions import Area
from ssclab_data.validation.series_rules import SeriesRules
from ssclab_data.validation.shacl_engines import EngineName


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How a target is checked.

    Attributes:
        profile: None checks schemas and plausible limits alone.
        engine: of SHACL.
        now: time of the run, UTC; None leaves times in the future alone.
        place: the municipality; None, or one without an area, leaves places alone.
    """

    profile: Profile | None = None
    engine: EngineName = "auto"
    now: Instant | None = None
    place: LabInfo | None = None


def inspect(content: Content, options: Options) -> Outcome:
    """Check content; what is found is in the outcome, and that nothing could be looked at is found too.

    Raises:
        InformationModelError: a module or shape of the profile is wrong.
        SettingsError: the engine is not installed.
    """
    return _Run(content, options).outcome()


class _Run:
    """One run."""

    def __init__(self, content: Content, options: Options) -> None:
        self.content = content
        self.options = options
        self.found = Collection()
        self.twins = Twins()
        self.series: list[SeriesSummary] = []
        self.rules = options.profile.series if options.profile is not None else SeriesRules()
        self.shapes: ShapeCheck | None = None
        self.modelling: Modelling | None = None
        if options.profile is not None:
            self.shapes = ShapeCheck(options.profile, options.engine) if options.profile.modules else None
            place = options.place or LabInfo(key="target", name="")
            self.modelling = Modelling(Context(profile=options.profile, area=place.area, municipality=place.name))

    def outcome(self) -> Outcome:
        """Check everything."""
        self.found.add(self.content.findings)
        self._entities()
        self._graph()
        for stream in self.content.streams:
            self._stream(stream)
        self.found.add(self.twins.findings())
        if self.shapes is not None:
            self.found.add(self.shapes.finish())
            self.found.checked["SHACL focus node"] += self.shapes.focus_nodes
        self._nothing()
        return Outcome(
            target=self.content.target,
            profile=self.options.profile.name if self.options.profile else "",
            started=self.options.now,
            engines=self._engines(),
            checked={kind: count for kind, count in self.found.checked.items() if count},
            records_read=self.content.records_read,
            records_rejected=self.content.records_rejected,
            findings=self.found.findings,
            series=tuple(self.series),
        )

    def _entities(self) -> None:
        for item in self.content.items:
            self.found.checked[type(item.node.entity).__name__] += 1
            self.found.add(item.findings)
            self.twins.add(item.node)
            if self.modelling is not None:
                self.found.add(self.modelling.check(item.node))
            if self.shapes is not None and self.content.graph is None:
                self.found.add(self.shapes.add(item.node))
        if self.modelling is not None:
            self.found.add(self.modelling.finish())

    def _graph(self) -> None:
        graph = self.content.graph
        if graph is None:
            return
        self.found.checked["triple"] += len(graph)
        if self.shapes is not None:
            self.found.add(self.shapes.graph(graph, self.content.target))
        catalogues = len(set(graph.subjects(node("rdf:type"), node("dcat:Catalog"))))
        if catalogues:
            self.found.checked["Catalog"] += catalogues
            self.found.add(check_catalogue(graph, engine=self.options.engine, where=self.content.target))

    def _stream(self, stream: Stream) -> None:
        subject = self._subject(stream)
        parts = self._watched(stream)
        if isinstance(stream.parts, Sequence):
            found = control(tuple(parts), self.rules, subject=subject, now=self.options.now)
        else:
            controller = Controller(subject, self.rules, now=self.options.now)
            for part in parts:
                controller.feed(part)
            found = controller.finish()
        self.found.add(found.findings)
        self.found.checked["Observation"] += found.summary.count
        self.series.append(found.summary)

    def _watched(self, stream: Stream) -> Iterator[Series]:
        """Give the parts of a stream, and look at the first rows and at the kind of its times on the way."""
        intervals = instants = 0
        for number, part in enumerate(stream.parts):
            if number == 0 and self.shapes is not None and self.content.graph is None and stream.node.links:
                for sample in sample_nodes(stream, part):
                    self.found.add(self.shapes.add(sample))
            within = _intervals(part)
            intervals, instants = intervals + within, instants + len(part) - within
            self.twins.watch(stream.node, part)
            yield part
        if self.modelling is not None:
            self.found.add(check_times(stream.node, Times(instants, intervals), self.modelling.context))

    def _subject(self, stream: Stream) -> Subject:
        entity = stream.node.entity
        info = observed(stream.node)
        place = self.options.place
        return Subject(
            datastream=str(entity.key),
            name=entity.name if isinstance(entity, Datastream) and isinstance(entity.name, str) else "",
            property=info.id if info else "",
            unit=unit_code(entity),
            positions=stream.positions,
            area=Area(place.name, place.area) if place is not None and place.area is not None else None,
        )

    def _nothing(self) -> None:
        """Find that nothing was checked: such a run is never in order."""
        if not self.found.checked.total():
            self.found.add([self._nothing_of("entity, Observation or triple")])
        elif (
            self.content.graph is not None
            and not self.found.checked["Catalog"]
            and self.shapes is not None
            and not self.shapes.focus_nodes
        ):
            self.found.add([self._nothing_of("node that a shape of the profile is about")])

    def _nothing_of(self, what: str) -> Finding:
        return RULES["nothing-checked"].finding({"what": what}, Place(where=self.content.target))

    def _engines(self) -> dict[str, str]:
        used = {"JSON Schema": engine_of().name}
        if self.shapes is not None and self.shapes.engine_used:
            used["SHACL"] = self.shapes.engine_used
        return used


def _intervals(part: Series) -> int:
    """Count the rows that stand over an interval."""
    if part.end is None:
        return 0
    return len(part) if isinstance(part.end, np.ndarray) else sum(end is not None for end in part.end)
