"""The verdict that stands before any percentage, and what moved."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.metrics import booked_calls, booking_rate, revenue_invoiced
from app.metrics.comparability import Judgement, ReasonKey, Side, Verdict, judge
from app.metrics.metric import Metric
from app.metrics.movement import Arrow, in_words, movement
from app.metrics.windows import Window

CALLS, RATE, REVENUE = booked_calls.METRIC, booking_rate.METRIC, revenue_invoiced.METRIC
HOURS = replace(CALLS, key="hours", counts_hours=True)
OK, CAVEATS, NOT = Verdict.COMPARABLE, Verdict.WITH_CAVEATS, Verdict.NOT_COMPARABLE


def side(text: str, **changes: Any) -> Side:
    return Side(
        **{
            "window": Window.parse(text),
            "zone": "America/Chicago",
            "rows": 400,
            "formula_version": 1,
            "signal_kinds": frozenset({"phone_call"}),
            "map_numbers": {"calls": frozenset({1})},
            **changes,
        }
    )


NOVEMBER, OCTOBER, SEPTEMBER = "2026-11-01..2026-12-01", "2026-10-01..2026-11-01", "2026-09-01..2026-10-01"
FEBRUARY, LEAP_FEBRUARY, JANUARY = "2026-02-01..2026-03-01", "2024-02-01..2024-03-01", "2026-01-01..2026-02-01"


@pytest.mark.parametrize(
    ("metric", "current", "baseline", "verdict", "reasons"),
    [
        (CALLS, side(NOVEMBER), side(SEPTEMBER), OK, ""),
        (CALLS, side(OCTOBER), side(SEPTEMBER), CAVEATS, "unequal_days"),
        (CALLS, side(FEBRUARY), side(JANUARY), CAVEATS, "unequal_days"),
        (CALLS, side(LEAP_FEBRUARY), side("2023-02-01..2023-03-01"), CAVEATS, "unequal_days"),
        (CALLS, side("2026-10-01..2026-10-08"), side(SEPTEMBER), NOT, "unequal_days"),
        (RATE, side("2026-10-01..2026-10-08"), side(SEPTEMBER), CAVEATS, "unequal_days"),
        (CALLS, side(NOVEMBER, days_to_come=9), side(SEPTEMBER), NOT, "partial_period"),
        (RATE, side(NOVEMBER, days_to_come=9), side(SEPTEMBER), CAVEATS, "partial_period"),
        (RATE, side(NOVEMBER, days_to_come=30), side(SEPTEMBER), NOT, "partial_period"),
        (CALLS, side(NOVEMBER, days_missing=1), side(SEPTEMBER), CAVEATS, "days_without_data"),
        (CALLS, side(NOVEMBER), side(SEPTEMBER, days_missing=2), NOT, "days_without_data"),
        (RATE, side(NOVEMBER), side(SEPTEMBER, days_missing=2), CAVEATS, "days_without_data"),
        (RATE, side(NOVEMBER), side(SEPTEMBER, days_missing=30), NOT, "days_without_data"),
        (CALLS, side(NOVEMBER, formula_version=2), side(SEPTEMBER), NOT, "formula_changed"),
        (CALLS, side(NOVEMBER, map_numbers={"calls": frozenset({1, 2})}), side(SEPTEMBER), CAVEATS, "map_changed"),
        (CALLS, side(NOVEMBER, map_numbers={"calls": frozenset()}), side(SEPTEMBER), OK, ""),
        (CALLS, side(NOVEMBER, rows=29), side(SEPTEMBER, rows=30), CAVEATS, "too_few_rows"),
        (CALLS, side(NOVEMBER, rows=4), side(SEPTEMBER), NOT, "too_few_rows"),
        (CALLS, side(NOVEMBER), side(SEPTEMBER, rows=0), NOT, "too_few_rows"),
        (HOURS, side(NOVEMBER), side(SEPTEMBER), CAVEATS, "clock_change"),
        (HOURS, side(NOVEMBER, zone="Asia/Tokyo"), side(SEPTEMBER, zone="Asia/Tokyo"), OK, ""),
        (HOURS, side("2026-10-01..2026-10-31", zone="Europe/Berlin"), side(SEPTEMBER, zone="Europe/Berlin"), CAVEATS, "clock_change"),
        (HOURS, side("2026-10-01..2026-10-31"), side(SEPTEMBER), OK, ""),
        (CALLS, side(NOVEMBER, zone="Asia/Tokyo"), side(SEPTEMBER), NOT, "zone_changed"),
        (CALLS, side(NOVEMBER, is_sample=True), side(SEPTEMBER), NOT, "sample_data"),
        (REVENUE, side(NOVEMBER, currency="USD"), side(SEPTEMBER, currency="CAD"), NOT, "currency_differs"),
        (CALLS, side(NOVEMBER, signal_kinds=frozenset({"form_lead"})), side(SEPTEMBER), NOT, "signal_kinds_differ"),
        (CALLS, side(NOVEMBER), side(SEPTEMBER, is_restated=True), CAVEATS, "restated"),
        (CALLS, side(NOVEMBER), side("2026-10-02..2026-11-03"), CAVEATS, "unequal_days windows_overlap"),
        (CALLS, side(OCTOBER, formula_version=2, rows=12), side(SEPTEMBER), NOT, "formula_changed unequal_days too_few_rows"),
    ],
)
def test_verdict_and_reasons(metric: Metric, current: Side, baseline: Side, verdict: Verdict, reasons: str) -> None:
    judgement = judge(metric, current=current, baseline=baseline)
    assert judgement.verdict is verdict
    assert [reason.key.value for reason in judgement.reasons] == reasons.split()
    assert all(reason.sentence.endswith(".") for reason in judgement.reasons)


def test_reasons_tell_the_numbers() -> None:
    judgement = judge(CALLS, current=side(OCTOBER, days_to_come=11, rows=1), baseline=side(SEPTEMBER))
    assert {reason.key: reason.sentence for reason in judgement.reasons} == {
        ReasonKey.PARTIAL_PERIOD: "1–31 Oct 2026 (31 days) is not complete: its data reaches 20 of 31 days.",
        ReasonKey.TOO_FEW_ROWS: "1–31 Oct 2026 (31 days) rests on 1 row: chance alone moves so small a figure.",
        ReasonKey.UNEQUAL_DAYS: "The windows are not equally long: 31 days against 30 days.",
    }


FINE, UNFIT = Judgement(Verdict.COMPARABLE, ()), Judgement(Verdict.NOT_COMPARABLE, ())


@pytest.mark.parametrize(
    ("metric", "current", "baseline", "arrow", "percent", "words"),
    [
        (CALLS, "412", "400", Arrow.UP, "3.0", "up 3.0 %, from 400 to 412"),
        (CALLS, "1300", "2600", Arrow.DOWN, "-50.0", "down 50.0 %, from 2,600 to 1,300"),
        (CALLS, "400", "400", Arrow.SAME, "0.0", "400, as before"),
        (CALLS, "7", "0", Arrow.UP, None, "up from 0 to 7; no percentage, because the baseline is zero"),
        (CALLS, "0", "0", Arrow.SAME, None, "0, as before"),
        (REVENUE, "10.50", "-3.25", Arrow.UP, None, "up from -3.25 USD to 10.50 USD; no percentage, because the baseline is below zero"),
        (RATE, "0.45", "0.42", Arrow.UP, "7.1", "up from 42.0 % to 45.0 %, by 3.0 percentage points"),
        (RATE, "0.1", "0", Arrow.UP, None, "up from 0.0 % to 10.0 %; no percentage, because the baseline is zero"),
    ],
)
def test_movement(metric: Metric, current: str, baseline: str, *, arrow: Arrow, percent: str | None, words: str) -> None:
    moved = movement(metric, FINE, current=Decimal(current), baseline=Decimal(baseline), currency="USD" if metric is REVENUE else "")
    assert moved is not None
    assert (moved.arrow, moved.percent, moved.words) == (arrow, None if percent is None else Decimal(percent), words)
    assert moved.difference == Decimal(current) - Decimal(baseline)


@pytest.mark.parametrize(
    ("judgement", "current", "baseline"), [(UNFIT, Decimal(5), Decimal(4)), (FINE, None, Decimal(4)), (FINE, Decimal(5), None)]
)
def test_no_arrow_and_no_percentage(judgement: Judgement, current: Decimal | None, baseline: Decimal | None) -> None:
    assert movement(CALLS, judgement, current=current, baseline=baseline) is None


def test_what_is_unknown_is_a_dash() -> None:
    assert in_words(CALLS, None) == "–"
    assert in_words(REVENUE, Decimal("1234.5"), currency="EUR") == "1,234.50 EUR"
