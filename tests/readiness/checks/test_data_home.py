"""Where the rows of each data type go, and that somebody said so."""

from dataclasses import replace

import pytest

from app.readiness.check import Result
from app.readiness.checks.data_home import CHECK, ask
from app.readiness.facts import DataTypeFacts
from tests.readiness.checks.gate_one_facts import CALLS, COSTS, MANY, connector, fits

IN_TRAFFIC = replace(COSTS, home="traffic")
ON_DEFAULT = replace(CALLS, is_home_decided=False)


@pytest.mark.parametrize(
    ("data_types", "words"),
    [
        ((CALLS,), "Every data type has a home: 1 in the app database."),
        ((IN_TRAFFIC,), "Every data type has a home: 1 in the traffic database."),
        ((CALLS, IN_TRAFFIC), "Every data type has a home: 1 in the app database and 1 in the traffic database."),
    ],
)
def test_decided_homes_pass(data_types: tuple[DataTypeFacts, ...], words: str) -> None:
    outcome = ask(connector(data_types=data_types))
    assert outcome.result is Result.PASSED
    assert outcome.sentence == words
    assert outcome.facts == {"homes": {each.key: each.home for each in data_types}}


@pytest.mark.parametrize(
    ("data_types", "undecided", "words"),
    [
        ((ON_DEFAULT, COSTS), ["calls"], "rows of “Calls” go"),
        ((ON_DEFAULT, replace(IN_TRAFFIC, is_home_decided=False)), ["calls", "campaign_costs"], "rows of “Calls” and “Campaign Costs” go"),
        ((CALLS, replace(COSTS, home="")), ["campaign_costs"], "rows of “Campaign Costs” go"),
        ((CALLS, replace(COSTS, home="lake")), ["campaign_costs"], "rows of “Campaign Costs” go"),
    ],
    ids=["one", "all", "empty", "unknown"],
)
def test_a_home_that_nobody_decided_fails(data_types: tuple[DataTypeFacts, ...], undecided: list[str], words: str) -> None:
    outcome = ask(connector(data_types=data_types))
    assert outcome.result is Result.FAILED
    assert words in outcome.sentence
    assert "Choose the app database or the traffic database" in outcome.sentence
    assert outcome.facts == {"homes": {each.key: each.home for each in data_types}, "undecided": undecided}


def test_without_a_data_type_nothing_was_looked_at() -> None:
    outcome = ask(connector(data_types=()))
    assert outcome.result is Result.NOT_RUN
    assert "No data type is chosen" in outcome.sentence


def test_many_data_types_leave_the_sentence_short() -> None:
    outcome = ask(connector(data_types=tuple(replace(each, is_home_decided=False) for each in MANY)))
    assert fits(outcome)
    assert "and 197 more" in outcome.sentence


def test_it_rests_on_data_types_and_their_homes() -> None:
    assert (CHECK.key, CHECK.facets, CHECK.ask) == ("data-home", frozenset({"data-types", "data-homes"}), ask)
