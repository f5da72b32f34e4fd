"""A period that a client chooses, added up from published days alone, with the verdict that stands before any percentage."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from app.metrics.comparability import Judgement, Side, judge
from app.metrics.metric import Metric, Unit
from app.metrics.movement import DASH, Movement, in_words, movement
from app.metrics.parts import Parts
from app.metrics.periods import Step, is_whole, periods
from app.metrics.registry import metric_of
from app.metrics.windows import Window
from app.metrics.words import kind_label, line_label
from app.services.cards import Card
from app.services.published_points import DayOfLine, days_of

MOST_COLUMNS = 6
Key = tuple[str, str]
"""Signal kind and line."""


@dataclass(frozen=True)
class Cell:
    words: str
    value: Decimal | None
    """None: not known."""
    plain: str
    """In the card's unit, for charts and files: a whole number, per cents or an amount; empty where it is not known."""


@dataclass(frozen=True)
class Row:
    """One day, week or month of the table that the chart draws."""

    window: Window
    label: str
    is_whole: bool
    """Whether it is a whole week or month, and every day of it is known."""
    cells: tuple[Cell, ...]
    place: str
    """``current`` or ``baseline`` where it lies in one of the two windows."""
    marks: tuple[str, ...]
    """What happened in it: changes, notes, restatements."""


@dataclass(frozen=True)
class Column:
    kind: str
    name: str

    @property
    def label(self) -> str:
        return f"{self.name} ({self.kind.lower()})" if self.kind and self.name else self.name or self.kind


@dataclass(frozen=True)
class Period:
    """What is known of a metric in a chosen period."""

    window: Window
    before: Window
    """What it is compared with: as many days, or the month, right before."""
    zone: str
    words: str
    """The figure; empty where the metric has lines or nothing is known."""
    why_not: str
    judgement: Judgement
    moved: Movement | None
    lines: tuple[tuple[Column, str], ...]
    step: Step
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def windows(self) -> str:
        return self.window.against(self.before, zone=self.zone)

    @property
    def shows_verdict(self) -> bool:
        return bool(self.words)


def period_of(card: Card, organization_id: int, window: Window, step: Step, *, marks: Mapping[date, Sequence[str]]) -> Period:
    """One statement, over both windows.

    :param marks: day → what happened on it
    """
    metric, before = metric_of(card.metric_key), window.before
    start, end = min(window.start, before.start), max(window.end, before.end)
    days = days_of(organization_id, card.source_id, metric.key, revision=card.points_revision, start=start, end=end)
    read = _Read(card, metric, days)
    ours, theirs = read.side(window), read.side(before)
    judgement = judge(metric, current=ours, baseline=theirs)
    now, then = read.whole(window), read.whole(before)
    columns = read.columns(window)
    rows = tuple(read.row(each, step, columns, marks) for each in periods(window, step, week_start=read.week_start))
    return Period(
        window=window,
        before=before,
        zone=ours.zone,
        words=in_words(metric, now, currency=read.currency) if now is not None else "",
        why_not=read.why_not(window, now),
        judgement=judgement,
        moved=movement(metric, judgement, current=now, baseline=then, currency=read.currency),
        lines=tuple((column, read.line_words(window, column_key)) for column_key, column in columns if not metric.has_total),
        step=step,
        columns=tuple(column for _key, column in columns),
        rows=rows,
    )


