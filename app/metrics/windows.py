"""Windows: half-open spans of local dates in an organization's zone, always printed in full."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
LONGEST = 3660
"""Days; ten years and a bit."""
_TEXT = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")


class BadWindowError(ValueError):
    """The text or the dates are no window; says why, for the person who wrote it."""


@dataclass(frozen=True, order=True)
class Window:
    """From ``start`` up to, and without, ``end``."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise BadWindowError(
                f"A window ends after it begins: {self.end} is not after {self.start}. The end is the day after the last one."
            )

    @classmethod
    def parse(cls, text: str) -> "Window":
        """``2026-10-01..2026-11-01``.

        :raises BadWindowError: if it is not that
        """
        match = _TEXT.fullmatch(text.strip())
        if match is None:
            raise BadWindowError(
                f"“{text[:40]}” is no window. Write it as 2026-10-01..2026-11-01: the first day, and the day after the last one."
            )
        try:
            start, end = (date.fromisoformat(part) for part in match.groups())
        except ValueError as exc:
            raise BadWindowError(f"“{text[:40]}” names a day that no calendar has.") from exc
        window = cls(start, end)
        if window.days > LONGEST:
            raise BadWindowError(f"A window is at most {LONGEST:,} days long; this one has {window.days:,}.")
        return window

    @classmethod
    def month(cls, year: int, month: int) -> "Window":
        return cls(date(year, month, 1), date(year + month // 12, month % 12 + 1, 1))

    def __str__(self) -> str:
        return f"{self.start.isoformat()}..{self.end.isoformat()}"

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        return self.end - DAY

    @property
    def before(self) -> "Window":
        """What it is compared with by default: the month before a calendar month, else as many days right before."""
        if self.is_month:
            last = self.start - DAY
            return Window.month(last.year, last.month)
        return Window(self.start - (self.end - self.start), self.start)

    @property
    def is_month(self) -> bool:
        return self.start.day == 1 and (self.end.day, self.days <= 31) == (1, True)

    @property
    def label(self) -> str:
        """``1–31 Oct 2026 (31 days)``."""
        first, last = self.start, self.last_day
        if first == last:
            return f"{_day(last)} (1 day)"
        if first.year != last.year:
            span = f"{_day(first)} – {_day(last)}"
        elif first.month != last.month:
            span = f"{first.day} {first:%b} – {_day(last)}"
        else:
            span = f"{first.day}–{_day(last)}"
        return f"{span} ({self.days:,} days)"

    def against(self, baseline: "Window", *, zone: str) -> str:
        """``1–31 Oct 2026 (31 days) against 1–30 Sep 2026 (30 days), America/Chicago``."""
        return f"{self.label} against {baseline.label}, {zone}"

    def contains(self, day: date) -> bool:
        return self.start <= day < self.end

    def every_day(self) -> Iterator[date]:
        return (self.start + DAY * number for number in range(self.days))

    def days_shared_with(self, other: "Window") -> Iterator[date]:
        start, end = max(self.start, other.start), min(self.end, other.end)
        return (start + DAY * number for number in range(max(0, (end - start).days)))

    def instants(self, zone: str) -> tuple[datetime, datetime]:
        """When it begins and ends, in UTC. A midnight that the clock skips is the first moment after the gap."""
        return _midnight(self.start, zone), _midnight(self.end, zone)

    def hours(self, zone: str) -> float:
        """How many hours it really has: 23 or 25 on a day on which the clock changes."""
        start, end = self.instants(zone)
        return (end - start).total_seconds() / 3600

    def has_clock_change(self, zone: str) -> bool:
        """Whether a clock change lies in it, also two that level each other out."""
        midnights = [_midnight(self.start + DAY * number, zone) for number in range(self.days + 1)]
        return any(after - before != DAY for before, after in pairwise(midnights))


def merged(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The same days as disjoint spans, in order."""
    found: list[Window] = []
    for window in sorted(windows):
        if found and window.start <= found[-1].end:
            found[-1] = Window(found[-1].start, max(found[-1].end, window.end))
        else:
            found.append(window)
    return tuple(found)


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
