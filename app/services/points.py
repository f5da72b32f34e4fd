"""Daily points: what figures are added up from. Counted again for the days that something touched, never incremented.

``count_points`` reads the home of the rows, ``write_points`` writes the application's database, ``forget_dirty_days``
the home again: three transactions, in this order, and each may be done twice. Killed after any of them, the days are
still dirty, and the next roll-up does them again.

Two roll-ups of one connector may overlap. Whoever writes holds the account's row, and leaves a day alone if it became
dirty again since it was counted, or if somebody who had seen as much has written it meanwhile: such a day is in
``Counted.skipped``, stays dirty, and is that other one's to write.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.extensions import db
from app.metrics.metric import RowGroup, Unit
from app.metrics.parts import Parts
from app.metrics.registry import METRICS, metrics_of
from app.metrics.sources import SIGNAL_KINDS
from app.models import DirtyCause, ImportBatch, LeadClass, MetricPoint, ProviderAccount
from app.services import restatements
from app.services.live_rows import LiveRows, Place, exact, place_of, small_look
from app.unit_of_work import release

PIECE = 1000
"""Values in one statement's list, and rows in one INSERT."""
RANGE_SHARE = 3
"""One range scan is cheaper once more than one day in three is dirty."""
_MONEY = frozenset(metric.key for metric in METRICS if metric.unit is Unit.MONEY)
_STRONGEST_FIRST = (DirtyCause.REVERSAL, DirtyCause.MAP, DirtyCause.SOURCE, DirtyCause.RULES)


class PointKey(NamedTuple):
    """Which point: of one account and data type."""

    metric_key: str
    local_date: date
    signal_kind: str
    dim: str


@dataclass(frozen=True)
class DirtyDay:
    """Why a day is counted again, and the notes about it that were read."""

    note_ids: frozenset[int]
    cause: DirtyCause
    batch_public_id: str | None


@dataclass
class Counted:
    """What counting the dirty days of a data type gave."""

    place: Place
    stream_id: int | None
    days: dict[date, DirtyDay]
    points: dict[PointKey, Parts]
    skipped: set[date] = field(default_factory=set)
    """Days that ``write_points`` left alone."""

    @property
    def is_empty(self) -> bool:
        return not self.days


def count_points(account: ProviderAccount, data_type: str) -> Counted:
    """Count the dirty days of a data type. No transaction may be open: the home is read, which takes a while."""
    place = place_of(account, data_type)
    release()
    with place.home.reading() as session:
        # Notes first: what is committed after this line leaves a note of its own.
        live = LiveRows.read(session, place)
        if live is None:
            return Counted(place, None, {}, {})
        days = _dirty_days(session, live)
        open_days = {day for day in days if not place.is_sealed(day)}
        return Counted(place, live.stream_id, days, _count(session, live, open_days))


def write_points(counted: Counted, *, batch: ImportBatch | None) -> None:
    """Replace the points of the counted days and tell the ledger of restatements; inside the caller's transaction.

    :param batch: the import or reversal that this belongs to; None for work that was left over
    """
    if counted.is_empty:
        return
    place = counted.place
    db.session.execute(sa.select(ProviderAccount.id).where(ProviderAccount.id == place.account_id).with_for_update())
    counted.skipped = _overtaken(counted)
    days = {day for day in counted.days if day not in counted.skipped and not place.is_sealed(day)}
    points = {key: parts for key, parts in counted.points.items() if key.local_date in days}
    before = stored_points(place, days)
    _replace(place, days, points)
    causes = {day: (counted.days[day].cause, counted.days[day].batch_public_id) for day in days}
    restatements.note(place, before=before, after=points, causes=causes, batch=batch)


def forget_dirty_days(counted: Counted) -> None:
    """Remove the notes that were read and dealt with; after the transaction that wrote the points."""
    note_ids = [note_id for day, dirty in counted.days.items() if day not in counted.skipped for note_id in dirty.note_ids]
    if not note_ids:
        return
    dirty_day = counted.place.home.dirty_day
    with counted.place.home.writing() as session:
        for ids in pieces(sorted(note_ids)):
            session.execute(sa.delete(dirty_day).where(dirty_day.id.in_(ids)))


@dataclass(frozen=True)
class Recount:
    """What the rows say now, without a look at the points."""

    points: dict[PointKey, Parts]
    dirty: frozenset[date]
    """Days whose points may differ from it for now."""


def recount(account: ProviderAccount, data_type: str, *, days: Collection[date] | None = None) -> Recount:
    """Count all days that are not sealed, or these of them. No transaction may be open."""
    place = place_of(account, data_type)
    release()
    with place.home.reading() as session:
        live = LiveRows.read(session, place)
        if live is None:
            return Recount({}, frozenset())
        points = _count(session, live, None if days is None else {day for day in days if not place.is_sealed(day)})
        return Recount(points, frozenset(_dirty_days(session, live)))


def stored_points(place: Place, days: Collection[date] | None = None) -> dict[PointKey, Parts]:
    """The points as they stand, of all days or of these."""
    found: dict[PointKey, Parts] = {}
    for chosen in [None] if days is None else pieces(sorted(days)):
        query = sa.select(MetricPoint).where(*_mine(place))
        if chosen is not None:
            query = query.where(MetricPoint.local_date.in_(chosen))
        found.update((key_of(point), parts_of(point, place.currency)) for point in db.session.scalars(query))
    return found


def key_of(point: MetricPoint) -> PointKey:
    return PointKey(point.metric_key, point.local_date, point.signal_kind, point.dim)


def parts_of(point: MetricPoint, currency: str) -> Parts:
    is_money = point.metric_key in _MONEY
    return Parts(point.signal_kind, point.rows, point.num, point.den, currency if is_money else "")


