"""Counting the points of a connector's data type from its rows, and the notes of days that wait for it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.metrics.metric import RowGroup
from app.metrics.parts import Parts
from app.metrics.registry import metrics_of
from app.metrics.sources import SIGNAL_KINDS
from app.models import DirtyCause, LeadClass
from app.services.live_rows import LiveRows, Place, exact

PIECE = 1000
"""Values in one statement's list, and rows in one INSERT."""
RANGE_SHARE = 3
"""One range scan is cheaper once more than one day in three is dirty."""
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


def dirty_days(session: Session, place: Place, stream_id: int | None) -> dict[date, DirtyDay]:
    """Days that wait, each with the notes about it."""
    home = place.home
    note, state = home.dirty_day, home.state
    query = (
        sa.select(note.local_date, note.id, note.cause, state.batch_public_id)
        .outerjoin(state, state.id == note.batch_id)
        .where(note.stream_id == stream_id)
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


def count(session: Session, live: LiveRows, days: Collection[date] | None) -> dict[PointKey, Parts]:
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


def pieces(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Values in lists that fit a statement."""
    iterator = iter(values)
    while piece := list(islice(iterator, PIECE)):
        yield piece
