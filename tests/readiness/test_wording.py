"""Sentences that stay short, whatever they are about."""

from datetime import UTC, datetime

import pytest

from app.readiness.check import LONGEST_SENTENCE
from app.readiness.wording import found_and_to_do, named, on_day, shortened


@pytest.mark.parametrize(("text", "at_most", "cut"), [("Calls", 5, "Calls"), ("Calls", 4, "Cal…"), ("Job calls", 5, "Job…"), ("", 3, "")])
def test_long_text_is_cut(text: str, at_most: int, cut: str) -> None:
    assert shortened(text, at_most=at_most) == cut


def test_names_are_cut_one_by_one() -> None:
    assert named(["x" * 40, "y" * 41]) == f"“{'x' * 40}” and “{'y' * 39}…”"
    assert named("abc", at_most=2) == "“a”, “b” and 1 more"


def test_what_was_found_is_one_sentence() -> None:
    assert found_and_to_do(["one is missing", "two is old"], "Mend it.") == "One is missing; two is old. Mend it."


def test_what_to_do_is_never_cut_off() -> None:
    sentence = found_and_to_do(["x" * LONGEST_SENTENCE], "Mend it.")
    assert len(sentence) == LONGEST_SENTENCE
    assert sentence.endswith("x… Mend it.")


def test_a_day_says_its_zone() -> None:
    assert on_day(datetime(2026, 10, 2, 23, tzinfo=UTC)) == "2 Oct 2026 (UTC)"
