"""Silence: no row on a stretch of known days, longer than any before."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.metrics.windows import Window
from app.models import FindingKind
from app.services.watching.trouble import Trouble, runs

HISTORY = 84
"""Days before the stretch that are looked at."""
ENOUGH_DAYS = 28
"""Of them, that have to be known."""
MOST_DAYS = 0.5
"""The share of them that has to have rows: where a day without any is nothing odd, no stretch is."""
ENOUGH_ROWS = 10
USUAL_CLOSURE = 2
"""A holiday and the day after it are no silence."""
LONGER_BY = 2
"""Times the longest stretch before."""
EARLIER_EXPORTS = 8
ENOUGH_EXPORTS = 2
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Stretch:
    """Days without a row, up to the newest one."""

    first: date
    last: date
    longest_before: int

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Export:
    """A complete batch."""

    made_on: date
    last_date: date
    """Latest day among its rows."""

    @property
    def lag(self) -> int:
        return max(0, (self.made_on - self.last_date).days)


def told_to_be_empty(exports: Sequence[Export]) -> list[date]:
    """Days after the last row that the newest export would have told about: it came later than exports usually do after their last row.

    :param exports: the oldest first; one of an older time says nothing of the end
    """
    newest: list[Export] = []
    for each in exports:
        if not newest or each.last_date >= newest[-1].last_date:
            newest.append(each)
    if len(newest) <= ENOUGH_EXPORTS:
        return []
    *earlier, last = newest
    usual = max(each.lag for each in earlier[-EARLIER_EXPORTS:])
    return [last.last_date + DAY * number for number in range(1, last.lag - max(usual, 1) + 1)]


def stretch(rows: Mapping[date, int], known: Collection[date], *, last_day: date) -> Stretch | None:
    """The days without a row up to ``last_day``, if they are more than twice as many as ever before.

    :param rows: by day; a known day that is not in it had none
    :param known: days that are known to the end, and wait for nothing
    """
    first = last_day
    while first in known and not rows.get(first):
        first -= DAY
    first += DAY
    if first > last_day:
        return None
    before = [day for number in range(1, HISTORY + 1) if (day := first - DAY * number) in known]
    if len(before) < ENOUGH_DAYS or sum(rows.get(day, 0) for day in before) < ENOUGH_ROWS:
        return None
    without = [day for day in before if not rows.get(day)]
    if len(without) > (1 - MOST_DAYS) * len(before):
        return None
    longest = max(((last - start).days + 1 for start, last in runs(without)), default=0)
    found = Stretch(first, last_day, longest)
    return found if found.days > max(USUAL_CLOSURE, LONGER_BY * longest) else None


def trouble(data_type: str, label: str, found: Stretch | None) -> Trouble | None:
    """:param label: of the data type"""
    if found is None:
        return None
    before = f"no stretch was longer than {found.longest_before:,}" if found.longest_before else "every day had some"
    window = Window(found.first, found.last + DAY)
    sentence = f"{label}: not one row on {window.label}. In the twelve weeks before, {before}."
    return Trouble(FindingKind.SILENCE, sentence, data_type, basis=found.first.isoformat())
