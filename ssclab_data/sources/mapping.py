"""Load mapping files and make sources of them: adding a file adds a source."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import msgspec

from ssclab_data import registry
from ssclab_data.errors import MappingError, UnknownSourceError, ValueParseError
from ssclab_data.model import codelists
from ssclab_data.model.showing import one_line
from ssclab_data.model.units import convert_unit, resolve_unit, units
from ssclab_data.resources import extensions, roots
from ssclab_data.sources.base import MappedPayload, Source, SourceContext
from ssclab_data.sources.checking import mistakes
from ssclab_data.sources.declaration import MappingFile
from ssclab_data.sources.declaration.services import ServiceFile
from ssclab_data.sources.engine import Engine
from ssclab_data.sources.lookups import with_tables_inside
from ssclab_data.sources.miswritten import repeated_key, what_is_wrong
from ssclab_data.sources.plan import Plan
from ssclab_data.sources.reading import Sheets, records_of, sheets_of
from ssclab_data.sources.reading.dividing import divide

GROUP = "ssclab_data.mappings"
"""Entry points of packages that bring mapping files: each gives the text of one."""

WRITTEN: Mapping[str, str] = MappingProxyType({"sensorthings": "ssclab_data.sources.sensorthings:SOURCE"})
"""Where the sources are that are written in Python, by name; loaded when they are asked for."""

_SERVICE = re.compile(r"^service:", re.MULTILINE)
_OF_SERVICE = "ssclab_data.sources.sensorthings:SensorThingsSource"
MAX_BYTES = 4 * 1024 * 1024
"""The largest file of a mapping."""

_NAME = re.compile(r"""^source:[ \t]*["']?([^"'\s#]+)""", re.MULTILINE)


class MappedSource:
    """A source that a mapping file declares."""

    def __init__(self, mapping: MappingFile) -> None:
        self.mapping = mapping

    @property
    def name(self) -> str:
        """Name of the source."""
        return self.mapping.source

    @property
    def about(self) -> MappingFile:
        """The mapping itself."""
        return self.mapping

    @cached_property
    def plan(self) -> Plan:
        """The mapping, compiled when the first payload is read."""
        return Plan(self.mapping)

    def read(self, payload: bytes, context: SourceContext) -> MappedPayload:
        """Map one payload.

        Raises:
            SourceError: it is not a payload of this source.
        """
        tables = with_tables_inside(self.mapping, payload, context.tables)
        engine = Engine(self.mapping, msgspec.structs.replace(context, tables=tables), self.plan)
        if engine.takes_columns:
            return engine.map(sheets_of(self.mapping, payload, context.where))
        return engine.map(Sheets(records=records_of(self.mapping, payload, context.where)))

    def divide(self, file: BinaryIO, size: int) -> Iterator[bytes]:
        """Cut a table, a JSON list or JSON documents that follow one another into payloads; nothing for other files."""
        return divide(self.mapping, file, size)


def load_source(name: str) -> Source:
    """Find a source by name: in this package, or announced by another one.

    Raises:
        UnknownSourceError: no mapping has that name; the message lists those there are.
        MappingError: its mapping file is wrong.
    """
    if name in WRITTEN:
        written: Source = registry.load(WRITTEN[name])
        return written
    texts = _texts(extensions())
    if name not in texts:
        raise UnknownSourceError(f"no source is called {name!r}; known: {', '.join(source_names())}", source=name)
    return _mapped(*texts[name])


def source_names() -> tuple[str, ...]:
    """Give the names of all sources, sorted."""
    return tuple(sorted({*_texts(extensions()), *WRITTEN}))


def load_file(path: Path) -> Source:
    """Make a source of a mapping file.

    Raises:
        MappingError: it is wrong; the message has file, line and key.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise MappingError(f"it is larger than {MAX_BYTES:,} bytes, which no mapping is", file=str(path))
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise MappingError(f"cannot be read: {error.strerror}", file=str(path)) from error
    except UnicodeDecodeError as error:
        raise MappingError(f"it is not UTF-8 text (byte {error.start})", file=str(path)) from error
    return make_source(text, str(path))


def find_source(name: str) -> Source:
    """Find a source by name, or make one of a mapping file by its path (`my-vendor.yaml`).

    Raises:
        UnknownSourceError: no mapping has that name.
        MappingError: the mapping file is wrong.
    """
    return load_file(Path(name)) if name.endswith((".yaml", ".yml")) else load_source(name)


def make_source(text: str, file: str) -> Source:
    """Make a source of the text of a mapping file; one with the key `service` is of a SensorThings service.

    Raises:
        MappingError: it is wrong.
    """
    if not is_of_service(text):
        return MappedSource(parse_mapping(text, file))
    made: Source = registry.load(_OF_SERVICE)(parse_service(text, file))
    return made


def is_of_service(text: str) -> bool:
    """Tell whether the text of a mapping file is of one SensorThings service."""
    return _SERVICE.search(text) is not None


def parse_service(text: str, file: str) -> ServiceFile:
    """Read and check the text of a mapping of one SensorThings service.

    Raises:
        MappingError: it is wrong.
    """
    service = parse_declared(text, file, ServiceFile)
    try:
        re.compile(service.names)
    except re.error as error:
        raise MappingError(f"no pattern: {error}", file=file, path="names", line=line_of(text, ["names"])) from error
    for name, rule in service.fields.items():
        path = f"fields.{name}"
        try:
            info, unit = codelists.observed_property(rule.property), resolve_unit(rule.unit) if rule.unit else None
            convert_unit(unit or units()[info.ucum], units()[info.ucum])
        except ValueParseError as error:
            raise MappingError(str(error), file=file, path=path, line=line_of(text, ["fields", name])) from error
    return service


def parse_mapping(text: str, file: str) -> MappingFile:
    """Read and check the text of a mapping file.

    Raises:
        MappingError: it is wrong.
    """
    mapping = parse_declared(text, file, MappingFile)
    _check(mapping, text, file)
    return mapping


def parse_declared[T](text: str, file: str, kind: type[T]) -> T:
    """Read the text of a mapping file, without looking at what it names outside itself.

    Raises:
        MappingError: it is no YAML, or says what the language does not have.
    """
    import yaml

    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        twice = repeated_key(node)  # before `<<` is put in place: what is merged may be there once more
        document = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise MappingError(str(error.problem), file=file, line=line) from error
    except (yaml.YAMLError, ValueError) as error:  # such as a date or number that is none
        raise MappingError(f"it is no YAML: {one_line(str(error))}", file=file) from error
    except RecursionError as error:
        raise MappingError("it is nested too deeply", file=file) from error
    if twice is not None:
        message = f"the key {twice[-1]!r} is there twice, and only one of them would count: take one out"
        raise MappingError(message, file=file, path=".".join(twice), line=line_of(text, twice))
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        wrong = what_is_wrong(document, kind, error, text)
        path = ".".join(wrong.keys)
        raise MappingError(wrong.message, file=file, path=path, line=line_of(text, wrong.keys)) from error


def _check(mapping: MappingFile, text: str, file: str) -> None:
    """Refuse a mapping that names what is not there.

    Raises:
        MappingError: the first of its mistakes.
    """
    for mistake in mistakes(mapping):
        path = ".".join(mistake.keys)
        raise MappingError(mistake.message, file=file, path=path, line=line_of(text, mistake.keys))


def line_of(text: str, keys: Sequence[str]) -> int | None:
    """Find the line of the last key of a path that the file has."""
    import yaml

    node: Any = yaml.compose(text)
    line = None
    for key in keys:
        if isinstance(node, yaml.SequenceNode) and key.isdecimal() and int(key) < len(node.value):
            node = node.value[int(key)]
            line = node.start_mark.line + 1
            continue
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        pair = next((pair for pair in pairs if pair[0].value == key), None)
        if pair is None:
            break
        line, node = pair[0].start_mark.line + 1, pair[1]
    return line


@cache
def _texts(_extensions: tuple[object, ...]) -> Mapping[str, tuple[str, str]]:
    """Give file name and text of each mapping by the name of its source; those of extensions go before ours.

    Only the line with the name is looked at, so that a mistake in one mapping keeps no other source from being read.
    """
    folders = [resources.files("ssclab_data.sources") / "mappings", *roots("mappings")]
    files = [file for folder in folders for file in folder.iterdir() if file.name.endswith(".yaml")]
    texts = [(file.name, file.read_text(encoding="utf-8")) for file in files]
    texts += registry.announced(GROUP)
    named = {_source_name(text, file): (file, text) for file, text in texts}
    return {name: named[name] for name in sorted(named)}


@cache
def _mapped(file: str, text: str) -> Source:
    return make_source(text, file)


def _source_name(text: str, file: str) -> str:
    match = _NAME.search(text)
    return match[1] if match else Path(file).stem
