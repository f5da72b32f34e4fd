"""Who answers for a connector."""

import pytest

from app.readiness.check import Result
from app.readiness.checks.owner import CHECK, ask
from app.readiness.facts import PersonFacts
from tests.readiness.checks.gate_one_facts import connector, fits


def test_an_active_member_of_staff_passes() -> None:
    outcome = ask(connector(owner=PersonFacts("u1", is_active=True)))
    assert outcome.result is Result.PASSED
    assert "An active member of staff owns" in outcome.sentence
    assert outcome.facts == {"owner": "u1"}


@pytest.mark.parametrize(
    ("owner", "words"),
    [
        (None, "Nobody owns"),
        (PersonFacts("u1", is_active=False), "may not sign in any more"),
        (PersonFacts("u1", is_active=True, is_staff=False), "is not a member of staff"),
        (PersonFacts("u1", is_active=False, is_staff=False), "is not a member of staff"),
    ],
    ids=["nobody", "inactive", "client", "neither"],
)
def test_anybody_else_fails(owner: PersonFacts | None, words: str) -> None:
    outcome = ask(connector(owner=owner))
    assert outcome.result is Result.FAILED
    assert words in outcome.sentence
    assert "Name an active member of staff who answers for status, imports" in outcome.sentence
    assert outcome.facts == {"owner": owner.id if owner else None}
    assert fits(outcome)


def test_it_rests_on_the_owner_alone() -> None:
    assert (CHECK.key, CHECK.facets, CHECK.ask) == ("owner", frozenset({"owner"}), ask)
