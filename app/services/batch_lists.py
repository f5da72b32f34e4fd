"""Batches and rejects as lists show them: only reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import BatchKind, BatchStatus, ImportBatch, ImportReject, Organization, ProviderAccount, SyncJob
from app.services.paging import Page, paginate

MAX_SEARCH = 100
MOST_REJECTS = 100_000
"""Of one table to download. An import keeps far fewer; this only says that no answer grows without end."""


@dataclass(frozen=True)
class BatchFilter:
    """Which batches a list is to show."""

    search: str = ""
    """Part of a connector's source label or of its organization's name."""
    account: ProviderAccount | None = None
    data_type: str = ""
    status: BatchStatus | None = None
    kind: BatchKind | None = None
    since: date | None = None
    """First day (UTC) on which it was asked for."""
    until: date | None = None
    """Last one."""

    @property
    def is_set(self) -> bool:
        return self != BatchFilter()


def find_batches(which: BatchFilter, *, page: int) -> Page[ImportBatch]:
    """Batches of all connectors, newest first."""
    query = sa.select(ImportBatch).options(*_SHOWN)
    if which.search:
        text = which.search[:MAX_SEARCH]
        query = query.join(ImportBatch.account).join(ProviderAccount.organization)
        query = query.where(
            sa.or_(ProviderAccount.source_label.icontains(text, autoescape=True), Organization.name.icontains(text, autoescape=True))
        )
    if which.account is not None:
        query = query.where(ImportBatch.account_id == which.account.id)
    if which.data_type:
        query = query.where(ImportBatch.data_type == which.data_type)
    if which.status is not None:
        query = query.where(ImportBatch.status == which.status)
    if which.kind is not None:
        query = query.where(ImportBatch.kind == which.kind)
    if which.since is not None:
        query = query.where(ImportBatch.created_at >= _midnight(which.since))
    if which.until is not None:
        query = query.where(ImportBatch.created_at < _midnight(which.until) + timedelta(days=1))
    return paginate(query.order_by(ImportBatch.id.desc()), page=page)


def known_data_types() -> Sequence[str]:
    """Keys of the data types of which there is a batch."""
    return db.session.scalars(sa.select(ImportBatch.data_type).distinct().order_by(ImportBatch.data_type)).all()


def get_batch(public_id: str) -> ImportBatch:
    """:raises sqlalchemy.exc.NoResultFound: if there is none"""
    return db.session.scalars(sa.select(ImportBatch).where(ImportBatch.public_id == public_id).options(*_SHOWN)).one()


def list_rejects(batch: ImportBatch, *, reason: str = "", page: int) -> Page[ImportReject]:
    """The kept examples of refused rows, in the order of the file."""
    return paginate(_rejects(batch, reason), page=page)


def kept_rejects(batch: ImportBatch, *, reason: str = "") -> Sequence[ImportReject]:
    """All of them at once, for a table to take along."""
    return db.session.scalars(_rejects(batch, reason).limit(MOST_REJECTS)).all()


def _rejects(batch: ImportBatch, reason: str) -> "sa.Select[ImportReject]":
    query = sa.select(ImportReject).where(ImportReject.batch_id == batch.id)
    if reason:
        query = query.where(ImportReject.reason == reason)
    return query.order_by(ImportReject.row_number, ImportReject.id)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


_SHOWN = (
    joinedload(ImportBatch.account).joinedload(ProviderAccount.organization),
    joinedload(ImportBatch.job).joinedload(SyncJob.requested_by),
    joinedload(ImportBatch.reversal_job).joinedload(SyncJob.requested_by),
    joinedload(ImportBatch.field_map),
    joinedload(ImportBatch.file),
)
