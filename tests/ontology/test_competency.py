"""The good examples of each module answer its competency questions as expected."""

from functools import cache
from pathlib import Path

import msgspec
import pytest
from rdflib import Graph

from ssclab_data.errors import InformationModelError
from ssclab_data.ontology import modules, registry

OURS = ("core", "air", "noise", "weather")
"""Modules whose questions are asked here; those of the others in `test_device_lighting_lab`."""

QUESTIONS = [(id_, question) for id_ in OURS for question in modules.questions(registry.module(id_))]


@cache
def asked(id_: str) -> Graph:
    return modules.asked(registry.module(id_))


@pytest.mark.parametrize(("id_", "question"), QUESTIONS, ids=[f"{id_}-{one.id}" for id_, one in QUESTIONS])
def test_a_question_has_the_expected_answer(id_: str, question: modules.Question) -> None:
    assert question.answers, "an empty answer shows nothing"
    assert modules.answer(question, asked(id_)) == question.answers


@pytest.mark.parametrize("id_", OURS)
def test_every_requirement_is_a_question_in_two_languages(id_: str) -> None:
    rows = modules.requirements(registry.module(id_))
    assert len(rows) >= 3
    assert [row["Id"] for row in rows] == [one.id for one in modules.questions(registry.module(id_))]
    for row in rows:
        assert list(row) == ["Id", "Category", "Question_nl", "Question_en", "Workgroup"]
        assert all(row.values())
        assert row["Question_nl"] != row["Question_en"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["CQ-02.rq", "CQ-02.expected.csv"], r"there is no requirement 'CQ-02' in requirements\.csv"),
        (["CQ-01.rq"], r"there is no CQ-01\.expected\.csv beside it"),
    ],
)
def test_a_query_has_a_requirement_and_an_answer(tmp_path: Path, files: list[str], message: str) -> None:
    (tmp_path / "requirements.csv").write_text("Id;Category;Question_nl;Question_en;Workgroup\nCQ-01;a;b;c;d\n")
    (tmp_path / "tests").mkdir()
    for name in files:
        (tmp_path / "tests" / name).write_text("SELECT * WHERE { ?a ?b ?c }\n")
    module = registry.Module(msgspec.structs.replace(registry.module("core").entry, id="x"), tmp_path)
    with pytest.raises(InformationModelError, match=message):
        modules.questions(module)
