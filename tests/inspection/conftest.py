"""Build a lab that is in order, filled through the whole pipeline."""

from collections.abc import Iterator

import pytest

from ssclab_data import Lab, Settings
from ssclab_data.model.values import Instant
from ssclab_data.simulator.places import places
from ssclab_data.simulator.scenario import Scenario
from ssclab_data.simulator.write import write


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Breda with two hours of simulated data of its vendors."""
    folder = tmp_path_factory.mktemp("filled")
    scenario = Scenario(end=Instant.parse("2026-01-15T00:00:00Z"), hours=2, minutes=30)
    breda = next(place for place in places() if place.key == "breda")
    with Lab.open(folder / "breda.db", key="breda", settings=Settings()) as lab:
        for feed in write(breda, scenario, folder=folder / "files"):
            lab.ingest(feed.source, *feed.files)
        yield lab
