"""The way in: agreed with those who supply exports, or tried with the provider."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.readiness.check import Result
from app.readiness.checks.access_tested import CHECK, COUNTS_FOR, ask
from app.readiness.facts import AccessFacts, ConnectorFacts, SupplyFacts
from tests.readiness.checks.gate_one_facts import CALLS, MANY, NOW, TODAY, connector, fits, shelf_life

CALLS_SUPPLY = SupplyFacts("calls", "The office manager", 7, TODAY)
COSTS_SUPPLY = SupplyFacts("campaign_costs", "Northwind Ads", 30, TODAY + timedelta(days=9))
AGREED = (CALLS_SUPPLY, COSTS_SUPPLY)
STEPS = {"host": True, "token": True, "app_key": True, "tenant": True, "calls": True, "campaign_costs": True}
OVERDUE = TODAY - timedelta(days=8)
"""An interval of seven days after it, nothing has come."""


def after_test(mode: str = "api", ago: timedelta = timedelta(hours=1), **changes: bool) -> ConnectorFacts:
    return connector(mode=mode, access=AccessFacts(NOW - ago, {**STEPS, **changes}))


# By hand


def test_an_agreement_for_every_data_type_passes_on_the_day_that_an_export_is_due() -> None:
    outcome = ask(connector(supplies=AGREED))
    assert outcome.result is Result.PASSED
    assert outcome.sentence.startswith("For every data type it is agreed who supplies it, and how often.")
    assert "The next export is due on 22 Nov 2026" in outcome.sentence
    assert outcome.facts == {
        "supplies": [
            {"data_type": "calls", "supplier": "The office manager", "every_days": 7, "next_due": "2026-11-22"},
            {"data_type": "campaign_costs", "supplier": "Northwind Ads", "every_days": 30, "next_due": "2026-12-01"},
        ]
    }
    assert outcome == ask(connector(supplies=AGREED[::-1]))


@pytest.mark.parametrize(
    "supplies",
    [(), (replace(CALLS_SUPPLY, data_type="jobs"),), (replace(CALLS_SUPPLY, supplier=" "),), (replace(CALLS_SUPPLY, every_days=0),)],
    ids=["nothing", "another data type", "nobody", "never"],
)
def test_without_any_agreement_nothing_was_looked_at(supplies: tuple[SupplyFacts, ...]) -> None:
    outcome = ask(connector(supplies=supplies))
    assert outcome.result is Result.NOT_RUN
    assert "It is not agreed yet who supplies the exports" in outcome.sentence


@pytest.mark.parametrize(
    "supplies",
    [
        (CALLS_SUPPLY,),
        (CALLS_SUPPLY, replace(COSTS_SUPPLY, supplier="")),
        (CALLS_SUPPLY, replace(COSTS_SUPPLY, every_days=-1)),
        (CALLS_SUPPLY, replace(COSTS_SUPPLY, data_type="jobs")),
        (replace(CALLS_SUPPLY, next_due=OVERDUE),),
    ],
    ids=["none", "nobody", "never", "another data type", "overdue as well"],
)
def test_a_data_type_that_nobody_supplies_fails(supplies: tuple[SupplyFacts, ...]) -> None:
    outcome = ask(connector(supplies=supplies))
    assert outcome.result is Result.FAILED
    assert "It is not agreed who supplies “Campaign Costs”" in outcome.sentence
    assert "Write it down" in outcome.sentence
    assert outcome.facts["missing"] == ["campaign_costs"]


def test_an_overdue_export_fails_and_says_since_when() -> None:
    earlier = replace(COSTS_SUPPLY, next_due=TODAY - timedelta(days=31))
    outcome = ask(connector(supplies=(replace(CALLS_SUPPLY, next_due=OVERDUE), earlier)))
    assert outcome.result is Result.FAILED
    assert "The export of “Campaign Costs” and “Calls” is overdue; the first was due on 22 Oct 2026." in outcome.sentence
    assert outcome.facts["overdue"] == ["campaign_costs", "calls"]


@pytest.mark.parametrize(("days", "result"), [(1, Result.PASSED), (7, Result.PASSED), (8, Result.FAILED)])
def test_a_late_export_passes_until_another_interval_is_over(days: int, result: Result) -> None:
    """On the days between, the watch says that it is late."""
    outcome = ask(connector(supplies=(replace(CALLS_SUPPLY, next_due=TODAY - timedelta(days=days)), COSTS_SUPPLY)))
    assert outcome.result is result
    assert ("and is late" in outcome.sentence) is (result is Result.PASSED)


def test_one_of_two_suppliers_of_a_data_type_is_late() -> None:
    outcome = ask(connector(supplies=(*AGREED, replace(CALLS_SUPPLY, supplier="The depot", next_due=OVERDUE))))
    assert outcome.result is Result.FAILED
    assert "The export of “Calls” is overdue" in outcome.sentence


def test_two_late_suppliers_of_a_data_type_name_it_once() -> None:
    late = replace(CALLS_SUPPLY, next_due=OVERDUE)
    outcome = ask(connector(supplies=(COSTS_SUPPLY, late, replace(late, supplier="The depot"))))
    assert "The export of “Calls” is overdue" in outcome.sentence
    assert outcome.facts["overdue"] == ["calls"]


def test_an_overdue_export_of_a_data_type_that_is_not_chosen_does_not_matter() -> None:
    assert ask(connector(supplies=(*AGREED, replace(CALLS_SUPPLY, data_type="jobs", next_due=OVERDUE)))).result is Result.PASSED


def test_by_hand_no_test_of_the_provider_is_asked_for_and_none_helps() -> None:
    assert ask(connector(access=AccessFacts(NOW, STEPS))).result is Result.NOT_RUN


# With the provider


def test_a_test_that_got_through_every_part_passes() -> None:
    outcome = ask(after_test())
    assert outcome.result is Result.PASSED
    assert outcome.sentence == "Access was tested on 22 Nov 2026, and every part of the test passed."
    assert outcome.facts == {"tested_at": "2026-11-22T14:00:00+00:00", "steps": sorted(STEPS)}


@pytest.mark.parametrize("mode", ["api", "webhook"])
@pytest.mark.parametrize("access", [None, AccessFacts(NOW, {})], ids=["none", "empty"])
def test_untested_access_is_never_green(mode: str, access: AccessFacts | None) -> None:
    outcome = ask(connector(mode=mode, access=access, supplies=AGREED))
    assert outcome.result is Result.NOT_RUN
    assert "Access was never tested" in outcome.sentence


@pytest.mark.parametrize("mode", ["api", "webhook"])
@pytest.mark.parametrize(
    ("step", "words"),
    [("app_key", "did not get through “app key”"), ("campaign_costs", "did not get through “Campaign Costs”"), ("host", "through “host”")],
)
def test_a_part_that_did_not_pass_fails_by_its_name(mode: str, step: str, words: str) -> None:
    outcome = ask(connector(mode=mode, access=AccessFacts(NOW, {**STEPS, step: False})))
    assert outcome.result is Result.FAILED
    assert words in outcome.sentence
    assert "Mend it and test again" in outcome.sentence
    assert outcome.facts["failed"] == [step]


def test_parts_that_did_not_pass_are_named_in_order() -> None:
    outcome = ask(after_test(token=False, app_key=False))
    assert "“app key” and “token”" in outcome.sentence
    assert outcome.facts["failed"] == ["app_key", "token"]


def test_a_data_type_that_the_test_did_not_read_is_untested() -> None:
    read = {step: True for step in STEPS if step != "calls"}
    outcome = ask(connector(mode="api", access=AccessFacts(NOW, read)))
    assert outcome.result is Result.NOT_RUN
    assert "did not try to read “Calls”" in outcome.sentence
    assert ask(connector(mode="api", access=AccessFacts(NOW, {**read, "host": False}))).result is Result.FAILED


def test_a_webhook_is_not_read() -> None:
    assert ask(connector(mode="webhook", access=AccessFacts(NOW, {"signing_secret": True}))).result is Result.PASSED


def test_a_test_from_the_future_does_not_count() -> None:
    outcome = ask(after_test(ago=timedelta(seconds=-1)))
    assert outcome.result is Result.NOT_RUN
    assert "the clock was set back" in outcome.sentence
    assert ask(after_test(ago=timedelta(0))).result is Result.PASSED


def test_an_old_test_does_not_count_again() -> None:
    outcome = ask(after_test(ago=COUNTS_FOR))
    assert outcome.result is Result.NOT_RUN
    assert "last tested on 15 Nov 2026, which is too long ago" in outcome.sentence
    assert ask(after_test(ago=COUNTS_FOR - timedelta(seconds=1))).result is Result.PASSED


# Both


@pytest.mark.parametrize("mode", ["manual", "api", "webhook"])
def test_without_a_data_type_nothing_was_looked_at(mode: str) -> None:
    outcome = ask(connector(mode=mode, data_types=(), supplies=AGREED, access=AccessFacts(NOW, STEPS)))
    assert outcome.result is Result.NOT_RUN
    assert "No data type is chosen" in outcome.sentence


def test_many_data_types_leave_sentences_short() -> None:
    supplies = tuple(SupplyFacts(each.key, "x" * 900, 7, OVERDUE) for each in MANY)
    outcomes = [
        ask(connector(data_types=MANY, supplies=supplies)),
        ask(connector(data_types=(CALLS, *MANY), supplies=(CALLS_SUPPLY,))),
        ask(connector(data_types=MANY, mode="api", access=AccessFacts(NOW, {"host": True}))),
        ask(connector(data_types=MANY, mode="api", access=AccessFacts(NOW, {each.key: False for each in MANY}))),
        ask(connector(mode="api", access=AccessFacts(NOW, {"y" * 900: False}))),
    ]
    assert all(fits(outcome) for outcome in outcomes)
    assert all("and 197 more" in outcome.sentence for outcome in outcomes[:4])


def test_what_it_rests_on() -> None:
    assert CHECK.facets == {"mode", "data-types", "supply", "access", "credential"}
    assert (CHECK.key, CHECK.ask, CHECK.version) == ("access-tested", ask, 2)
    assert shelf_life("access-tested") == COUNTS_FOR
