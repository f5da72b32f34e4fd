"""The way back, written down and rehearsed."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.readiness.check import LONGEST_SENTENCE, Result
from app.readiness.checks.rollback_plan import CHECK, ask
from app.readiness.facts import RollbackFacts
from tests.readiness.checks.connectors import NOW, connector

MONTH, INSTANT = timedelta(days=30), timedelta(microseconds=1)


def plan(**changes: Any) -> RollbackFacts:
    return RollbackFacts(**{"note_id": "n1", "target": "not live", "drilled_at": NOW, "drill_passed": True, **changes})


@pytest.mark.parametrize(("drilled_at", "day"), [(NOW, "22 Nov 2026 (UTC)"), (NOW - MONTH, "23 Oct 2026 (UTC)")])
def test_a_note_and_a_recent_drill_pass(drilled_at: datetime, day: str) -> None:
    outcome = ask(connector(rollback=plan(drilled_at=drilled_at)))
    assert outcome.result is Result.PASSED
    assert outcome.sentence == f"The way back to “not live” is written down, and its drill passed on {day}."
    assert outcome.facts == {"note": "n1", "target": "not live", "drilled_at": drilled_at.isoformat()}


def test_no_note_is_not_run() -> None:
    outcome = ask(connector())
    assert outcome.result is Result.NOT_RUN
    assert "No rollback note is written yet" in outcome.sentence


@pytest.mark.parametrize("passed", [True, False])
def test_a_note_without_a_drill_says_to_run_it(passed: bool) -> None:
    outcome = ask(connector(rollback=plan(drilled_at=None, drill_passed=passed)))
    assert outcome.result is Result.FAILED
    assert outcome.sentence == "A rollback note is written, but its drill was never run. Run the drill."
    assert outcome.facts == {"note": "n1"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"drill_passed": False}, "The drill of 22 Nov 2026 (UTC) did not pass. Mend"),
        ({"drilled_at": NOW - MONTH - INSTANT}, "The last drill was on 23 Oct 2026 (UTC), more than 30 days ago. Run the drill again"),
        ({"drilled_at": NOW + INSTANT}, "The last drill is dated 22 Nov 2026 (UTC), in the future: the clock was set back"),
    ],
)
def test_a_drill_that_does_not_count_fails(changes: dict[str, Any], words: str) -> None:
    outcome = ask(connector(rollback=plan(**changes)))
    assert outcome.result is Result.FAILED
    assert outcome.sentence.startswith(words)
    assert outcome.facts == {"note": "n1", "drilled_at": changes.get("drilled_at", NOW).isoformat()}


def test_the_sentence_stays_short() -> None:
    assert len(ask(connector(rollback=plan(target="promotion " * 90))).sentence) <= LONGEST_SENTENCE


def test_rests_on() -> None:
    assert CHECK.key == "rollback-plan"
    assert CHECK.facets == {"rollback"}
