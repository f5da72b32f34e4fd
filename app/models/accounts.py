"""Connectors (provider accounts) and their stored secrets."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import SECRET, SILENT, Base, HasPublicId, Timestamped, UtcDateTime, Versioned, ascii_key, pk, str_enum, table_args
from app.models.organizations import Organization
from app.models.people import User


class AccessMode(StrEnum):
    """How data comes in. Values outlive releases: never rename one."""

    MANUAL = "manual"
    API = "api"
    WEBHOOK = "webhook"

    @property
    def label(self) -> str:
        return {"manual": "Manual: supplied exports", "api": "API", "webhook": "Webhook"}[self.value]


class ConnectorState(StrEnum):
    """What is true of a connector, worst first as lists show it (spec section 3, *After promotion*)."""

    NEEDS_ATTENTION = "needs_attention"
    NEEDS_CUSTOMER = "needs_customer"
    PREPARING = "preparing"
    LATE = "late"
    LIVE = "live"
    RETIRED = "retired"

    @property
    def label(self) -> str:
        return _STATE_LABELS[self][0]

    @property
    def client_label(self) -> str:
        return _STATE_LABELS[self][1]

    @property
    def severity(self) -> int:
        """0 is the worst."""
        return list(ConnectorState).index(self)


_STATE_LABELS = {
    ConnectorState.NEEDS_ATTENTION: ("Needs attention", "Held at last good"),
    ConnectorState.NEEDS_CUSTOMER: ("Needs the customer", "Needs you"),
    ConnectorState.PREPARING: ("Preparing", "Being prepared"),
    ConnectorState.LATE: ("Live, late", "Catching up"),
    ConnectorState.LIVE: ("Live", "Live"),
    ConnectorState.RETIRED: ("Retired", "Retired"),
}


class ProviderAccount(HasPublicId, Versioned, Timestamped, Base):
    """A connector: one organization's connection to one provider."""

    __tablename__ = "integration_provider_accounts"
    __table_args__ = table_args(sa.UniqueConstraint("organization_id", "source_label"))

    id: Mapped[pk]
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organizations.id"), index=True)
    provider: Mapped[str] = mapped_column(ascii_key(40))
    """Key in connectors/registry.py."""
    mode: Mapped[AccessMode] = mapped_column(str_enum(AccessMode), default=AccessMode.MANUAL)
    source_label: Mapped[str] = mapped_column(sa.String(80))
    """The name of the source of truth that the client will read."""
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    """The staff member who answers for it."""
    state: Mapped[ConnectorState] = mapped_column(str_enum(ConnectorState), default=ConnectorState.PREPARING, index=True)
    currency: Mapped[str] = mapped_column(ascii_key(3), default="USD")
    """ISO 4217; sums across codes are refused."""

    organization: Mapped[Organization] = relationship()
    owner: Mapped[User | None] = relationship()
    credentials: Mapped[list[AccountCredential]] = relationship(back_populates="account", order_by="AccountCredential.name")


class AccountCredential(HasPublicId, Timestamped, Base):
    """A provider's secret: written, replaced, never shown again but for its last four characters."""

    __tablename__ = "integration_credentials"
    __table_args__ = table_args(sa.UniqueConstraint("account_id", "name"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"), index=True)
    name: Mapped[str] = mapped_column(ascii_key(40))
    """Which secret: a field name of the provider, for instance ``client_secret``."""
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary(8192), info=SECRET)
    key_id: Mapped[str] = mapped_column(ascii_key(40), index=True, info=SILENT)
    last_four: Mapped[str] = mapped_column(sa.String(4), info=SECRET)
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)

    account: Mapped[ProviderAccount] = relationship(back_populates="credentials")
    set_by: Mapped[User | None] = relationship()
