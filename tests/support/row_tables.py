"""Rows of any data type straight into the tables of a home, as an import leaves them: for tests of what is counted from rows."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.audit import Actor, ActorKind
from app.clock import utc_now
from app.extensions import db
from app.homes import HOMES, Home
from app.metrics.sources import LEAD_DATA_TYPES, SIGNAL_KINDS
from app.models import (
    BatchStatus,
    DataHome,
    DirtyCause,
    ImportBatch,
    Lane,
    LeadClass,
    ProviderAccount,
    StateOfBatch,
)
from tests.support import factories

ACTOR = Actor(ActorKind.COMMAND, "test")


@dataclass(frozen=True)
class Row:
    external_id: str
    day: date | None
    status: str = "booked"
    active: bool = True
    amount: Decimal | None = None
    campaign: str = ""
    lead_class: LeadClass = LeadClass.GENUINE
    signal_kind: str = ""

    def but(self, **changes: Any) -> "Row":
        return replace(self, **changes)


@dataclass(frozen=True)
class Written:
    """A batch in both databases."""

    batch: ImportBatch
    state_id: int


class RowTable:
    """The rows of one connector's data type."""

    def __init__(self, account: ProviderAccount, data_type: str = "calls", *, home: DataHome = DataHome.APP) -> None:
        self.account, self.data_type = account, data_type
        self.home: Home = HOMES[home]
        self.rows: Any = self.home.lead if data_type in LEAD_DATA_TYPES else self.home.record
        if home is not DataHome.APP:
            factories.data_type(account=account, data_type=data_type, home=home)
        names = {
            "account_public_id": account.public_id,
            "organization_public_id": account.organization.public_id,
            "data_type": data_type,
            "lane": Lane.LIVE,
        }
        db.session.rollback()
        with self.home.writing() as session:
            stream = self.home.stream(**names)
            session.add(stream)
            session.flush()
            self.stream_id = stream.id

    def write(
        self,
        rows: Iterable[Row],
        *,
        cause: DirtyCause = DirtyCause.SOURCE,
        map_number: int = 1,
        first: date | None = None,
        last: date | None = None,
        state: StateOfBatch = StateOfBatch.COMPLETE,
    ) -> Written:
        """One batch: new and changed rows come, former versions end, and touched days are noted.

        :param first: where the export began, if not with its first row
        """
        wanted = {row.external_id: row for row in rows}
        days = [row.day for row in wanted.values() if row.day is not None] + [day for day in (first, last) if day is not None]
        status = BatchStatus.COMPLETE if state is StateOfBatch.COMPLETE else BatchStatus.STAGED
        batch = factories.import_batch(
            account=self.account,
            data_type=self.data_type,
            status=status,
            first_date=min(days, default=None),
            last_date=max(days, default=None),
        )
        batch_public_id = batch.public_id
        db.session.rollback()
        with self.home.writing() as session:
            entry = self.home.state(
                batch_public_id=batch_public_id,
                stream_id=self.stream_id,
                map_number=map_number,
                state=state,
                is_settled=True,
                changed_at=utc_now(),
            )
            session.add(entry)
            session.flush()
            touched: set[date] = set()
            there = {row.external_id: row for row in session.scalars(sa.select(self.rows).where(*self._current(session)))}
            for row in wanted.values():
                former = there.get(row.external_id)
                if former is not None and bytes(former.row_hash) == _hash(row):
                    continue
                if former is not None:
                    former.ended_by = entry.id
                touched |= {day for day in (row.day, former.local_date if former is not None else None) if day is not None}
                session.add(self._stored(row, entry.id))
            if state is StateOfBatch.COMPLETE:
                self._note(session, touched, cause, entry.id)
            return Written(batch, entry.id)

    def reverse(self, written: Written) -> None:
        """As the home sees it. The rows stay; a later round would remove them."""
        with self.home.writing() as session:
            row = self.rows
            touched = set(
                session.scalars(sa.select(row.local_date).where(sa.or_(row.batch_id == written.state_id, row.ended_by == written.state_id)))
            )
            session.execute(sa.update(row).where(row.ended_by == written.state_id).values(ended_by=None))
            session.get_one(self.home.state, written.state_id).state = StateOfBatch.REVERSED
            self._note(session, {day for day in touched if day is not None}, DirtyCause.REVERSAL, written.state_id)

    def change(self, external_id: str, *, note: bool = False, **values: Any) -> None:
        """Change a current row past the imports."""
        with self.home.writing() as session:
            query = sa.select(self.rows).where(*self._current(session), self.rows.external_id == external_id)
            row = session.scalars(query).one()
            for name, value in values.items():
                setattr(row, name, value)
            if note:
                self._note(session, {row.local_date}, DirtyCause.RULES, None)

    def note(self, *days: date, cause: DirtyCause = DirtyCause.RULES) -> None:
        with self.home.writing() as session:
            self._note(session, set(days), cause, None)

    def dirty_days(self) -> set[date]:
        note = self.home.dirty_day
        with self.home.reading() as session:
            return set(session.scalars(sa.select(note.local_date).where(note.stream_id == self.stream_id)))

    def current(self) -> dict[str, Row]:
        """What a person would count: asked without the conditions that figures use."""
        states = self.home.state
        with self.home.reading() as session:
            counts = {state.id for state in session.scalars(sa.select(states)) if state.state is StateOfBatch.COMPLETE}
            return {
                row.external_id: Row(
                    row.external_id, row.local_date, row.status or "", row.active, getattr(row, "amount", None), row.campaign or ""
                )
                for row in session.scalars(sa.select(self.rows).where(self.rows.stream_id == self.stream_id))
                if row.batch_id in counts and row.ended_by not in counts
            }

    def _current(self, session: Any) -> list[Any]:
        states = self.home.state
        complete = session.scalars(
            sa.select(states.id).where(states.stream_id == self.stream_id, states.state == StateOfBatch.COMPLETE)
        ).all()
        row = self.rows
        return [row.stream_id == self.stream_id, row.batch_id.in_(complete), sa.or_(row.ended_by.is_(None), row.ended_by.not_in(complete))]

    def _note(self, session: Any, days: set[date], cause: DirtyCause, state_id: int | None) -> None:
        session.add_all(
            self.home.dirty_day(stream_id=self.stream_id, local_date=day, cause=cause, batch_id=state_id) for day in sorted(days)
        )

    def _stored(self, row: Row, state_id: int) -> object:
        values: dict[str, Any] = {
            "stream_id": self.stream_id,
            "external_id": row.external_id,
            "batch_id": state_id,
            "local_date": row.day,
            "active": row.active,
            "signal_kind": row.signal_kind or SIGNAL_KINDS[self.data_type],
            "status": row.status or None,
            "campaign": row.campaign or None,
            "attrs": "{}",
            "row_hash": _hash(row),
        }
        if self.rows is self.home.lead:
            return self.rows(**values, lead_class=row.lead_class)
        return self.rows(**values, amount=row.amount)


def _hash(row: Row) -> bytes:
    return hashlib.md5(repr(row).encode(), usedforsecurity=False).digest()


def days_from(first: date, count: int) -> list[date]:
    return [first + timedelta(days=number) for number in range(count)]
