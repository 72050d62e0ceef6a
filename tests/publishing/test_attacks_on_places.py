"""Try to find out where a sensor is from what the public gets: nothing finds more than the cell."""

import asyncio
import math
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from ssclab_data import Lab
from ssclab_data.model.crs import from_rd, to_rd
from ssclab_data.model.lab import LabInfo, Policy
from ssclab_data.publishing.cells import SIZES, cell_of
from ssclab_data.publishing.places import Ground, Places, metres
from ssclab_data.publishing.secret import Secret

from .street import DEVICE, HOME, dump, lab_folder, publish, series, stream, thing, use_key, write

THING = f"lorawan/{DEVICE}"
CELL = cell_of(*HOME, 250)


def id_of(folder: Path) -> str:
    with Lab.open(folder) as lab:
        return lab.published_key(THING)


def known(published: Path, client: TestClient) -> tuple[float, float]:
    """Give the position that is published of the home."""
    found = client.get("/sta/v1.1/Locations?$top=100").json()["value"]
    name = id_of(published).rpartition("/")[2][:8]
    (location,) = [one for one in found if one["name"].endswith(name)]
    longitude, latitude = location["location"]["coordinates"]
    return longitude, latitude


def test_the_published_position_is_in_the_cell_and_is_not_the_place(published: Path, client: TestClient) -> None:
    position = known(published, client)
    assert cell_of(*position, 250) == CELL
    assert metres(position, HOME) > 1


PATHS = (
    "/sta/v1.1/Locations",
    "/sta/v1.1/Things?$expand=Locations,HistoricalLocations($expand=Locations)",
    "/sta/v1.1/Datastreams?$select=observedArea",
    "/sta/v1.1/FeaturesOfInterest?$select=feature",
    "/ogc/collections/things/items",
)


