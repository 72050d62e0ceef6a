"""What the service claims is what the tests prove, and the page about it is up to date."""

from .__main__ import DOCS
from .features import FEATURES, claimed, feature_page
from .requirements import REQUIREMENTS, proofs, skipping


def test_the_page_of_requirements_is_up_to_date() -> None:
    """`make conformance` writes it."""
    assert (DOCS / FEATURES).read_text(encoding="utf-8") == feature_page()


def test_what_is_claimed_is_proved() -> None:
    assert [name for name in claimed() if not proofs()[name]] == []


def test_what_is_proved_is_claimed() -> None:
    assert [name for name, tests in proofs().items() if tests and name not in claimed()] == []


def test_no_proof_is_skipped_or_expected_to_fail() -> None:
    """What is skipped proves nothing."""
    assert list(skipping()) == []


def test_the_list_of_requirements_is_that_of_the_standard() -> None:
    """48 in clause 2 and the tables of the requirements classes, each once."""
    assert len(REQUIREMENTS) == len(set(REQUIREMENTS)) == 48
