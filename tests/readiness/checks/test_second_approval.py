"""A second person approved exactly this."""

import pytest

from app.readiness.check import Result
from app.readiness.checks.second_approval import CHECK, ask
from app.readiness.facets import FACETS
from app.readiness.facts import ApprovalFacts, PersonFacts
from tests.readiness.checks.connectors import connector

ASKED = PersonFacts("u1", is_active=True)
BOTH = {"requested_by": "u1", "approved_by": "u2"}


@pytest.mark.parametrize("is_staff", [True, False])
@pytest.mark.parametrize("asker_is_active", [True, False])
def test_approved_by_another_one_passes(is_staff: bool, asker_is_active: bool) -> None:
    asked, gave = PersonFacts("u1", is_active=asker_is_active), PersonFacts("u2", is_active=True, is_staff=is_staff)
    outcome = ask(connector(approval=ApprovalFacts(asked, gave, fits=True)))
    assert outcome.result is Result.PASSED
    assert outcome.sentence == "Somebody other than the one who asked approved exactly this configuration."
    assert outcome.facts == BOTH


def test_not_asked_yet_is_not_run() -> None:
    outcome = ask(connector())
    assert outcome.result is Result.NOT_RUN
    assert "Nobody has asked for approval yet" in outcome.sentence


@pytest.mark.parametrize("fits", [True, False])
def test_asked_and_not_approved_says_who_still_has_to(fits: bool) -> None:
    outcome = ask(connector(approval=ApprovalFacts(ASKED, None, fits=fits)))
    assert outcome.result is Result.NOT_RUN
    assert "Somebody other than the one who asked still has to approve: another admin, or a client admin" in outcome.sentence


@pytest.mark.parametrize(
    ("gave", "fits", "words"),
    [
        (ASKED, True, "The same person asked for approval and gave it"),
        (PersonFacts("u1", is_active=True, is_staff=False), True, "The same person asked"),
        (PersonFacts("u2", is_active=False), True, "The person who approved is no longer active"),
        (PersonFacts("u2", is_active=True), False, "Something changed after the approval, so it is void"),
    ],
)
def test_an_approval_that_does_not_count_fails(gave: PersonFacts, fits: bool, words: str) -> None:
    outcome = ask(connector(approval=ApprovalFacts(ASKED, gave, fits=fits)))
    assert outcome.result is Result.FAILED
    assert outcome.sentence.startswith(words)
    assert outcome.facts == {"requested_by": "u1", "approved_by": gave.id}


def test_rests_on_everything() -> None:
    assert CHECK.key == "second-approval"
    assert CHECK.facets == set(FACETS)
