"""Local days of the company: their instants, and how busy they are."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

COOLING, HEATING, STEADY = range(3)
SEASONS = (
    (0.25, 0.3, 0.5, 0.8, 1.2, 1.9, 2.3, 2.1, 1.3, 0.7, 0.35, 0.25),
    (2.1, 1.9, 1.2, 0.7, 0.35, 0.2, 0.15, 0.2, 0.5, 1.1, 1.7, 2.1),
    (0.95, 0.95, 1.0, 1.05, 1.05, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.95),
)
"""How much is asked for in the middle of each month, by kind of work."""
WEEK = (1.26, 1.12, 1.06, 1.02, 1.0, 0.56, 0.32)
QUIET = 0.22
GROWTH_A_YEAR = 0.08


class LocalDay(NamedTuple):
    """One local day: `hours` are the instants at which its 24 hours of the clock begin."""

    number: int
    on: date
    hours: tuple[datetime, ...]

    def instant(self, rng: Random, hours: tuple[int, ...]) -> datetime:
        """Some instant of the day, in one of the hours of the clock: one that is named twice comes twice as often."""
        chance = rng.random() * len(hours)
        place = int(chance)
        return self.hours[hours[place]] + timedelta(0, 0, int((chance - place) * 3_600_000_000))


class LocalDays:
    """The days since the company's first one, counted from zero; days before and after it are there too."""

    def __init__(self, zone: ZoneInfo, first: date) -> None:
        self.zone, self.first = zone, first
        self._made: dict[int, LocalDay] = {}

    def __getitem__(self, index: int) -> LocalDay:
        day = self._made.get(index)
        if day is None:
            on = self.first + timedelta(days=index)
            # An hour that the clock skips becomes the one after it; of an hour that comes twice the first is meant.
            hours = tuple(datetime(on.year, on.month, on.day, hour, tzinfo=self.zone).astimezone(UTC) for hour in range(24))
            day = self._made[index] = LocalDay(index, on, hours)
        return day

    def start_of(self, on: date) -> datetime:
        return self[(on - self.first).days].hours[0]

    def date_of(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()


def season_of(on: date, kind: int) -> float:
    """The month's figure, blended with its neighbour's away from the middle of the month."""
    table, distance = SEASONS[kind], (on.day - 15.5) / 31
    neighbour = table[(on.month if distance > 0 else on.month - 2) % 12]
    return table[on.month - 1] * (1 - abs(distance)) + neighbour * abs(distance)


def rhythm_of(on: date) -> float:
    """The weekly rhythm, and few calls on the holidays of the United States."""
    return min(WEEK[on.weekday()], holidays_of(on.year).get(on, 2.0))


def holidays_of(year: int) -> dict[date, float]:
    thanksgiving = _weekday_of_month(year, 11, 3, 4)
    return {
        date(year, 1, 1): QUIET,
        _last_monday(year, 5): QUIET,
        date(year, 7, 4): QUIET,
        _weekday_of_month(year, 9, 0, 1): QUIET,
        thanksgiving: QUIET,
        thanksgiving + timedelta(days=1): 0.6,
        date(year, 12, 24): 0.5,
        date(year, 12, 25): QUIET,
        date(year, 12, 31): 0.6,
    }


def _weekday_of_month(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _last_monday(year: int, month: int) -> date:
    last = date(year, month + 1, 1) - timedelta(days=1)
    return last - timedelta(days=last.weekday())
