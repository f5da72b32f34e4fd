"""Figures of a window, added up from daily points."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from app.extensions import db
from app.metrics.metric import Metric, Unit
from app.metrics.movement import in_words
from app.metrics.parts import Parts
from app.metrics.registry import METRICS, metric_of
from app.metrics.windows import Window
from app.models import BatchKind, BatchStatus, ImportBatch, MetricPoint, ProviderAccount
from app.services.coverage import Coverage, coverage_of, holes, imported_types
from app.services.errors import InvalidField
from app.services.live_rows import LiveRows, place_of, small_look


@dataclass(frozen=True)
class Line:
    """One signal kind, and one campaign or outcome of it where the metric has lines by that."""

    signal_kind: str
    name: str
    parts: Parts
    value: Decimal | None


@dataclass(frozen=True)
class Figure:
    """What is known of a metric in a window."""

    metric: Metric
    window: Window
    zone: str
    currency: str
    """Empty for what is no money."""
    coverages: tuple[Coverage, ...]
    """One for each data type that was imported."""
    parts: Parts | None
    """None where nothing is known, and where the metric has lines and no total."""
    lines: tuple[Line, ...]
    rows: int
    """Source rows behind it."""
    days_missing: int
    days_to_come: int
    unknown_days: frozenset[date]

    @property
    def value(self) -> Decimal | None:
        """None is unknown, or no total; ``why_no_value`` says which."""
        return None if self.parts is None else self.metric.value(self.parts)

    @property
    def words(self) -> str:
        return in_words(self.metric, self.value, currency=self.currency)

    @property
    def days_known(self) -> int:
        return self.window.days - len(self.unknown_days)

    @property
    def data_through(self) -> date | None:
        """Of the data type that is behind the others."""
        days = [coverage.data_through for coverage in self.coverages]
        known = [day for day in days if day is not None]
        return min(known) if known and len(known) == len(days) else None

    @property
    def why_no_value(self) -> str:
        """A sentence, empty where there is a value."""
        if self.value is not None:
            return ""
        if not self.coverages:
            return f"Nothing was imported yet that {self.metric.title} could be counted from."
        if not self.days_known:
            return f"No complete batch tells about {self.window.label}."
        if not self.metric.has_total:
            return "This metric has lines that are never added up."
        return "Nothing happened that the rate could be made of."


def find_metric(key: str) -> Metric:
    """:raises InvalidField: if there is none, with those that there are"""
    try:
        return metric_of(key)
    except KeyError as exc:
        known = ", ".join(metric.key for metric in METRICS)
        raise InvalidField("metric_key", f"There is no metric “{key[:60]}”. There are: {known}.") from exc


def coverages_for(account: ProviderAccount, metrics: Iterable[Metric]) -> dict[str, Coverage]:
    """What is known of the data types behind metrics, of those that were imported: looked up once for several figures."""
    wanted = {data_type for metric in metrics for data_type in metric.data_types}
    return {data_type: coverage_of(account, data_type) for data_type in sorted(wanted & imported_types(account))}


def figure_of(account: ProviderAccount, metric: Metric, window: Window, *, known: Mapping[str, Coverage] | None = None) -> Figure:
    """:param known: what ``coverages_for`` gave, where several figures are asked for at once"""
    known = coverages_for(account, [metric]) if known is None else known
    coverages = tuple(known[data_type] for data_type in metric.data_types if data_type in known)
    currency = account.currency if metric.unit is Unit.MONEY else ""
    lines = _lines(account, metric, window, currency)
    unknown = _unknown(window, coverages)
    to_come = sum(1 for day in unknown if _is_to_come(day, coverages))
    return Figure(
        metric=metric,
        window=window,
        zone=account.organization.time_zone,
        currency=currency,
        coverages=coverages,
        parts=_whole(metric, lines, currency) if len(unknown) < window.days else None,
        lines=() if metric.has_total else lines,
        rows=sum(line.parts.rows for line in lines),
        days_missing=len(unknown) - to_come,
        days_to_come=to_come,
        unknown_days=unknown,
    )


def points_in(account: ProviderAccount, metric: Metric, window: Window | None = None) -> Sequence[MetricPoint]:
    """Stored points by day, all of them or those of a window."""
    query = sa.select(MetricPoint).where(MetricPoint.account_id == account.id, MetricPoint.metric_key == metric.key)
    if window is not None:
        query = query.where(MetricPoint.local_date >= window.start, MetricPoint.local_date < window.end)
    order = (MetricPoint.local_date, MetricPoint.signal_kind, MetricPoint.dim, MetricPoint.data_type)
    return db.session.scalars(query.order_by(*order)).all()


def value_of(metric: Metric, point: MetricPoint) -> Decimal | None:
    return metric.value(Parts(point.signal_kind, point.rows, point.num, point.den))


def map_numbers(account: ProviderAccount, data_type: str, window: Window) -> frozenset[int]:
    """Versions of the field map that shaped the current rows of a window."""
    place = place_of(account, data_type)
    with small_look(place) as session:
        live = LiveRows.read(session, place)
        if live is None:
            return frozenset()
        row, state = live.table, place.home.state
        inside = row.local_date >= window.start, row.local_date < window.end
        batches = session.scalars(live.by_day(sa.select(row.batch_id).where(*live.conditions(), *inside).distinct())).all()
        found: set[int] = set()
        for start in range(0, len(batches), 1000):
            found.update(session.scalars(sa.select(state.map_number).where(state.id.in_(batches[start : start + 1000])).distinct()))
        return frozenset(found)


def has_only_samples(account: ProviderAccount, metric: Metric) -> bool:
    """Whether test batches are all that there is."""
    query = sa.select(ImportBatch.kind).where(
        ImportBatch.account_id == account.id,
        ImportBatch.data_type.in_(metric.data_types),
        ImportBatch.status == BatchStatus.COMPLETE,
    )
    return set(db.session.scalars(query.distinct())) == {BatchKind.TEST}


def _lines(account: ProviderAccount, metric: Metric, window: Window, currency: str) -> tuple[Line, ...]:
    point = MetricPoint
    query = (
        sa.select(point.signal_kind, point.dim, sa.func.sum(point.rows), sa.func.sum(point.num), sa.func.sum(point.den))
        .where(point.account_id == account.id, point.metric_key == metric.key, point.data_type.in_(metric.data_types))
        .where(point.local_date >= window.start, point.local_date < window.end)
        .group_by(point.signal_kind, point.dim)
        .order_by(point.signal_kind, point.dim)
    )
    found = []
    for kind, name, rows, num, den in db.session.execute(query):
        parts = Parts(kind, int(rows), num, den, currency)
        found.append(Line(kind, name, parts, metric.value(parts)))
    return tuple(found)


def _whole(metric: Metric, lines: Sequence[Line], currency: str) -> Parts | None:
    """The one figure of a metric that has one: of one signal kind, so there is one line at most."""
    if not metric.has_total:
        return None
    whole = metric.zero(metric.signal_kinds[0], currency=currency)
    for line in lines:
        whole += line.parts
    return whole


def _unknown(window: Window, coverages: Sequence[Coverage]) -> frozenset[date]:
    if not coverages:
        return frozenset(window.every_day())
    return holes(window, coverages) | {day for day in window.every_day() if _is_to_come(day, coverages)}


def _is_to_come(day: date, coverages: Sequence[Coverage]) -> bool:
    return any(coverage.data_through is None or day > coverage.data_through for coverage in coverages)
