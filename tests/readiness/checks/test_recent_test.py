"""How long ago gate 3 was passed."""

from datetime import datetime, timedelta

import pytest

from app.readiness.check import Result
from app.readiness.checks import leads_separated, recent_test, rejects_reviewed, repeatable, test_batch, webhook_rehearsed
from app.readiness.checks.recent_test import CHECK, ask
from tests.readiness.checks.connectors import NOW, connector

MONTH, INSTANT = timedelta(days=30), timedelta(microseconds=1)


@pytest.mark.parametrize(("since", "day"), [(NOW, "22 Nov 2026 (UTC)"), (NOW - MONTH, "23 Oct 2026 (UTC)")])
def test_within_thirty_days_passes(since: datetime, day: str) -> None:
    outcome = ask(connector(gate_three_since=since))
    assert outcome.result is Result.PASSED
    assert outcome.sentence == f"The checks of gate 3, “Test”, stood together on {day}, within 30 days."
    assert outcome.facts == {"passed_at": since.isoformat()}


def test_while_gate_three_is_down_there_is_no_test_to_date() -> None:
    outcome = ask(connector())
    assert outcome.result is Result.NOT_RUN
    assert outcome.sentence == "The checks of gate 3, “Test”, do not all stand, so there is no test to date. Complete that gate first."


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (NOW - MONTH - INSTANT, "last stood on 23 Oct 2026 (UTC), more than 30 days ago. Run a test batch again"),
        (NOW + INSTANT, "The test is dated 22 Nov 2026 (UTC), in the future: the clock was set back. Put the clock right"),
    ],
)
def test_an_old_one_and_one_in_the_future_fail(since: datetime, words: str) -> None:
    outcome = ask(connector(gate_three_since=since))
    assert outcome.result is Result.FAILED
    assert words in outcome.sentence
    assert outcome.facts == {"passed_at": since.isoformat()}


def test_rests_on_what_gate_three_rests_on() -> None:
    gate_three = (test_batch, rejects_reviewed, leads_separated, repeatable, webhook_rehearsed)
    assert CHECK.key == "recent-test"
    assert recent_test.CHECK.facets == frozenset().union(*(module.CHECK.facets for module in gate_three))
