"""Read which labs a hub joins from a `federation.yaml`, checked by `schemas/federation.schema.json`."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ssclab_data.errors import SettingsError
from ssclab_data.model.groups import check_publication
from ssclab_data.model.lab import LabInfo, Publication
from ssclab_data.model.values import Box
from ssclab_data.validation.json_schema import faults_of

_SCHEMA = "federation"
_SERVICE = "/sta/v1.1"


class LabEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One lab of a federation.

    Attributes:
        municipality: CBS code, or "".
        character: what kind of area it is, or "".
        area: CRS84 degrees.
        url: root of its SensorThings 1.1 service.
    """

    key: str
    name: str
    url: str
    municipality: str = ""
    character: str = ""
    area: Box | None = None

    @property
    def info(self) -> LabInfo:
        """The lab as the rest of the package knows it; its address is that of its node, where the url shows it."""
        return LabInfo(
            key=self.key,
            name=self.name,
            municipality=self.municipality,
            character=self.character,
            area=self.area,
            url=self.url.rstrip("/").removesuffix(_SERVICE),
        )


class Descriptor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a `federation.yaml` says.

    Attributes:
        key: key of the hub.
        name: for people.
        deadline: seconds that an answer waits for its labs; None leaves it to the settings.
        publication: what the hub's catalogue says of the hub.
    """

    key: str
    name: str
    labs: tuple[LabEntry, ...]
    deadline: float | None = None
    publication: Publication = Publication()


def read_descriptor(source: "str | Path | Descriptor") -> Descriptor:
    """Read a descriptor from a file, or from its YAML text (a text of more than one line).

    Raises:
        SettingsError: it cannot be read or is wrong; the message has the file, the place and what is allowed.
    """
    if isinstance(source, Descriptor):
        return check_descriptor(msgspec.json.decode(msgspec.json.encode(source)), where="the descriptor")
    if isinstance(source, str) and "\n" in source:
        return _parse(source, where="federation text")
    path = Path(source)
    try:
        return _parse(path.read_text(encoding="utf-8"), where=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from error


def check_descriptor(document: object, *, where: str) -> Descriptor:
    """Check a parsed descriptor.

    Args:
        where: its name in messages.

    Raises:
        SettingsError: it is wrong; every fault is named.
    """
    faults = list(faults_of(_SCHEMA, document))
    if faults:
        raise SettingsError(f"{where}: " + "; ".join(faults))
    descriptor = msgspec.convert(document, Descriptor)
    faults = list(_rule_faults(descriptor))
    if faults:
        raise SettingsError(f"{where}: " + "; ".join(faults))
    return descriptor


def _parse(text: str, *, where: str) -> Descriptor:
    try:
        document = msgspec.yaml.decode(text)
    except msgspec.DecodeError as error:
        raise SettingsError(f"{where}: it is no YAML: {error}") from error
    return check_descriptor(document, where=where)


def _rule_faults(descriptor: Descriptor) -> Iterator[str]:
    """Check what a JSON Schema cannot say."""
    try:
        check_publication(descriptor.publication)
    except SettingsError as error:
        yield str(error)
    counted = Counter(lab.key for lab in descriptor.labs)
    for key, count in counted.items():
        if count > 1:
            yield f"lab {key!r} is there {count} times; each lab has a key of its own"
    for lab in descriptor.labs:
        if lab.area is not None and lab.area.south >= lab.area.north:
            yield f"the area of lab {lab.key!r} has its south edge above its north edge"
