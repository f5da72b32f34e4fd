"""The verdict over the windows of each chosen metric."""

from typing import Any

import pytest

from app.readiness.check import LONGEST_SENTENCE, Result
from app.readiness.checks.comparable import CHECK, ask
from app.readiness.facts import ComparisonFacts, MetricFacts
from tests.readiness.checks.connectors import connector

CALLS = MetricFacts("booked_calls", "Booked calls", "count", "Acme", "1–31 Oct 2026 (31 days)")
RATE = MetricFacts("booking_rate", "Booking rate", "ratio", "Acme", "1–31 Oct 2026 (31 days)")
UNEQUAL = "The windows are not equally long: 31 days against 30 days."
FEW = "1–30 Sep 2026 (30 days) rests on 12 rows: chance alone moves so small a figure."


def comparison(metric: MetricFacts, verdict: str = "comparable", **changes: Any) -> ComparisonFacts:
    return ComparisonFacts(**{"metric_key": metric.key, "verdict": verdict, "windows": "October against September", **changes})


def test_all_comparable_passes() -> None:
    outcome = ask(connector(metrics=(RATE, CALLS), comparisons=(comparison(RATE), comparison(CALLS))))
    assert (outcome.result, outcome.items) == (Result.PASSED, ())
    assert outcome.sentence == "The windows of “Booking rate” and “Booked calls” can be compared."
    assert outcome.facts == {"windows": ["booked_calls: October against September", "booking_rate: October against September"]}


def test_without_a_metric_there_are_no_windows() -> None:
    outcome = ask(connector(comparisons=(comparison(CALLS),)))
    assert outcome.result is Result.NOT_RUN
    assert "No metric is chosen" in outcome.sentence


@pytest.mark.parametrize("comparisons", [(), (comparison(RATE, "not_comparable"),)])
def test_none_of_a_chosen_metric_is_not_run(comparisons: tuple[ComparisonFacts, ...]) -> None:
    outcome = ask(connector(metrics=(CALLS,), comparisons=comparisons))
    assert outcome.result is Result.NOT_RUN
    assert "No windows were compared yet for “Booked calls”" in outcome.sentence


def test_a_metric_without_a_comparison_is_named() -> None:
    outcome = ask(connector(metrics=(CALLS, RATE), comparisons=(comparison(CALLS),)))
    assert outcome.result is Result.FAILED
    assert outcome.sentence.startswith("No windows were compared for “Booking rate”. Choose windows")
    assert outcome.facts == {"missing": ["booking_rate"], "not_comparable": []}


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (comparison(CALLS, "not_comparable", reasons=(UNEQUAL, FEW)), f"({UNEQUAL[:-1]}; {FEW[:-1]})"),
        (comparison(CALLS, "not_comparable"), "(the comparison does not say why)"),
        (comparison(CALLS, "something else", caveats=(FEW,)), "(the comparison does not say why)"),
        # Nothing to acknowledge would count as acknowledged.
        (comparison(CALLS, "with_caveats"), "(the comparison does not say why)"),
    ],
)
def test_not_comparable_fails_with_its_reasons(bad: ComparisonFacts, why: str) -> None:
    outcome = ask(connector(metrics=(CALLS, RATE), comparisons=(bad, comparison(RATE, "with_caveats", caveats=(UNEQUAL,)))))
    assert (outcome.result, outcome.items) == (Result.FAILED, ())
    assert outcome.sentence == (
        f"“Booked calls” cannot be compared {why}. Choose windows that can be compared, and compare each chosen metric."
    )
    assert outcome.facts == {"missing": [], "not_comparable": ["booked_calls"]}


def test_one_bad_comparison_fails_a_metric_that_has_a_good_one() -> None:
    outcome = ask(connector(metrics=(CALLS,), comparisons=(comparison(CALLS, "not_comparable", windows="A"), comparison(CALLS))))
    assert outcome.result is Result.FAILED


def test_facts_are_in_one_order_whatever_came_first() -> None:
    z, y = (MetricFacts(key, key, "count", "Acme", "") for key in "zy")
    bad = (comparison(z, "not_comparable"), comparison(y, "not_comparable"), comparison(y, "not_comparable", windows="B"))
    outcome = ask(connector(metrics=(z, y, RATE, CALLS), comparisons=bad))
    assert outcome.facts == {"missing": ["booked_calls", "booking_rate"], "not_comparable": ["y", "z"]}
    assert outcome == ask(connector(metrics=(z, y, RATE, CALLS), comparisons=bad[::-1]))


WITH_CAVEATS = {
    "metrics": (CALLS, RATE),
    "comparisons": (comparison(RATE, "with_caveats", caveats=(UNEQUAL, FEW, FEW)), comparison(CALLS, caveats=("unused",))),
}
ITEMS = (f"booking_rate:{FEW}", f"booking_rate:{UNEQUAL}")


@pytest.mark.parametrize("acknowledged", [(), ITEMS[:1], (*ITEMS[1:], f"booked_calls:{FEW}")])
def test_caveats_are_a_warning_to_acknowledge_one_by_one(acknowledged: tuple[str, ...]) -> None:
    outcome = ask(connector(**WITH_CAVEATS, acknowledged=frozenset(acknowledged)))
    assert (outcome.result, outcome.items) == (Result.WARNING, ITEMS)
    assert outcome.sentence == (
        "The windows of “Booking rate” can be compared with 2 caveats. Acknowledge each caveat, or choose windows that have none."
    )
    assert outcome.facts["windows"] == ["booked_calls: October against September", "booking_rate: October against September"]


def test_acknowledged_ones_are_still_a_warning_and_it_says_so() -> None:
    outcome = ask(connector(**WITH_CAVEATS, acknowledged=frozenset({*ITEMS, "scopes:other"})))
    assert (outcome.result, outcome.items) == (Result.WARNING, ITEMS)
    assert outcome.sentence.endswith("with 2 caveats, which were all acknowledged one by one.")
    assert outcome.facts["windows"] == ["booked_calls: October against September", "booking_rate: October against September"]


def test_one_caveat_is_told_as_one() -> None:
    facts = {"metrics": (RATE,), "comparisons": (comparison(RATE, "with_caveats", caveats=(FEW,)),)}
    assert "with 1 caveat. Acknowledge" in ask(connector(**facts)).sentence
    assert "with 1 caveat, which was acknowledged." in ask(connector(**facts, acknowledged=frozenset(ITEMS))).sentence


def test_sentences_stay_short() -> None:
    many = tuple(MetricFacts(f"m{n}", f"{n} " + "very long title " * 20, "count", "Acme", "") for n in range(30))
    bad = tuple(comparison(metric, "not_comparable", reasons=(FEW * 9,)) for metric in many[:20])
    outcome = ask(connector(metrics=many, comparisons=bad))
    assert len(outcome.sentence) <= LONGEST_SENTENCE
    assert outcome.sentence.endswith("compare each chosen metric.")
    warned = ask(connector(metrics=many, comparisons=tuple(comparison(each, "with_caveats", caveats=(FEW,)) for each in many)))
    assert len(warned.sentence) <= LONGEST_SENTENCE


def test_rests_on() -> None:
    assert CHECK.key == "comparable"
    assert CHECK.facets == {"baselines", "formulas", "lead-rules", "maps", "metrics", "windows", "zone"}
