"""Ask a running demo what a user would, and print a table of what came."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import msgspec
from rich.console import Console
from rich.table import Table

from ssclab_data.cli.nodes import Nodes
from ssclab_data.ingest import IngestReport
from ssclab_data.model import codelists
from ssclab_data.simulator.faults import expected_findings
from ssclab_data.simulator.scenario import Scenario

_KILLED = "veldhoven"
_TIMEOUT_SECONDS = 20.0
_DEADLINE_SECONDS = 5.0

type Reports = Mapping[tuple[str, str], IngestReport]


class Check(msgspec.Struct, frozen=True):
    """One question and what came of it."""

    asked: str
    came: str
    good: bool


class Asker:
    """Ask the hub."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        self.hub = nodes.nodes["hub"].url
        self.labs = {lab.key for lab in codelists.municipalities().values()}

    def sta(self, path: str, **options: str) -> dict[str, Any]:
        """Read a SensorThings page of the hub; every page where there are more."""
        params = {f"${name}": text for name, text in options.items()}
        answer = httpx.get(f"{self.hub}/sta/v1.1/{path}", params=params, timeout=_TIMEOUT_SECONDS, trust_env=False)
        answer.raise_for_status()
        document: dict[str, Any] = answer.json()
        return document


def run_checks(nodes: Nodes, reports: Reports, scenario: Scenario) -> int:
    """Run all checks and print them.

    Returns:
        Exit code: 0 when all is well, else 1.
    """
    asker = Asker(nodes)
    checks = [_faults(reports, scenario)]
    checks += [
        _tried(question, asker) for question in (_things, _pm25, _latest, _features, _linked, _refusal, _missing)
    ]
    table = Table("asked", "came", "", title="demo --check")
    for check in checks:
        table.add_row(check.asked, check.came, "ok" if check.good else "FAILED")
    Console(width=140).print(table)
    return 0 if all(check.good for check in checks) else 1


def _tried(question: Callable[[Asker], Check], asker: Asker) -> Check:
    try:
        return question(asker)
    except (httpx.HTTPError, KeyError, ValueError, RuntimeError) as error:
        return Check(question.__doc__ or "", f"{type(error).__name__}: {error}", good=False)


def _faults(reports: Reports, scenario: Scenario) -> Check:
    """Ingest reports add up and name exactly the faults that were put in."""
    found: Counter[tuple[str, str, str]] = Counter()
    for (lab, source), report in reports.items():
        for finding in report.findings:
            found[lab, source, finding.rule] += finding.count
    wanted = {(one.lab, one.source, one.rule): one.count for one in expected_findings(scenario)}
    came = ", ".join(f"{lab} {rule} {count}" for (lab, _, rule), count in sorted(found.items()))
    good = dict(found) == wanted and all(report.adds_up for report in reports.values())
    observations = sum(report.observations.written for report in reports.values())
    return Check("seven labs filled through the pipeline", f"{observations:,} Observations; findings: {came}", good)


def _things(asker: Asker) -> Check:
    """Things of all labs in one ordered page"""  # noqa: D415 - it is printed as the question
    page = asker.sta("Things", orderby="name", top="100", count="true")
    names = [one["name"] for one in page["value"]]
    labs = {str(one["@iot.id"]).partition("~")[0] for one in page["value"]}
    came = f"{len(names)} of {page.get('@iot.count')} Things of {len(labs)} labs"
    return Check(_things.__doc__ or "", came, labs == asker.labs and names == sorted(names) and len(names) > 0)


def _pm25(asker: Asker) -> Check:
    """PM2.5 Datastreams of seven labs and three vendors in one unit"""  # noqa: D415
    definition = codelists.observed_property("pm25").definition
    page = asker.sta("Datastreams", filter=f"ObservedProperty/definition eq '{definition}'", orderby="name", top="200")
    labs = {str(one["@iot.id"]).partition("~")[0] for one in page["value"]}
    vendors = {one["properties"]["source"] for one in page["value"]}
    units = {one["unitOfMeasurement"]["definition"] for one in page["value"]}
    came = (
        f"{len(page['value'])} Datastreams, {len(labs)} labs, vendors {', '.join(sorted(vendors))}, {len(units)} unit"
    )
    return Check(_pm25.__doc__ or "", came, labs == asker.labs and len(vendors) == 3 and len(units) == 1)


