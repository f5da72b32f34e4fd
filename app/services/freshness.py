"""Whether data comes in when it was agreed to: on time, late after one interval, overdue after two."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.extensions import db
from app.models import ExportAgreement, ProviderAccount


class Level(StrEnum):
    ON_TIME = "on_time"
    LATE = "late"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Freshness:
    """How one data type of a connector keeps to its schedule."""

    data_type: str
    supplier: str
    every_days: int
    due_on: date
    """One interval after the last export came; or the first day that was agreed."""
    late_from: datetime
    """The first midnight after ``due_on`` in the organization's zone, in UTC."""
    overdue_from: datetime
    """One interval later."""

    def level(self, now: datetime) -> Level:
        if now >= self.overdue_from:
            return Level.OVERDUE
        return Level.LATE if now >= self.late_from else Level.ON_TIME


def freshness_of(account: ProviderAccount) -> Sequence[Freshness]:
    """One for each agreed export."""
    query = sa.select(ExportAgreement).where(ExportAgreement.account_id == account.id).order_by(ExportAgreement.data_type)
    zone = account.organization.time_zone
    return [of_agreement(row, zone) for row in db.session.scalars(query)]


def of_agreement(row: ExportAgreement, zone: str) -> Freshness:
    """:param zone: the organization's, by its IANA name"""
    late_on = row.next_due + timedelta(days=1)
    return Freshness(
        data_type=row.data_type,
        supplier=row.supplier,
        every_days=row.every_days,
        due_on=row.next_due,
        late_from=_midnight(late_on, zone),
        overdue_from=_midnight(late_on + timedelta(days=row.every_days), zone),
    )


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
