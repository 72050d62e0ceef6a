"""Check that an ingest by a profile says how good each row is, and keeps out none for it."""

from pathlib import Path
from typing import Any, cast

import pytest

from ssclab_data import Lab, Settings
from ssclab_data.errors import InformationModelError
from ssclab_data.model.sensorthings import Observation


def qualities(lab: Lab) -> list[Any]:
    return [cast("Observation", row.entity).result_quality for row in lab.datastreams().observations()]


@pytest.mark.needs("samples")
def test_rows_get_the_flag_of_their_profile(samples: Path) -> None:
    file = samples / "smart-emission" / "whale_timeseries-hour_device23_20160108_h23.json.gz"
    with (
        Lab.open(":memory:", key="helmond", settings=Settings()) as plain,
        Lab.open(":memory:", key="helmond", settings=Settings()) as rated,
    ):
        without, with_ = plain.ingest("smart-emission", file), rated.ingest("smart-emission", file, profile="lab-air@1")
        assert with_.observations.created == without.observations.created
        assert {str(value) for value in qualities(plain)} == {"UNSET"}
        assert {value["qartod"] for value in qualities(rated)} >= {1, 3, 4}, "carbon dioxide of that hour cannot be"


def test_a_profile_that_is_not_there_is_told_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    with (
        Lab.open(":memory:", key="helmond", settings=Settings()) as lab,
        pytest.raises(InformationModelError, match="known: lab-air@1"),
    ):
        lab.ingest("smart-emission", tmp_path / "x.json", profile="lab-water@1")
