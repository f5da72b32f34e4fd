"""Small files of invoices and calls, bringing them in as people do, and a picture of all that is there afterwards."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask import current_app

from app.audit import Actor, ActorKind
from app.extensions import db
from app.homes import HOMES, Home
from app.imports.files import inspect_file
from app.jobs import entry
from app.models import (
    AccountDataType,
    AuditEvent,
    BatchKind,
    DataHome,
    ImportBatch,
    ImportReject,
    MetricPoint,
    ProviderAccount,
    Restatement,
    StateOfBatch,
)
from app.services import field_maps, imports, inspections, uploads
from app.services.inspections import Noted
from app.unit_of_work import transaction

ACTOR = Actor(ActorKind.COMMAND, "test")
DAY = date(2026, 1, 5)
INVOICE_TITLES = ("Invoice ID", "Invoice date", "Total", "Customer name", "Business unit", "Summary")
CALL_TITLES = ("Call ID", "Received on", "Call type", "Caller number", "Customer name", "Campaign", "Call reason")


@dataclass(frozen=True)
class Invoice:
    id: str
    day: date
    total: Decimal
    customer: str = "Ruth Sample"
    unit: str = "Plumbing"
    summary: str = ""

    @property
    def cells(self) -> Sequence[str]:
        return self.id, f"{self.day:%m/%d/%Y}", f"{self.total}", self.customer, self.unit, self.summary


@dataclass(frozen=True)
class Call:
    id: str
    day: date
    phone: str
    outcome: str = "Booked"
    customer: str = "Ruth Sample"
    campaign: str = "Search"
    reason: str = ""

    @property
    def cells(self) -> Sequence[str]:
        return self.id, f"{self.day:%m/%d/%Y} 10:15 AM", self.outcome, self.phone, self.customer, self.campaign, self.reason


def invoices(number: int, *, first: int = 0) -> list[Invoice]:
    return [
        Invoice(f"{first + each:06}", DAY + timedelta(days=each % 20), Decimal("10.25") + each, summary=f'A "note", no. {each}\nNULL \\N')
        for each in range(number)
    ]


def calls(number: int, *, first: int = 0) -> list[Call]:
    """Every fifth repeats the number of the one before."""
    return [
        Call(f"c{first + each:05}", DAY + timedelta(days=each % 20), f"(312) 555-{(first + each - (each % 5 == 4)):04}")
        for each in range(number)
    ]


def changed(rows: list[Any], share: int) -> list[Any]:
    """Each so-and-so-manieth row says something else, and some of them on another day."""
    later: list[Any] = []
    for number, row in enumerate(rows):
        if number % share:
            later.append(row)
        elif isinstance(row, Invoice):
            later.append(replace(row, total=row.total + 5, day=row.day + timedelta(days=number % 2)))
        else:
            later.append(replace(row, outcome="Unbooked", phone="(312) 555-0001"))
    return later


def file_of(rows: Sequence[Any]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(CALL_TITLES if isinstance(rows[0], Call) else INVOICE_TITLES)
    writer.writerows(row.cells for row in rows)
    return text.getvalue().encode()


def data_type_of(rows: Sequence[Any]) -> str:
    return "calls" if isinstance(rows[0], Call) else "invoices"


def ask(
    account: ProviderAccount,
    content: bytes,
    *,
    data_type: str,
    kind: BatchKind = BatchKind.PRODUCTION,
    name: str = "rows.csv",
    looked: bytes = b"",
) -> ImportBatch:
    """Upload a file and ask for its import; the first one of a data type makes the map.

    :param looked: what was looked into before, where the file itself would be refused then already
    """
    with uploads.arriving(io.BytesIO(looked or content), name=name) as shown, shown.plain() as path:
        inspection = inspect_file(path, name=name)
    with uploads.arriving(io.BytesIO(content), name=name) as arrived, transaction():
        account = db.session.get_one(ProviderAccount, sa.inspect(account).identity)
        stored = uploads.keep(arrived, account=account, uploaded_by=None, actor=ACTOR)
        inspections.note(stored, Noted(data_type, inspection))
        field_map = field_maps.active_map(account, data_type)
        if field_map is None:
            field_map = field_maps.suggest_and_activate(account, data_type, inspection, actor=ACTOR)
        return imports.request_import(
            account=account,
            data_type=data_type,
            kind=kind,
            stored_file=stored,
            field_map=field_map,
            requested_by=None,
            actor=ACTOR,
        )


def work() -> None:
    """Carry out what waits, as a worker would."""
    db.session.rollback()
    with current_app.app_context():
        entry.drain("import")
    db.session.expire_all()


def bring(account: ProviderAccount, rows: Sequence[Any], *, kind: BatchKind = BatchKind.PRODUCTION) -> ImportBatch:
    batch = ask(account, file_of(rows), data_type=data_type_of(rows), kind=kind)
    work()
    db.session.refresh(batch)
    return batch


def take_back(batch: ImportBatch) -> ImportBatch:
    with transaction():
        imports.request_reversal(batch, requested_by=None, actor=ACTOR)
    work()
    db.session.refresh(batch)
    return batch


def put_in_home(account: ProviderAccount, data_type: str, home: DataHome) -> None:
    with transaction():
        db.session.add(AccountDataType(account_id=account.id, data_type=data_type, home=home))


def counts(batch: ImportBatch) -> tuple[int | None, int | None, int | None]:
    return batch.rows_new, batch.rows_changed, batch.rows_unchanged


Picture = dict[str, list[Any]]


def picture(account: ProviderAccount, *, with_history: bool = True) -> Picture:
    """All that the tables say of a connector's imports, without numbers of rows and without times.

    :param with_history: also what does not count: rows of reversed batches, states, the trail
    """
    db.session.rollback()
    mine = account.id
    ids = {
        row[0]: row[1] for row in db.session.execute(sa.select(ImportBatch.public_id, ImportBatch.id).where(ImportBatch.account_id == mine))
    }
    order = {public_id: place for place, public_id in enumerate(sorted(ids, key=lambda key: ids[key]), start=1)}
    seen: Picture = {"points": _points(mine)}
    for home in HOMES.values():
        seen |= _home(home, account, order, with_history=with_history)
    if with_history:
        seen["batches"] = _batches(mine)
        seen["restatements"] = _plain(
            Restatement, Restatement.account_id == mine, without={"id", "account_id", "seen_at", "batch_public_id"}
        )
        seen["rejects"] = _plain(ImportReject, ImportReject.batch_id.in_(ids.values()), without={"id", "batch_id"})
        trail = sa.select(AuditEvent.action, AuditEvent.target_id).where(AuditEvent.target_id.in_(order), AuditEvent.action.like("batch.%"))
        seen["trail"] = sorted((action, order[target]) for action, target in db.session.execute(trail))
    db.session.rollback()
    return seen


def _points(account_id: int) -> list[Any]:
    return _plain(MetricPoint, MetricPoint.account_id == account_id, without={"id", "account_id"})


def _batches(account_id: int) -> list[Any]:
    names = ("data_type", "kind", "status", "open_key", "first_date", "last_date", "class_counts", "reject_counts", "error_note")
    rows = ("rows_read", "rows_new", "rows_changed", "rows_unchanged", "rows_rejected", "rows_repeated", "rows_left_out")
    query = sa.select(ImportBatch).where(ImportBatch.account_id == account_id).order_by(ImportBatch.id)
    return [tuple(str(getattr(batch, name)) for name in (*names, *rows)) for batch in db.session.scalars(query)]


def _home(home: Home, account: ProviderAccount, order: dict[str, int], *, with_history: bool) -> Picture:
    seen: Picture = {}
    with home.reading() as session:
        streams = {
            row.id: (row.data_type, row.lane.value)
            for row in session.scalars(sa.select(home.stream).where(home.stream.account_public_id == account.public_id))
        }
        states = list(session.scalars(sa.select(home.state).where(home.state.stream_id.in_(streams)).order_by(home.state.id)))
        place = {state.id: order[state.batch_public_id] for state in states}
        counting = {state.id for state in states if state.state is StateOfBatch.COMPLETE}
        for model in (home.record, home.lead):
            rows = []
            for row in session.scalars(sa.select(model).where(model.stream_id.in_(streams))):
                is_current = row.batch_id in counting and row.ended_by not in counting
                if is_current or with_history:
                    rows.append(_row(row, streams[row.stream_id], place, with_history=with_history))
            seen[f"{home.key.value} {model.__tablename__}"] = sorted(rows)
        if with_history:
            seen[f"{home.key.value} states"] = [
                (place[each.id], streams[each.stream_id], each.state.value, each.is_settled) for each in states
            ]
            seen[f"{home.key.value} staged"] = list(session.scalars(sa.select(home.staged.row_no).where(home.staged.batch_id.in_(place))))
            seen[f"{home.key.value} dirty"] = [
                str(day) for day in session.scalars(sa.select(home.dirty_day.local_date).where(home.dirty_day.stream_id.in_(streams)))
            ]
    return seen


def _row(row: Any, stream: tuple[str, str], place: dict[int, int], *, with_history: bool) -> tuple[str, ...]:
    without = {"id", "stream_id", "batch_id", "ended_by", "phone_key", "mail_key"}
    values = tuple(_said(getattr(row, column.key)) for column in row.__table__.columns if column.key not in without)
    brought = (str(place.get(row.batch_id)), str(place.get(row.ended_by) if row.ended_by else None)) if with_history else ()
    return (*stream, *values, *brought)


def _plain(model: Any, condition: Any, *, without: set[str]) -> list[Any]:
    columns = [column for column in model.__table__.columns if column.key not in without]
    return sorted(tuple(_said(value) for value in row) for row in db.session.execute(sa.select(*columns).where(condition)))


def _said(value: Any) -> str:
    """Both kinds of database say the same of an amount, but one says more noughts."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def reject_counts(batch: ImportBatch) -> dict[str, int]:
    found: dict[str, int] = json.loads(batch.reject_counts)
    return found
