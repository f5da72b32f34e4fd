"""Import batches: one import, whole or nothing, and what it refused."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import ProviderAccount
from app.models.base import Base, HasPublicId, Timestamped, ascii_key, key_string, long_text, pk, str_enum, table_args
from app.models.field_maps import FieldMap, StoredFile
from app.models.jobs import SyncJob
from app.models.people import User
from app.models.rows import EXTERNAL_ID_LENGTH, DataHome, Lane, LeadClass


class BatchKind(StrEnum):
    TEST = "test"
    PRODUCTION = "production"

    @property
    def label(self) -> str:
        return {"test": "Test batch (sample)", "production": "Production batch"}[self.value]

    @property
    def lane(self) -> Lane:
        return Lane.SAMPLE if self is BatchKind.TEST else Lane.LIVE


class BatchStatus(StrEnum):
    STAGED = "staged"
    COMPLETE = "complete"
    FAILED = "failed"
    QUARANTINED = "quarantined"
    REVERSED = "reversed"

    @property
    def label(self) -> str:
        return {
            "staged": "In progress",
            "complete": "Complete",
            "failed": "Failed",
            "quarantined": "In quarantine",
            "reversed": "Reversed",
        }[self.value]


class ImportBatch(HasPublicId, Timestamped, Base):
    """What one import brought: source, dates and counts. Row counts are NULL until they are known."""

    __tablename__ = "integration_import_batches"
    __table_args__ = table_args(sa.Index(None, "account_id", "data_type", "id"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    job_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_sync_jobs.id"), index=True)
    """The job that did it."""
    reversal_job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("integration_sync_jobs.id"), index=True)
    """The job that took it back, or is to."""
    field_map_id: Mapped[int | None] = mapped_column(sa.ForeignKey("integration_field_maps.id"), index=True)
    """The version that shaped its rows."""
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id", ondelete="SET NULL"), index=True)
    """The uploaded file while it is kept."""
    provider: Mapped[str] = mapped_column(ascii_key(40))
    data_type: Mapped[str] = mapped_column(ascii_key(40))
    kind: Mapped[BatchKind] = mapped_column(str_enum(BatchKind))
    home: Mapped[DataHome] = mapped_column(str_enum(DataHome), default=DataHome.APP)
    """Where its rows are."""
    status: Mapped[BatchStatus] = mapped_column(str_enum(BatchStatus), default=BatchStatus.STAGED)
    open_key: Mapped[str | None] = mapped_column(ascii_key(100), unique=True)
    """Account, data type and lane until the batch (or its reversal) is settled, else NULL: one at a time."""
    source_name: Mapped[str] = mapped_column(sa.String(255), default="")
    """File name, API window or webhook, as people would call it."""
    source_sha256: Mapped[str | None] = mapped_column(ascii_key(64))
    source_bytes: Mapped[int | None] = mapped_column(sa.BigInteger)
    first_date: Mapped[date | None]
    """Earliest local date among its rows."""
    last_date: Mapped[date | None]
    rows_read: Mapped[int | None] = mapped_column(sa.BigInteger)
    rows_new: Mapped[int | None] = mapped_column(sa.BigInteger)
    rows_changed: Mapped[int | None] = mapped_column(sa.BigInteger)
    rows_unchanged: Mapped[int | None] = mapped_column(sa.BigInteger)
    rows_rejected: Mapped[int | None] = mapped_column(sa.BigInteger)
    rows_repeated: Mapped[int | None] = mapped_column(sa.BigInteger)
    """Earlier rows of the file whose id came again further down: the last one won."""
    rows_left_out: Mapped[int | None] = mapped_column(sa.BigInteger)
    """Beyond the bounds of a test batch."""
    class_counts: Mapped[str] = mapped_column(long_text, default="{}")
    """Canonical JSON object: rows by lead class."""
    reject_counts: Mapped[str] = mapped_column(long_text, default="{}")
    """Canonical JSON object: all rejected rows by reason, also those beyond the kept samples."""
    stages: Mapped[str] = mapped_column(long_text, default="[]")
    """Canonical JSON list of what was done, each with rows and seconds."""
    error_note: Mapped[str] = mapped_column(sa.String(500), default="")
    completed_at: Mapped[datetime | None]
    reversed_at: Mapped[datetime | None]
    remove_after: Mapped[datetime | None] = mapped_column(index=True)
    """When a test batch deletes itself."""

    account: Mapped[ProviderAccount] = relationship()
    job: Mapped[SyncJob] = relationship(foreign_keys=[job_id])
    reversal_job: Mapped[SyncJob | None] = relationship(foreign_keys=[reversal_job_id])
    field_map: Mapped[FieldMap | None] = relationship()
    file: Mapped[StoredFile | None] = relationship()


class ImportReject(Base):
    """A row that was refused: where, why and a masked sample. Never the row itself."""

    __tablename__ = "integration_import_rejects"
    __table_args__ = table_args(sa.Index(None, "batch_id", "reason", "row_number"))

    id: Mapped[pk]
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_import_batches.id"))
    row_number: Mapped[int] = mapped_column(sa.BigInteger)
    """Counted as a person would in the file: the header's line included."""
    field: Mapped[str] = mapped_column(sa.String(190), default="")
    """Title of the column; empty where the whole row is meant."""
    reason: Mapped[str] = mapped_column(ascii_key(40))
    """Key of app/imports/reasons.py."""
    sample: Mapped[str] = mapped_column(sa.String(120), default="")
    """The value, masked."""


class LeadRules(HasPublicId, Timestamped, Base):
    """One version of an organization's rules that tell leads apart. A saved version never changes."""

    __tablename__ = "lead_rules"
    __table_args__ = table_args(sa.UniqueConstraint("organization_id", "number"))

    id: Mapped[pk]
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organizations.id"), index=True)
    number: Mapped[int] = mapped_column(sa.Integer)
    rules: Mapped[str] = mapped_column(long_text)
    """Canonical JSON of the ordered rules."""
    active_key: Mapped[int | None] = mapped_column(sa.BigInteger, unique=True)
    """The organization's id on the version in force, else NULL."""
    saved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("integration_sync_jobs.id"), index=True)
    """The job that classed all leads by it."""
    counts: Mapped[str] = mapped_column(long_text, default="{}")
    """Canonical JSON object: how many leads went from which class to which."""


class LeadOverrule(HasPublicId, Timestamped, Base):
    """A person's verdict on one lead. It sticks to the lead's id, whatever versions of the row come."""

    __tablename__ = "lead_overrules"
    __table_args__ = table_args(sa.UniqueConstraint("account_id", "data_type", "external_id"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"), index=True)
    data_type: Mapped[str] = mapped_column(ascii_key(40))
    external_id: Mapped[str] = mapped_column(key_string(EXTERNAL_ID_LENGTH))
    lead_class: Mapped[LeadClass] = mapped_column(str_enum(LeadClass))
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)

    account: Mapped[ProviderAccount] = relationship()
    made_by: Mapped[User | None] = relationship()
