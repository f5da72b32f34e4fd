"""Rows of data whose day is before the horizon: sealing days, finding the rows, removing them in their own home."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.extensions import db
from app.homes import HOMES, Home
from app.models import AccountDataType, DataHome, ImportBatch, ProviderAccount, StateOfBatch
from app.services.live_rows import Place, place_of, small_look
from app.unit_of_work import release

PIECE = 5_000
"""Rows that are removed at once."""
DAYS_AT_ONCE = 60
ACCOUNTS_AT_ONCE = 500


@dataclass(frozen=True)
class RowPiece:
    """Rows that go together, as plain values: it outlives the transaction that found them."""

    place: Place
    stream_id: int
    day: date
    """They are dated before it."""
    ids: tuple[int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What a receipt is a digest of: numbers of rows belong to their home and table."""
        return tuple(f"{self.place.home_key}:{self.place.rows.__tablename__}:{each}" for each in self.ids)


def digest_of(names: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()


def is_busy(account: ProviderAccount, setting: AccountDataType) -> bool:
    """Whether an import or a reversal of the data type is under way, in whatever lane."""
    return _is_open(account.id, setting.data_type)


def seal(account: ProviderAccount, setting: AccountDataType, day: date) -> bool:
    """Let days before this one never be counted again, unless later ones are sealed already.

    :return: whether they are sealed now; not while one of them waits to be counted
    """
    if setting.sealed_before is not None and setting.sealed_before >= day:
        return True
    if _is_one_waiting(place_of(account, setting.data_type), day):
        return False
    db.session.refresh(setting, with_for_update=True)
    if setting.sealed_before is None or setting.sealed_before < day:
        setting.sealed_before = day
        db.session.flush()
    return True


def next_piece(account: ProviderAccount, setting: AccountDataType, day: date) -> RowPiece | None:
    """The next rows to remove, the oldest days first; the same ones until they are removed.

    :param day: rows of earlier days
    """
    place = place_of(account, setting.data_type)
    with small_look(place) as session:
        for stream_id in _streams(session, place):
            ids = _oldest(session, place, stream_id, day)
            if ids:
                return RowPiece(place, stream_id, day, ids)
    return None


def remove(piece: RowPiece) -> bool:
    """Delete a piece, in one transaction of its home. No other one may be open.

    :return: False while an import or a reversal is under way: the rows stay until the next round
    """
    home, row = piece.place.home, piece.place.rows
    is_open = _is_open(piece.place.account_id, piece.place.data_type)
    release()
    if is_open:
        return False
    with home.writing() as session:
        loading = sa.select(home.state.id).where(home.state.stream_id == piece.stream_id, home.state.state == StateOfBatch.LOADING)
        if session.scalar(loading.limit(1)) is not None:
            return False
        gone = sa.delete(row).where(row.id.in_(piece.ids), row.stream_id == piece.stream_id, row.local_date < piece.day)
        session.execute(gone.execution_options(synchronize_session=False))
    return True


def oldest_day(account: ProviderAccount, setting: AccountDataType) -> date | None:
    """The first day that has a row: the beginning of an index."""
    place = place_of(account, setting.data_type)
    row = place.rows
    with small_look(place) as session:
        firsts = [
            session.scalar(
                sa.select(row.local_date)
                .where(row.stream_id == stream_id, row.local_date.is_not(None))
                .order_by(row.stream_id, row.local_date)
                .limit(1)
            )
            for stream_id in _streams(session, place)
        ]
    return min((first for first in firsts if first is not None), default=None)


def accounts_with_rows(public_ids: Collection[str], day: date) -> frozenset[str]:
    """Those of these connectors that have rows of earlier days."""
    wanted = sorted(public_ids)
    found: set[str] = set()
    for home in HOMES.values():
        older = sa.or_(
            *(sa.exists().where(table.stream_id == home.stream.id, table.local_date < day) for table in (home.record, home.lead))
        )
        with _looking(home) as session:
            for start in range(0, len(wanted), ACCOUNTS_AT_ONCE):
                some = wanted[start : start + ACCOUNTS_AT_ONCE]
                query = sa.select(home.stream.account_public_id).where(home.stream.account_public_id.in_(some), older)
                found.update(session.scalars(query))
    return frozenset(found)


def _is_open(account_id: int, data_type: str) -> bool:
    query = sa.select(ImportBatch.id).where(
        ImportBatch.account_id == account_id, ImportBatch.data_type == data_type, ImportBatch.open_key.is_not(None)
    )
    return db.session.scalar(query.limit(1)) is not None


def _streams(session: Session, place: Place) -> Sequence[int]:
    """Of every lane: a sample is a record too."""
    stream = place.home.stream
    query = sa.select(stream.id).where(stream.account_public_id == place.account_public_id, stream.data_type == place.data_type)
    return session.scalars(query.order_by(stream.id)).all()


def _oldest(session: Session, place: Place, stream_id: int, day: date) -> tuple[int, ...]:
    """Whole days, until there are enough rows; a day with more than enough in the order of their numbers."""
    row = place.rows
    of_stream: Any = row.stream_id == stream_id
    days = sa.select(row.local_date, sa.func.count()).where(of_stream, row.local_date < day)
    counted = session.execute(_by_day(days, place).group_by(row.local_date).order_by(row.local_date).limit(DAYS_AT_ONCE)).all()
    if not counted:
        return ()
    last, rows = counted[0]
    for local_date, count in counted[1:]:
        if rows + count > PIECE:
            break
        last, rows = local_date, rows + count
    ids = _by_day(sa.select(row.id).where(of_stream, row.local_date <= last), place)
    return tuple(session.scalars(ids.order_by(row.id).limit(PIECE)))


def _by_day(query: Any, place: Place) -> Any:
    """Read it from the index of the stream's days, whatever the server thinks of tables that were just filled."""
    hint = f"FORCE INDEX (ix_{place.rows.__tablename__}_roll)"
    return query.with_hint(place.rows, hint, "mysql").with_hint(place.rows, hint, "mariadb")


def _is_one_waiting(place: Place, day: date) -> bool:
    note = place.home.dirty_day
    with small_look(place) as session:
        query = sa.select(note.id).where(note.stream_id.in_(_streams(session, place)), note.local_date < day)
        return session.scalar(query.limit(1)) is not None


@contextmanager
def _looking(home: Home) -> Iterator[Session]:
    if home.key is DataHome.APP:
        yield db.session()
        return
    with home.reading() as session:
        yield session
