"""Calls of each kind were answered as they should be."""

import pytest

from app.readiness.checks.webhook_rehearsed import CASES, CHECK
from tests.readiness.checks.made_up_imports import assert_outcome, connector

ALL = dict.fromkeys(CASES, True)


def test_all_cases_passed() -> None:
    outcome = assert_outcome(CHECK, connector(mode="webhook", rehearsal=ALL), "passed", "Every kind of call")
    assert outcome.facts == {"tried": ["bad_signature", "duplicate", "good", "stale", "too_large", "wrong_tenant"]}


@pytest.mark.parametrize("case", [*CASES, "replayed_elsewhere"])
def test_a_case_that_was_answered_otherwise_fails(case: str) -> None:
    facts = connector(mode="webhook", rehearsal={**ALL, case: False})
    outcome = assert_outcome(CHECK, facts, "failed", f"as it should be: “{case.replace('_', ' ')}”.", "hold the rehearsal again")
    assert outcome.facts["wrong"] == [case]


@pytest.mark.parametrize("case", CASES)
def test_a_case_that_was_not_tried_is_not_green(case: str) -> None:
    rehearsal = {key: True for key in CASES if key != case}
    assert_outcome(CHECK, connector(mode="webhook", rehearsal=rehearsal), "not_run", f"not tried “{case.replace('_', ' ')}” yet")


def test_a_wrong_answer_weighs_more_than_a_case_that_is_missing() -> None:
    assert_outcome(CHECK, connector(mode="webhook", rehearsal={"stale": False}), "failed", "“stale”")


@pytest.mark.parametrize("rehearsal", [None, {}])
def test_without_a_rehearsal_it_was_not_run(rehearsal: dict[str, bool] | None) -> None:
    assert_outcome(CHECK, connector(mode="webhook", rehearsal=rehearsal), "not_run", "No rehearsal of webhooks was held")


@pytest.mark.parametrize(("mode", "how"), [("manual", "supplied by hand"), ("api", "through the API")])
def test_without_webhooks_it_does_not_apply(mode: str, how: str) -> None:
    outcome = assert_outcome(CHECK, connector(mode=mode, rehearsal={"stale": False}), "not_applicable", how, "not by webhook")
    assert outcome.facts == {"mode": mode}


def test_many_long_cases_still_make_a_short_sentence() -> None:
    rehearsal = {f"{number}{'c' * 200}": False for number in range(60)}
    assert_outcome(CHECK, connector(mode="webhook", rehearsal=rehearsal), "failed", "57 more")


def test_what_it_rests_on() -> None:
    assert (CHECK.key, CHECK.facets) == ("webhook-rehearsed", frozenset({"mode", "credential"}))
