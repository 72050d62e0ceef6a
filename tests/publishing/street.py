"""Build labs with sensors at homes, on people and in public space."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ssclab_data import Lab
from ssclab_data.model.entity import Entity, Link
from ssclab_data.model.sensorthings import (
    ENTITY_TYPES,
    GEOJSON,
    OM,
    Datastream,
    FeatureOfInterest,
    HistoricalLocation,
    Location,
    ObservedProperty,
    Sensor,
    Thing,
)
from ssclab_data.model.series import Series
from ssclab_data.model.units import resolve_unit
from ssclab_data.model.values import Instant
from ssclab_data.publishing import PublishReport
from ssclab_data.publishing.blurring import property_entity
from ssclab_data.publishing.policy import property_of
from ssclab_data.query import ast
from ssclab_data.selection import pages
from ssclab_data.stores.base import Batch, Row

MINUTE = 60_000_000
START = Instant.parse("2026-03-01T12:00:00Z").us
LATER = Instant.parse("2026-03-02T00:00:00Z")
DEVICE = "a840411f6182f0ab"
MAC = "00:1A:2B:3C:4D:5E"
HOME = (5.671223, 51.473901)
STREET = "Dorpsstraat"
LAB = """key: helmond
name: Helmond
municipality: "gm0794"
area: {west: 5.58, south: 51.43, east: 5.75, north: 51.52}
publishing: {}
"""

type Position = tuple[float, float]
type Rows = Sequence[tuple[int, Any]]


def lab_folder(folder: Path, text: str = LAB) -> Path:
    """Make a folder with a lab.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lab.yaml").write_text(text)
    return folder


def use_key(folder: Path, key: str = "5a" * 32) -> None:
    """Give a lab a key that is the same in every run: a random position may begin with the digits of the real one."""
    (folder / "publishing.key").write_text(key)
    (folder / "publishing.key").chmod(0o600)


def place(key: str, position: Position, name: str = "") -> tuple[Location, FeatureOfInterest]:
    """Give the Location and the FeatureOfInterest of a place; their keys tell it, as those of mappings do."""
    cell = f"{position[1]:.3f},{position[0]:.3f}"
    point = {"type": "Point", "coordinates": list(position)}
    named = name or f"{STREET} 5, {cell}"
    return (
        Location(key=f"{key}/{cell}", name=named, description=f"{STREET} 5", encoding_type=GEOJSON, location=point),
        FeatureOfInterest(
            key=f"{key}/{cell}", name=named, description=f"{STREET} 5", encoding_type=GEOJSON, feature=point
        ),
    )


def thing(
    key: str, position: Position | None = HOME, *, properties: dict[str, Any] | None = None, name: str = ""
) -> list[Entity]:
    """Describe a Thing at a place."""
    described: list[Entity] = [*place(key, position)] if position else []
    locations = tuple(Link(key=str(one.key)) for one in described if isinstance(one, Location))
    named = name or f"Kastje van {STREET} 5, {key.rpartition('/')[2]}"
    return [
        *described,
        Thing(
            key=key,
            name=named,
            description=f"{position[1]},{position[0]}" if position else "",
            properties=properties or {},
            locations=locations,
        ),
    ]


def stream(
    of: str, property_id: str, *, number: str = "", definition: str = "", properties: dict[str, Any] | None = None
) -> list[Entity]:
    """Describe a Datastream of a Thing, with its Sensor."""
    info = property_of(f"property/{property_id}", "")
    observed = (
        property_entity(info)
        if info is not None
        else ObservedProperty(key=f"x/{property_id}", name=property_id, definition=definition, description="")
    )
    unit = resolve_unit(info.ucum).measurement if info is not None else resolve_unit("1").measurement
    sensor = Sensor(
        key=f"{of}/sensor",
        name=f"Sensor {of}",
        description=STREET,
        encoding_type="text/html",
        metadata=f"https://vendor.example/{of.rpartition('/')[2]}",
    )
    return [
        sensor,
        observed,
        Datastream(
            key=f"{of}/{property_id}{number}",
            name=f"{property_id}, {STREET} 5",
            description=f"{property_id} by {of}",
            observation_type=f"{OM}OM_Measurement",
            unit_of_measurement=unit,
            properties={"calibrated": True, "note": STREET, **(properties or {})},
            thing=Link(key=of),
            sensor=Link(key=str(sensor.key)),
            observed_property=Link(key=str(observed.key)),
        ),
    ]


