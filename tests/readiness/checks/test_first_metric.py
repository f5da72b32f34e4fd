"""A metric is chosen, and can be told in one sentence."""

import pytest

from app.readiness.checks.first_metric import CHECK
from app.readiness.facts import MetricFacts
from tests.readiness.checks.made_up_imports import assert_outcome, connector, metric

RATE = metric("booking_rate", title="Booking rate", unit="percent")


@pytest.mark.parametrize(
    ("metrics", "result", "words"),
    [
        ((metric(),), "passed", ["“Booked calls” in calls from FSM, 1–31 Oct 2026 (31 days)."]),
        ((RATE, metric()), "passed", ["“Booked calls” in calls", "1 more metric can be told"]),
        ((), "failed", ["No metric is chosen yet", "Choose at least one"]),
        ((metric(source_label=" "),), "failed", ["“Booked calls” cannot", ": source missing"]),
        ((metric(window=" "),), "failed", ["“Booked calls” cannot", ": date range missing"]),
        ((metric(unit=" "),), "failed", ["“Booked calls” cannot", ": unit missing"]),
        ((metric(unit=""), metric("z", title="Z", window="")), "failed", ["“Booked calls” and “Z”", ": date range and unit missing"]),
        ((metric(), metric("z", title="Z", unit="")), "failed", ["“Z” cannot"]),
    ],
)
def test_result_and_sentence(metrics: tuple[MetricFacts, ...], result: str, words: list[str]) -> None:
    outcome = assert_outcome(CHECK, connector(metrics=metrics), result, *words)
    assert ("more metric" in outcome.sentence) is (len(metrics) > 1 and result == "passed")


def test_facts_are_in_order() -> None:
    assert assert_outcome(CHECK, connector(metrics=(RATE, metric())), "passed").facts == {
        "metrics": ["booked_calls", "booking_rate"],
        "metrics_count": 2,
    }
    faulty = (metric(unit="", window="", title="B"), metric("a", unit="", title="A"))
    assert assert_outcome(CHECK, connector(metrics=faulty), "failed").facts == {"metrics": ["A", "B"], "missing": ["date range", "unit"]}


def test_long_names_still_make_a_short_sentence() -> None:
    long = dict.fromkeys(("title", "unit", "source_label", "window"), "w" * 300)
    assert_outcome(CHECK, connector(metrics=(metric(**long), RATE)), "passed")
    assert_outcome(CHECK, connector(metrics=tuple(metric(str(n), title=f"{n}{'t' * 300}", unit="") for n in range(60))), "failed")


def test_a_long_zone_does_not_cut_the_date_range() -> None:
    window = "28 Sep 2026 – 31 Oct 2026 (34 days), America/Argentina/Buenos_Aires"
    assert_outcome(CHECK, connector(metrics=(metric(window=window),)), "passed", f"{window}.")


def test_what_it_rests_on() -> None:
    assert (CHECK.key, CHECK.facets) == ("first-metric", frozenset({"metrics", "source-label", "windows"}))
