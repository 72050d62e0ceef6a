"""The Python of the documentation runs."""

import gzip
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ssclab_data.model.values import Instant
from ssclab_data.simulator.places import places
from ssclab_data.simulator.scenario import Scenario
from ssclab_data.simulator.smart_emission import hour_answer


@pytest.fixture
def payload(tmp_path: Path) -> bytes:
    """One hour of a unit of Breda, also as a file in `hours/`."""
    place = next(place for place in places() if place.key == "breda")
    scenario = Scenario(end=Instant.parse("2026-01-15T00:00:00Z"), hours=1)
    hour = next(iter(scenario.hour_starts()))
    unit = next(unit for unit in place.units if unit.vendor.value == "smart-emission")
    content = msgspec.json.encode(hour_answer(unit, place, hour=hour, scenario=scenario))
    (tmp_path / "hours").mkdir()
    (tmp_path / "hours/1.json.gz").write_bytes(gzip.compress(content))
    return content


def test_the_documented_python_runs(
    repository: Path, tmp_path: Path, payload: bytes, city: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (repository / "docs/python.md").read_text()
    first, second = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    scope: dict[str, Any] = {"payload": payload}
    exec(first, scope)
    assert scope["report"].rejected == 0
    assert len(scope["frame"]) == 6
    assert (tmp_path / "breda.nt.gz").exists()
    assert callable(scope["app"])
    descriptor = {
        "key": "nl",
        "name": "x",
        "labs": [{"key": key, "name": key, "url": f"{city(key).url}/sta/v1.1"} for key in ("breda", "helmond")],
    }
    (tmp_path / "federation.yaml").write_bytes(msgspec.yaml.encode(descriptor))
    exec(second, scope)
    assert scope["page"].complete
    assert {row.lab for row in scope["page"].rows} == {"breda", "helmond"}
