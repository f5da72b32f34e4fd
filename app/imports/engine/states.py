"""Streams and states: which rows count. The change of one state row is the commit point of a batch."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clock import utc_now
from app.homes import Home
from app.imports.engine.errors import SupersededError
from app.models import DirtyCause, Lane, StateOfBatch

FEW_DAYS = 1000


@dataclass(frozen=True)
class StreamKey:
    """What a stream stands for, in public ids: they are the same in both databases."""

    account: str
    organization: str
    data_type: str
    lane: Lane


@dataclass(frozen=True)
class State:
    """A batch as its home knows it."""

    id: int
    stream_id: int
    state: StateOfBatch
    is_settled: bool
    map_number: int


def find_stream(home: Home, key: StreamKey) -> int | None:
    with home.reading() as session:
        return _stream_id(session, home, key)


def ensure_stream(home: Home, key: StreamKey) -> int:
    """The stream's number in its home; made with its first batch."""
    found = find_stream(home, key)
    if found is not None:
        return found
    try:
        with home.writing() as session:
            stream = home.stream(
                account_public_id=key.account, organization_public_id=key.organization, data_type=key.data_type, lane=key.lane
            )
            session.add(stream)
            session.flush()
            return stream.id
    except IntegrityError:
        found = find_stream(home, key)  # somebody else made it between the look and the insert
        if found is None:
            raise
        return found


def state_of(home: Home, batch_public_id: str) -> State | None:
    with home.reading() as session:
        row: Any = session.scalars(sa.select(home.state).where(home.state.batch_public_id == batch_public_id)).one_or_none()
        return None if row is None else State(row.id, row.stream_id, row.state, row.is_settled, row.map_number)


def begin(home: Home, *, batch_public_id: str, stream_id: int, map_number: int) -> State:
    """Enter a batch as *loading*. Each attempt has a number of its own, so that a late one can write nothing more."""
    with home.writing() as session:
        row = home.state(
            batch_public_id=batch_public_id,
            stream_id=stream_id,
            map_number=map_number,
            state=StateOfBatch.LOADING,
            is_settled=False,
            changed_at=utc_now(),
        )
        session.add(row)
        session.flush()
        return State(row.id, stream_id, StateOfBatch.LOADING, False, map_number)


def hold(executor: Session | sa.Connection, home: Home, state_id: int, expected: StateOfBatch = StateOfBatch.LOADING) -> None:
    """Lock the state for the rest of the transaction.

    :raises SupersededError: if the batch is not in this state any more: another attempt is at work
    """
    query = sa.select(home.state.id).where(home.state.id == state_id, home.state.state == expected).with_for_update()
    if executor.execute(query).scalar() is None:
        raise SupersededError


def change(session: Session, home: Home, state_id: int, *, before: StateOfBatch, after: StateOfBatch, **values: Any) -> None:
    """:raises SupersededError: if somebody else changed it first"""
    result: Any = session.execute(
        sa.update(home.state)
        .where(home.state.id == state_id, home.state.state == before)
        .values(state=after, changed_at=utc_now(), **values)
        .execution_options(synchronize_session=False)
    )
    if result.rowcount != 1:
        raise SupersededError


def complete(
    home: Home,
    state: State,
    *,
    days: Mapping[DirtyCause, Iterable[date]],
    is_settled: bool,
    demand: Callable[[Session], None] = lambda _session: None,
) -> None:
    """The commit point: from here on the rows count, and the days that they touch are to be counted again.

    :param demand: asks, in the same transaction, whether they still may; what it raises undoes it
    """
    with home.writing() as session:
        demand(session)
        change(session, home, state.id, before=StateOfBatch.LOADING, after=StateOfBatch.COMPLETE, is_settled=is_settled)
        add_dirty_days(session, home, state, days)


def add_dirty_days(session: Session, home: Home, state: State, days: Mapping[DirtyCause, Iterable[date]]) -> None:
    rows = [
        {"stream_id": state.stream_id, "local_date": day, "cause": cause, "batch_id": state.id}
        for cause, touched in days.items()
        for day in sorted(touched)
    ]
    for start in range(0, len(rows), FEW_DAYS):
        session.execute(sa.insert(home.dirty_day), rows[start : start + FEW_DAYS])


def without_effect(session: Session, home: Home, stream_id: int) -> Sequence[int]:
    """Batches of a stream that do not count: rows that they brought are not there, rows that they ended still are."""
    query = sa.select(home.state.id).where(home.state.stream_id == stream_id, home.state.state != StateOfBatch.COMPLETE)
    return session.scalars(query.order_by(home.state.id)).all()


def not_complete(home: Home, *, after: int, limit: int) -> dict[int, str]:
    """Some batches of a home that do not count, of whatever stream: number → public id."""
    with home.reading() as session:
        query = sa.select(home.state.id, home.state.batch_public_id).where(home.state.state != StateOfBatch.COMPLETE, home.state.id > after)
        return {row[0]: row[1] for row in session.execute(query.order_by(home.state.id).limit(limit))}


def last_map_number(home: Home, stream_id: int) -> int | None:
    """Version of the map behind the newest batch that counts."""
    with home.reading() as session:
        query = sa.select(home.state.map_number).where(home.state.stream_id == stream_id, home.state.state == StateOfBatch.COMPLETE)
        return session.scalar(query.order_by(home.state.id.desc()).limit(1))


def _stream_id(session: Session, home: Home, key: StreamKey) -> int | None:
    return session.scalar(
        sa.select(home.stream.id).where(
            home.stream.account_public_id == key.account, home.stream.data_type == key.data_type, home.stream.lane == key.lane
        )
    )
