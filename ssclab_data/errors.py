"""Draw the one tree of errors that the package raises.

```
SsclabError
├── SettingsError            a setting, file name or lab key that cannot be used
├── ValueParseError          a text that is no instant, interval, geometry, number or unit
│   └── MissingZoneError     a time stamp without a zone where none is declared
├── QueryError               a request that cannot be answered as written (400)
│   ├── QuerySyntaxError     the text does not parse
│   ├── UnknownNameError     a name that the model does not have
│   ├── QueryTypeError       an operator or function on values it does not take
│   ├── QueryLimitError      the request is larger than the limits allow
│   ├── CursorError          a paging cursor that is broken, forged or of another query
│   └── QueryTooBroadError   more Observations to look at than time or memory allows
├── BodyError                the body of a request that cannot be written as it is (400)
├── MethodError              a path that is not written to in this way (405)
├── UnsupportedError         legal by the standard, not offered here (501)
├── NotFoundError            no such entity or path (404)
├── SourceError              a payload that cannot be read as what it was said to be
│   ├── UnknownSourceError   no mapping of that name
│   └── FeedError            a feed did not give what was asked of it
├── WebError                 no usable answer over HTTP, or an address that may not be asked
├── MappingError             a mapping file that is wrong (line and key)
├── InformationModelError    a module, profile, schema, shape or code list that is wrong or not there (file and line)
├── StoreError               the store cannot do what was asked
│   ├── StoreBusyError       another writer has the turn; try again
│   ├── StoreCorruptError    bytes of the file are not what was written
│   ├── ConflictError        what is to be made is there already, in another form
│   └── UnresolvedLinkError  an entity points at one that is not there
└── FederationError          no lab answered, or not all where all are needed
```
"""

from collections.abc import Sequence


class SsclabError(Exception):
    """Be the root of every error of this package."""

    code = "error"


class SettingsError(SsclabError):
    """A setting that cannot be used; the message says which and what is allowed."""

    code = "bad-setting"


class ValueParseError(SsclabError, ValueError):
    """A text that is not the value it should be.

    Attributes:
        text: the offending text.
        expected: what was expected, in words.
    """

    code = "bad-value"

    def __init__(self, text: str, expected: str) -> None:
        super().__init__(f"{text!r} is not {expected}")
        self.text = text
        self.expected = expected


class MissingZoneError(ValueParseError):
    """A time stamp without a zone: it is refused, never read in the machine's zone."""

    code = "zone-missing"


