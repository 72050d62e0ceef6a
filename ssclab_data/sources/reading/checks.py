"""Check that a form says what its reader needs: paths that are paths, delimiters, columns, pairs."""

from collections.abc import Iterator

from ssclab_data.sources.declaration import Column, Form
from ssclab_data.sources.reading.paths import parse_path
from ssclab_data.sources.reading.tables import BLANKS, DELIMITERS

type Wrong = tuple[str, str]
"""A key of the form, and what is wrong with it."""


def wrong_in(form: Form) -> Iterator[Wrong]:
    """Find what a reader could not do with a form."""
    if form.reader == "json":
        yield from _paths(form)
    if form.reader == "table":
        yield from _table(form)
    if form.reader == "fixed":
        yield from _fixed(form.columns)
    if form.wide is not None and form.reader != "table":
        yield "wide", "only a table has columns that are records"
    if form.pairs and not (form.pair_key and form.pair_value):
        yield "pairs", "say in `pair_key` and `pair_value` which members of a pair name the field and hold the value"
    if bool(form.pair_key) != bool(form.pair_value):
        yield "pair_key", "`pair_key` and `pair_value` go together"


def _paths(form: Form) -> Iterator[Wrong]:
    for key, path in (("records", form.records), *(("keep", path.partition(" as ")[0]) for path in form.keep)):
        try:
            parse_path(path)
        except ValueError as error:
            yield key, str(error)
    for key, path in (*(("keep", path) for path in form.keep), ("names", form.names)):
        if any(bracket in path for bracket in "[]{}"):
            yield key, f"{path!r} has brackets; write the names alone, joined by dots"
    if form.arrays and (form.names or form.columns):
        yield "arrays", "records are objects with lists, or are lists with `names` or `columns`: not both"


def _table(form: Form) -> Iterator[Wrong]:
    if form.delimiter not in (BLANKS, *DELIMITERS) and len(form.delimiter) != 1:
        yield "delimiter", f"{form.delimiter!r} is no delimiter: give one character, `tab` or `blanks`"
    if not form.header and not form.header_comment and not form.columns:
        yield "columns", "a table without header needs the names of its columns"
    if form.header_comment and not form.comment:
        yield "comment", "say what a comment begins with: the names stand in one"
    if form.header_units and not 2 <= form.header_units <= form.header:
        yield "header_units", f"the units stand in one of the header lines from 2 to {form.header}"
    if form.wide is not None and not form.header and not form.header_comment:
        yield "wide", "columns that are records need a header"


def _fixed(columns: tuple[Column, ...]) -> Iterator[Wrong]:
    if not columns:
        yield "columns", "say where the columns are: `{name: station, start: 0, end: 5}`"
    for number, column in enumerate(columns):
        if not 0 <= column.start < column.end:
            yield f"columns.{number}", f"{column.name!r} ends at {column.end}, which is not after {column.start}"
