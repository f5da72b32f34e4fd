"""What the customer agreed to against what the connector reads."""

from dataclasses import replace
from datetime import date

import pytest

from app.readiness.check import Result
from app.readiness.checks.customer_authorized import CHECK, ask
from app.readiness.facts import ConsentFacts, DataTypeFacts
from tests.readiness.checks.gate_one_facts import CALLS, MANY, connector, fits

BOTH = frozenset({"campaign_costs", "calls"})
RECORDED = ConsentFacts(reads=BOTH, writes=frozenset(), given_on=date(2026, 11, 2), has_proof=True, is_withdrawn=False, by_portal=False)
GRANTED = replace(RECORDED, by_portal=True, has_proof=False)
STORED = {"reads": ["calls", "campaign_costs"], "writes": [], "given_on": "2026-11-02"}


@pytest.mark.parametrize(("mode", "consent"), [("manual", RECORDED), ("manual", GRANTED), ("api", GRANTED), ("webhook", GRANTED)])
def test_consent_to_exactly_the_data_types_passes(mode: str, consent: ConsentFacts) -> None:
    outcome = ask(connector(mode=mode, consent=consent))
    assert outcome.result is Result.PASSED
    assert outcome.sentence == "On 2 Nov 2026 the customer agreed to reading of exactly the chosen data types, and to no writing."
    assert outcome.facts == {**STORED, "by_portal": consent.by_portal, "has_proof": consent.has_proof}


def test_writing_is_told_apart_from_reading() -> None:
    outcome = ask(connector(consent=replace(RECORDED, writes=frozenset({"calls"}))))
    assert outcome.result is Result.PASSED
    assert "and to writing of “Calls”." in outcome.sentence
    assert outcome.facts["writes"] == ["calls"]


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("manual", "Record what the customer agreed to, with the date and the proof."),
        ("api", "Ask a client admin to grant reading of the chosen data types in the portal."),
        ("webhook", "Ask a client admin to grant reading"),
    ],
)
def test_no_consent_is_not_run(mode: str, words: str) -> None:
    outcome = ask(connector(mode=mode))
    assert outcome.result is Result.NOT_RUN
    assert "No consent of the customer is recorded." in outcome.sentence
    assert words in outcome.sentence


@pytest.mark.parametrize("data_types", [(CALLS,), ()])
@pytest.mark.parametrize("mode", ["manual", "api"])
def test_withdrawn_consent_fails_whatever_else_is_true(mode: str, data_types: tuple[DataTypeFacts, ...]) -> None:
    outcome = ask(connector(mode=mode, data_types=data_types, consent=replace(RECORDED, is_withdrawn=True, has_proof=False)))
    assert outcome.result is Result.FAILED
    assert "withdrew the consent of 2 Nov 2026. Import nothing" in outcome.sentence
    assert outcome.facts == {**STORED, "by_portal": False, "has_proof": False}


def test_consent_that_staff_recorded_needs_its_proof() -> None:
    outcome = ask(connector(consent=replace(RECORDED, has_proof=False)))
    assert outcome.result is Result.FAILED
    assert "was recorded without proof. Add what shows that they agreed." in outcome.sentence
    assert outcome.facts["has_proof"] is False


@pytest.mark.parametrize("mode", ["api", "webhook"])
def test_other_than_by_hand_only_the_customers_own_grant_counts(mode: str) -> None:
    outcome = ask(connector(mode=mode, consent=RECORDED))
    assert outcome.result is Result.FAILED
    assert "recorded by staff, which counts for supplied exports alone. Ask a client admin to grant" in outcome.sentence
    assert outcome.facts["by_portal"] is False


@pytest.mark.parametrize(
    ("reads", "writes", "missing", "beyond", "words"),
    [
        ("calls", "", ["campaign_costs"], [], "2 Nov 2026 does not cover reading of “Campaign Costs”."),
        ("", "", ["calls", "campaign_costs"], [], "does not cover reading of “Calls” and “Campaign Costs”."),
        ("calls", "campaign_costs", ["campaign_costs"], [], "does not cover reading of “Campaign Costs”."),
        (
            "calls campaign_costs job_splits",
            "",
            [],
            ["job_splits"],
            "2 Nov 2026 covers “job splits”, which this connector does not bring.",
        ),
        ("calls campaign_costs", "jobs", [], ["jobs"], "covers “jobs”, which this connector does not bring."),
        (
            "calls reviews",
            "jobs",
            ["campaign_costs"],
            ["jobs", "reviews"],
            "does not cover reading of “Campaign Costs”, and it covers “jobs” and “reviews”, which",
        ),
    ],
    ids=["one too few", "none", "writing is not reading", "too many", "too many to write", "both"],
)
def test_consent_to_other_data_types_fails_and_names_them(
    reads: str, writes: str, missing: list[str], beyond: list[str], words: str
) -> None:
    outcome = ask(connector(consent=replace(RECORDED, reads=frozenset(reads.split()), writes=frozenset(writes.split()))))
    assert outcome.result is Result.FAILED
    assert words in outcome.sentence
    assert "Ask for consent to exactly the chosen data types." in outcome.sentence
    assert (outcome.facts["missing"], outcome.facts["beyond"]) == (missing, beyond)


@pytest.mark.parametrize("reads", [frozenset(), BOTH])
def test_without_a_data_type_there_is_nothing_to_compare(reads: frozenset[str]) -> None:
    outcome = ask(connector(data_types=(), consent=replace(RECORDED, reads=reads)))
    assert outcome.result is Result.NOT_RUN
    assert "No data type is chosen" in outcome.sentence


def test_many_data_types_leave_sentences_short() -> None:
    everything = frozenset(each.key for each in MANY)
    others = frozenset(f"{'other_' * 100}{number}" for number in range(200))
    outcomes = [
        ask(connector(data_types=MANY, consent=replace(RECORDED, reads=others, writes=others))),
        ask(connector(data_types=MANY, consent=replace(RECORDED, reads=everything, writes=everything))),
    ]
    assert all(fits(outcome) and "and 197 more" in outcome.sentence for outcome in outcomes)


def test_what_it_rests_on() -> None:
    assert CHECK.facets == {"mode", "data-types", "consent"}
    assert (CHECK.key, CHECK.ask) == ("customer-authorized", ask)
