"""Map the documents of any SensorThings 1.0 or 1.1 service, or of one that a mapping file tells more of."""

from collections.abc import Iterator

from ssclab_data.errors import SourceError
from ssclab_data.model.entity import Entity
from ssclab_data.model.finding import Finding, Severity
from ssclab_data.sources.base import About, MappedPayload, Rejected, SourceContext, Tally
from ssclab_data.sources.declaration.services import ServiceFile
from ssclab_data.sources.findings import fold
from ssclab_data.sources.reading.text import ReadError
from ssclab_data.sources.sensorthings.about import ABOUT, about_service
from ssclab_data.sources.sensorthings.completing import linked, named_only
from ssclab_data.sources.sensorthings.describing import Described, Describing, can_be, whole
from ssclab_data.sources.sensorthings.formats import documents_of
from ssclab_data.sources.sensorthings.observing import Observing
from ssclab_data.sources.sensorthings.streams import Streams
from ssclab_data.sources.sensorthings.taking import Found, Name, Taking
from ssclab_data.sources.sensorthings.wording import found as worded


class SensorThingsSource:
    """A source of SensorThings documents: pages, entities with expands, deep inserts, and the result formats.

    Natural keys are source, service and id; the service is host and path before the version, as the links of the
    document have it, or as it is told beside the payload (`SourceContext.given["service"]`, or an address as `where`).
    Where nothing tells it, the name of the file stands for it. A mapping of one service leaves the service out.
    """

    def __init__(self, file: ServiceFile | None = None) -> None:
        self.file = file

    @property
    def name(self) -> str:
        """Name of the source."""
        return ABOUT.source if self.file is None else self.file.source

    @property
    def about(self) -> About:
        """What there is to say of it."""
        return ABOUT if self.file is None else about_service(self.file)

    def read(self, payload: bytes, context: SourceContext) -> MappedPayload:
        """Map one payload.

        Raises:
            SourceError: it is no SensorThings document, or of another service than the mapping is for.
        """
        taking, empty_page = Taking(self.name, context, self.file), False
        try:
            for document in documents_of(payload, context.where):
                taking.add(document)
                empty_page = empty_page or (isinstance(document, dict) and document.get("value") == [])
        except ReadError as error:
            raise SourceError(str(error), source=self.name, where=context.where) from error
        if not empty_page and not any(one.kind for one in taking.found):
            message = "no SensorThings entity in it (a page with `value`, an entity, a data array, GeoJSON or CSV)"
            raise SourceError(message, source=self.name, where=context.where)
        return _Mapping(taking, self.file).payload()


class _Mapping:
    """What a payload becomes."""

    def __init__(self, taking: Taking, file: ServiceFile | None) -> None:
        self.taking = taking
        self.described = Describing(taking)
        self.streams = Streams(taking, self.described, file)
        self.entities: dict[Name, Entity] = {}
        self.defaults: dict[Name, Entity] = {}
        for name, one in self.described.described.items():
            self._place(name, one)
        features = {key for kind, key in (*self.entities, *self.defaults) if kind == "FeatureOfInterest"}
        self.observing = Observing(taking, self.streams, features)
        for key, stream in self.streams.streams.items():
            (self.entities if stream.complete else self.defaults)["Datastream", key] = stream.entity
        self._complete()

    def payload(self) -> MappedPayload:
        """Give the payload."""
        found = self.taking.found
        return MappedPayload(
            entities=tuple(self.entities.values()),
            defaults=tuple(self.defaults.values()),
            series=tuple(self.observing.series()),
            findings=fold([*self._service(), *(finding for one in found for finding in one.findings)]),
            tally=_tally(found),
            rejected=tuple(
                Rejected(record=one.record, payload=one.alone, findings=tuple(one.findings))
                for one in found
                if not one.kept or _has_error(one)
            ),
        )

    def _place(self, name: Name, one: Described) -> None:
        """Put an entity among those that are described, or among those that are stored only where they are new."""
        kind, key = name
        if kind == "Datastream" or (kind == "ObservedProperty" and not self._is_own(key)):
            return
        found = self.described.first[name]
        if one.lacking:
            self.taking.find(found, "partly-described", value=", ".join(one.lacking))
        if can_be(one):
            (self.defaults if one.lacking else self.entities)[name] = whole(one)

    def _is_own(self, key: str) -> bool:
        """Tell whether an ObservedProperty of the service is kept, and note one that the code list does not have."""
        shared = self.streams.shared.get(key)
        if shared is not None:
            self.defaults["ObservedProperty", str(shared.key)] = shared
            return key in self.streams.own
        document = self.described.document(("ObservedProperty", key))
        text = str(document.get("definition") or document.get("name") or key)
        self.taking.find(self.described.first["ObservedProperty", key], "unknown-observed-property", value=text)
        return True

    def _complete(self) -> None:
        """Add what is named only, and take away links that lead to nothing."""
        for name, entity in self.streams.needed.items():
            if name not in self.entities:
                self.defaults.setdefault(name, entity)
        known = {*self.entities, *self.defaults}
        self.defaults |= named_only({**self.entities, **self.defaults}, known)
        known = {*self.entities, *self.defaults}
        self.entities, self.defaults = linked(self.entities, known), linked(self.defaults, known)

    def _service(self) -> Iterator[Finding]:
        if self.taking.unknown_service:
            yield worded("unknown-service", where=self.taking.context.where, record=0, value=self.taking.file_name)


def _tally(found: list[Found]) -> Tally:
    whole_ones = sum(1 for one in found if one.kept and not _has_error(one))
    kept = sum(one.kept for one in found)
    return Tally(
        records_read=len(found),
        records_mapped=whole_ones,
        records_partly=kept - whole_ones,
        records_rejected=len(found) - kept,
        fields_read=sum(len(one.document) for one in found),
        fields_mapped=sum(one.mapped for one in found if one.kept),
        fields_ignored=sum(one.ignored for one in found if one.kept),
        fields_rejected=sum(one.rejected if one.kept else len(one.document) for one in found),
        fields_missing=sum(one.missing for one in found if one.kept),
        digits_cut=sum(one.digits_cut for one in found),
    )


def _has_error(one: Found) -> bool:
    return any(finding.severity is Severity.ERROR for finding in one.findings)