def series(of: str, rows: Rows, *, position: Position | None = HOME, **columns: Any) -> Series:
    """Give Observations of a Datastream, each of a minute after `START`."""
    feature = "" if position is None else f"{of.rpartition('/')[0]}/{position[1]:.3f},{position[0]:.3f}"
    return Series(
        datastream=of,
        feature=feature,
        start=tuple(START + minute * MINUTE for minute, _ in rows),
        result=tuple(result for _, result in rows),
        **columns,
    )


def move(of: str, minute: int, position: Position) -> HistoricalLocation:
    """Say when a Thing came to a place."""
    cell = f"{position[1]:.3f},{position[0]:.3f}"
    time = Instant(START + minute * MINUTE)
    return HistoricalLocation(
        key=f"{of}/at/{time}", time=time, thing=Link(key=of), locations=(Link(key=f"{of}/{cell}"),)
    )


def write(folder: Path, entities: Sequence[Entity], *rows: Series) -> None:
    """Write into the exact store of a lab."""
    unique = {(type(one).__name__, one.key): one for one in entities}
    with Lab.open(folder) as lab:
        lab.store.apply(Batch(entities=tuple(unique.values()), series=rows))


def publish(folder: Path, *, now: Instant = LATER, full: bool = False) -> PublishReport:
    """Publish a lab."""
    with Lab.open(folder) as lab:
        report = lab.publish(now=now, full=full)
    assert report.adds_up
    return report


def dump(file: Path) -> dict[str, list[str]]:
    """Give all that a store says, without the numbers that it gives itself."""
    with Lab.open(file) as lab:
        return {kind: sorted(str(_plain(row)) for row in _all(lab, kind)) for kind in ENTITY_TYPES}


def _all(lab: Lab, kind: str) -> Iterator[Row]:
    expand = tuple(
        ast.Expand(link.name, ast.Query(entity_type=link.target, select=((ast.ID,),)))
        for link in ENTITY_TYPES[kind].navigations
        if not link.many or (kind, link.name) in (("Thing", "Locations"), ("HistoricalLocation", "Locations"))
    )
    return pages(lab.store, ast.Query(entity_type=kind, expand=expand))


def _plain(row: Row) -> tuple[Any, ...]:
    links = {name: sorted(str(one.entity.key) for one in row.at(name)) for name in row.related}
    return (row.entity.key, row.entity, sorted(links.items()))


MINUTES = tuple((minute, 40.0 + minute % 7) for minute in range(60))
"""A value each minute of an hour."""


def street(folder: Path) -> Path:
    """Make a lab with a home, a pole, a person and a Thing of which nothing is known, each with two Datastreams."""
    use_key(lab_folder(folder))
    home, pole, carried, unknown = f"lorawan/{DEVICE}", f"net/{MAC}", "bike/8266", "x/esp8266-1234567"
    register = {
        "owner": "Gemeente Helmond",
        "purpose": "Meten van PM2.5 voor gezonde lucht",
        "legalGround": "public-task",
        "personalData": "no",
        "activeUntil": "2028-01-01",
    }
    home_only = {"owner": "Jan de Vries", "address": f"{STREET} 5", "devEui": DEVICE, "lat": HOME[1], "email": "j@d.nl"}
    entities = [
        *thing(home, properties={**register, **home_only, "placement": "home"}),
        *thing(pole, (5.6612345, 51.4812345), properties={**register, "placement": "public-space", "mac": MAC}),
        *thing(carried, (5.6412345, 51.4912345), properties={**register, "placement": "person-carried"}),
        *thing(unknown, (5.6512345, 51.4612345)),
    ]
    for key in (home, pole, carried, unknown):
        entities += [*stream(key, "pm25"), *stream(key, "noise-level")]
    rows = [
        series(f"{key}/{name}", MINUTES, position=position, parameters=[{"rssi": -80, "gateway": MAC}] * 60)
        for key, position in (
            (home, HOME),
            (pole, (5.6612345, 51.4812345)),
            (carried, (5.6412345, 51.4912345)),
            (unknown, (5.6512345, 51.4612345)),
        )
        for name in ("pm25", "noise-level")
    ]
    write(folder, entities, *rows)
    return folder
