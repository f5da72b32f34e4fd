"""Import batches: one import, whole or nothing."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import ProviderAccount
from app.models.base import Base, HasPublicId, Timestamped, ascii_key, long_text, pk, str_enum, table_args
from app.models.jobs import SyncJob


class BatchKind(StrEnum):
    TEST = "test"
    PRODUCTION = "production"


class BatchStatus(StrEnum):
    STAGED = "staged"
    COMPLETE = "complete"
    FAILED = "failed"
    QUARANTINED = "quarantined"
    REVERSED = "reversed"


class ImportBatch(HasPublicId, Timestamped, Base):
    """What one import brought: source, dates and counts. Row counts are NULL until they are known."""

    __tablename__ = "integration_import_batches"
    __table_args__ = table_args(sa.Index(None, "account_id", "data_type", "id"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    job_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_sync_jobs.id"), index=True)
    """The job that did it."""
    provider: Mapped[str] = mapped_column(ascii_key(40))
    data_type: Mapped[str] = mapped_column(ascii_key(40))
    kind: Mapped[BatchKind] = mapped_column(str_enum(BatchKind))
    status: Mapped[BatchStatus] = mapped_column(str_enum(BatchStatus), default=BatchStatus.STAGED)
    source_name: Mapped[str] = mapped_column(sa.String(255), default="")
    """File name, API window or webhook, as people would call it."""
    source_sha256: Mapped[str | None] = mapped_column(ascii_key(64))
    first_date: Mapped[date | None]
    """Earliest local date among its rows."""
    last_date: Mapped[date | None]
    rows_read: Mapped[int | None] = mapped_column(sa.BigInteger)
    rows_new: Mapped[int | None] = mapped_column(sa.BigInteger)
    rows_changed: Mapped[int | None] = mapped_column(sa.BigInteger)
    rows_unchanged: Mapped[int | None] = mapped_column(sa.BigInteger)
    rows_rejected: Mapped[int | None] = mapped_column(sa.BigInteger)
    class_counts: Mapped[str] = mapped_column(long_text, default="{}")
    """Canonical JSON object: rows by lead class."""
    error_note: Mapped[str] = mapped_column(sa.String(500), default="")
    completed_at: Mapped[datetime | None]

    account: Mapped[ProviderAccount] = relationship()
    job: Mapped[SyncJob] = relationship()