class _Read:
    """Published days of one card, and what it says of them."""

    def __init__(self, card: Card, metric: Metric, days: Sequence[DayOfLine]) -> None:
        details = card.details
        self.card, self.metric, self.days = card, metric, days
        self.zone, self.currency = str(details["zone"]), str(details["currency"])
        self.week_start = int(details["week_start"])
        self.known = [Window(*map(date.fromisoformat, span)) for span in details["known"]]
        self.through = self.known[-1].last_day if self.known else None

    def side(self, window: Window) -> Side:
        unknown = [day for day in window.every_day() if not self.knows(day)]
        to_come = sum(1 for day in unknown if self.through is None or day > self.through)
        return Side(
            window=window,
            zone=self.zone,
            rows=sum(day.rows for day in self.within(window)),
            formula_version=int(self.card.details["formula_version"]),
            signal_kinds=frozenset(self.metric.signal_kinds),
            days_missing=len(unknown) - to_come,
            days_to_come=to_come,
            map_numbers={key: self._maps_in(spans, window) for key, spans in self.card.details["maps"].items()},
            currency=self.currency,
        )

    @staticmethod
    def _maps_in(spans: Iterable[Mapping[str, str | int]], window: Window) -> frozenset[int]:
        """Versions whose batches reached into the window: at least those that shaped its rows."""
        first, last = window.start.isoformat(), window.last_day.isoformat()
        return frozenset(int(span["number"]) for span in spans if str(span["first"]) <= last and str(span["last"]) >= first)

    def knows(self, day: date) -> bool:
        return any(span.contains(day) for span in self.known)

    def within(self, window: Window) -> list[DayOfLine]:
        return [day for day in self.days if window.contains(day.local_date)]

    def whole(self, window: Window) -> Decimal | None:
        """None of a metric with lines, and where no day is known."""
        if not self.metric.has_total or not any(self.knows(day) for day in window.every_day()):
            return None
        return self.value(self.within(window))

    def value(self, days: Iterable[DayOfLine]) -> Decimal | None:
        found = self.metric.zero(self.metric.signal_kinds[0], currency=self.currency)
        for each in days:
            found += Parts(each.signal_kind, each.rows, each.num, each.den, self.currency)
        return self.metric.value(found)

    def why_not(self, window: Window, value: Decimal | None) -> str:
        if value is not None or not self.metric.has_total:
            return ""
        if not any(self.knows(day) for day in window.every_day()):
            return f"Nothing is known of {window.label}."
        return "Nothing happened that the rate could be made of."

    def columns(self, window: Window) -> list[tuple[tuple[Key, ...], Column]]:
        """Lines of the table: each kind's largest, and one for what is behind them; of a metric with a total, the one."""
        if self.metric.has_total:
            return [((), Column("", self.metric.title))]
        sums: dict[Key, Decimal] = {}
        for day in self.within(window):
            key = (day.signal_kind, day.dim)
            sums[key] = sums.get(key, Decimal(0)) + day.num
        found: list[tuple[tuple[Key, ...], Column]] = []
        for kind, keys in groupby(sorted(sums), key=lambda key: key[0]):
            ordered = sorted(keys, key=lambda key: (-sums[key], key[1]))
            found += [((key,), Column(kind_label(kind), line_label(self.metric, key[1]))) for key in ordered[:MOST_COLUMNS]]
            rest = tuple(ordered[MOST_COLUMNS:])
            if rest:
                found.append((rest, Column(kind_label(kind), f"Other, {len(rest)} more")))
        return found

    def line_words(self, window: Window, keys: tuple[Key, ...]) -> str:
        return in_words(self.metric, self._line(self.within(window), keys), currency=self.currency)

    def _line(self, days: Iterable[DayOfLine], keys: tuple[Key, ...]) -> Decimal | None:
        if not keys:
            return self.value(days)
        return sum((day.num for day in days if (day.signal_kind, day.dim) in keys), Decimal(0))

    def row(
        self, window: Window, step: Step, columns: Sequence[tuple[tuple[Key, ...], Column]], marks: Mapping[date, Sequence[str]]
    ) -> Row:
        known = sum(1 for day in window.every_day() if self.knows(day))
        days = self.within(window)
        values = [self._line(days, keys) if known else None for keys, _column in columns]
        shown = [self._cell(value) for value in values]
        happened = [mark for day in window.every_day() for mark in marks.get(day, ())]
        return Row(
            window=window,
            label=_label(window, step),
            is_whole=is_whole(window, step, week_start=self.week_start) and known == window.days,
            cells=tuple(shown),
            place=self._place(window),
            marks=tuple(dict.fromkeys(happened)),
        )

    def _cell(self, value: Decimal | None) -> Cell:
        if value is None:
            return Cell(DASH, None, "")
        return Cell(in_words(self.metric, value, currency=self.currency), value, plain(self.metric, value))

    def _place(self, window: Window) -> str:
        for name, place in (("window", "current"), ("baseline", "baseline")):
            span = self.card.details.get(name)
            if span and Window(*map(date.fromisoformat, span)).contains(window.start):
                return place
        return ""


def plain(metric: Metric, value: Decimal) -> str:
    """As a program reads it: no separators, no sign of the unit."""
    match metric.unit:
        case Unit.COUNT:
            return f"{value:.0f}"
        case Unit.RATIO:
            return f"{value * 100:.2f}"
        case Unit.MONEY:
            return f"{value:.2f}"


def _label(window: Window, step: Step) -> str:
    first = window.start
    if step is Step.DAY:
        return f"{first:%a} {first.day} {first:%b %Y}"
    if step is Step.MONTH and window.is_month:
        return f"{first:%B %Y}"
    last = window.last_day
    return f"{first.day} {first:%b} – {last.day} {last:%b %Y}"
