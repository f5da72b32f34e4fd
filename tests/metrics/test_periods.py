"""Windows cut into days, weeks and months."""

from datetime import date

import pytest

from app.metrics.periods import Step, is_whole, periods
from app.metrics.windows import Window


def cut(text: str, step: Step, week_start: int = 1) -> list[str]:
    return [str(period) for period in periods(Window.parse(text), step, week_start=week_start)]


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("week_start", range(1, 8))
@pytest.mark.parametrize("text", ["2024-02-27..2024-03-02", "2026-10-01..2026-11-01", "2025-12-31..2026-01-02", "2026-10-07..2026-10-08"])
def test_every_day_is_in_exactly_one_period(text: str, step: Step, week_start: int) -> None:
    window = Window.parse(text)
    days = [day for period in periods(window, step, week_start=week_start) for day in period.every_day()]
    assert days == list(window.every_day())


def test_weeks_begin_on_the_day_that_the_organization_chose() -> None:
    assert cut("2026-10-01..2026-10-20", Step.WEEK) == [
        "2026-10-01..2026-10-05",
        "2026-10-05..2026-10-12",
        "2026-10-12..2026-10-19",
        "2026-10-19..2026-10-20",
    ]
    assert cut("2026-10-01..2026-10-12", Step.WEEK, week_start=7) == [
        "2026-10-01..2026-10-04",
        "2026-10-04..2026-10-11",
        "2026-10-11..2026-10-12",
    ]


def test_months_end_where_they_end_also_in_leap_years() -> None:
    assert cut("2024-02-10..2024-04-01", Step.MONTH) == ["2024-02-10..2024-03-01", "2024-03-01..2024-04-01"]


def test_what_the_window_cuts_off_is_not_whole() -> None:
    october = [is_whole(period, Step.WEEK, week_start=1) for period in periods(Window.month(2026, 10), Step.WEEK, week_start=1)]
    assert october == [False, True, True, True, False]
    assert is_whole(Window(date(2024, 2, 1), date(2024, 3, 1)), Step.MONTH, week_start=1)
    assert not is_whole(Window(date(2024, 2, 1), date(2024, 2, 29)), Step.MONTH, week_start=1)


@pytest.mark.parametrize(
    ("text", "step"),
    [("2026-10-01..2026-11-01", Step.DAY), ("2026-08-01..2026-11-01", Step.WEEK), ("2025-10-01..2026-11-01", Step.MONTH)],
)
def test_a_table_is_cut_so_that_a_person_can_read_it(text: str, step: Step) -> None:
    assert Step.fitting(Window.parse(text)) is step
