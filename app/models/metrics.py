"""Figures: what is counted, day by day, and what it is compared with. Always in the application database."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import ProviderAccount
from app.models.base import (
    Base,
    HasPublicId,
    Money,
    Timestamped,
    UtcDateTime,
    Versioned,
    ascii_key,
    key_string,
    long_text,
    pk,
    str_enum,
    table_args,
)
from app.models.people import User
from app.models.rows import DirtyCause

DIMENSION_LENGTH = 160


class Surface(StrEnum):
    """Where a metric shows."""

    CARD = "card"
    REPORT_NOTE = "report_note"
    ADMIN_TASK = "admin_task"
    HEALTH_SIGNAL = "health_signal"

    @property
    def label(self) -> str:
        return {"card": "Portal card", "report_note": "Report note", "admin_task": "Admin task", "health_signal": "Health signal"}[
            self.value
        ]


class ReportMetric(HasPublicId, Versioned, Timestamped, Base):
    """A metric that a connector was chosen to feed."""

    __tablename__ = "report_metrics"
    __table_args__ = table_args(sa.UniqueConstraint("account_id", "metric_key"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"), index=True)
    metric_key: Mapped[str] = mapped_column(ascii_key(60))
    """Key in app/metrics/registry.py."""
    surfaces: Mapped[str] = mapped_column(sa.String(120), default=Surface.CARD.value)
    """Surface keys, comma-separated."""

    account: Mapped[ProviderAccount] = relationship()


class MetricPoint(Base):
    """One day of one metric, in parts that can be added up; a ratio is made of them when it is shown."""

    __tablename__ = "report_metric_points"
    __table_args__ = table_args(
        sa.UniqueConstraint(
            "account_id", "metric_key", "data_type", "local_date", "signal_kind", "dim", name="uq_report_metric_points_key"
        ),
    )

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    metric_key: Mapped[str] = mapped_column(ascii_key(60))
    data_type: Mapped[str] = mapped_column(ascii_key(40))
    """Whose rows were counted; a metric may have several, each recounted by itself."""
    local_date: Mapped[date]
    signal_kind: Mapped[str] = mapped_column(ascii_key(24))
    dim: Mapped[str] = mapped_column(key_string(DIMENSION_LENGTH), default="")
    """What it is broken down by; empty where it is not, and for rows without a value."""
    rows: Mapped[int] = mapped_column(sa.BigInteger)
    """Source rows behind it."""
    num: Mapped[Decimal] = mapped_column(Money)
    den: Mapped[Decimal | None] = mapped_column(Money)


class Baseline(HasPublicId, Timestamped, Base):
    """A window's figure as it stood when it was frozen. A new one never overwrites an old one."""

    __tablename__ = "report_baselines"
    __table_args__ = table_args(sa.Index(None, "account_id", "metric_key", "id"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    metric_key: Mapped[str] = mapped_column(ascii_key(60))
    window_start: Mapped[date]
    window_end: Mapped[date]
    """The day after the last one."""
    time_zone: Mapped[str] = mapped_column(ascii_key(64))
    formula_version: Mapped[int] = mapped_column(sa.Integer)
    map_versions: Mapped[str] = mapped_column(long_text)
    """Canonical JSON object: data type → numbers of the field map versions behind its rows."""
    rows: Mapped[int] = mapped_column(sa.BigInteger)
    num: Mapped[Decimal | None] = mapped_column(Money)
    den: Mapped[Decimal | None] = mapped_column(Money)
    figures: Mapped[str] = mapped_column(long_text)
    """Canonical JSON: the whole window as it was, day by day and part by part."""
    hash: Mapped[str] = mapped_column(ascii_key(64))
    """SHA-256 over window, versions and figures."""
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    change_id: Mapped[int | None] = mapped_column(sa.ForeignKey("report_changes.id"), index=True)
    """The change that it was frozen before; NULL when frozen by hand."""
    frozen_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    frozen_at: Mapped[datetime] = mapped_column(UtcDateTime)

    account: Mapped[ProviderAccount] = relationship()
    frozen_by: Mapped[User | None] = relationship()
    change: Mapped[ReportChange | None] = relationship()


class ChangeKind(StrEnum):
    FORM = "form"
    PAGE = "page"
    AUTOMATION = "automation"
    CAMPAIGN = "campaign"
    MAPPING = "mapping"
    WORDING = "wording"

    @property
    def label(self) -> str:
        return {
            "form": "Form",
            "page": "Page",
            "automation": "Automation",
            "campaign": "Campaign",
            "mapping": "Provider mapping",
            "wording": "Report wording",
        }[self.value]


class ReportChange(HasPublicId, Timestamped, Base):
    """Something was changed that figures may move by. Baselines are frozen before it; charts show its date."""

    __tablename__ = "report_changes"
    __table_args__ = table_args(sa.Index(None, "account_id", "changed_on"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    kind: Mapped[ChangeKind] = mapped_column(str_enum(ChangeKind))
    changed_on: Mapped[date]
    title: Mapped[str] = mapped_column(sa.String(160))
    logged_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)

    account: Mapped[ProviderAccount] = relationship()
    logged_by: Mapped[User | None] = relationship()


class Restatement(Base):
    """A day's figure that was known and then became another one. Only ever added to."""

    __tablename__ = "report_restatements"
    __table_args__ = table_args(sa.Index(None, "account_id", "metric_key", "local_date"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    metric_key: Mapped[str] = mapped_column(ascii_key(60))
    data_type: Mapped[str] = mapped_column(ascii_key(40))
    local_date: Mapped[date]
    signal_kind: Mapped[str] = mapped_column(ascii_key(24))
    dim: Mapped[str] = mapped_column(key_string(DIMENSION_LENGTH), default="")
    was_num: Mapped[Decimal | None] = mapped_column(Money)
    was_den: Mapped[Decimal | None] = mapped_column(Money)
    became_num: Mapped[Decimal | None] = mapped_column(Money)
    became_den: Mapped[Decimal | None] = mapped_column(Money)
    """NULL on either side: there was, or is, no row on that day."""
    cause: Mapped[DirtyCause] = mapped_column(str_enum(DirtyCause))
    batch_public_id: Mapped[str | None] = mapped_column(ascii_key(36))
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Reconciliation(HasPublicId, Timestamped, Base):
    """The source's own totals beside ours, as they stood when they were entered."""

    __tablename__ = "report_reconciliations"
    __table_args__ = table_args(sa.Index(None, "account_id", "data_type", "id"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    data_type: Mapped[str] = mapped_column(ascii_key(40))
    window_start: Mapped[date]
    window_end: Mapped[date]
    source_rows: Mapped[int] = mapped_column(sa.BigInteger)
    source_total: Mapped[Decimal | None] = mapped_column(Money)
    our_rows: Mapped[int] = mapped_column(sa.BigInteger)
    our_total: Mapped[Decimal | None] = mapped_column(Money)
    tolerance: Mapped[Decimal] = mapped_column(Money)
    """Per cent that rows and total may each differ by."""
    explanation: Mapped[str] = mapped_column(long_text, default="{}")
    """Canonical JSON: the split by active, class, rejects and repeats that explains the difference."""
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    entered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)

    account: Mapped[ProviderAccount] = relationship()
    entered_by: Mapped[User | None] = relationship()


class HealthSignal(Base):
    """How a live connector's metric does, for staff: put into words when figures are published, not when a page asks."""

    __tablename__ = "health_signals"
    __table_args__ = table_args(sa.UniqueConstraint("account_id", "metric_key"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    metric_key: Mapped[str] = mapped_column(ascii_key(60))
    words: Mapped[str] = mapped_column(long_text)
    """Canonical JSON: figure, movement, verdict and whether that is good."""
    at: Mapped[datetime] = mapped_column("said_at", UtcDateTime)
    """Since when it says so."""

    account: Mapped[ProviderAccount] = relationship()


class ToldWindow(Base):
    """The newest window that a metric's surface told of: of each whole window it is told once."""

    __tablename__ = "told_windows"
    __table_args__ = table_args(sa.UniqueConstraint("account_id", "metric_key", "surface"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    metric_key: Mapped[str] = mapped_column(ascii_key(60))
    surface: Mapped[Surface] = mapped_column(str_enum(Surface))
    window_start: Mapped[date]
    window_end: Mapped[date]
    """The day after the last one."""
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)