def pieces(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Values in lists that fit a statement."""
    iterator = iter(values)
    while piece := list(islice(iterator, PIECE)):
        yield piece


def _mine(place: Place) -> tuple[sa.ColumnElement[bool], ...]:
    keys = [metric.key for metric in METRICS]  # named one by one, so that the index is of use
    return MetricPoint.account_id == place.account_id, MetricPoint.metric_key.in_(keys), MetricPoint.data_type == place.data_type


def _dirty_days(session: Session, live: LiveRows) -> dict[date, DirtyDay]:
    home = live.place.home
    note, state = home.dirty_day, home.state
    query = (
        sa.select(note.local_date, note.id, note.cause, state.batch_public_id)
        .outerjoin(state, state.id == note.batch_id)
        .where(note.stream_id == live.stream_id)
        .order_by(note.id)
    )
    found: dict[date, list[tuple[int, DirtyCause, str | None]]] = defaultdict(list)
    for day, note_id, cause, batch_public_id in session.execute(query):
        found[day].append((note_id, cause, batch_public_id))
    return {day: _dirty_day(notes) for day, notes in sorted(found.items())}


def _dirty_day(notes: Sequence[tuple[int, DirtyCause, str | None]]) -> DirtyDay:
    """Several things may have touched a day: the restatement names the weightiest, and of these the latest."""
    cause = min((cause for _id, cause, _batch in notes), key=_STRONGEST_FIRST.index)
    batches = [batch for _id, why, batch in notes if why is cause]
    return DirtyDay(frozenset(note_id for note_id, _cause, _batch in notes), cause, batches[-1])


def _count(session: Session, live: LiveRows, days: Collection[date] | None) -> dict[PointKey, Parts]:
    """Points of these days, or of all."""
    place = live.place
    metrics = metrics_of(place.data_type)
    points: dict[PointKey, Parts] = {}
    if not metrics:
        return points
    for day, groups in _groups_by_day(session, live, days):
        for metric in metrics:
            for (kind, line), parts in metric.count_day(groups, data_type=place.data_type, currency=place.currency).items():
                points[PointKey(metric.key, day, kind, line)] = parts
    return points


def _groups_by_day(session: Session, live: LiveRows, days: Collection[date] | None) -> Iterator[tuple[date, list[RowGroup]]]:
    """Rows that count, grouped by all that formulas ask; one statement unless few of many days are dirty."""
    by_day: dict[date, list[RowGroup]] = defaultdict(list)
    for condition in _which_days(live, days):
        for day, group in _groups(session, live, condition):
            if days is None or day in days:
                by_day[day].append(group)
    yield from sorted(by_day.items())


def _which_days(live: LiveRows, days: Collection[date] | None) -> Iterator[sa.ColumnElement[bool]]:
    column = live.table.local_date
    sealed_before = live.place.sealed_before
    if days is None:
        yield column.is_not(None) if sealed_before is None else column >= sealed_before
        return
    if not days:
        return
    first, last = min(days), max(days)
    if len(days) * RANGE_SHARE > (last - first).days + 1:
        yield column.between(first, last)
        return
    for piece in pieces(sorted(days)):
        yield column.in_(piece)


def _groups(session: Session, live: LiveRows, which: sa.ColumnElement[bool]) -> Iterator[tuple[date, RowGroup]]:
    """One statement over the covering index of the table."""
    row = live.table
    where = [*live.conditions(), which, row.active.is_(True)]
    status = exact(row.status, session).label("status")
    if live.place.is_leads:
        lead = live.place.home.lead
        keys: list[Any] = [status, lead.signal_kind, exact(lead.campaign, session).label("campaign")]
        where.append(lead.lead_class == LeadClass.GENUINE)
        amount: Any = sa.null()
    else:
        keys = [status]
        amount = sa.func.sum(live.place.home.record.amount)
    query = live.by_day(sa.select(row.local_date, sa.func.count(), amount, *keys).where(*where).group_by(row.local_date, *keys))
    own_kind = SIGNAL_KINDS.get(live.place.data_type, "")
    for day, rows, sum_of_amounts, status_word, *lead_keys in session.execute(query):
        kind, campaign = lead_keys or (own_kind, "")
        yield day, RowGroup(status_word, kind, campaign, int(rows), sum_of_amounts or Decimal(0))


def _overtaken(counted: Counted) -> set[date]:
    """Days that became dirty again since they were counted, and days that somebody else has dealt with meanwhile.

    Whoever wrote a counted day after seeing more has read all notes that were read here, and removes them in the end:
    before that, the note that only they know of is still there; after that, none of ours is.
    """
    now: dict[date, set[int]] = defaultdict(set)
    note = counted.place.home.dirty_day
    query = sa.select(note.local_date, note.id).where(note.stream_id == counted.stream_id)
    with small_look(counted.place) as session:
        for day, note_id in session.execute(query):
            now[day].add(note_id)
    return {day for day, dirty in counted.days.items() if now[day] - dirty.note_ids or not now[day] & dirty.note_ids}


def _replace(place: Place, days: Collection[date], points: dict[PointKey, Parts]) -> None:
    for piece in pieces(sorted(days)):
        db.session.execute(
            sa.delete(MetricPoint).where(*_mine(place), MetricPoint.local_date.in_(piece)).execution_options(synchronize_session=False)
        )
    for rows in pieces(sorted(points.items())):
        db.session.execute(sa.insert(MetricPoint), [_columns(place, key, parts) for key, parts in rows])


def _columns(place: Place, key: PointKey, parts: Parts) -> dict[str, Any]:
    return {
        "account_id": place.account_id,
        "data_type": place.data_type,
        **key._asdict(),
        "rows": parts.rows,
        "num": parts.num,
        "den": parts.den,
    }
