"""Work: what is asked for, running and done. The rows are the truth; the queue only nudges."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import ProviderAccount
from app.models.base import Base, HasPublicId, Timestamped, UtcDateTime, ascii_key, key_string, long_text, pk, str_enum, table_args
from app.models.organizations import Organization
from app.models.people import User


class JobStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    RETRYING = "retrying"
    PARKED = "parked"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_final(self) -> bool:
        """Nothing more happens by itself."""
        return self in {JobStatus.PARKED, JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELED}

    @property
    def is_due(self) -> bool:
        return self in {JobStatus.QUEUED, JobStatus.RETRYING}

    @property
    def label(self) -> str:
        return {
            "queued": "Waiting",
            "running": "Running",
            "retrying": "Will try again",
            "parked": "Parked",
            "succeeded": "Done",
            "failed": "Failed",
            "canceled": "Canceled",
        }[self.value]


class SyncJob(HasPublicId, Timestamped, Base):
    """One piece of work on a connector, or (without an account) on the installation."""

    __tablename__ = "integration_sync_jobs"
    __table_args__ = table_args(
        sa.Index(None, "queue", "status", "due_at"),
        sa.Index(None, "status", "leased_until"),
        sa.Index(None, "account_id", "id"),
        sa.Index(None, "organization_id", "status"),
        sa.CheckConstraint("rows_done >= 0", name="rows_done_not_negative"),
        sa.CheckConstraint("attempts >= 0", name="attempts_not_negative"),
    )

    id: Mapped[pk]
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organizations.id"))
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    kind: Mapped[str] = mapped_column(ascii_key(40))
    """A JobKind of app/queue.py; names outlive releases."""
    data_type: Mapped[str] = mapped_column(ascii_key(40), default="")
    """Snake-case key of the provider's stream; empty where the work is on no single one."""
    queue: Mapped[str] = mapped_column(ascii_key(20))
    """Queue class: interactive, import or watch."""
    status: Mapped[JobStatus] = mapped_column(str_enum(JobStatus), default=JobStatus.QUEUED)
    open_key: Mapped[str | None] = mapped_column(key_string(140), unique=True)
    """Account, kind and data type while the job is open, NULL once it is final: NULL never collides in a unique
    index, so there is one open job for each and pressing twice asks once."""
    slot_key: Mapped[str | None] = mapped_column(key_string(100), unique=True)
    """Periodic work: its key and time slot, so that two schedulers insert it once."""
    requested_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    """NULL: the schedule."""
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(sa.Integer, default=0)
    started_at: Mapped[datetime | None]
    """Of the latest attempt."""
    finished_at: Mapped[datetime | None]
    lease_token: Mapped[str | None] = mapped_column(ascii_key(36))
    """Names the claim; whoever does not hold it may not write to the row any more."""
    leased_until: Mapped[datetime | None]
    """When another worker may take a running job over, because its own must have died."""
    connection_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The worker's connection on the database server, to be ended before its job is claimed again."""
    rows_done: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    rows_expected: Mapped[int | None] = mapped_column(sa.BigInteger)
    window_start: Mapped[datetime | None]
    window_end: Mapped[datetime | None]
    progress_note: Mapped[str] = mapped_column(sa.String(200), default="")
    """What is being done now, in words."""
    result_note: Mapped[str] = mapped_column(sa.String(500), default="")
    """What came of it, in words."""
    error_note: Mapped[str] = mapped_column(sa.String(500), default="")
    """What went wrong and what to do, in words; the traceback is in the log under the job's public id."""
    counts: Mapped[str] = mapped_column(long_text, default="{}")
    """Canonical JSON object of named counts."""

    organization: Mapped[Organization | None] = relationship()
    account: Mapped[ProviderAccount | None] = relationship()
    requested_by: Mapped[User | None] = relationship()
