"""The sentence that the client will read, signed by a person."""

from datetime import timedelta

import pytest

from app.readiness.check import Result
from app.readiness.checks.explained import CHECK, ask
from app.readiness.facts import PersonFacts, SignOffFacts
from tests.readiness.checks.connectors import NOW, connector

AT = NOW - timedelta(days=3)
SOMEBODY = PersonFacts("u1", is_active=True)


def test_signed_with_a_comment_passes() -> None:
    outcome = ask(connector(sign_offs={"explained": SignOffFacts(SOMEBODY, "Read and understood.", AT)}))
    assert outcome.result is Result.PASSED
    assert outcome.sentence == "The explanation of the number was signed by an active member of staff, with a comment."
    assert outcome.facts == {"signed_by": "u1", "signed_at": "2026-11-19T15:30:00+00:00"}


@pytest.mark.parametrize("sign_offs", [{}, {"qa": SignOffFacts(SOMEBODY, "Read.", AT)}])
def test_not_signed_is_not_run(sign_offs: dict[str, SignOffFacts]) -> None:
    outcome = ask(connector(sign_offs=sign_offs))
    assert outcome.result is Result.NOT_RUN
    assert "Nobody has signed the explanation yet" in outcome.sentence


@pytest.mark.parametrize(
    ("person", "comment", "words"),
    [
        (PersonFacts("u1", is_active=False), "Read.", "The explanation of the number was signed by somebody who is no longer active"),
        (
            PersonFacts("u1", is_active=True, is_staff=False),
            "Read.",
            "The explanation of the number was signed by somebody outside the staff",
        ),
        (SOMEBODY, "", "The explanation of the number was signed without a comment"),
        (SOMEBODY, " \n", "The explanation of the number was signed without a comment"),
    ],
)
def test_a_sign_off_that_does_not_count_fails(person: PersonFacts, comment: str, words: str) -> None:
    outcome = ask(connector(sign_offs={"explained": SignOffFacts(person, comment, AT)}))
    assert outcome.result is Result.FAILED
    assert outcome.sentence.startswith(words)
    assert outcome.facts == {"signed_by": "u1", "signed_at": "2026-11-19T15:30:00+00:00"}


def test_rests_on() -> None:
    assert CHECK.key == "explained"
    assert CHECK.facets == {"formulas", "maps", "metrics", "source-label", "windows", "zone"}
