"""How an export is written: neatly, or in one of the ways in which reports really arrive."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from app.sample_company.shapes import Column, Kind, Shape

Cell = TypeVar("Cell")
CHUNK = 2_000
NO_COLUMN = Column("", "", "", Kind.TEXT)


class Dates(StrEnum):
    """As the API writes them, or as people in the United States do, in the organization's zone and to the minute."""

    ISO = "iso"
    US = "us"


class Money(StrEnum):
    """1234.50, or $1,234.50 and ($12.00), or 1,234.50 and (12.00)."""

    PLAIN = "plain"
    DOLLARS = "dollars"
    ACCOUNTING = "accounting"


class Flags(StrEnum):
    TRUE_FALSE = "true-false"
    YES_NO = "yes-no"


@dataclass(frozen=True, kw_only=True)
class Style:
    """What XLSX has no use for (encoding, delimiter, dates, money, line ends), its writer ignores; `shared_strings` is for it alone."""

    encoding: str = "utf-8"
    """utf-8, utf-8-sig, utf-16 (little-endian, with its mark) or cp1252."""
    delimiter: str = ","
    line_end: str = "\r\n"
    dates: Dates = Dates.ISO
    money: Money = Money.PLAIN
    flags: Flags = Flags.TRUE_FALSE
    title_lines: tuple[str, ...] = ()
    """Lines above the header; {label}, {start} and {end} stand for what is exported."""
    totals_line: bool = False
    """A last line with the sums of the amounts of all rows."""
    repeated_title: str = ""
    """A column of this title stands at the end once more."""
    empty_columns: int = 0
    """Columns without title and values: one after the first column, the others at the end."""
    shared_strings: bool = False

    def columns(self, shape: Shape) -> list[Column]:
        """The columns that are written."""
        columns = list(shape.columns)
        columns += [column for column in shape.columns if column.title == self.repeated_title]
        if self.empty_columns:
            columns.insert(1, NO_COLUMN)
            columns += [NO_COLUMN] * (self.empty_columns - 1)
        return columns


REPORT_TITLES = ("{label} report", "{start} to {end}", "")
STYLES = {
    "clean": Style(),
    "report": Style(
        encoding="utf-8-sig", dates=Dates.US, money=Money.DOLLARS, flags=Flags.YES_NO, title_lines=REPORT_TITLES, totals_line=True,
        empty_columns=2, shared_strings=True,
    ),
    "semicolon": Style(encoding="cp1252", delimiter=";", dates=Dates.US, money=Money.ACCOUNTING, totals_line=True, line_end="\n"),
    "utf-16": Style(encoding="utf-16", delimiter="\t", dates=Dates.US, flags=Flags.YES_NO, empty_columns=1),
}  # fmt: skip
"""By name, for commands."""


SECONDS = tuple(f"{minute:02d}:{second:02d}." for minute in range(60) for second in range(60))
MOST_KEPT = 100_000


class Clock:
    """Writes instants. What is the same for an hour, or a quarter of one, is made once: all zones differ by quarters."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._hours: dict[int, str] = {}
        self._quarters: dict[int, tuple[str, int, str]] = {}

    def iso(self, instant: datetime) -> str:
        """With seven digits after the seconds; all instants of a company are in UTC already."""
        key = instant.toordinal() * 24 + instant.hour
        hour = self._hours.get(key)
        if hour is None:
            if len(self._hours) > MOST_KEPT:
                self._hours.clear()
            hour = self._hours[key] = instant.isoformat()[:14]
        return f"{hour}{SECONDS[instant.minute * 60 + instant.second]}{instant.microsecond:06d}0Z"

    def us(self, instant: datetime) -> str:
        """MM/DD/YYYY hh:mm AM, in the zone."""
        minute = instant.minute
        key = (instant.toordinal() * 24 + instant.hour) * 4 + minute // 15
        quarter = self._quarters.get(key)
        if quarter is None:
            if len(self._quarters) > MOST_KEPT:
                self._quarters.clear()
            local = instant.replace(minute=minute // 15 * 15).astimezone(self._zone)
            half = "AM" if local.hour < 12 else "PM"
            quarter = self._quarters[key] = (f"{us_day(local)} {(local.hour + 11) % 12 + 1:02d}:", local.minute, half)
        return f"{quarter[0]}{quarter[1] + minute % 15:02d} {quarter[2]}"

    def naive(self, instant: datetime) -> datetime:
        return instant.astimezone(self._zone).replace(tzinfo=None)


def us_day(day: date) -> str:
    return f"{day.month:02d}/{day.day:02d}/{day.year:04d}"


def money_text(amount: Decimal, style: Money) -> str:
    if style is Money.PLAIN:
        return f"{amount:.2f}"
    sign = "$" if style is Money.DOLLARS else ""
    return f"({sign}{-amount:,.2f})" if amount < 0 else f"{sign}{amount:,.2f}"


def texts_for(column: Column, style: Style, clock: Clock) -> Callable[[Any], Any] | None:
    """What makes a cell's text of a value that is there; None where the value is written as it is."""
    if column.kind is Kind.INSTANT:
        return clock.us if style.dates is Dates.US else clock.iso
    if column.kind is Kind.DAY:
        return us_day if style.dates is Dates.US else None
    if column.kind is Kind.MONEY and style.money is not Money.PLAIN:
        return lambda amount: money_text(amount, style.money)
    if column.kind is Kind.FLAG and style.flags is Flags.YES_NO:
        return lambda flag: "Yes" if flag else "No"
    return None


def laid_out(shape: Shape, rows: Iterable[tuple[Any, ...]], style: Style) -> Iterator[list[Sequence[Any]]]:
    """The rows in chunks, column by column, with the style's further columns."""
    extra = [place for place, column in enumerate(shape.columns) if column.title == style.repeated_title]
    source = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        columns: list[Sequence[Any]] = list(zip(*chunk, strict=True))
        columns += [columns[place] for place in extra]
        if style.empty_columns:
            nothing = (None,) * len(chunk)
            columns.insert(1, nothing)
            columns += [nothing] * (style.empty_columns - 1)
        yield columns


class Totals:
    """Sums of the amounts that were written."""

    def __init__(self, columns: list[Column]) -> None:
        self._sums = {place: Decimal(0) for place, column in enumerate(columns) if column.kind is Kind.MONEY}
        self._width = len(columns)

    def add(self, columns: list[Sequence[Any]]) -> None:
        for place in self._sums:
            self._sums[place] += sum((amount for amount in columns[place] if amount is not None), Decimal(0))

    def line(self) -> list[Any]:
        return ["Total", *(self._sums.get(place) for place in range(1, self._width))]


def title_lines(style: Style, shape: Shape, start: date, end: date) -> list[str]:
    last = end - timedelta(days=1)
    return [line.format(label=shape.label, start=us_day(start), end=us_day(last)) for line in style.title_lines]
