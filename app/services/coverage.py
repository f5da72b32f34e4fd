"""Which days a data type is known for: the date ranges of complete production batches that were not reversed.

A batch says nothing of days after the one that it was made on, whatever dates its rows bear: a job that is scheduled
for next week is no news from next week.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.extensions import db
from app.metrics.windows import Window, merged
from app.models import BatchKind, BatchStatus, ImportBatch, Organization, ProviderAccount
from app.services import settled_days
from app.services.live_rows import LiveRows, Place, place_of, small_look

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Coverage:
    """What is known of a data type."""

    data_type: str
    ranges: tuple[Window, ...]
    """Disjoint, in order."""
    first_dirty: date | None
    """The first day that waits to be counted again."""

    @property
    def last_day(self) -> date | None:
        """Of the last source record."""
        return self.ranges[-1].last_day if self.ranges else None

    @property
    def data_through(self) -> date | None:
        """The last day whose figures may be shown as they stand: before the first one that waits."""
        if self.last_day is None or self.first_dirty is None:
            return self.last_day
        return min(self.last_day, self.first_dirty - DAY)

    def knows(self, day: date) -> bool:
        return any(known.contains(day) for known in self.ranges)

    def days_in(self, window: Window) -> frozenset[date]:
        return frozenset(day for known in self.ranges for day in known.days_shared_with(window))


def coverage_of(account: ProviderAccount, data_type: str) -> Coverage:
    """:return: without ranges if nothing was imported"""
    place = place_of(account, data_type)
    zone = account.organization.time_zone
    return Coverage(data_type, known_ranges(place.account_id, data_type, zone=zone, without=None), first_dirty_day(place))


def imported_types(account: ProviderAccount) -> frozenset[str]:
    """Data types of which a production batch is complete."""
    return frozenset(db.session.scalars(sa.select(ImportBatch.data_type).where(*_complete(account.id)).distinct()))


def known_ranges(account_id: int, data_type: str, *, zone: str, without: ImportBatch | None) -> tuple[Window, ...]:
    """:param without: a batch that is left out of it: the one that is just being counted"""
    columns = sa.select(ImportBatch.first_date, ImportBatch.last_date, ImportBatch.created_at)
    query = columns.where(*_complete(account_id), ImportBatch.data_type == data_type)
    if without is not None:
        query = query.where(ImportBatch.id != without.id)
    found: list[Window] = []
    for first, last, made_at in db.session.execute(query):
        if first is None or last is None:
            continue
        last_known = min(last, made_at.astimezone(ZoneInfo(zone)).date())
        if first <= last_known:
            found.append(Window(first, last_known + DAY))
    return merged(found)


def zone_of(account_id: int) -> str:
    query = sa.select(Organization.time_zone).join(ProviderAccount, ProviderAccount.organization_id == Organization.id)
    return db.session.scalars(query.where(ProviderAccount.id == account_id)).one()


def first_dirty_day(place: Place) -> date | None:
    with small_look(place) as session:
        live = LiveRows.read(session, place)
        if live is None:
            return None
        note = place.home.dirty_day
        query = sa.select(sa.func.min(note.local_date)).where(note.stream_id == live.stream_id)
        settled = settled_days.of(db.session()).get((place.account_id, place.data_type))
        if settled is not None:
            query = query.where(sa.or_(note.id > max(settled.note_ids, default=0), note.local_date.not_in(sorted(settled.days))))
        return session.scalar(query)


def holes(window: Window, coverages: Sequence[Coverage]) -> frozenset[date]:
    """Days of a window that not all of them know."""
    missing: set[date] = set()
    for coverage in coverages:
        missing |= set(window.every_day()) - coverage.days_in(window)
    return frozenset(missing)


def _complete(account_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return ImportBatch.account_id == account_id, ImportBatch.kind == BatchKind.PRODUCTION, ImportBatch.status == BatchStatus.COMPLETE
