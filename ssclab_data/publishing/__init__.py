"""Derive from the exact store of a lab the store that the public gets."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from ssclab_data.errors import NotFoundError, SettingsError
from ssclab_data.model.entity import Entity
from ssclab_data.model.finding import Finding
from ssclab_data.model.lab import LabInfo, Policy, Publishing
from ssclab_data.model.sensorthings import type_of
from ssclab_data.publishing.addresses import Addresses, Crowd, read_addresses
from ssclab_data.publishing.blurring import blurred, published_key
from ssclab_data.publishing.cells import SIZES
from ssclab_data.publishing.copying import copied, keys_of
from ssclab_data.publishing.findings import RULES
from ssclab_data.publishing.identifiers import Veil
from ssclab_data.publishing.places import Ground
from ssclab_data.publishing.plans import Plan, Stream
from ssclab_data.publishing.policy import HOME, check_publishing, decide
from ssclab_data.publishing.reading import Features, count_of, observations, things
from ssclab_data.publishing.report import PublishReport
from ssclab_data.publishing.rows import Limits, rows_of
from ssclab_data.publishing.secret import Secret, open_secret
from ssclab_data.publishing.state import State, StreamState, read_state
from ssclab_data.publishing.target import Target
from ssclab_data.stores.base import Row
from ssclab_data.stores.sqlite import SQLiteStore
from ssclab_data.validation.report import fold
from ssclab_data.validation.rules import Place

__all__ = ["PublishReport", "Rules", "check_publishing", "is_published", "owner_id", "publish", "rules_of"]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What a lab publishes by.

    Attributes:
        addresses: where addresses are; None where it is not known.
    """

    lab: LabInfo
    publishing: Publishing
    secret: Secret
    addresses: Addresses | None = None

    @property
    def ground(self) -> Ground:
        """What places are chosen by."""
        crowd: dict[Policy, Crowd] = {}
        if self.addresses is not None:
            minimum = self.publishing.minimum_addresses
            crowd = {policy: Crowd.of(self.addresses, policy, minimum) for policy in SIZES}
        return Ground(lab=self.lab, secret=self.secret, crowd=crowd)


def is_published(store: SQLiteStore) -> bool:
    """Tell whether a store is one that was made for the public."""
    return bool(read_state(store.watermark).secret)


def rules_of(info: LabInfo, folder: Path, *, make: bool = False) -> Rules:
    """Read what a lab publishes by.

    Args:
        folder: where its `lab.yaml` is.
        make: whether to make a key where there is none.

    Raises:
        SettingsError: the lab has no policies, or a file of theirs cannot be used.
    """
    if info.publishing is None:
        raise SettingsError(
            f"{folder / 'lab.yaml'} has no `publishing:`, so all of it is public; see docs/publishing.md"
        )
    named = info.publishing.addresses
    return Rules(
        lab=info,
        publishing=info.publishing,
        secret=open_secret(folder / info.publishing.secret, make=make),
        addresses=read_addresses(folder / named) if named else None,
    )


def owner_id(store: SQLiteStore, rules: Rules, thing: str) -> str:
    """Give the published natural key of a Thing, so that its owner recognises it.

    Raises:
        NotFoundError: there is no such Thing.
    """
    for row in things(store):
        if row.entity.key == thing:
            decision = decide(rules.publishing, _properties(row))
            if decision.exact:
                return Veil(rules.secret).key(thing)
            return published_key(rules.ground, decision, thing)
    raise NotFoundError(f"there is no Thing {thing!r}")


def publish(exact: SQLiteStore, public: SQLiteStore, rules: Rules, *, now: int, full: bool = False) -> PublishReport:
    """Bring the published store to what the exact one holds now; where nothing has changed, nothing is written.

    Args:
        now: microseconds UTC: a window that is not over by then is not published.
        full: look at all Datastreams, also at those of which the log says that nothing has changed, and take another
            key than the last time.

    Raises:
        SettingsError: the key is another one than the last time.
    """
    return _Publication(exact, public, rules, now=now, full=full).run()


