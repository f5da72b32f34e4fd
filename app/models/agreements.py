"""What was agreed about a connector, by people: consent, supply, failure, retention, windows; and receipts of what was removed."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import ProviderAccount
from app.models.base import PERSONAL, Base, HasPublicId, Timestamped, UtcDateTime, Versioned, ascii_key, long_text, pk, table_args
from app.models.people import User


class Authorization(HasPublicId, Timestamped, Base):
    """What the customer agreed to. Never changed but for its withdrawal: a new agreement is a new row."""

    __tablename__ = "integration_authorizations"

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"), index=True)
    current_key: Mapped[str | None] = mapped_column(ascii_key(36), unique=True)
    """The account's public id on the one that counts, else NULL."""
    reads: Mapped[str] = mapped_column(sa.String(600))
    """Data types, comma-separated, sorted."""
    writes: Mapped[str] = mapped_column(sa.String(600), default="")
    given_by: Mapped[str] = mapped_column(sa.String(120), info=PERSONAL)
    """Who agreed, as staff wrote it down."""
    given_on: Mapped[date]
    proof: Mapped[str] = mapped_column(sa.String(300), default="", info=PERSONAL)
    """Where it is kept: a mail's subject and day, a contract's number."""
    by_portal: Mapped[bool] = mapped_column(sa.Boolean(create_constraint=False), default=False)
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    withdrawn_on: Mapped[date | None]
    withdrawn_note: Mapped[str] = mapped_column(sa.String(300), default="", info=PERSONAL)

    account: Mapped[ProviderAccount] = relationship()
    recorded_by: Mapped[User | None] = relationship()


class ExportAgreement(HasPublicId, Versioned, Timestamped, Base):
    """Who supplies which export, how often."""

    __tablename__ = "export_agreements"
    __table_args__ = table_args(sa.UniqueConstraint("account_id", "data_type"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"), index=True)
    data_type: Mapped[str] = mapped_column(ascii_key(40))
    supplier: Mapped[str] = mapped_column(sa.String(120))
    """A role or a company, not a person's name."""
    every_days: Mapped[int] = mapped_column(sa.Integer)
    next_due: Mapped[date]

    account: Mapped[ProviderAccount] = relationship()


class FailurePath(HasPublicId, Versioned, Timestamped, Base):
    """What happens when a connector fails."""

    __tablename__ = "failure_paths"

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"), unique=True)
    told: Mapped[str] = mapped_column(long_text, default="[]")
    """Canonical JSON list of public ids of staff."""
    channel: Mapped[str] = mapped_column(sa.String(200))
    client_sees: Mapped[str] = mapped_column(sa.String(300))
    fallback: Mapped[str] = mapped_column(sa.String(300))

    account: Mapped[ProviderAccount] = relationship()


class RetentionRule(HasPublicId, Versioned, Timestamped, Base):
    """How long one class of a connector's data is kept."""

    __tablename__ = "retention_rules"
    __table_args__ = table_args(sa.UniqueConstraint("account_id", "data_class"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"), index=True)
    data_class: Mapped[str] = mapped_column(ascii_key(40))
    """Key of CLASSES in app/readiness/checks/retention.py."""
    days: Mapped[int] = mapped_column(sa.Integer)
    """0: it is not kept."""

    account: Mapped[ProviderAccount] = relationship()


class WindowRule(HasPublicId, Versioned, Timestamped, Base):
    """Which window a connector's cards compare with its baseline."""

    __tablename__ = "report_window_rules"

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"), unique=True)
    rule: Mapped[str] = mapped_column(ascii_key(20))
    """Key of WINDOW_RULES in app/metrics/window_rules.py."""

    account: Mapped[ProviderAccount] = relationship()


class PurgeReceipt(HasPublicId, Base):
    """What retention removed: how many, which (as a digest), by which rule, when. Only ever added to."""

    __tablename__ = "purge_receipts"
    __table_args__ = table_args(sa.Index(None, "account_id", "id"))

    id: Mapped[pk]
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    job_public_id: Mapped[str] = mapped_column(ascii_key(36))
    data_class: Mapped[str] = mapped_column(ascii_key(40))
    rule_days: Mapped[int] = mapped_column(sa.Integer)
    older_than: Mapped[datetime] = mapped_column(UtcDateTime)
    removed: Mapped[int] = mapped_column(sa.BigInteger)
    digest: Mapped[str] = mapped_column(ascii_key(64))
    """SHA-256 over the sorted ids of what was removed, one a line."""
    purged_at: Mapped[datetime] = mapped_column(UtcDateTime)

    account: Mapped[ProviderAccount | None] = relationship()
