"""Promotions, and the notes that say how to go back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import ProviderAccount
from app.models.base import Base, HasPublicId, Timestamped, UtcDateTime, ascii_key, long_text, pk, str_enum, table_args
from app.models.jobs import SyncJob
from app.models.people import User
from app.models.readiness import ConnectorConfiguration


class PromotionStatus(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    LIVE = "live"
    FORMER = "former"
    VOID = "void"

    @property
    def label(self) -> str:
        return {
            "requested": "Waits for approval",
            "approved": "Approved",
            "live": "Live",
            "former": "Former",
            "void": "Void",
        }[self.value]

    @property
    def is_open(self) -> bool:
        return self in {PromotionStatus.REQUESTED, PromotionStatus.APPROVED}


class Promotion(HasPublicId, Timestamped, Base):
    """The frozen set of evidence and configuration under which a connector is live, from its request on."""

    __tablename__ = "integration_promotions"
    __table_args__ = table_args(sa.UniqueConstraint("account_id", "number"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    configuration_id: Mapped[int] = mapped_column(sa.ForeignKey("connector_configurations.id"), index=True)
    number: Mapped[int] = mapped_column(sa.Integer)
    """1, 2, 3 … within the connector."""
    status: Mapped[PromotionStatus] = mapped_column(str_enum(PromotionStatus), default=PromotionStatus.REQUESTED, index=True)
    open_key: Mapped[str | None] = mapped_column(ascii_key(36), unique=True)
    """The account's public id until it is live or void: one at a time."""
    live_key: Mapped[str | None] = mapped_column(ascii_key(36), unique=True)
    """The same on the one that the connector runs under: the live pointer."""
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    """What the one who asked wants the other to know."""
    digest: Mapped[str] = mapped_column(ascii_key(64))
    """What is asked for and approved: see ``approval_digest``."""
    vouched: Mapped[str] = mapped_column(long_text)
    """Canonical JSON: check → result and facets, behind the digest."""
    requested_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    approved_at: Mapped[datetime | None]
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("integration_sync_jobs.id"), index=True)
    promoted_at: Mapped[datetime | None]
    held_since: Mapped[datetime | None]
    """Gone back to: figures are held until a complete batch comes in under it."""
    void_reason: Mapped[str] = mapped_column(sa.String(1000), default="")
    packet: Mapped[str] = mapped_column(long_text, default="")
    """Canonical JSON; empty until it is live."""
    packet_hash: Mapped[str] = mapped_column(ascii_key(64), default="")
    """SHA-256 of the packet's text."""

    account: Mapped[ProviderAccount] = relationship()
    configuration: Mapped[ConnectorConfiguration] = relationship()
    requested_by: Mapped[User] = relationship(foreign_keys=[requested_by_id])
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_id])
    job: Mapped[SyncJob | None] = relationship()


class NoteKind(StrEnum):
    PLANNED = "planned"
    DRILL = "drill"
    EXECUTED = "executed"
    INCIDENT = "incident"

    @property
    def label(self) -> str:
        return {"planned": "Planned", "drill": "Drill", "executed": "Executed", "incident": "Incident"}[self.value]


class RollbackNote(HasPublicId, Base):
    """How to go back, how a drill went, what was done, what happened. Never edited, only followed up."""

    __tablename__ = "integration_rollback_notes"
    __table_args__ = table_args(sa.Index(None, "account_id", "id"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    configuration_id: Mapped[int] = mapped_column(sa.ForeignKey("connector_configurations.id"), index=True)
    """The draft that it was written for."""
    kind: Mapped[NoteKind] = mapped_column(str_enum(NoteKind))
    follows_id: Mapped[int | None] = mapped_column(sa.ForeignKey("integration_rollback_notes.id"), index=True)
    closes: Mapped[bool] = mapped_column(sa.Boolean(create_constraint=False), default=False)
    """A follow-up that says: this is over."""
    target_id: Mapped[int | None] = mapped_column(sa.ForeignKey("integration_promotions.id"), index=True)
    """The promotion that is gone back to; NULL: not live."""
    trigger: Mapped[str] = mapped_column("trigger_text", long_text)
    goes_back: Mapped[str] = mapped_column(long_text)
    stays: Mapped[str] = mapped_column(long_text)
    affected: Mapped[str] = mapped_column(long_text)
    verified: Mapped[str] = mapped_column(long_text)
    client_words: Mapped[str] = mapped_column(long_text)
    passed: Mapped[bool | None] = mapped_column(sa.Boolean(create_constraint=False))
    """Of a drill or a rollback: whether everything that was looked at was as it should be."""
    findings: Mapped[str] = mapped_column(long_text, default="[]")
    """Canonical JSON list: what a drill or a rollback looked at, each with whether it held."""
    written_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    """NULL: it was opened by itself."""
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)

    account: Mapped[ProviderAccount] = relationship()
    target: Mapped[Promotion | None] = relationship()
    follows: Mapped[RollbackNote | None] = relationship(remote_side="RollbackNote.id")
    written_by: Mapped[User | None] = relationship()
