"""Hold records of one form and with the same fields as columns."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import msgspec

from ssclab_data.sources.declaration import Form
from ssclab_data.sources.reading.record import Record


class Sheet(msgspec.Struct, frozen=True):
    """Records without a fault, as columns.

    Attributes:
        columns: values by field, in the order of the fields of a record; each as long as `numbers`.
        numbers: of the records, ascending.
        make: makes a record by its place here; that is done only for those that are not plain.
    """

    form: Form
    columns: Mapping[str, Sequence[Any]]
    numbers: Sequence[int]
    make: Callable[[int], Record]

    def __len__(self) -> int:
        return len(self.numbers)

    def fields(self, row: int) -> dict[str, Any]:
        """Give the fields of one record."""
        return {name: column[row] for name, column in self.columns.items()}

    def record(self, row: int) -> Record:
        """Give one record as it is read by itself."""
        return msgspec.structs.replace(self.make(row), number=self.numbers[row])

    @classmethod
    def of(cls, records: Sequence[Record]) -> "Sheet":
        """Put records side by side, at least one, all of one form and with the same fields."""
        columns = {name: [record.fields[name] for record in records] for name in records[0].fields}
        return cls(records[0].form, columns, [record.number for record in records], records.__getitem__)


class Sheets(msgspec.Struct, frozen=True):
    """A payload that is read: what could be put side by side, and the other records."""

    sheets: Sequence[Sheet] = ()
    records: Sequence[Record] = ()

    def __len__(self) -> int:
        return len(self.records) + sum(map(len, self.sheets))

    def each(self) -> list[Record]:
        """Give all records one by one, in their order."""
        rows = (sheet.record(row) for sheet in self.sheets for row in range(len(sheet)))
        return sorted([*self.records, *rows], key=lambda record: record.number)

    def numbered(self, first: int) -> "Sheets":
        """Give the same with the records numbered from another one on."""
        if not first:
            return self
        sheets = [
            msgspec.structs.replace(sheet, numbers=[number + first for number in sheet.numbers])
            for sheet in self.sheets
        ]
        records = [msgspec.structs.replace(record, number=record.number + first) for record in self.records]
        return Sheets(sheets, records)


def joined(parts: Sequence[Sheets]) -> Sheets:
    """Put what is alike in payloads that follow one another into one sheet."""
    numbered: list[Sheets] = []
    first = 0
    for part in parts:
        numbered.append(part.numbered(first))
        first += len(part)
    alike: dict[tuple[str, ...], list[Sheet]] = {}
    for sheet in (sheet for part in numbered for sheet in part.sheets):
        alike.setdefault((sheet.form.name, *sheet.columns), []).append(sheet)
    return Sheets(list(map(_joined, alike.values())), [record for part in numbered for record in part.records])


def _joined(sheets: Sequence[Sheet]) -> Sheet:
    if len(sheets) == 1:
        return sheets[0]
    columns = {name: [value for sheet in sheets for value in sheet.columns[name]] for name in sheets[0].columns}
    ends = list(accumulate(map(len, sheets)))

    def make(row: int) -> Record:
        number = bisect_right(ends, row)
        return sheets[number].make(row - ends[number] + len(sheets[number]))

    return Sheet(sheets[0].form, columns, [number for sheet in sheets for number in sheet.numbers], make)
