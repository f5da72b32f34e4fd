"""A frozen baseline for each chosen metric."""

from typing import Any

import pytest

from app.readiness.check import LONGEST_SENTENCE, Result
from app.readiness.checks.baseline import CHECK, ask
from app.readiness.facts import BaselineFacts, MetricFacts
from tests.readiness.checks.connectors import connector

CALLS = MetricFacts("booked_calls", "Booked calls", "count", "Acme", "1–31 Oct 2026 (31 days)")
RATE = MetricFacts("booking_rate", "Booking rate", "ratio", "Acme", "1–31 Oct 2026 (31 days)")


def baseline(metric: MetricFacts, **changes: Any) -> BaselineFacts:
    return BaselineFacts(
        **{
            "id": f"of-{metric.key}",
            "metric_key": metric.key,
            "window": "1–30 Sep 2026 (30 days)",
            "is_intact": True,
            "days_unknown": 0,
            "days": 30,
            **changes,
        }
    )


def test_an_intact_one_for_each_metric_passes() -> None:
    outcome = ask(connector(metrics=(RATE, CALLS), baselines=(baseline(RATE), baseline(CALLS), baseline(CALLS, id="older"))))
    assert outcome.result is Result.PASSED
    assert "“Booking rate” and “Booked calls”" in outcome.sentence
    assert outcome.facts == {"baselines": ["of-booked_calls", "of-booking_rate", "older"], "metrics": ["booked_calls", "booking_rate"]}


def test_some_unknown_days_are_for_the_comparison_to_judge() -> None:
    assert ask(connector(metrics=(CALLS,), baselines=(baseline(CALLS, days_unknown=29),))).result is Result.PASSED


@pytest.mark.parametrize("baselines", [(), (baseline(CALLS),)])
def test_without_a_metric_there_is_nothing_to_freeze(baselines: tuple[BaselineFacts, ...]) -> None:
    outcome = ask(connector(baselines=baselines))
    assert outcome.result is Result.NOT_RUN
    assert "No metric is chosen" in outcome.sentence


@pytest.mark.parametrize("baselines", [(), (baseline(RATE),)])
def test_none_of_a_chosen_metric_is_not_run(baselines: tuple[BaselineFacts, ...]) -> None:
    outcome = ask(connector(metrics=(CALLS,), baselines=baselines))
    assert outcome.result is Result.NOT_RUN
    assert "No baseline is frozen yet for “Booked calls”" in outcome.sentence


def test_missing_ones_are_named() -> None:
    outcome = ask(connector(metrics=(CALLS, RATE), baselines=(baseline(CALLS),)))
    assert outcome.result is Result.FAILED
    assert outcome.sentence == (
        "No baseline is frozen for “Booking rate”. Freeze a baseline from complete batches for each metric that has none with data."
    )
    assert outcome.facts == {"broken": [], "missing": ["booking_rate"], "without_data": []}


@pytest.mark.parametrize("others", [(), (baseline(CALLS),)])
def test_a_broken_one_fails_even_beside_an_intact_one(others: tuple[BaselineFacts, ...]) -> None:
    outcome = ask(connector(metrics=(RATE, CALLS), baselines=(baseline(RATE), baseline(CALLS, id="bad", is_intact=False), *others)))
    assert outcome.result is Result.FAILED
    assert outcome.sentence == (
        "A baseline of “Booked calls” is not what was frozen: its hash does not fit. "
        "Find out what changed the broken one and restore it from a backup."
    )
    assert outcome.facts == {"broken": ["bad"], "missing": [], "without_data": []}


def test_a_broken_one_of_a_metric_that_is_not_chosen_is_not_asked_about() -> None:
    assert ask(connector(metrics=(CALLS,), baselines=(baseline(CALLS), baseline(RATE, is_intact=False)))).result is Result.PASSED


@pytest.mark.parametrize(("days_unknown", "days"), [(30, 30), (0, 0)])
def test_one_that_knows_no_day_is_none(days_unknown: int, days: int) -> None:
    outcome = ask(connector(metrics=(CALLS, RATE), baselines=(baseline(CALLS, days_unknown=days_unknown, days=days), baseline(RATE))))
    assert outcome.result is Result.FAILED
    assert "No day is known in the baseline of “Booked calls”. Freeze" in outcome.sentence
    assert outcome.facts["without_data"] == ["booked_calls"]
    again = ask(connector(metrics=(CALLS,), baselines=(baseline(CALLS, days_unknown=days_unknown, days=days), baseline(CALLS, id="new"))))
    assert again.result is Result.PASSED


def test_a_broken_one_is_no_substitute_for_one_with_data() -> None:
    baselines = (baseline(CALLS, id="bad", is_intact=False), baseline(CALLS, days_unknown=30))
    assert ask(connector(metrics=(CALLS,), baselines=baselines)).facts == {
        "broken": ["bad"],
        "missing": [],
        "without_data": ["booked_calls"],
    }


def test_facts_are_in_one_order_whatever_came_first() -> None:
    z, y, x, w = (MetricFacts(key, key, "count", "Acme", "") for key in "zyxw")
    broken = (baseline(z, id="2", is_intact=False), baseline(z, id="1", is_intact=False))
    outcome = ask(
        connector(metrics=(z, y, x, w, RATE, CALLS), baselines=(*broken, baseline(y, days_unknown=30), baseline(x, days_unknown=30)))
    )
    assert outcome.facts == {"broken": ["1", "2"], "missing": ["booked_calls", "booking_rate", "w"], "without_data": ["x", "y"]}


def test_all_is_told_at_once_in_a_sentence_that_stays_short() -> None:
    many = tuple(MetricFacts(f"m{n}", f"{n} " + "very long title " * 20, "count", "Acme", "") for n in range(30))
    baselines = [baseline(metric, is_intact=False) for metric in many[:9]] + [baseline(metric, days_unknown=30) for metric in many[9:18]]
    outcome = ask(connector(metrics=many, baselines=tuple(baselines)))
    assert outcome.result is Result.FAILED
    assert len(outcome.sentence) <= LONGEST_SENTENCE
    assert outcome.sentence.endswith(
        "restore it from a backup. Freeze a baseline from complete batches for each metric that has none with data."
    )
    assert (len(outcome.facts["broken"] or ()), len(outcome.facts["missing"] or ()), len(outcome.facts["without_data"] or ())) == (9, 12, 9)  # type: ignore[arg-type]


def test_rests_on() -> None:
    assert CHECK.key == "baseline"
    assert CHECK.facets == {"baselines", "metrics"}
