"""A period that a client chooses says what the console says of the same days."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.metrics.comparability import ReasonKey
from app.metrics.periods import Step
from app.metrics.registry import metric_of
from app.metrics.windows import Window
from app.services import comparisons
from app.services.figures import figure_of
from app.services.periods_of_cards import Period, period_of
from tests.gates.live import Live
from tests.support.kept import Keeper
from tests.support.told import METRICS, calls_and_payments, shown

WITH_TOTAL = [key for key in METRICS if metric_of(key).has_total]
DIFFERENT = {ReasonKey.MAP_CHANGED, ReasonKey.RESTATED}
"""What only the console can know: which rows of a window a version of the map shaped (the portal knows the days of its batches), and
what a frozen baseline said."""


@pytest.fixture(scope="module")
def live(keeper: Keeper) -> Iterator[Live]:
    with calls_and_payments(keeper) as found:
        yield found


def period(live: Live, metric_key: str, window: Window, step: Step = Step.DAY) -> Period:
    account = live.account
    return period_of(shown(account)[metric_key], account.organization_id, window, step, marks={})


def windows() -> st.SearchStrategy[tuple[int, int]]:
    """Offset from the first known day, and length: also days before it, and days to come."""
    return st.tuples(st.integers(-20, 140), st.integers(1, 60))


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(metric_key=st.sampled_from(WITH_TOTAL), chosen=windows())
def test_any_period_adds_up_to_the_consoles_figure(live: Live, metric_key: str, chosen: tuple[int, int]) -> None:
    window = window_of(live, metric_key, chosen)
    found = period(live, metric_key, window)
    figure = figure_of(live.account, metric_of(metric_key), window)
    assert found.words == (figure.words if figure.value is not None else "")
    whole = [row.cells[0].value for row in found.rows]
    assert len(whole) == window.days
    if metric_of(metric_key).is_additive:
        assert sum((value for value in whole if value is not None), Decimal(0)) == (figure.value or 0)


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(metric_key=st.sampled_from(WITH_TOTAL), chosen=windows())
def test_its_verdict_is_the_consoles(live: Live, metric_key: str, chosen: tuple[int, int]) -> None:
    window = window_of(live, metric_key, chosen)
    found = period(live, metric_key, window)
    made = comparisons.compare(live.account, metric_of(metric_key), current=window, baseline=window.before)
    ours = [reason.sentence for reason in found.judgement.reasons if reason.key not in DIFFERENT]
    assert ours == [reason.sentence for reason in made.reasons if reason.key not in DIFFERENT]
    assert found.windows == made.windows
    if {reason.key for reason in (*found.judgement.reasons, *made.reasons)} & DIFFERENT:
        return
    assert found.judgement.verdict is made.verdict
    movement = made.movement if made.current.value is not None else None
    assert (found.moved.words if found.moved else None) == (movement.words if movement else None)


def window_of(live: Live, metric_key: str, chosen: tuple[int, int]) -> Window:
    offset, days = chosen
    first = date.fromisoformat(shown(live.account)[metric_key].details["known"][0][0]) + timedelta(days=offset)
    return Window(first, first + timedelta(days=days))


def test_days_before_and_behind_what_is_known_are_dashes_and_not_noughts(live: Live) -> None:
    start, end = map(date.fromisoformat, shown(live.account)["booked_calls"].details["known"][0])
    found = period(live, "booked_calls", Window(start - timedelta(days=2), start + timedelta(days=2)))
    assert [row.cells[0].value is None for row in found.rows] == [True, True, False, False]
    assert [row.is_whole for row in found.rows] == [False, False, True, True]
    over = period(live, "booked_calls", Window(end, end + timedelta(days=3)))
    assert (over.words, over.why_not) == ("", f"Nothing is known of {over.window.label}.")


def test_lines_have_no_total_and_what_is_behind_the_largest_is_one_line(live: Live) -> None:
    card = shown(live.account)["leads_by_campaign_source"]
    window = Window(*map(date.fromisoformat, card.details["window"]))
    found = period(live, card.metric_key, window, Step.WEEK)
    figure = figure_of(live.account, metric_of(card.metric_key), window)
    assert (found.words, found.moved) == ("", None)
    assert [column.name for column, _words in found.lines][-1] == f"Other, {len(figure.lines) - 6} more"
    assert sum(int(words) for _column, words in found.lines) == sum(line.value or 0 for line in figure.lines)
    assert [(column.name, words) for column, words in found.lines][:6] == [(line.name, line.value) for line in card.lines][:6]
    cells = [sum(cell.value or 0 for cell in row.cells) for row in found.rows]
    assert sum(cells) == sum(line.value or 0 for line in figure.lines)


def test_days_of_the_card_and_of_its_baseline_are_marked(live: Live) -> None:
    card = shown(live.account)["booked_calls"]
    window = Window(*map(date.fromisoformat, card.details["window"]))
    month = period(live, "booked_calls", Window(window.before.start, window.end), Step.MONTH)
    assert [(row.place, row.is_whole) for row in month.rows] == [("baseline", True), ("current", True)]
    assert month.rows[1].cells[0].words == card.value
