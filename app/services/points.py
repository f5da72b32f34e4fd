"""Daily points: what figures are added up from. Counted again for the days that something touched, never incremented.

``count_points`` reads the home of the rows, ``write_points`` writes the application's database, ``forget_dirty_days``
the home again: three transactions, in this order, and each may be done twice. Killed after any of them, the days are
still dirty, and the next roll-up does them again.

Two roll-ups of one connector may overlap. Whoever writes holds the account's row, and leaves a day alone if it became
dirty again since it was counted, or if somebody who had seen as much has written it meanwhile: such a day is in
``Counted.skipped``, stays dirty, and is that other one's to write.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.extensions import db
from app.metrics.metric import Unit
from app.metrics.parts import Parts
from app.metrics.registry import METRICS
from app.models import DirtyCause, ImportBatch, MetricPoint, ProviderAccount
from app.services import restatements, settled_days
from app.services.live_rows import LiveRows, Place, place_of, small_look, stream_of
from app.services.point_counting import DirtyDay, PointKey, count, dirty_days, pieces
from app.unit_of_work import release

_MONEY = frozenset(metric.key for metric in METRICS if metric.unit is Unit.MONEY)


@dataclass
class Counted:
    """What counting the dirty days of a data type gave."""

    place: Place
    stream_id: int | None
    days: dict[date, DirtyDay]
    points: dict[PointKey, Parts]
    skipped: set[date] = field(default_factory=set)
    """Days that ``write_points`` left alone."""
    is_anew: bool = False
    """All days, because a formula is another one: nothing that the ledger of restatements should tell."""

    @property
    def is_empty(self) -> bool:
        return not self.days

    @property
    def note_ids(self) -> list[int]:
        """Of the notes that were dealt with."""
        return [note_id for day, dirty in self.days.items() if day not in self.skipped for note_id in dirty.note_ids]


def count_points(account: ProviderAccount, data_type: str) -> Counted:
    """Count the dirty days of a data type. No transaction may be open: the home is read, which takes a while."""
    place = place_of(account, data_type)
    release()
    with place.home.reading() as session:
        # Notes first, then states and rows: what is committed in between leaves a note of its own.
        stream_id = stream_of(session, place)
        days = dirty_days(session, place, stream_id)
        live = LiveRows.read(session, place)
        if live is None:
            return Counted(place, None, {}, {})
        open_days = {day for day in days if not place.is_sealed(day)}
        return Counted(place, live.stream_id, days, count(session, live, open_days))


def count_all(account: ProviderAccount, data_type: str) -> Counted:
    """Count every day that is not sealed: for a metric, or a version of a formula, that has no points yet."""
    place = place_of(account, data_type)
    known = {key.local_date for key in stored_points(place)}
    release()
    with place.home.reading() as session:
        live = LiveRows.read(session, place)
        if live is None:
            return Counted(place, None, {}, {})
        noted = dirty_days(session, place, live.stream_id)
        live = LiveRows.read(session, place) or live  # states as they are after the notes
        points = count(session, live, None)
    unnoted = (known | {key.local_date for key in points}) - noted.keys()
    days = {**noted, **{day: DirtyDay(frozenset(), DirtyCause.RULES, None) for day in unnoted}}
    return Counted(place, live.stream_id, days, points, is_anew=True)


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
    settled_days.note(db.session(), place, days, counted.note_ids)
    if counted.is_anew:
        return
    causes = {day: (counted.days[day].cause, counted.days[day].batch_public_id) for day in days}
    restatements.note(place, before=before, after=points, causes=causes, batch=batch)


def forget_dirty_days(counted: Counted) -> None:
    """Remove the notes that were read and dealt with; after the transaction that wrote the points."""
    note_ids = counted.note_ids
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
        points = count(session, live, None if days is None else {day for day in days if not place.is_sealed(day)})
        return Recount(points, frozenset(dirty_days(session, place, live.stream_id)))


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


def _mine(place: Place) -> tuple[sa.ColumnElement[bool], ...]:
    keys = [metric.key for metric in METRICS]  # named one by one, so that the index is of use
    return MetricPoint.account_id == place.account_id, MetricPoint.metric_key.in_(keys), MetricPoint.data_type == place.data_type


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
    return {day for day, dirty in counted.days.items() if now[day] - dirty.note_ids or (dirty.note_ids and not now[day] & dirty.note_ids)}


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