class _Publication:
    """One run."""

    def __init__(self, exact: SQLiteStore, public: SQLiteStore, rules: Rules, *, now: int, full: bool) -> None:
        self.exact = exact
        self.public = public
        self.rules = rules
        self.limits = Limits(minimum=rules.publishing.minimum_values, now=now)
        self.ground = rules.ground
        self.veil = Veil(rules.secret)
        self.before = read_state(public.watermark)
        self.started = public.sequence
        self.sequence = exact.sequence
        self.target = Target(public, self.before)
        self.known = self._known(full=full)
        self.counts: Counter[str] = Counter()
        self.examined = 0
        self.ways = self._ways()
        self.features = Features(exact)

    def run(self) -> PublishReport:
        """Publish."""
        changed = self._changed()
        plans = self._plans()
        self.target.describe(_unique(plans))
        streams = {stream.key: self._stream(stream, plan, changed) for plan in plans for stream in plan.streams}
        kept_back = sum(count_of(self.exact, key) for plan in plans for key in plan.kept_back)
        self.counts.update(read=kept_back, not_published=kept_back)
        self.target.tidy()
        state = State(
            secret=self._id("secret"),
            source=self._id("source", self.exact.secret.hex()),
            sequence=self.sequence,
            traces=self.target.traces,
            streams=streams,
        )
        self.target.remember(state)
        return self._report(plans)

    def _known(self, *, full: bool) -> Mapping[str, StreamState]:
        """Give what is known of Datastreams that need no look when nothing has changed.

        Raises:
            SettingsError: the key is another one than the last time.
        """
        if self.before.secret not in ("", self._id("secret")) and not full:
            raise SettingsError(
                f"{self.public.path} was published with another key than {self.rules.publishing.secret}: put that one "
                "back, or give --full to publish all of it anew, under new ids"
            )
        same = self.before.source == self._id("source", self.exact.secret.hex())
        return {} if full or not same or self.before.sequence > self.sequence else self.before.streams

    def _changed(self) -> frozenset[str]:
        """Give the keys, in the exact store, of Datastreams whose Observations may have changed since the last time."""
        found: set[str] = set()
        for change in self.exact.changes(self.before.sequence if self.known else self.sequence):
            if change.entity_type == "Observation":
                found.update(change.keys)
            elif change.entity_type == "FeatureOfInterest":
                found.add("*")  # where something is seen may have moved without any Observation
        return frozenset(found)

    def _plans(self) -> list[Plan]:
        rows = list(things(self.exact))
        for row in rows:
            self.veil.learn(keys_of(row))
        plans = [self._plan(row) for row in rows]
        return sorted(plans, key=lambda plan: (not plan.decision.exact, plan.key))

    def _plan(self, row: Row) -> Plan:
        decision = decide(self.rules.publishing, _properties(row))
        return copied(row, decision, self.veil) if decision.exact else blurred(row, decision, self.ground)

    def _stream(self, stream: Stream, plan: Plan, changed: frozenset[str]) -> StreamState:
        """Publish a Datastream, unless it is known that nothing has changed."""
        settled = () if stream.places is None else stream.places.settled
        decided = (stream.mode, stream.several, stream.info, plan.decision, settled)
        id_ = self._id("plan", repr(decided), self.ways)
        known = self.known.get(stream.key)
        if known is None or known.plan != id_ or known.pending or changed & {stream.source_key, "*"}:
            known = self._examine(stream, id_)
        self.counts.update(known.counts)
        return known

    def _ways(self) -> str:
        """Give what decides, besides a Thing and its places, of what is published of it."""
        rules = self.rules
        ways = (msgspec.json.encode(rules.publishing).decode(), repr(rules.addresses), repr(rules.lab.area))
        return self._id("ways", *ways)

    def _examine(self, stream: Stream, plan: str) -> StreamState:
        self.examined += 1
        columns = observations(self.exact, stream.source)
        if columns is None:
            self.target.empty(stream)
            return StreamState(plan=plan)
        handles = set() if columns.feature is None else set(columns.feature.tolist())
        features = self.features.of(handles)
        rows = rows_of(stream, columns, features, veil=self.veil, limits=self.limits)
        self.target.record(stream, rows, minimum=self.limits.minimum)
        counts = {name: number for name, number in rows.counts.items() if number} | {"read": len(columns)}
        return StreamState(plan=plan, pending=bool(rows.counts["pending"]), counts=counts)

    def _report(self, plans: Sequence[Plan]) -> PublishReport:
        names = ("read", "copied", "aggregated", "suppressed", "pending", "replaced", "not_published")
        policies = Counter(plan.decision.policy for plan in plans)
        return PublishReport(
            things={policy.value: policies[policy] for policy in Policy if policies[policy]},
            datastreams=sum(len(plan.streams) for plan in plans),
            kept_back=sum(len(plan.kept_back) for plan in plans),
            **{name: self.counts[name] for name in names},
            written=self.target.written,
            removed=self.target.removed,
            held=self.target.held,
            examined=self.examined,
            changed=self.public.sequence != self.started,
            clean=not self.target.traces,
            findings=fold(finding for plan in plans for finding in self._findings(plan)),
        )

    def _findings(self, plan: Plan) -> Iterator[Finding]:
        decision, place = plan.decision, Place(entity=plan.source_key)
        if not decision.placement:
            yield RULES["placement-unknown"].finding({"policy": decision.policy.value}, place)
        if decision.refused:
            facts = {"asked": decision.refused, "policy": decision.policy.value}
            yield RULES["policy-not-stricter"].finding(facts, place)
        checked = self.rules.addresses is not None or decision.policy is Policy.MUNICIPALITY
        if decision.placement == HOME and not checked:
            yield RULES["addresses-not-checked"].finding({"minimum": self.rules.publishing.minimum_addresses})
        for key in plan.kept_back:
            yield RULES["property-not-published"].finding({}, Place(entity=key))
        for name in plan.left_out:
            yield RULES["register-field-not-published"].finding({"name": name}, place)

    def _id(self, purpose: str, *texts: str) -> str:
        return self.rules.secret.id(f"state {purpose}", *texts)


def _unique(plans: Sequence[Plan]) -> list[Entity]:
    """Give the entities of all Things, each once: of what several share, what is said first."""
    found: dict[tuple[str, str], Entity] = {}
    for plan in plans:
        for entity in plan.entities:
            found.setdefault((type_of(entity).name, str(entity.key)), entity)
    return [found[name] for name in sorted(found)]


def _properties(row: Row) -> Mapping[str, object]:
    held = getattr(row.entity, "properties", None)
    return held if isinstance(held, dict) else {}
