"""What clients write in the portal, and what they are mailed. The portal's database account may write here and no farther:
what follows from it is written by a worker."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import ProviderAccount
from app.models.base import (
    PERSONAL,
    SECRET,
    Base,
    HasPublicId,
    Timestamped,
    UtcDateTime,
    ascii_key,
    big_id,
    long_bytes,
    pk,
    str_enum,
    table_args,
)
from app.models.people import User


class ClientActKind(StrEnum):
    GRANT = "grant"
    WITHDRAW = "withdraw"

    @property
    def label(self) -> str:
        return {"grant": "Access granted", "withdraw": "Access withdrawn"}[self.value]


class ClientAct(HasPublicId, Base):
    """A client admin's grant or withdrawal. It counts from the moment it is written, also before a worker has drawn the
    consequences: whoever brings data in looks here."""

    __tablename__ = "client_acts"
    __table_args__ = table_args(sa.Index(None, "account_id", "id"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    kind: Mapped[ClientActKind] = mapped_column(str_enum(ClientActKind))
    reads: Mapped[str] = mapped_column(sa.String(600), default="")
    """Data types that may be read, comma-separated, sorted."""
    writes: Mapped[str] = mapped_column(sa.String(600), default="")
    note: Mapped[str] = mapped_column(sa.String(300), default="", info=PERSONAL)
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    made_at: Mapped[datetime]
    followed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """When a worker drew the consequences."""

    account: Mapped[ProviderAccount] = relationship()
    made_by: Mapped[User] = relationship()


class ClientQuestion(HasPublicId, Base):
    """Something that a client wants to know about a card."""

    __tablename__ = "client_questions"
    __table_args__ = table_args(sa.Index(None, "account_id", "metric_key", "id"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    metric_key: Mapped[str] = mapped_column(ascii_key(60), default="")
    text: Mapped[str] = mapped_column("question_text", sa.String(1000), info=PERSONAL)
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    asked_at: Mapped[datetime]
    followed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """When a worker opened the task for it."""
    answer: Mapped[str] = mapped_column(sa.String(1000), default="", info=PERSONAL)
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    answered_at: Mapped[datetime | None]

    account: Mapped[ProviderAccount] = relationship()
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])


class AccessRequest(HasPublicId, Timestamped, Base):
    """Staff ask a client admin, by mail, to grant access. The link is for that person alone."""

    __tablename__ = "access_requests"

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"), index=True)
    to_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    reads: Mapped[str] = mapped_column(sa.String(600))
    writes: Mapped[str] = mapped_column(sa.String(600), default="")
    why: Mapped[str] = mapped_column(sa.String(500))
    """What it is for, in the client's words."""
    token_hash: Mapped[str] = mapped_column(ascii_key(64), unique=True, info=SECRET)
    requested_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    """When access was granted with it."""
    canceled_at: Mapped[datetime | None]
    """When staff took it back, or sent a newer one."""

    account: Mapped[ProviderAccount] = relationship()
    to: Mapped[User] = relationship(foreign_keys=[to_id])
    requested_by: Mapped[User] = relationship(foreign_keys=[requested_by_id])


class ReportNote(HasPublicId, Base):
    """Words about a connector and a span of days, shown on each card that they touch. Never edited: taken back, or followed."""

    __tablename__ = "report_notes"
    __table_args__ = table_args(sa.Index(None, "account_id", "first_day"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    metric_key: Mapped[str] = mapped_column(ascii_key(60), default="")
    """Empty: all metrics of the connector."""
    first_day: Mapped[date]
    last_day: Mapped[date]
    text: Mapped[str] = mapped_column("note_text", sa.String(600))
    written_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    """NULL: it was written by itself, when figures of a new window were published."""
    written_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]

    account: Mapped[ProviderAccount] = relationship()
    written_by: Mapped[User | None] = relationship()


class Logo(Base):
    """An organization's logo as it was drawn anew from what was uploaded: PNG, bounded in size."""

    __tablename__ = "organization_logos"

    organization_id: Mapped[int] = mapped_column(big_id, sa.ForeignKey("organizations.id"), primary_key=True, autoincrement=False)
    png: Mapped[bytes] = mapped_column(long_bytes)
    width: Mapped[int] = mapped_column(sa.Integer)
    height: Mapped[int] = mapped_column(sa.Integer)
    digest: Mapped[str] = mapped_column(ascii_key(64))
    """SHA-256 of the PNG; its address carries it."""
    set_at: Mapped[datetime]


class DigestFrequency(StrEnum):
    OFF = "off"
    WEEKLY = "weekly"
    MONTHLY = "monthly"

    @property
    def label(self) -> str:
        return {"off": "No report by mail", "weekly": "Every week, on Monday", "monthly": "Every month, on the 1st"}[self.value]


class MailChoice(Base):
    """How often a client wants the cards by mail. No row: not at all."""

    __tablename__ = "mail_choices"

    user_id: Mapped[int] = mapped_column(big_id, sa.ForeignKey("users.id"), primary_key=True, autoincrement=False)
    frequency: Mapped[DigestFrequency] = mapped_column(str_enum(DigestFrequency), default=DigestFrequency.OFF)
    changed_at: Mapped[datetime]


class DigestSending(Base):
    """A report that was put into the mail: one for each person and period, however often the job runs."""

    __tablename__ = "digest_sendings"
    __table_args__ = table_args(sa.UniqueConstraint("user_id", "period"))

    id: Mapped[pk]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    period: Mapped[str] = mapped_column(ascii_key(20))
    """``2026-W47`` or ``2026-11``."""
    sent_at: Mapped[datetime]
