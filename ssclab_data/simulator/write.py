"""Write a lab's payloads of all vendors into a folder, as one would have fetched them."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from ssclab_data.simulator import luchtmeetnet, sensor_community, smart_emission
from ssclab_data.simulator.places import Place, Vendor
from ssclab_data.simulator.scenario import Scenario

_WRITERS: Mapping[Vendor, Callable[[Place, Scenario], Iterator[tuple[str, bytes]]]] = {
    Vendor.SMART_EMISSION: smart_emission.files,
    Vendor.SENSOR_COMMUNITY: sensor_community.files,
    Vendor.LUCHTMEETNET: luchtmeetnet.files,
}


class Feed(msgspec.Struct, frozen=True):
    """Files of one source; those that describe units come first."""

    source: str
    files: tuple[Path, ...]


def write(place: Place, scenario: Scenario, *, folder: Path) -> tuple[Feed, ...]:
    """Write the payloads of a lab into `folder/<source>/`, and give them by source.

    The bytes are the same for the same scenario.
    """
    return tuple(feed for vendor in Vendor if (feed := _feed(place, vendor, scenario=scenario, folder=folder)).files)


def _feed(place: Place, vendor: Vendor, *, scenario: Scenario, folder: Path) -> Feed:
    written = []
    for name, content in _WRITERS[vendor](place, scenario):
        path = folder / vendor.value / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        written.append(path)
    return Feed(vendor.value, tuple(written))
