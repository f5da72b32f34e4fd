"""Finding the current rows of a connector's data type in whichever home they are: only the *live* lane counts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.extensions import db
from app.homes import HOMES, Home, Row
from app.metrics.sources import LEAD_DATA_TYPES
from app.models import AccountDataType, DataHome, Lane, ProviderAccount
from app.models.rows import StateOfBatch


@dataclass(frozen=True)
class Place:
    """Where the rows of a connector's data type are, as plain values: it outlives the session that looked it up."""

    account_id: int
    account_public_id: str
    currency: str
    data_type: str
    home_key: DataHome
    sealed_before: date | None
    """Days before it are never counted again."""

    @property
    def home(self) -> Home:
        return HOMES[self.home_key]

    @property
    def is_leads(self) -> bool:
        return self.data_type in LEAD_DATA_TYPES

    @property
    def rows(self) -> type[Row]:
        return self.home.lead if self.is_leads else self.home.record

    def is_sealed(self, day: date) -> bool:
        return self.sealed_before is not None and day < self.sealed_before


def place_of(account: ProviderAccount, data_type: str) -> Place:
    """Looked up in the application database; a data type that nobody decided on is in its own home, the app's."""
    kind = db.session.scalars(
        sa.select(AccountDataType).where(AccountDataType.account_id == account.id, AccountDataType.data_type == data_type)
    ).one_or_none()
    home = kind.home if kind is not None else DataHome.APP
    sealed = kind.sealed_before if kind is not None else None
    return Place(account.id, account.public_id, account.currency, data_type, home, sealed)


@dataclass(frozen=True)
class LiveRows:
    """The current rows of a stream, as one reading of its home sees them."""

    place: Place
    stream_id: int
    not_complete: tuple[int, ...]
    """Batches that are loading or were taken back: few, while complete ones grow without end."""

    @classmethod
    def read(cls, session: Session, place: Place) -> "LiveRows | None":
        """None: nothing was ever imported there."""
        home = place.home
        stream_id = stream_of(session, place)
        if stream_id is None:
            return None
        states = session.scalars(
            sa.select(home.state.id).where(home.state.stream_id == stream_id, home.state.state != StateOfBatch.COMPLETE)
        )
        return cls(place, stream_id, tuple(states))

    @property
    def table(self) -> type[Row]:
        return self.place.rows

    def by_day(self, query: Any) -> Any:
        """Read it from the covering index, whatever the server thinks of tables that were just filled."""
        name = self.table.__tablename__
        hint = f"FORCE INDEX (ix_{name}_roll)"
        return query.with_hint(self.table, hint, "mysql").with_hint(self.table, hint, "mariadb")

    def conditions(self) -> Sequence[sa.ColumnElement[bool]]:
        """Begun by a complete batch and not ended by a complete one."""
        row = self.table
        mine: sa.ColumnElement[bool] = row.stream_id == self.stream_id
        if not self.not_complete:
            return mine, row.ended_by.is_(None)
        return mine, row.batch_id.not_in(self.not_complete), sa.or_(row.ended_by.is_(None), row.ended_by.in_(self.not_complete))


def stream_of(session: Session, place: Place) -> int | None:
    stream = place.home.stream
    return session.scalar(
        sa.select(stream.id).where(
            stream.account_public_id == place.account_public_id, stream.data_type == place.data_type, stream.lane == Lane.LIVE
        )
    )


@contextmanager
def small_look(place: Place) -> Iterator[Session]:
    """A short read of the home that may happen while the application's database is written: nothing waits for it.

    A worker has one connection for each database, so what lies in the application's own is read through the session that
    may be open there already.
    """
    if place.home_key is DataHome.APP:
        yield db.session()
        return
    with place.home.reading() as session:
        yield session


def exact(column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], session: Session) -> sa.ColumnElement[str]:
    """Compared byte for byte when grouped: a server's default collation would make one of *Search* and *search*."""
    if session.get_bind().dialect.name == "sqlite":
        return sa.func.coalesce(column, "")
    return sa.collate(sa.func.coalesce(column, ""), "utf8mb4_bin")
