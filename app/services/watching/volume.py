"""Volume: rows of the newest complete days against the same weekday's history.

The median of up to eight same weekdays is robust: a holiday among them moves it little. One odd day is no finding, for
holidays are odd as well; two within a week in the same direction are.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from statistics import median

from app.models import FindingKind
from app.services.watching.trouble import Trouble

JUDGED_DAYS = 7
WEEKS = 8
ENOUGH_WEEKS = 5
"""Same weekdays that have to be known."""
ENOUGH_ROWS = 20
"""A smaller usual day says too little."""
FEWEST_DAYS = 2
FAR = 5.0
"""So many spreads away from the median."""
LEAST_SHARE = 0.5
"""And at least by so much of it."""
TO_SPREAD = 1.4826
"""Median absolute deviation → standard deviation, were it normal."""
WEEK = timedelta(days=7)
HISTORY = JUDGED_DAYS + 7 * WEEKS
"""Days that are read."""


@dataclass(frozen=True)
class OffDay:
    """A day far from what is usual on its weekday."""

    day: date
    rows: int
    usual: int

    @property
    def is_fewer(self) -> bool:
        return self.rows < self.usual


def off_days(rows: Mapping[date, int], known: Collection[date], *, last_day: date) -> list[OffDay]:
    """Days of the newest week that are off in the same direction; empty if fewer than two are.

    :param rows: by day; a known day that is not in it had none
    :param known: days that are known to the end, and wait for nothing
    :param last_day: the newest complete one
    """
    judged = [last_day - timedelta(days=back) for back in reversed(range(JUDGED_DAYS))]
    found = [off for day in judged if day in known and (off := _off(day, rows, known)) is not None]
    fewer, more = [each for each in found if each.is_fewer], [each for each in found if not each.is_fewer]
    worse = max(fewer, more, key=len)
    return worse if len(worse) >= FEWEST_DAYS else []


def _off(day: date, rows: Mapping[date, int], known: Collection[date]) -> OffDay | None:
    before = [rows.get(other, 0) for weeks in range(1, WEEKS + 1) if (other := day - weeks * WEEK) in known]
    if len(before) < ENOUGH_WEEKS:
        return None
    usual = median(before)
    if usual < ENOUGH_ROWS:
        return None
    spread = max(TO_SPREAD * median(abs(count - usual) for count in before), sqrt(usual))
    away = abs(rows.get(day, 0) - usual)
    is_off = away > FAR * spread and away > LEAST_SHARE * usual
    return OffDay(day, rows.get(day, 0), round(usual)) if is_off else None


def trouble(data_type: str, label: str, off: list[OffDay]) -> Trouble | None:
    """:param label: of the data type"""
    if not off:
        return None
    told = "; ".join(f"{each.day:%a} {each.day.day} {each.day:%b %Y} {each.rows:,} instead of about {each.usual:,}" for each in off)
    much = "fewer" if off[0].is_fewer else "more"
    sentence = f"{label}: far {much} rows than usual on that weekday: {told}."
    return Trouble(FindingKind.VOLUME, sentence, data_type, basis=off[-1].day.isoformat())
