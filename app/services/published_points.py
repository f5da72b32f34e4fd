"""The read-model's days: brought in line with the points when figures are published, and added up again for a period that a
client chooses. Nothing is ever overwritten: a day that becomes another one ends with one revision and begins with the next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.extensions import db
from app.models import ImportBatch, MetricPoint, ProviderAccount, PublishedPoint, PublishedRestatement, PublishedSource, Restatement
from app.services.point_counting import pieces


class Day(NamedTuple):
    """Which day of which line."""

    metric_key: str
    local_date: date
    signal_kind: str
    dim: str


class Told(NamedTuple):
    """What is told of it."""

    rows: int
    num: Decimal
    den: Decimal | None


def bring_in_line(account: ProviderAccount, metric_keys: Collection[str], *, revision: int, days: Collection[date] | None) -> bool:
    """Let the open days of a source equal its points.

    :param revision: that is being made
    :param days: local dates that may differ; None: any
    :return: whether anything differed
    """
    changed = False
    for chosen in [None] if days is None else pieces(sorted(days)):
        ours = _open_days(account, metric_keys, chosen)
        wanted = _points(account, metric_keys, chosen)
        over = [point_id for key, (point_id, told) in ours.items() if wanted.get(key) != told]
        new = [key for key, told in wanted.items() if key not in ours or ours[key][1] != told]
        for ids in pieces(sorted(over)):
            update = sa.update(PublishedPoint).where(PublishedPoint.id.in_(ids)).values(to_rev=revision)
            db.session.execute(update.execution_options(synchronize_session=False))
        for keys in pieces(sorted(new)):
            rows = [{"account_id": account.id, **key._asdict(), **wanted[key]._asdict(), "from_rev": revision} for key in keys]
            db.session.execute(sa.insert(PublishedPoint), rows)
        changed = changed or bool(over or new)
    return changed


def _open_days(account: ProviderAccount, metric_keys: Collection[str], days: Collection[date] | None) -> dict[Day, tuple[int, Told]]:
    row = PublishedPoint
    query = sa.select(row.id, row.metric_key, row.local_date, row.signal_kind, row.dim, row.rows, row.num, row.den).where(
        row.account_id == account.id, row.metric_key.in_(metric_keys), row.to_rev.is_(None)
    )
    if days is not None:
        query = query.where(row.local_date.in_(days))
    return {
        Day(metric, day, kind, dim): (point_id, Told(rows, num, den))
        for point_id, metric, day, kind, dim, rows, num, den in db.session.execute(query)
    }


def _points(account: ProviderAccount, metric_keys: Collection[str], days: Collection[date] | None) -> dict[Day, Told]:
    """Of all data types of a metric together: a published day does not tell them apart."""
    row = MetricPoint
    query = sa.select(row.metric_key, row.local_date, row.signal_kind, row.dim, row.rows, row.num, row.den).where(
        row.account_id == account.id, row.metric_key.in_(metric_keys)
    )
    if days is not None:
        query = query.where(row.local_date.in_(days))
    found: dict[Day, Told] = {}
    for metric, day, kind, dim, rows, num, den in db.session.execute(query):
        key = Day(metric, day, kind, dim)
        there = found.get(key)
        found[key] = Told(rows, num, den) if there is None else _sum(there, Told(rows, num, den))
    return found


def _sum(one: Told, other: Told) -> Told:
    den = None if one.den is None or other.den is None else one.den + other.den
    return Told(one.rows + other.rows, one.num + other.num, den)


def note_restatements(account: ProviderAccount, source: PublishedSource, metric_keys: Collection[str], *, revision: int) -> bool:
    """Carry over what the ledger says since it was looked at last.

    :return: whether there was anything
    """
    row = Restatement
    query = sa.select(row, ImportBatch.created_at).outerjoin(ImportBatch, ImportBatch.public_id == row.batch_public_id)
    query = query.where(row.account_id == account.id, row.id > source.restatements_seen).order_by(row.id)
    found = db.session.execute(query).all()
    if not found:
        return False
    source.restatements_seen = found[-1][0].id
    zone = ZoneInfo(account.organization.time_zone)
    rows = [_restated(entry, batch_at, zone, revision) for entry, batch_at in found if entry.metric_key in metric_keys]
    for piece in pieces(rows):
        db.session.execute(sa.insert(PublishedRestatement), piece)
    return bool(rows)


def _restated(entry: Restatement, batch_at: datetime | None, zone: ZoneInfo, revision: int) -> dict[str, object]:
    names = (
        "account_id",
        "metric_key",
        "local_date",
        "signal_kind",
        "dim",
        "was_num",
        "was_den",
        "became_num",
        "became_den",
        "cause",
        "seen_at",
    )
    came_in = batch_at.astimezone(zone).date() if batch_at is not None else None
    return {**{name: getattr(entry, name) for name in names}, "came_in": came_in, "revision": revision}


def newest_restatement(account: ProviderAccount) -> int:
    """Of the ledger: what was restated before the first publication was never shown."""
    return db.session.scalar(sa.select(sa.func.max(Restatement.id)).where(Restatement.account_id == account.id)) or 0


@dataclass(frozen=True)
class DayOfLine:
    """A published day as the portal reads it."""

    local_date: date
    signal_kind: str
    dim: str
    rows: int
    num: Decimal
    den: Decimal | None


def days_of(organization_id: int, source_id: str, metric_key: str, *, revision: int, start: date, end: date) -> Sequence[DayOfLine]:
    """Published days of a metric as of a revision, from ``start`` to before ``end``; one statement."""
    row = PublishedPoint
    query = (
        sa.select(row.local_date, row.signal_kind, row.dim, row.rows, row.num, row.den)
        .join(ProviderAccount, ProviderAccount.id == row.account_id)
        .where(
            ProviderAccount.organization_id == organization_id,
            ProviderAccount.public_id == source_id,
            row.metric_key == metric_key,
            row.local_date >= start,
            row.local_date < end,
            row.from_rev <= revision,
            sa.or_(row.to_rev.is_(None), row.to_rev > revision),
        )
        .order_by(row.local_date, row.signal_kind, row.dim)
    )
    return [DayOfLine(*each) for each in db.session.execute(query)]


def restatements_of(organization_id: int, source_id: str, metric_key: str, *, revision: int, limit: int) -> Sequence[PublishedRestatement]:
    """What was published and became another figure, the newest first."""
    row = PublishedRestatement
    query = (
        sa.select(row)
        .join(ProviderAccount, ProviderAccount.id == row.account_id)
        .where(
            ProviderAccount.organization_id == organization_id,
            ProviderAccount.public_id == source_id,
            row.metric_key == metric_key,
            row.revision <= revision,
        )
        .order_by(row.id.desc())
        .limit(limit)
    )
    return db.session.scalars(query).all()