def _latest(asker: Asker) -> Check:
    """Latest PM2.5 and noise of each lab"""  # noqa: D415
    found: dict[str, dict[str, float]] = {lab: {} for lab in asker.labs}
    for name in ("pm25", "noise-level"):
        definition = codelists.observed_property(name).definition
        page = asker.sta(
            "Datastreams",
            filter=f"ObservedProperty/definition eq '{definition}'",
            expand="Observations($top=1;$orderby=phenomenonTime desc)",
            top="200",
        )
        for stream in page["value"]:
            for one in stream["Observations"]:
                found[str(stream["@iot.id"]).partition("~")[0]][name] = one["result"]
    came = "; ".join(
        f"{lab} {values.get('pm25', 0):.1f} / {values.get('noise-level', 0):.1f}"
        for lab, values in sorted(found.items())
    )
    return Check(_latest.__doc__ or "", came, all(len(values) == 2 for values in found.values()))


def _features(asker: Asker) -> Check:
    """The same through OGC API Features with OWSLib"""  # noqa: D415
    from owslib.ogcapi.features import Features

    client = Features(f"{asker.hub}/ogc/")
    collections = client.feature_collections()
    features = client.collection_items("things", limit=200)["features"]
    labs = {one["properties"]["lab"] for one in features if one["properties"].get("pm25") is not None}
    noisy = {one["properties"]["lab"] for one in features if one["properties"].get("noise-level") is not None}
    shown = f"{len(features)} features; PM2.5 of {len(labs)} labs, noise of {len(noisy)}"
    came = f"collections {', '.join(collections)}; {shown}"
    return Check(_features.__doc__ or "", came, labs == noisy == asker.labs)


def _linked(asker: Asker) -> Check:
    """A Thing as linked data, at its node"""  # noqa: D415
    node = asker.nodes.nodes["breda"].url
    features = httpx.get(f"{node}/sta/v1.1/Things?$top=1", timeout=_TIMEOUT_SECONDS, trust_env=False).json()["value"]
    own = features[0]["properties"]
    address = f"{node}/id/breda/Thing/{own['source']}/{own['localId']}"
    answer = httpx.get(address, headers={"Accept": "text/turtle"}, timeout=_TIMEOUT_SECONDS, trust_env=False)
    return Check(_linked.__doc__ or "", answer.headers.get("content-type", ""), "sosa:Platform" in answer.text)


def _refusal(asker: Asker) -> Check:
    """A wrong name: 400 with position and known names"""  # noqa: D415
    address = f"{asker.hub}/sta/v1.1/Datastreams"
    answer = httpx.get(address, params={"$filter": "unit eq 'x'"}, timeout=_TIMEOUT_SECONDS, trust_env=False)
    problem = answer.json()
    good = answer.status_code == 400 and problem["position"] == 0 and "unitOfMeasurement" in problem["known"]
    return Check(_refusal.__doc__ or "", f"{answer.status_code}: {problem['detail'][:60]}…", good)


def _missing(asker: Asker) -> Check:
    """After kill -9 of one node: 200, and the lab is named"""  # noqa: D415
    asker.nodes.kill(_KILLED)
    began = time.monotonic()
    page = asker.sta("Things", orderby="name", top="100")
    elapsed = time.monotonic() - began
    gone = [one for one in page["federation"]["sources"] if one["status"] != "ok"]
    came = ", ".join(f"{one['id']}: {one['status']} ({one.get('reason', '')})" for one in gone)
    good = (
        [one["id"] for one in gone] == [_KILLED]
        and not page["federation"]["complete"]
        and bool(page["value"])
        and elapsed < _DEADLINE_SECONDS
    )
    return Check(_missing.__doc__ or "", came, good)
