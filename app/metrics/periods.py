"""Windows cut into days, weeks and months, as tables show them."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from app.metrics.windows import DAY, Window

WEEK = 7


class Step(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def label(self) -> str:
        return {"day": "Day", "week": "Week", "month": "Month"}[self.value]

    @property
    def most_days(self) -> int:
        """The longest window that is cut like this on one page."""
        return {"day": 100, "week": 740, "month": 3660}[self.value]

    @classmethod
    def fitting(cls, window: Window) -> "Step":
        """What gives a table that a person can read."""
        if window.days <= 31:
            return cls.DAY
        return cls.WEEK if window.days <= 190 else cls.MONTH


def periods(window: Window, step: Step, *, week_start: int) -> Iterator[Window]:
    """The window in pieces, in order; the first and the last may be parts of a week or month.

    :param week_start: ISO weekday, 1 Monday to 7 Sunday
    """
    start = window.start
    while start < window.end:
        end = min(_end_of(start, step, week_start), window.end)
        yield Window(start, end)
        start = end


def is_whole(period: Window, step: Step, *, week_start: int) -> bool:
    """Whether a piece is a whole day, week or month and not cut off by its window."""
    if step is Step.WEEK:
        return period.days == WEEK and period.start.isoweekday() == week_start
    return step is Step.DAY or period.is_month


def _end_of(start: date, step: Step, week_start: int) -> date:
    if step is Step.DAY:
        return start + DAY
    if step is Step.WEEK:
        return start + DAY * (WEEK - (start.isoweekday() - week_start) % WEEK)
    return Window.month(start.year, start.month).end
