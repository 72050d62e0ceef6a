"""Check documents by `jsonschema-rs`, which is fast; its only door."""

from collections.abc import Iterator
from typing import Any

from ssclab_data.errors import InformationModelError
from ssclab_data.validation.formats import FORMATS
from ssclab_data.validation.json_faults import NOTHING, Compiled, Fault, Path
from ssclab_data.validation.json_reference import ReferenceEngine
from ssclab_data.validation.schemas import Library, Schema

_BY_NAME = "dependentRequired"


class FastEngine:
    """Check by `jsonschema-rs`; a document that it cannot take goes to the reference."""

    name = "jsonschema-rs"

    def compile(self, schema: Schema, library: Library) -> Compiled:
        """Make a schema ready; see `JsonEngine`."""
        return _FastCompiled(schema, library)


class _FastCompiled:
    def __init__(self, schema: Schema, library: Library) -> None:
        import jsonschema_rs

        self._schema, self._library = schema, library
        try:
            self._validator = jsonschema_rs.Draft202012Validator(
                schema,
                formats={name: one.check for name, one in FORMATS.items()},
                validate_formats=True,
                ignore_unknown_formats=False,
                retriever=library.find,
                offline=False,
            )
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise InformationModelError(str(error)[:200], file=schema["$id"]) from error
        self._reference: Compiled | None = None
        self._places: dict[str, tuple[str, Schema]] = {}

    def is_valid(self, document: Any) -> bool:
        try:
            return self._validator.is_valid(document)
        except ValueError:  # an unpaired surrogate, which Python's texts can hold
            return self._slow.is_valid(document)

    def faults(self, document: Any) -> Iterator[Fault]:
        try:
            errors = list(self._validator.iter_errors(document))
        except ValueError:
            yield from self._slow.faults(document)
            return
        try:
            yield from [self._fault(error, document) for error in errors]
        except KeyError:  # names that look like numbers ("03") come as numbers (3)
            yield from self._slow.faults(document)

    def _fault(self, error: Any, document: Any) -> Fault:
        at = tuple(error.instance_path)
        if error.kind.name == "falseSchema":
            return Fault("", NOTHING, at, _value(document, at))
        if error.kind.name == "propertyNames":
            name = error.kind.error.instance
            return Fault(*self._place(str(error.kind.error.absolute_keyword_location)), (*at, name), name)
        context = getattr(error.kind, "context", ())
        branches = tuple(tuple(self._fault(one, document) for one in branch) for branch in context)
        if not all(branches):  # one of them holds: it is `oneOf`, of which several do
            branches = ()
        return Fault(*self._place(str(error.absolute_keyword_location)), at, _value(document, at), branches)

    @property
    def _slow(self) -> Compiled:
        if self._reference is None:
            self._reference = ReferenceEngine().compile(self._schema, self._library)
        return self._reference

    def _place(self, location: str) -> tuple[str, Schema]:
        """Find the keyword and the subschema that it stands in."""
        if location not in self._places:
            self._places[location] = self._looked_up(location)
        return self._places[location]

    def _looked_up(self, location: str) -> tuple[str, Schema]:
        above, _, keyword = location.rpartition("/")
        if above.endswith(f"/{_BY_NAME}"):  # the library numbers the names there
            above, keyword = above.removesuffix(f"/{_BY_NAME}"), _BY_NAME
        return keyword, self._library.lookup(above)


def _value(document: Any, at: Path) -> Any:
    for step in at:
        document = document[step]
    return document