async def views(app: Any, path: str, times: int) -> set[bytes]:
    """Ask so many times; no cache is asked to be left out, because none is between an attacker and a node either."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://helmond.example") as asker:
        return {(await asker.get(path)).content for _ in range(times)}


def test_ten_thousand_views_average_to_nothing_better(published: Path) -> None:
    """Goal G11: a shift that is drawn anew for each view averages out, 34 m to 0.3 m after 10,000; this one cannot."""
    with Lab.open_served(published) as lab:
        app = lab.asgi(base_url="https://helmond.example")
        for path in PATHS:
            found = asyncio.run(views(app, path, 2_000))
            assert len(found) == 1, path
            assert b"coordinates" in found.pop(), path


def test_averaging_all_things_of_a_home_gives_the_middle_of_the_cell() -> None:
    """Somebody who registers a sensor ten thousand times at one place learns the cell: the spread of the positions of
    many Things is that of the cell, 250 / sqrt(12) = 72 m in x and y, around its middle, wherever the place is in it.
    """
    ground = Ground(lab=LabInfo(key="x", name="x"), secret=Secret(bytes(32)), crowd={})
    corner = from_rd(CELL.column * 250 + 3, CELL.row * 250 + 3)
    found = []
    for number in range(10_000):
        places = Places(ground, f"published/{number}", Policy.GRID250, crowded=False)
        place = places.of({"type": "Point", "coordinates": list(corner)})
        assert place is not None
        found.append(to_rd(place.longitude, place.latitude))
    for at, low in ((0, CELL.column * 250), (1, CELL.row * 250)):
        values = [one[at] - low for one in found]
        assert abs(statistics.fmean(values) - 125) < 4  # 72 / sqrt(10,000) = 0.7
        assert abs(statistics.pstdev(values) - 0.96 * 250 / math.sqrt(12)) < 3
        assert 4.9 < min(values) < max(values) < 245.1


def box_of(answer: Any) -> int:
    return len(answer.json()["value"] if "value" in answer.json() else answer.json()["features"])


def wkt(west: float, south: float, east: float, north: float) -> str:
    return f"POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"


ATTACKS: dict[str, Callable[[str], str]] = {
    "st_within": lambda box: f"/sta/v1.1/Locations?$filter=st_within(location,geography'{box}')",
    "Things": lambda box: f"/sta/v1.1/Things?$filter=st_within(Locations/location,geography'{box}')",
    "FeaturesOfInterest": lambda box: f"/sta/v1.1/FeaturesOfInterest?$filter=st_intersects(feature,geography'{box}')",
    "observedArea": lambda box: f"/sta/v1.1/Datastreams?$filter=st_intersects(observedArea,geography'{box}')",
    "Observations": lambda box: (
        f"/sta/v1.1/Observations?$top=1&$filter=st_within(FeatureOfInterest/feature,geography'{box}')"
    ),
}


def shrink(found: Callable[[tuple[float, float, float, float]], bool], around: tuple[float, float]) -> list[float]:
    """Halve a box again and again, always taking the half that answers, as an attacker does who probes."""
    west, south, east, north = around[0] - 8e-4, around[1] - 7e-4, around[0] + 7.3e-4, around[1] + 6.1e-4
    for _ in range(40):
        if east - west > north - south:
            middle = (west + east) / 2
            west, east = (west, middle) if found((west, south, middle, north)) else (middle, east)
        else:
            middle = (south + north) / 2
            south, north = (south, middle) if found((west, south, east, middle)) else (middle, north)
    return [west, south, east, north]


@pytest.mark.parametrize("name", ATTACKS)
def test_probing_with_boxes_finds_the_published_position(name: str, published: Path, client: TestClient) -> None:
    """The search ends at what `Locations` tell anyway."""
    position = known(published, client)
    west, south, east, north = shrink(lambda box: box_of(client.get(ATTACKS[name](wkt(*box)))) > 0, position)
    assert math.dist(((west + east) / 2, (south + north) / 2), position) < 2e-6
    assert metres((west, south), HOME) > 1


def test_probing_with_a_bbox_of_ogc_api_finds_the_published_position(published: Path, client: TestClient) -> None:
    position = known(published, client)

    def found(box: tuple[float, float, float, float]) -> bool:
        answer = client.get(f"/ogc/collections/things/items?bbox={','.join(f'{side:.9f}' for side in box)}")
        assert answer.status_code == 200, answer.text
        return bool(answer.json()["features"])

    west, south, east, north = shrink(found, position)
    assert math.dist(((west + east) / 2, (south + north) / 2), position) < 2e-6


def test_a_box_around_the_place_itself_finds_nothing(client: TestClient) -> None:
    longitude, latitude = HOME
    box = wkt(longitude - 1e-4, latitude - 1e-4, longitude + 1e-4, latitude + 1e-4)
    for name, path in ATTACKS.items():
        assert box_of(client.get(path(box))) == 0, name


def test_distances_from_three_points_give_the_published_position(published: Path, client: TestClient) -> None:
    """Find each distance by halving what `geo.distance ... lt` tells, and cut the three circles."""
    position = known(published, client)
    name = f"Place of sensor {id_of(published).rpartition('/')[2][:8]}"
    anchors = [(position[0] - 0.01, position[1]), (position[0] + 0.01, position[1]), (position[0], position[1] + 0.01)]

    def distance(anchor: tuple[float, float]) -> float:
        low, high = 0.0, 0.05
        for _ in range(40):
            middle = (low + high) / 2
            nearer = f"geo.distance(location,geography'POINT({anchor[0]} {anchor[1]})') lt {middle:.15f}"
            answer = client.get(f"/sta/v1.1/Locations?$filter=name eq '{name}' and {nearer}")
            low, high = (low, middle) if box_of(answer) else (middle, high)
        return (low + high) / 2

    west, east, top = (distance(anchor) for anchor in anchors)
    # With u east and v north of it: west^2 = (u + r)^2 + v^2, east^2 = (u - r)^2 + v^2, top^2 = u^2 + (v - r)^2.
    u = (west**2 - east**2) / 0.04
    v = (west**2 - top**2) / 0.02 - u
    x, y = position[0] + u, position[1] + v
    assert math.isclose(x, position[0], abs_tol=1e-6)
    assert math.isclose(y, position[1], abs_tol=1e-6)


def test_the_order_by_distance_is_that_of_the_published_positions(client: TestClient) -> None:
    """Who orders by distance from the place itself gets the order of what is published, distances with it."""
    longitude, latitude = HOME
    point = f"geography'POINT({longitude} {latitude})'"
    found = client.get(f"/sta/v1.1/Locations?$orderby=geo.distance(location,{point})").json()["value"]
    distances = [math.dist(one["location"]["coordinates"], HOME) for one in found]
    assert len(distances) == 4
    assert distances == sorted(distances)
    assert distances[0] > 1e-5


def test_publishing_two_hundred_times_gives_the_same(lab: Path) -> None:
    publish(lab)
    first, size = dump(lab / "public.db"), (lab / "public.db").stat().st_size
    for number in range(200):
        assert not publish(lab, full=number % 40 == 0).changed
    assert dump(lab / "public.db") == first
    assert (lab / "public.db").stat().st_size == size


def test_two_keys_have_nothing_in_common(tmp_path: Path) -> None:
    """Of two labs with the same sensor nobody can tell by ids or positions that it is the same one."""
    said = []
    for name in ("one", "two"):
        folder = lab_folder(tmp_path / name)
        write(folder, [*thing(THING, properties={"placement": "home"}), *stream(THING, "pm25")])
        publish(folder)
        found = dump(folder / "public.db")
        said.append({part for kind in ("Thing", "Location", "Datastream", "Sensor") for part in found[kind]})
    assert not said[0] & said[1]
    assert (tmp_path / "one" / "publishing.key").read_text() != (tmp_path / "two" / "publishing.key").read_text()


def publication(folder: Path, position: tuple[float, float], policy: str) -> dict[str, list[str]]:
    """Publish a lab with one sensor at a place, by one key."""
    text = (lab_folder(folder) / "lab.yaml").read_text().replace("{}", f"{{policies: {{home: {policy}}}}}")
    (folder / "lab.yaml").write_text(text)
    use_key(folder)
    of = f"{THING}/pm25"
    write(
        folder,
        [*thing(THING, position, properties={"placement": "home"}), *stream(THING, "pm25")],
        series(of, [(minute, 3.5) for minute in range(20)], position=position),
    )
    publish(folder)
    return dump(folder / "public.db")


@settings(max_examples=12)
@given(
    size=st.sampled_from(sorted(SIZES.values())),
    one=st.tuples(st.floats(0.001, 0.999), st.floats(0.001, 0.999)),
    other=st.tuples(st.floats(0.001, 0.999), st.floats(0.001, 0.999)),
)
def test_moving_the_place_within_its_cell_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, size: int, one: tuple[float, float], other: tuple[float, float]
) -> None:
    """What is published is a function of the key, the Thing and the cell, and of nothing else of the place."""
    cell = cell_of(*HOME, size)
    folder = tmp_path_factory.mktemp("cell")
    said = [
        publication(
            folder / str(number), from_rd((cell.column + east) * size, (cell.row + north) * size), f"grid{size}"
        )
        for number, (east, north) in enumerate((one, other))
    ]
    assert said[0] == said[1]


def test_positions_that_jitter_over_an_edge_stay_in_the_first_cell() -> None:
    """A sensor 10 m from an edge is seen on both sides of it; two cells would show that it is at the edge."""
    ground = Ground(lab=LabInfo(key="x", name="x"), secret=Secret(bytes(32)), crowd={})
    edge = (CELL.column + 1) * 250
    points = [from_rd(edge + east, CELL.row * 250 + 100) for east in (-10, 10, -30, 30)]
    far = from_rd(edge + 150, CELL.row * 250 + 100)
    geometries = [{"type": "Point", "coordinates": list(point)} for point in (*points, far)]
    places = Places(ground, "published/x", Policy.GRID250, crowded=False)
    places.settle(geometries)
    found = [place.cell for place in map(places.of, geometries) if place is not None]
    east = f"rd250:{CELL.column + 1}:{CELL.row}"
    assert found == [CELL.name, CELL.name, CELL.name, CELL.name, east]


@pytest.mark.parametrize("size", [100, 250, 1000])
@pytest.mark.parametrize(
    "position",
    [(5.671223, 51.473901), (3.22, 51.5), (7.28, 52.3), (13.4, 52.5), (-70.0, -33.4), (179.99, 0.0), (25.0, 89.9)],
)
def test_a_position_is_always_in_its_cell(position: tuple[float, float], size: int) -> None:
    """In RD New and elsewhere, at the corners of the cell too; a cell is nowhere wider than two sides."""
    cell = cell_of(*position, size)
    corners = [cell.position((east, north)) for east in (0.0, 0.999999) for north in (0.0, 0.999999)]
    assert {cell_of(*corner, size) for corner in corners} == {cell}
    assert metres(corners[0], corners[3]) < cell.diagonal
    assert metres(position, corners[0]) <= cell.diagonal + 1
