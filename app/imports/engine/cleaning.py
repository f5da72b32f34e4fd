"""Removing rows that do not count: what a dead attempt left, reversed batches, samples whose time is over. In pieces,
each a short transaction, and from the beginning again as often as it is interrupted."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app.homes import Home
from app.imports.engine.states import State, change, state_of
from app.models import StateOfBatch

PIECE = 10_000

Step = Callable[[int], None]


def discard(home: Home, table: sa.Table, batch_public_id: str, *, step: Step) -> None:
    """Take away all that an attempt left which did not reach its commit point, as if it had never been.

    :raises RuntimeError: if the batch counts
    """
    state = state_of(home, batch_public_id)
    if state is None:
        return
    if state.state is StateOfBatch.COMPLETE:
        raise RuntimeError("a batch that counts is reversed, not discarded")
    if state.state is StateOfBatch.LOADING:
        with home.writing() as session:  # a late worker of that attempt can write nothing more from here on
            change(session, home, state.id, before=StateOfBatch.LOADING, after=StateOfBatch.REVERSED)
    release_ended(home, table, state.id, step=step)
    remove_rows(home, table, state.id, step=step)
    clear_staging(home, state.id, step=step)
    with home.writing() as session:
        session.execute(sa.delete(home.state).where(home.state.id == state.id))


def release_ended(home: Home, table: sa.Table, state_id: int, *, step: Step) -> int:
    """Let the versions that a batch ended be the current ones again."""
    return _in_pieces(home, table, table.c.ended_by == state_id, sa.update(table).values(ended_by=None), step=step)


def remove_rows(home: Home, table: sa.Table, state_id: int, *, step: Step) -> int:
    """Delete what a batch brought."""
    return _in_pieces(home, table, table.c.batch_id == state_id, sa.delete(table), step=step)


def clear_staging(home: Home, state_id: int, *, step: Step) -> int:
    """Delete the keys and digests that were compared."""
    staged: Any = home.staged.__table__
    return _in_pieces(home, staged, staged.c.batch_id == state_id, sa.delete(staged), number="row_no", step=step)


def settle(home: Home, state: State) -> None:
    """Say that nothing more is to be done about what a batch changed."""
    with home.writing() as session:
        session.execute(sa.update(home.state).where(home.state.id == state.id).values(is_settled=True))


def _in_pieces(
    home: Home, table: sa.Table, condition: sa.ColumnElement[bool], act: sa.Update | sa.Delete, *, step: Step, number: str = "id"
) -> int:
    """Act on the rows that fulfil a condition, which they no longer do afterwards, some thousand at a time."""
    column = table.c[number]
    done = 0
    while True:
        with home.writing() as session:
            some = sa.select(column).where(condition).order_by(column).limit(PIECE).subquery()
            last, count = session.execute(sa.select(sa.func.max(some.c[number]), sa.func.count()).select_from(some)).one()
            if not count:
                return done
            session.execute(act.where(condition, column <= last))
        done += count
        step(done)
