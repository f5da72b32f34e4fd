"""What pages show of a figure: its value, lines and periods over a window."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Self

from app.admin.figure_words import kind_label, line_label, list_in_words, made_of
from app.metrics.metric import Metric
from app.metrics.movement import in_words
from app.metrics.parts import Parts, total
from app.metrics.periods import Step, is_whole, periods
from app.metrics.windows import Window
from app.models import ProviderAccount, ReportChange
from app.services import changes as change_log
from app.services import figures
from app.services.coverage import Coverage
from app.services.figures import Figure
from app.web.window_forms import latest_month

LineKey = tuple[str, str]
"""Signal kind, and the value of what the metric is broken down by."""
NO_ROWS = "No row counts below the line, so there is no rate."


@dataclass(frozen=True)
class Row:
    """A line or a period as a table shows it."""

    label: str
    value: str
    bar: Decimal
    """Never below zero."""
    made_of: str = ""
    rows: int | None = None
    why_unknown: str = ""
    days: int = 0
    days_known: int = 0
    kind: str = ""
    key: LineKey = ("", "")
    note: str = ""
    changes: Sequence[ReportChange] = ()

    @property
    def is_partial(self) -> bool:
        return 0 < self.days_known < self.days


@dataclass(frozen=True)
class FigureView:
    """A figure as its page shows it."""

    account: ProviderAccount
    figure: Figure
    step: Step
    key: LineKey
    """Which line the table by period is about."""
    days: Mapping[date, Parts]
    """Of that line."""
    changes: Sequence[ReportChange]

    @classmethod
    def of(cls, account: ProviderAccount, figure: Figure, step: Step, asked: LineKey) -> Self:
        metric = figure.metric
        keys = [(line.signal_kind, line.name) for line in _in_order(figure)]
        key = asked if asked in keys else keys[0] if keys else (metric.signal_kinds[0], "")
        days = {
            point.local_date: Parts(point.signal_kind, point.rows, point.num, point.den, figure.currency)
            for point in figures.points_in(account, metric, figure.window)
            if (point.signal_kind, point.dim) == key
        }
        return cls(account, figure, step, key, days, change_log.changes_in(account, figure.window))

    @property
    def metric(self) -> Metric:
        return self.figure.metric

    @property
    def made_of(self) -> str:
        return made_of(self.metric, self.figure.parts)

    @cached_property
    def lines(self) -> list[Row]:
        """By signal kind in the order of the metric, the largest first; never a total."""
        return [
            Row(
                label=line_label(self.metric, line.name),
                value=in_words(self.metric, line.value, currency=self.figure.currency),
                bar=max(Decimal(0), line.value or Decimal(0)),
                made_of=made_of(self.metric, line.parts),
                rows=line.parts.rows,
                kind=kind_label(line.signal_kind),
                key=(line.signal_kind, line.name),
            )
            for line in _in_order(self.figure)
        ]

    @cached_property
    def periods(self) -> list[Row]:
        week_start = self.account.organization.week_start
        return [self._period(period, week_start) for period in periods(self.figure.window, self.step, week_start=week_start)]

    @property
    def chosen_line(self) -> str:
        if self.metric.has_total:
            return ""
        return f"{kind_label(self.key[0])}: {line_label(self.metric, self.key[1])}"

    @cached_property
    def _coverage(self) -> Coverage | None:
        data_type = next(source.data_type for source in self.metric.sources if source.signal_kind == self.key[0])
        return next((each for each in self.figure.coverages if each.data_type == data_type), None)

    def _days_known(self, window: Window) -> int:
        coverage = self._coverage
        if coverage is None or coverage.data_through is None:
            return 0
        return sum(1 for day in coverage.days_in(window) if day <= coverage.data_through)

    def _period(self, period: Window, week_start: int) -> Row:
        days_known = self._days_known(period)
        parts = total(self.days[day] for day in period.every_day() if day in self.days)
        if parts is None and days_known:
            parts = self.metric.zero(self.key[0], currency=self.figure.currency)
        value = None if parts is None else self.metric.value(parts)
        why = "" if value is not None else NO_ROWS if parts is not None else f"No complete batch tells about {_these(period)}."
        return Row(
            label=_period_label(period, self.step),
            value=in_words(self.metric, value, currency=self.figure.currency),
            bar=max(Decimal(0), value or Decimal(0)),
            made_of=made_of(self.metric, parts),
            rows=None if parts is None else parts.rows,
            why_unknown=why,
            days=period.days,
            days_known=days_known,
            note="" if is_whole(period, self.step, week_start=week_start) else f"part of a {self.step.value}",
            changes=[change for change in self.changes if period.contains(change.changed_on)],
        )


@dataclass(frozen=True)
class State:
    """Whether a figure is known, in words."""

    label: str
    tone: str
    sentence: str


def state_of(figure: Figure) -> State:
    """How far a figure may be trusted just now."""
    metric = figure.metric
    if not figure.coverages:
        return State("No data yet", "idle", figure.why_no_value)
    waiting = [day for each in figure.coverages if (day := each.first_dirty) is not None]
    if waiting:
        day = min(waiting)
        return State("Being counted", "note", f"Days from {day.day} {day:%b %Y} on wait to be counted again.")
    missing = [source.label for source in metric.sources if source.data_type not in {each.data_type for each in figure.coverages}]
    if missing:
        return State("Known in part", "warn", f"Nothing was imported yet of {list_in_words(missing)}.")
    return State("Known", "good", "")


def latest_figure(account: ProviderAccount, metric: Metric, today: date, known: Mapping[str, Coverage] | None = None) -> Figure:
    """Of the last full month that is known; of the one that is being filled while nothing is known before it."""
    known = figures.coverages_for(account, [metric]) if known is None else known
    mine = [known[data_type] for data_type in metric.data_types if data_type in known]
    ends = [day for each in mine if (day := each.data_through) is not None]
    if not ends or len(ends) < len(mine):
        return figures.figure_of(account, metric, Window.month(today.year, today.month).before, known=known)
    through = min(ends)
    window = latest_month(through)
    if not all(each.days_in(window) for each in mine):
        window = Window.month(through.year, through.month)
    return figures.figure_of(account, metric, window, known=known)


def largest(rows: Iterable[Row]) -> Decimal:
    """Where the bars of a table end."""
    return max((row.bar for row in rows), default=Decimal(0)) or Decimal(1)


def _in_order(figure: Figure) -> list[figures.Line]:
    order = figure.metric.signal_kinds
    return sorted(figure.lines, key=lambda line: (order.index(line.signal_kind), -(line.value or 0), line.name))


def _period_label(period: Window, step: Step) -> str:
    if step is Step.DAY:
        return f"{period.start:%a} {period.start.day} {period.start:%b %Y}"
    if period.is_month:
        return f"{period.start:%B %Y}"
    return period.label


def _these(period: Window) -> str:
    return "this day" if period.days == 1 else "these days"
