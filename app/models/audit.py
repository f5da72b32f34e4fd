"""The audit trail: one hash chain for each organization and one for the installation."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, UtcDateTime, ascii_key, big_id, key_string, long_text, pk, table_args
from app.models.organizations import Organization

INSTALLATION = "installation"


class AuditChain(Base):
    """Head of a chain. Whoever appends locks this row first, so that a chain cannot fork."""

    __tablename__ = "audit_chains"

    id: Mapped[pk]
    key: Mapped[str] = mapped_column(key_string(36), unique=True)
    """The organization's public id, or ``installation``."""
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organizations.id"), unique=True)
    head_seq: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    head_hash: Mapped[str] = mapped_column(ascii_key(64))

    organization: Mapped[Organization | None] = relationship()


class AuditEvent(Base):
    """Who did what to what, and when. Appended only; holds no secret and no personal value."""

    __tablename__ = "audit_events"
    __table_args__ = table_args(sa.UniqueConstraint("chain_id", "seq"), sa.Index(None, "target_type", "target_id"))

    id: Mapped[int] = mapped_column(big_id, primary_key=True)
    chain_id: Mapped[int] = mapped_column(sa.ForeignKey("audit_chains.id"), index=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger)
    """1, 2, 3 … without a gap."""
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor_kind: Mapped[str] = mapped_column(ascii_key(20))
    """``staff``, ``client``, ``job``, ``command`` or ``visitor``."""
    actor_id: Mapped[str] = mapped_column(ascii_key(64))
    """Public id of the person or job; the name of the command; empty for a visitor."""
    action: Mapped[str] = mapped_column(ascii_key(60))
    target_type: Mapped[str] = mapped_column(ascii_key(40))
    target_id: Mapped[str] = mapped_column(ascii_key(64))
    """Public id."""
    changes: Mapped[str] = mapped_column(long_text)
    """Canonical JSON; kept as text because a server may re-order a JSON column and break the hash."""
    prev_hash: Mapped[str] = mapped_column(ascii_key(64))
    hash: Mapped[str] = mapped_column(ascii_key(64))

    chain: Mapped[AuditChain] = relationship()
