"""What the watch finds after promotion, and whom it tells."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import ProviderAccount
from app.models.base import (
    PERSONAL,
    SECRET,
    SILENT,
    Base,
    HasPublicId,
    Timestamped,
    UtcDateTime,
    Versioned,
    ascii_key,
    big_id,
    key_string,
    long_text,
    pk,
    str_enum,
    table_args,
)
from app.models.people import User


class FindingKind(StrEnum):
    """Keys outlive releases: never rename one."""

    FRESHNESS = "freshness"
    VOLUME = "volume"
    SILENCE = "silence"
    SCHEMA = "schema"
    RESTATED = "restated"
    OWNER = "owner"
    SECRET_AGE = "secret_age"  # noqa: S105  # a kind, not a secret
    EVIDENCE = "evidence"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return _FINDING_LABELS[self.value]

    @property
    def is_anomaly(self) -> bool:
        """Figures may be wrong: they are held until somebody looked."""
        return self in {FindingKind.VOLUME, FindingKind.SILENCE, FindingKind.SCHEMA}

    @property
    def may_be_fine(self) -> bool:
        """Whether somebody who looked can say so; the others are over when they are over."""
        return self.is_anomaly or self is FindingKind.RESTATED


_FINDING_LABELS = {
    "freshness": "Data is late",
    "volume": "Far more or fewer rows than usual",
    "silence": "Nothing happened where something always does",
    "schema": "A supplied file looks different",
    "restated": "The source rewrote the past",
    "owner": "Nobody owns it",
    "secret_age": "A secret is old",
    "evidence": "Evidence lapsed or failed",
    "withdrawn": "Access was withdrawn",
}


class WatchFinding(HasPublicId, Base):
    """A trouble of one connector from when it was found until it was over."""

    __tablename__ = "watch_findings"
    __table_args__ = table_args(sa.Index(None, "account_id", "id"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    kind: Mapped[FindingKind] = mapped_column(str_enum(FindingKind))
    subject: Mapped[str] = mapped_column(ascii_key(80), default="")
    """A data type or the name of a secret; empty: the connector as a whole."""
    level: Mapped[str] = mapped_column(ascii_key(20))
    """``late`` or ``overdue`` for freshness, ``found`` else: an alert tells of each change of it."""
    open_key: Mapped[str | None] = mapped_column(ascii_key(140), unique=True)
    """Account, kind and subject while it lasts, NULL after: one finding for one trouble."""
    sentence: Mapped[str] = mapped_column(sa.String(600))
    basis: Mapped[str] = mapped_column(ascii_key(64), default="")
    """What it rests on: a day, a batch, a digest of columns. What was reviewed comes back only with another one."""
    found_at: Mapped[datetime]
    over_at: Mapped[datetime | None]
    reviewed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    """Who looked and says that it is fine; NULL: it is not over, or was over by itself."""
    comment: Mapped[str] = mapped_column(sa.String(500), default="")
    """Why it is fine."""

    account: Mapped[ProviderAccount] = relationship()
    reviewed_by: Mapped[User | None] = relationship()


class WatchMark(Base):
    """A connector at which something happened since the watch looked last."""

    __tablename__ = "watch_marks"

    account_id: Mapped[int] = mapped_column(
        big_id, sa.ForeignKey("integration_provider_accounts.id"), primary_key=True, autoincrement=False
    )
    marked_at: Mapped[datetime]
    files: Mapped[str] = mapped_column(long_text, default="{}")
    """Canonical JSON: data type → what its newest file differs by from the map in force, or nothing: files do not stay."""


class ChannelKind(StrEnum):
    MAIL = "mail"
    WEBHOOK = "webhook"
    PING = "ping"

    @property
    def label(self) -> str:
        return {"mail": "Mail", "webhook": "Signed webhook", "ping": "Dead man's switch"}[self.value]


class AlertChannel(HasPublicId, Versioned, Timestamped, Base):
    """Where alerts go; or, of a ping, who notices that the watch itself is dead."""

    __tablename__ = "alert_channels"

    id: Mapped[pk]
    kind: Mapped[ChannelKind] = mapped_column(str_enum(ChannelKind))
    name: Mapped[str] = mapped_column(sa.String(80), unique=True)
    address: Mapped[str] = mapped_column(key_string(500), info=PERSONAL)
    """A mail address, or the address that is called."""
    sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary(512), info=SECRET)
    """The webhook's signing secret."""
    key_id: Mapped[str | None] = mapped_column(ascii_key(40), index=True, info=SILENT)
    is_active: Mapped[bool] = mapped_column(sa.Boolean(create_constraint=False), default=True)
    last_ok_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info=SILENT)
    last_note: Mapped[str] = mapped_column(sa.String(200), default="", info=SILENT)
    """Why the last attempt failed; empty: it did not."""


class AlertDelivery(HasPublicId, Base):
    """One alert on its way through one channel."""

    __tablename__ = "alert_deliveries"
    __table_args__ = table_args(sa.UniqueConstraint("channel_id", "event"), sa.Index(None, "due_at"))

    id: Mapped[pk]
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("alert_channels.id"))
    event: Mapped[str] = mapped_column(ascii_key(80))
    """What it tells of: found, changed or over, with the finding's public id; or a test."""
    payload: Mapped[str] = mapped_column(long_text)
    """Canonical JSON: the message, as it is signed."""
    attempts: Mapped[int] = mapped_column(sa.Integer, default=0)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    """NULL: it is delivered, or was given up."""
    leased_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    gave_up_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    """How the last attempt ended."""

    channel: Mapped[AlertChannel] = relationship()
