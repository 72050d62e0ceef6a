"""Add to records what is known beside the payload: tables of the mapping, and the registry of the lab's units."""

from collections.abc import Iterator

from ssclab_data.model.finding import Finding
from ssclab_data.model.values import start_of
from ssclab_data.sources.base import SourceContext
from ssclab_data.sources.declaration import MappingFile
from ssclab_data.sources.findings import found
from ssclab_data.sources.lookups import Fault, Lookups
from ssclab_data.sources.register import NO_REGISTER, TABLE, Register, Unit, read_register
from ssclab_data.sources.taking import Taken


class Beside:
    """What is known beside one payload.

    Attributes:
        register: the registry; empty where none was given.
    """

    def __init__(self, mapping: MappingFile, context: SourceContext) -> None:
        self._source = mapping.source
        self._where = context.where
        self._lookups = Lookups(mapping, context.tables)
        content = context.tables.get(TABLE)
        self.register: Register = NO_REGISTER if content is None else read_register(content)
        self._passed: dict[str, set[str]] = {}

    def join(self, one: Taken) -> bool:
        """Add what the tables tell of a record, and tell whether it can be used."""
        told = self._lookups.join(one.fields, lambda: _begin(one))
        if told.fields:
            one.fields = {**one.fields, **told.fields}
        for fault in told.faults:
            one.find(fault.rule, fault.field, fault.value, limits=fault.limits)
        return not told.refused

    def find_unit(self, one: Taken) -> Unit | None:
        """Find the row of the registry that a record is of, by the id of its Thing or of its Sensor."""
        for device in dict.fromkeys((one.unit, one.sensor)):
            unit = self.register.find(self._source, device, _begin(one)) if device else None
            if unit is not None:
                return unit
        return None

    def is_steady(self, one: Taken) -> bool:
        """Tell whether the registry says the same of a unit and its sensor at any time, and of all their fields."""
        return all(self.register.is_steady(self._source, device) for device in (one.unit, one.sensor))

    def passed(self, one: Taken) -> None:
        """Remember which fields of a record its device does not have."""
        if one.registered is not None and one.passed:
            self._passed.setdefault(one.registered.device, set()).update(one.passed)

    def findings(self) -> Iterator[Finding]:
        """Give what is wrong with the tables, and what was passed over of each device."""
        for fault in (*self._lookups.faults, *self.register.faults):
            yield table_finding(fault, self._where)
        for device, names in sorted(self._passed.items()):
            shown = ", ".join(sorted(names))
            yield table_finding(Fault("channel-not-configured", device, shown), self._where)


def table_finding(fault: Fault, where: str) -> Finding:
    """Make a finding of what is wrong with a table.

    Args:
        where: file of the payload, or of the table where it is checked by itself.
    """
    return found(fault.rule, where=where, record=None, field=fault.field, value=fault.value, limits=fault.limits)


def _begin(one: Taken) -> int | None:
    return None if one.time is None else start_of(one.time).us
