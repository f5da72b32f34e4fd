"""What the installation knows about itself: identity, beats of its workers, leases, mails on their way."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import (
    SECRET,
    SILENT,
    Base,
    HasPublicId,
    Timestamped,
    TrafficBase,
    UtcDateTime,
    ascii_key,
    key_string,
    pk,
    table_args,
)


class InstallationMark(Base):
    """Says which installation this application database belongs to; one row."""

    __tablename__ = "installation_marks"

    id: Mapped[pk]
    installation_id: Mapped[str] = mapped_column(ascii_key(36))
    """Equal in both databases, or one of them was restored from elsewhere."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TrafficMark(TrafficBase):
    """The same in the traffic database."""

    __tablename__ = "installation_marks"

    id: Mapped[pk]
    installation_id: Mapped[str] = mapped_column(ascii_key(36))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ProcessBeat(Base):
    """When a worker or scheduler was last seen at work. The queue's own register forgets after a restart."""

    __tablename__ = "process_beats"

    id: Mapped[pk]
    name: Mapped[str] = mapped_column(key_string(120), unique=True)
    """Host and process id."""
    role: Mapped[str] = mapped_column(ascii_key(20))
    """``worker`` or ``scheduler``."""
    queues: Mapped[str] = mapped_column(ascii_key(100), default="")
    beat_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class ProcessLease(Base):
    """Which process may do what only one may do at a time."""

    __tablename__ = "process_leases"

    id: Mapped[pk]
    name: Mapped[str] = mapped_column(ascii_key(40), unique=True)
    holder: Mapped[str] = mapped_column(key_string(120), default="")
    leased_until: Mapped[datetime] = mapped_column(UtcDateTime)


class OutgoingMail(HasPublicId, Timestamped, Base):
    """A mail on its way. Address, subject and text are encrypted as one: the text holds links that sign people in.
    The row is removed once the mail is handed over."""

    __tablename__ = "outgoing_mails"
    __table_args__ = table_args(sa.Index(None, "due_at"))

    id: Mapped[pk]
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary(60_000), info=SECRET)
    key_id: Mapped[str] = mapped_column(ascii_key(40), index=True, info=SILENT)
    is_decoy: Mapped[bool] = mapped_column(sa.Boolean(create_constraint=False), default=False)
    """Written where no mail is due, so that a request takes as long whether or not an address is known; never sent."""
    attempts: Mapped[int] = mapped_column(sa.Integer, default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    leased_until: Mapped[datetime | None]
    gave_up_at: Mapped[datetime | None]
    error_note: Mapped[str] = mapped_column(sa.String(200), default="")
