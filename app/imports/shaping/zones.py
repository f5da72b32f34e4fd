"""Time zones as SQL. The database's own functions take the second of two ambiguous hours, move times that do not exist, and have
zone data of their own: here the offsets come from the zone data that all the rest of the application uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

FIRST, LAST = datetime(1999, 12, 30, tzinfo=UTC), datetime(2045, 1, 3, tzinfo=UTC)
"""Before and after, the database's own functions do: a tree for all times would cost more than it is worth."""
DAY = timedelta(days=1)
HOUR = 3_600_000_000
Years = tuple[int, int]
"""The first and the last one, both included."""
ALL_YEARS: Years = (FIRST.year + 1, LAST.year - 1)


@dataclass(frozen=True)
class Change:
    """A moment at which clocks are set, and the offset from then on."""

    at: datetime
    before: timedelta
    after: timedelta


def utc_offset(zone: str, instant: str, years: Years = ALL_YEARS) -> str:
    """Offset of an instant. Instants, local times and offsets are microseconds.

    :param years: in which nearly all instants are: a statement is the shorter, and sooner planned, the fewer there are
    """
    span = _Span.of(zone, years)
    tree = _tree(instant, [_micros(change.at) for change in span.changes], span.offsets)
    return span.or_else(instant, tree, f"epoch_us(timezone('{zone}', make_timestamptz({instant}))) - {instant}")


def wall_offset(zone: str, wall: str, years: Years = ALL_YEARS) -> str:
    """Offset of a local time. Of an hour that comes twice, the first one's.

    For a time that does not exist, the offset after the change, so that the way back leads elsewhere.
    """
    span = _Span.of(zone, years)
    tree = _tree(wall, [_micros(change.at + change.before) for change in span.changes], span.offsets)
    instant = f"epoch_us(timezone('{zone}', make_timestamp({wall})))"
    is_second = f"epoch_us(timezone('{zone}', make_timestamptz({instant} - {HOUR}))) = {wall}"
    return span.or_else(wall, tree, f"{wall} - {instant} + CASE WHEN {is_second} THEN {HOUR} ELSE 0 END")


@dataclass(frozen=True)
class _Span:
    """The changes that a tree is made of."""

    begin: datetime
    end: datetime
    first: timedelta
    """Offset before the first of the changes."""
    changes: tuple[Change, ...]

    @classmethod
    def of(cls, zone: str, years: Years) -> _Span:
        begin = max(FIRST + DAY, datetime(years[0] - 1, 12, 31, tzinfo=UTC))
        end = min(LAST - DAY, datetime(years[1] + 1, 1, 2, tzinfo=UTC))
        first, changes = changes_of(zone)
        # A day more on both sides: local times are up to that much away from instants.
        earlier = [change for change in changes if change.at < begin - DAY]
        within = tuple(change for change in changes if begin - DAY <= change.at <= end + DAY)
        return cls(begin, end, earlier[-1].after if earlier else first, within)

    @property
    def offsets(self) -> list[timedelta]:
        return [self.first, *(change.after for change in self.changes)]

    def or_else(self, expression: str, tree: str, other: str) -> str:
        return f"CASE WHEN {expression} BETWEEN {_micros(self.begin)} AND {_micros(self.end)} THEN {tree} ELSE {other} END"


def _micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


def _tree(expression: str, borders: Sequence[int], offsets: Sequence[timedelta]) -> str:
    """A binary tree of CASEs: few comparisons for each row, and no look-up."""
    if not borders:
        return str(int(offsets[0].total_seconds()) * 1_000_000)
    middle = len(borders) // 2
    below = _tree(expression, borders[:middle], offsets[: middle + 1])
    above = _tree(expression, borders[middle + 1 :], offsets[middle + 1 :])
    return f"CASE WHEN {expression} < {borders[middle]} THEN {below} ELSE {above} END"


@lru_cache(maxsize=64)
def changes_of(zone: str) -> tuple[timedelta, tuple[Change, ...]]:
    """The offset at first, and every change since, to the second. Unknown zones raise ``ZoneInfoNotFoundError``."""
    info = ZoneInfo(zone)
    found: list[Change] = []
    moment, first = FIRST, _offset(FIRST, info)
    before = first
    while moment < LAST:
        following = moment + DAY
        after = _offset(following, info)
        if after != before:
            found.append(Change(_moment_of_change(moment, following, info, before), before, after))
        moment, before = following, after
    return first, tuple(found)


def _moment_of_change(low: datetime, high: datetime, info: ZoneInfo, before: timedelta) -> datetime:
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if _offset(middle, info) == before else (low, middle)
    return high


def _offset(moment: datetime, info: ZoneInfo) -> timedelta:
    return moment.astimezone(info).utcoffset() or timedelta(0)
