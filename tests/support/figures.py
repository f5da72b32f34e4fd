"""Daily points and what stands behind them, committed, without an import: for tests of pages and of comparisons."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.extensions import db
from app.ids import new_public_id
from app.metrics.registry import metric_of
from app.metrics.windows import Window
from app.models import ImportBatch, MetricPoint, ProviderAccount, ReportMetric, Restatement
from tests.support import factories

DAY = timedelta(days=1)
OCTOBER = Window(date(2026, 10, 1), date(2026, 11, 1))
SEPTEMBER = Window(date(2026, 9, 1), date(2026, 10, 1))


def known(account: ProviderAccount, window: Window, *, data_type: str = "calls", **changes: Any) -> ImportBatch:
    """A complete batch that tells about the days of a window."""
    dates = {"first_date": window.start, "last_date": window.last_day}
    return factories.import_batch(account=account, data_type=data_type, **{**dates, **changes})


def point(account: ProviderAccount, metric_key: str, day: date, num: object, **changes: Any) -> MetricPoint:
    """One day of a metric, of its first signal kind unless it is told otherwise."""
    source = metric_of(metric_key).sources[0]
    number = Decimal(str(num))
    values = {"data_type": source.data_type, "signal_kind": source.signal_kind, "dim": "", "rows": int(number), "num": number, **changes}
    row = MetricPoint(account_id=account.id, metric_key=metric_key, local_date=day, **values)
    factories._save(row)
    return row


def every_day(account: ProviderAccount, metric_key: str, window: Window, num: object, **changes: Any) -> None:
    """The same on each day."""
    for day in window.every_day():
        point(account, metric_key, day, num, **changes)


def booked_calls(account: ProviderAccount, windows: Iterable[tuple[Window, int]]) -> None:
    """Windows that are known, with as many booked calls on each of their days."""
    for window, calls in windows:
        known(account, window)
        every_day(account, "booked_calls", window, calls)


def chosen(account: ProviderAccount, metric_key: str, surfaces: str = "card") -> ReportMetric:
    row = ReportMetric(account_id=account.id, metric_key=metric_key, surfaces=surfaces)
    factories._save(row)
    return row


def restated(account: ProviderAccount, metric_key: str, day: date, was: object, became: object, **changes: Any) -> Restatement:
    source = metric_of(metric_key).sources[0]
    values = {
        "data_type": source.data_type,
        "signal_kind": source.signal_kind,
        "was_num": None if was is None else Decimal(str(was)),
        "became_num": None if became is None else Decimal(str(became)),
        "cause": "source",
        "batch_public_id": new_public_id(),
        "seen_at": factories.utc_now(),
        **changes,
    }
    row = Restatement(account_id=account.id, metric_key=metric_key, local_date=day, **values)
    factories._save(row)
    return row


def change_points(account: ProviderAccount, metric_key: str, day: date, num: object) -> None:
    """As a later batch would: another figure of a day."""
    query = sa.select(MetricPoint).where(MetricPoint.account_id == account.id, MetricPoint.metric_key == metric_key)
    row = db.session.scalars(query.where(MetricPoint.local_date == day)).one()
    row.num = Decimal(str(num))
    factories._save(row)


def tamper_with(row: object, **values: object) -> None:
    """As somebody with a database client might."""
    for name, value in values.items():
        setattr(row, name, value)
    factories._save(row)
