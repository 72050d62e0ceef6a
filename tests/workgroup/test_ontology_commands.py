"""The commands of workgroups, as they are typed."""

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from ssclab_data.cli.app import build

WATER = "modules/water/0.1.0"


def run(*words: object) -> Result:
    return CliRunner().invoke(build(), [str(word) for word in words])


def test_check_prints_lines_json_and_sarif(copied: Path) -> None:
    path = copied / WATER / "water.ttl"
    path.write_text(path.read_text().replace('"pump"@en , ', ""))
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if '"pomp"@nl' in text)
    lines = run("ontology", "check", copied, "--language", "nl")
    assert (lines.exit_code, lines.stdout.splitlines()[-1]) == (1, "1 fouten, 0 waarschuwingen")
    assert f"water.ttl:{line}: fout label-missing: water:Pump heeft geen rdfs:label in en" in lines.stdout
    found = json.loads(run("ontology", "check", copied, "--format", "json").stdout)
    assert (found["rule"], found["line"], found["text"]["en"]) == (
        "label-missing",
        line,
        "water:Pump has no rdfs:label in en",
    )
    (result,) = json.loads(run("ontology", "check", copied, "--format", "sarif").stdout)["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (result["ruleId"], result["level"], place["region"]["startLine"]) == ("label-missing", "error", line)


def test_a_warning_is_an_error_where_it_is_asked_for(copied: Path) -> None:
    path = copied / WATER / "tests/CQ-01.rq"
    path.write_text("PREFIX w: <https://ssclab.example/def/water#>\n" + path.read_text())
    assert run("ontology", "check", copied).exit_code == 0
    assert run("ontology", "check", copied, "--strict").exit_code == 1


def test_a_name_that_is_nothing_is_an_error_of_ours() -> None:
    done = run("ontology", "check", "no-such-module")
    assert done.exit_code != 0
    assert "no module" in str(done.exception)


def test_from_a_new_module_to_a_new_version(tmp_path: Path) -> None:
    into = tmp_path / "tides"
    assert (
        run("ontology", "new-module", "tides", "--title-nl", "Getij", "--title-en", "Tides", "--into", into).exit_code
        == 0
    )
    folder = into / "ontologies/modules/tides/0.1.0"
    words = (
        "--label-nl",
        "sluis",
        "--label-en",
        "lock",
        "--definition-nl",
        "Houdt water.",
        "--definition-en",
        "Holds it.",
    )
    good = run("ontology", "add-term", folder, "Lock", "--kind", "class", "--subclass-of", "sosa:Platform", *words)
    assert (good.exit_code, good.stdout.strip().endswith("the next version is a minor one")) == (0, True)
    bad = run("ontology", "add-term", folder, "dock", "--kind", "class", "--subclass-of", "sosa:Platform", *words)
    assert (bad.exit_code, "class-name" in bad.stderr) == (1, True)
    code = ("--kind", "concept", "--codelist", "sensor-themes", "--label-nl", "getij", "--label-en", "tide")
    assert run("ontology", "add-term", into, "tide", *code).exit_code == 0
    assert run("ontology", "check", into, "--strict").exit_code == 0
    same = run("ontology", "diff", folder, folder)
    assert (same.exit_code, same.stdout) == (0, "tides 0.1.0 → 0.1.0: the same\n")
    assert json.loads(run("ontology", "diff", folder, folder, "--format", "json").stdout)[0]["level"] == "none"


def test_set_needs_a_value(tmp_path: Path) -> None:
    into = tmp_path / "tides"
    run("ontology", "new-module", "tides", "--title-nl", "Getij", "--title-en", "Tides", "--into", into)
    code = ("--kind", "concept", "--codelist", "units", "--label-nl", "el", "--label-en", "ell", "--set", "symbol")
    assert "write --set symbol=VALUE" in str(run("ontology", "add-term", into, "ell", *code).exception)


def test_docs_and_explain(tmp_path: Path) -> None:
    done = run("ontology", "docs", tmp_path / "site")
    assert (done.exit_code, (tmp_path / "site/index.html").is_file()) == (0, True)
    assert run("ontology", "explain", "no-such-term-at-all").exit_code == 1


def test_our_own_models_are_well() -> None:
    done = run("ontology", "check", "--strict")
    assert (done.exit_code, done.stdout) == (0, "all is well\n")
