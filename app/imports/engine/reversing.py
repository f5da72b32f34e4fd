"""Taking a batch back: its rows stop to count and the former versions are current again, by the change of one state."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.homes import Home
from app.imports.engine.states import State, add_dirty_days, change
from app.models import DirtyCause, StateOfBatch

SMALL_BATCH = 50_000
"""Up to so many rows, days are found by looking each row up; beyond, by reading the covering index of the stream."""


@dataclass(frozen=True)
class Found:
    """What a batch brought and ended, as the rows say."""

    brought: int
    ended: int
    days: frozenset[date]


def look(home: Home, table: sa.Table, state: State, *, rows: int) -> Found:
    """What a reversal would touch.

    :param rows: about how many rows the batch brought
    """
    with home.reading() as session:
        brought, ended = (
            int(session.execute(sa.select(sa.func.count()).select_from(table).where(column == state.id)).scalar_one())
            for column in (table.c.batch_id, table.c.ended_by)
        )
        touched = sa.or_(table.c.batch_id == state.id, table.c.ended_by == state.id)
        if rows > SMALL_BATCH:
            query = sa.select(table.c.local_date).where(table.c.stream_id == state.stream_id, touched)
            hint = f"FORCE INDEX (ix_{table.name}_roll)"
            query = query.with_hint(table, hint, "mysql").with_hint(table, hint, "mariadb")
            days = session.execute(query.distinct()).scalars().all()
        else:
            first, second = (
                sa.select(table.c.local_date).where(column == state.id).distinct() for column in (table.c.batch_id, table.c.ended_by)
            )
            days = session.execute(sa.union(first, second)).scalars().all()
    return Found(brought, ended, frozenset(day for day in days if day is not None))


def reverse(home: Home, state: State, found: Found) -> None:
    """The commit point of a reversal.

    :raises SupersededError: if the batch does not count (any more)
    """
    days: dict[DirtyCause, Any] = {DirtyCause.REVERSAL: found.days}
    with home.writing() as session:
        change(session, home, state.id, before=StateOfBatch.COMPLETE, after=StateOfBatch.REVERSED, is_settled=False)
        add_dirty_days(session, home, state, days)
