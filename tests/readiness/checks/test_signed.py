"""Sign-offs by a person: the sentence that the client will read, and the QA list."""

from datetime import timedelta

import pytest

from app.readiness.check import Check, Result
from app.readiness.checks import explained, qa
from app.readiness.facts import PersonFacts, SignOffFacts
from tests.readiness.checks.connectors import NOW, connector

AT = NOW - timedelta(days=3)
SOMEBODY = PersonFacts("u1", is_active=True)
SUBJECTS = {explained.CHECK: "The explanation of the number", qa.CHECK: "The QA list"}
STORED = {"signed_by": "u1", "signed_at": "2026-11-19T15:30:00+00:00"}


@pytest.fixture(params=SUBJECTS, ids=lambda check: check.key)
def check(request: pytest.FixtureRequest) -> Check:
    found: Check = request.param
    return found


def test_signed_with_a_comment_passes(check: Check) -> None:
    outcome = check.ask(connector(sign_offs={check.key: SignOffFacts(SOMEBODY, "Read and understood.", AT)}))
    assert outcome.result is Result.PASSED
    assert outcome.sentence == f"{SUBJECTS[check]} was signed by an active member of staff, with a comment."
    assert outcome.facts == STORED


def test_not_signed_is_not_run(check: Check) -> None:
    others = {each.key: SignOffFacts(SOMEBODY, "Read.", AT) for each in SUBJECTS if each is not check}
    for sign_offs in ({}, others):
        outcome = check.ask(connector(sign_offs=sign_offs))
        assert outcome.result is Result.NOT_RUN
        assert "Nobody has signed" in outcome.sentence


@pytest.mark.parametrize(
    ("person", "comment", "words"),
    [
        (PersonFacts("u1", is_active=False), "Read.", "was signed by somebody who is no longer active"),
        (PersonFacts("u1", is_active=True, is_staff=False), "Read.", "was signed by somebody outside the staff"),
        (SOMEBODY, "", "was signed without a comment"),
        (SOMEBODY, " \n", "was signed without a comment"),
    ],
)
def test_a_sign_off_that_does_not_count_fails(check: Check, person: PersonFacts, comment: str, words: str) -> None:
    outcome = check.ask(connector(sign_offs={check.key: SignOffFacts(person, comment, AT)}))
    assert outcome.result is Result.FAILED
    assert outcome.sentence.startswith(f"{SUBJECTS[check]} {words}")
    assert outcome.facts == STORED


def test_rests_on() -> None:
    """What was looked at: the figure and its words; the QA list looks at how leads are told apart as well."""
    assert explained.CHECK.facets == {"formulas", "maps", "metrics", "source-label", "windows", "zone"}
    assert qa.CHECK.facets == explained.CHECK.facets | {"lead-rules"}
