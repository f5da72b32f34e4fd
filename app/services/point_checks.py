"""Proving that points equal a recount, and that no external id is current twice; telling somebody when they do not."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from app.audit import Actor
from app.extensions import db
from app.homes import HOMES
from app.models import ImportBatch, Lane, MetricPoint, ProviderAccount
from app.services import tasks
from app.services.coverage import known_ranges
from app.services.live_rows import LiveRows, place_of
from app.services.point_counting import PointKey
from app.services.points import recount, stored_points
from app.unit_of_work import release

SAMPLE_DAYS = 14
MOST_DOUBLES = 20
DUE_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class LiveStream:
    """A connector's data type that has rows, or had some."""

    account_public_id: str
    data_type: str
    is_waiting: bool
    """Days of it wait to be counted again."""


@dataclass(frozen=True)
class StreamVerdict:
    """What a look at one connector's data type found."""

    stream: LiveStream
    days: int
    """Days that were compared."""
    differing: tuple[date, ...]
    doubles: int

    @property
    def is_sound(self) -> bool:
        return not self.differing and not self.doubles

    def __str__(self) -> str:
        found = []
        if self.differing:
            days = ", ".join(day.isoformat() for day in self.differing[:5])
            found.append(f"the points of {len(self.differing)} of {many(self.days, 'day')} do not equal a recount ({days})")
        if self.doubles:
            found.append(f"{'at least ' if self.doubles >= MOST_DOUBLES else ''}{many(self.doubles, 'id')} current twice")
        return f"Data type {self.stream.data_type}: {' and '.join(found) or 'sound'}."


def live_streams(organization_public_id: str = "") -> Sequence[LiveStream]:
    """Streams of both homes, of one organization or of all."""
    found: dict[tuple[str, str], bool] = {}
    for home in HOMES.values():
        waits = sa.exists().where(home.dirty_day.stream_id == home.stream.id)
        query = sa.select(home.stream.account_public_id, home.stream.data_type, waits).where(home.stream.lane == Lane.LIVE)
        if organization_public_id:
            query = query.where(home.stream.organization_public_id == organization_public_id)
        with home.reading() as session:
            for account, data_type, is_waiting in session.execute(query):
                found[account, data_type] = found.get((account, data_type), False) or bool(is_waiting)
    return [LiveStream(account, data_type, is_waiting) for (account, data_type), is_waiting in sorted(found.items())]


def is_being_imported(account: ProviderAccount, data_type: str) -> bool:
    """Whether a batch, or a reversal, is under way that counts the days itself."""
    query = sa.select(ImportBatch.id).where(
        ImportBatch.account_id == account.id, ImportBatch.data_type == data_type, ImportBatch.open_key.is_not(None)
    )
    return db.session.scalar(query.limit(1)) is not None


def account_of(stream: LiveStream) -> ProviderAccount | None:
    return db.session.scalars(sa.select(ProviderAccount).where(ProviderAccount.public_id == stream.account_public_id)).one_or_none()


def prove(
    account: ProviderAccount, stream: LiveStream, *, sample: int | None = SAMPLE_DAYS, chance: random.Random | None = None
) -> StreamVerdict:
    """Compare points with a recount on some days, and look for doubles. No transaction may be open.

    A day that differs is looked at once more: an import may have touched it between the two readings.

    :param sample: how many days; None for all
    """
    data_type = stream.data_type
    days = _days_to_look_at(account, data_type)
    recounted = None
    if sample is None:
        recounted = recount(account, data_type)
        days |= {key.local_date for key in recounted.points}
    elif len(days) > sample:
        days = frozenset((chance or random.Random()).sample(sorted(days), sample))  # noqa: S311  # no secret
    differing = differences(account, data_type, days) if days else frozenset()
    if differing:
        differing = differences(account, data_type, differing)
    return StreamVerdict(stream, len(days), tuple(sorted(differing)), count_doubles(account, data_type))


def differences(account: ProviderAccount, data_type: str, days: Collection[date]) -> frozenset[date]:
    """Days, neither waiting nor sealed, whose points are not what their rows say."""
    place = place_of(account, data_type)
    stored = stored_points(place, days)
    again = recount(account, data_type, days=days)
    keys: set[PointKey] = {key for key in stored.keys() | again.points.keys() if stored.get(key) != again.points.get(key)}
    return frozenset(key.local_date for key in keys if key.local_date not in again.dirty and not place.is_sealed(key.local_date))


def count_doubles(account: ProviderAccount, data_type: str) -> int:
    """External ids that are current more than once; the database does not forbid it, so somebody has to look."""
    place = place_of(account, data_type)
    release()
    with place.home.reading() as session:
        live = LiveRows.read(session, place)
        if live is None:
            return 0
        row, other = live.table, sa.orm.aliased(live.table)
        several = (
            sa.select(other.external_id)
            .where(other.stream_id == live.stream_id)
            .group_by(other.external_id)
            .having(sa.func.count() > 1)
            .subquery()
        )
        query = (
            sa.select(row.external_id)
            .join(several, several.c.external_id == row.external_id)
            .where(*live.conditions())
            .group_by(row.external_id)
            .having(sa.func.count() > 1)
            .limit(MOST_DOUBLES)
        )
        return len(session.scalars(query).all())


def tell(verdicts: Sequence[StreamVerdict], *, actor: Actor) -> None:
    """One open task for each connector and data type that is not sound; it closes when it is again."""
    for verdict in verdicts:
        key = f"points-differ:{verdict.stream.account_public_id}:{verdict.stream.data_type}"
        account = account_of(verdict.stream)
        if verdict.is_sound or account is None:
            tasks.close_tasks(key, actor=actor)
            continue
        tasks.open_task(
            key=key,
            kind="points-differ",
            title="Figures do not equal their rows",
            detail=f"{verdict} Show no figure of it to the client until it is known why, and tell whoever looks after this installation.",
            organization=account.organization,
            account=account,
            owner=account.owner,
            due_on=tasks.today(account.organization) + DUE_WITHIN,
            actor=actor,
        )


def sentence_of(verdicts: Sequence[StreamVerdict], rolled_up: int) -> str:
    days = sum(verdict.days for verdict in verdicts)
    bad = [verdict for verdict in verdicts if not verdict.is_sound]
    late = f" Left over and counted now: {many(rolled_up, 'day')}." if rolled_up else ""
    if bad:
        return f"Of {many(len(verdicts), 'data type')}, {len(bad)} not sound; a task is open for each. {bad[0]}{late}"
    return f"Figures equal their rows: {many(days, 'day')} of {many(len(verdicts), 'data type')}.{late}"


def many(count: int, noun: str) -> str:
    """``1 day``, ``2 days``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _days_to_look_at(account: ProviderAccount, data_type: str) -> frozenset[date]:
    """Days that have points, and days that should have."""
    known = known_ranges(account.id, data_type, zone=account.organization.time_zone, without=None)
    query = sa.select(MetricPoint.local_date).where(MetricPoint.account_id == account.id, MetricPoint.data_type == data_type)
    return frozenset(db.session.scalars(query.distinct())).union(*(window.every_day() for window in known))