class QueryError(SsclabError):
    """A request that cannot be answered as written.

    Attributes:
        position: zero-based offset of the fault in the text it was read from, or None.
        option: the query option the fault is in (`$filter`, ...), or "".
    """

    code = "bad-query"

    def __init__(self, message: str, *, position: int | None = None, option: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.option = option

    def __str__(self) -> str:
        where = f"{self.option} " if self.option else ""
        at = f" (at {self.position})" if self.position is not None else ""
        return f"{where}{self.message}{at}"


class QuerySyntaxError(QueryError):
    """A query text that does not parse."""

    code = "query-syntax"


class UnknownNameError(QueryError):
    """A name that the model does not have; the message lists those it has.

    Attributes:
        name: the unknown name.
        known: the names that are allowed there, in the model's order.
    """

    code = "unknown-name"

    def __init__(
        self,
        what: str,
        name: str,
        *,
        known: Sequence[str],
        position: int | None = None,
        option: str = "",
    ) -> None:
        message = f"{what} {name!r}; known: {', '.join(known)}"
        super().__init__(message, position=position, option=option)
        self.name = name
        self.known = tuple(known)


class QueryTypeError(QueryError):
    """An operator or function on values that it does not take."""

    code = "query-type"


class QueryLimitError(QueryError):
    """A request larger than the limits of the server."""

    code = "query-limit"


class CursorError(QueryError):
    """A paging cursor that is broken, forged or made for another query."""

    code = "bad-cursor"


class QueryTooBroadError(QueryError):
    """A request that no index prunes, and that looks at more Observations than time or memory allows."""

    code = "query-too-broad"


class BodyError(SsclabError):
    """The body of a request that is not what can be written there; nothing of it was kept.

    Attributes:
        path: where in the body the fault is (`Datastreams/0/unitOfMeasurement`), or "" for the whole.
        known: names or values that would be allowed there.
    """

    code = "bad-body"

    def __init__(self, message: str, *, path: str = "", known: Sequence[str] = ()) -> None:
        options = f"; known: {', '.join(known)}" if known else ""
        super().__init__(f"{path}: {message}{options}" if path else f"{message}{options}")
        self.path = path
        self.known = tuple(known)


class UnsupportedError(SsclabError):
    """Something legal by the standard that is not offered here.

    Attributes:
        option: the name of the unsupported option or function.
    """

    code = "unsupported"

    def __init__(self, option: str, cure: str = "") -> None:
        super().__init__(f"{option} is not supported" + (f"; {cure}" if cure else ""))
        self.option = option


class NotFoundError(SsclabError):
    """No such entity, property or path."""

    code = "not-found"


class MethodError(SsclabError):
    """A path that does not take the method; the message says what to do instead.

    Attributes:
        allowed: the methods that it takes.
    """

    code = "method-not-allowed"

    def __init__(self, message: str, *, allowed: Sequence[str]) -> None:
        super().__init__(f"{message}; allowed: {', '.join(allowed)}")
        self.allowed = tuple(allowed)


class SourceError(SsclabError):
    """A payload that cannot be read as what it was said to be.

    Attributes:
        source: name of the source.
        where: file name, or "" for a payload given in memory.
    """

    code = "bad-payload"

    def __init__(self, message: str, *, source: str, where: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.message = message
        self.source = source
        self.where = where


class UnknownSourceError(SourceError):
    """No mapping has that name."""

    code = "unknown-source"


class FeedError(SourceError):
    """A feed did not give what was asked of it; what it gave before is stored.

    Attributes:
        temporary: whether the same request may succeed later.
        retry_after: seconds that the server asks to wait, 0 where it asks to be left alone for a while; None where it
            asks for nothing.
        cure: what to do about it.
    """

    code = "feed-failed"

    def __init__(
        self,
        message: str,
        *,
        where: str = "",
        cure: str = "",
        temporary: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, source="", where=where)
        self.cure = cure
        self.temporary = temporary
        self.retry_after = retry_after


class WebError(SsclabError):
    """No usable answer over HTTP, or an address that may not be asked.

    Attributes:
        fault: what is wrong with it, one of `WebFault`.
        reason: why, in words.
    """

    code = "no-usable-answer"

    def __init__(self, fault: str, reason: str) -> None:
        super().__init__(reason)
        self.fault = fault
        self.reason = reason


class MappingError(SsclabError):
    """A mapping file that is wrong.

    Attributes:
        file: name of the mapping file.
        line: one-based line number, or None.
        path: keys from the root of the file to the fault.
        reason: what is wrong, without the place.
    """

    code = "bad-mapping"

    def __init__(self, message: str, *, file: str, path: str = "", line: int | None = None) -> None:
        at = f":{line}" if line is not None else ""
        key = f" at {path}" if path else ""
        super().__init__(f"{file}{at}{key}: {message}")
        self.file = file
        self.line = line
        self.path = path
        self.reason = message


class InformationModelError(SsclabError):
    """A module, profile, schema, shape or code list that is wrong, or that no registry has.

    Attributes:
        file: name of the file, or "".
        line: one-based line number, or None.
    """

    code = "bad-information-model"

    def __init__(self, message: str, *, file: str = "", line: int | None = None) -> None:
        at = f":{line}" if line is not None else ""
        super().__init__(f"{file}{at}: {message}" if file else message)
        self.message = message
        self.file = file
        self.line = line


class StoreError(SsclabError):
    """The store cannot do what was asked; nothing of the request was kept."""

    code = "store"


class StoreBusyError(StoreError):
    """Another writer has the turn; the same request may be sent again."""

    code = "store-busy"


class StoreCorruptError(StoreError):
    """Bytes of the store are not what was written; the message says which, the rest stays readable."""

    code = "store-corrupt"


class ConflictError(StoreError):
    """What is to be made is there already, and says something else.

    Attributes:
        entity_type: name of the type of the one that is there.
        handle: its `@iot.id`.
    """

    code = "conflict"

    def __init__(self, message: str, *, entity_type: str, handle: int) -> None:
        super().__init__(message)
        self.entity_type = entity_type
        self.handle = handle


class UnresolvedLinkError(StoreError):
    """An entity points at one that is neither in the batch nor in the store."""

    code = "unresolved-link"


class FederationError(SsclabError):
    """No lab answered, or not all where the answer needs all (an exact count).

    Attributes:
        missing: lab key and reason of each lab that did not answer.
    """

    code = "no-lab-answered"

    def __init__(self, missing: Sequence[tuple[str, str]], *, what: str = "no lab answered") -> None:
        reasons = "; ".join(f"{lab}: {reason}" for lab, reason in missing)
        super().__init__(f"{what}: {reasons}")
        self.missing = tuple(missing)
