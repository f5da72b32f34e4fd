"""What was shown of a connector, and what it rests on: configurations, facets, evidence, waivers, sign-offs."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import ProviderAccount
from app.models.base import Base, HasPublicId, Timestamped, UtcDateTime, ascii_key, big_id, long_text, pk, str_enum, table_args
from app.models.people import User

INSTALLATION_KEY = "installation"
"""``status_key`` of the configuration that stands for the whole installation."""


class ConfigurationStatus(StrEnum):
    DRAFT = "draft"
    """What people work on: the settings as they stand in their tables."""
    LIVE = "live"
    """What a promotion froze, and what runs."""
    FORMER = "former"

    @property
    def label(self) -> str:
        return {"draft": "Draft", "live": "Live", "former": "Former"}[self.value]


class ConnectorConfiguration(HasPublicId, Timestamped, Base):
    """One version of a connector's configuration: evidence belongs to one. Without an account: the installation's."""

    __tablename__ = "connector_configurations"
    __table_args__ = table_args(sa.UniqueConstraint("account_id", "number"))

    id: Mapped[pk]
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    number: Mapped[int] = mapped_column(sa.Integer)
    """1, 2, 3 … within the connector."""
    status: Mapped[ConfigurationStatus] = mapped_column(str_enum(ConfigurationStatus), default=ConfigurationStatus.DRAFT, index=True)
    status_key: Mapped[str | None] = mapped_column(ascii_key(60), unique=True)
    """Account and status while it is the draft or the live one, else NULL: there is one of each."""
    passed_gates: Mapped[int] = mapped_column(sa.Integer, default=0)
    """Bit N - 1 for gate N that was through once: order binds the first passage alone."""
    seen_at: Mapped[datetime | None]
    """The latest instant at which evidence was looked at; on the installation's row alone. A clock set back revives nothing."""

    account: Mapped[ProviderAccount | None] = relationship()


class ConnectorFacet(Base):
    """What evidence may rest on, as it stands now. Written by services/facets.py alone."""

    __tablename__ = "connector_facets"

    configuration_id: Mapped[int] = mapped_column(
        big_id, sa.ForeignKey("connector_configurations.id"), primary_key=True, autoincrement=False
    )
    facet: Mapped[str] = mapped_column(ascii_key(40), primary_key=True)
    """Key in app/readiness/facets.py."""
    digest: Mapped[str] = mapped_column(ascii_key(64))
    """SHA-256 of the content."""
    content: Mapped[str] = mapped_column(long_text)
    """Canonical JSON, without secrets and personal values: a promotion freezes it."""
    revision: Mapped[int] = mapped_column(sa.Integer, default=1)
    """Counts up with each change."""
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cause: Mapped[str] = mapped_column(ascii_key(60), default="")
    """Action of the audit trail that changed it."""
    actor_kind: Mapped[str] = mapped_column(ascii_key(20), default="")
    actor_id: Mapped[str] = mapped_column(sa.String(60), default="")


class ReadinessEvidence(HasPublicId, Base):
    """A dated result of a check. Never changed, and kept until its retention is over."""

    __tablename__ = "readiness_evidence"
    __table_args__ = table_args(sa.Index(None, "configuration_id", "check_key", "id"), sa.Index(None, "configuration_id", "made_at"))

    id: Mapped[pk]
    configuration_id: Mapped[int] = mapped_column(sa.ForeignKey("connector_configurations.id"))
    check_key: Mapped[str] = mapped_column(ascii_key(40))
    result: Mapped[str] = mapped_column(ascii_key(20))
    """A Result of app/readiness/check.py."""
    sentence: Mapped[str] = mapped_column(sa.String(600))
    facts: Mapped[str] = mapped_column(long_text, default="{}")
    """Canonical JSON object: what it rests on, as the check read it."""
    items: Mapped[str] = mapped_column(long_text, default="[]")
    """Canonical JSON list: what a person has to acknowledge."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_until: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """NULL: until something that it rests on changes."""
    actor_kind: Mapped[str] = mapped_column(ascii_key(20))
    actor_id: Mapped[str] = mapped_column(sa.String(60), default="")


class EvidenceDependency(Base):
    """What one piece of evidence rests on: a facet's digest when it was made."""

    __tablename__ = "evidence_dependencies"

    evidence_id: Mapped[int] = mapped_column(big_id, sa.ForeignKey("readiness_evidence.id"), primary_key=True, autoincrement=False)
    facet: Mapped[str] = mapped_column(ascii_key(40), primary_key=True)
    digest: Mapped[str] = mapped_column(ascii_key(64))


class ReadinessCurrent(Base):
    """Which evidence counts for a check of a configuration."""

    __tablename__ = "readiness_current"

    configuration_id: Mapped[int] = mapped_column(
        big_id, sa.ForeignKey("connector_configurations.id"), primary_key=True, autoincrement=False
    )
    check_key: Mapped[str] = mapped_column(ascii_key(40), primary_key=True)
    evidence_id: Mapped[int] = mapped_column(sa.ForeignKey("readiness_evidence.id"), index=True)
    """The newest, whatever it came to."""
    good_id: Mapped[int | None] = mapped_column(sa.ForeignKey("readiness_evidence.id"), index=True)
    """The newest that was good: it counts on while the check itself breaks."""


class ReadinessWaiver(HasPublicId, Timestamped, Base):
    """A check that may be open for a while, for a reason that a second person accepted."""

    __tablename__ = "readiness_waivers"
    __table_args__ = table_args(sa.Index(None, "configuration_id", "check_key", "id"))

    id: Mapped[pk]
    configuration_id: Mapped[int] = mapped_column(sa.ForeignKey("connector_configurations.id"))
    check_key: Mapped[str] = mapped_column(ascii_key(40))
    reason: Mapped[str] = mapped_column(sa.String(500))
    last_day: Mapped[date]
    """The last day, where the organization is, on which it counts."""
    open_key: Mapped[str | None] = mapped_column(ascii_key(100), unique=True)
    """Configuration and check while it is asked for or counts: one at a time."""
    requested_by_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    approved_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """Refused, withdrawn or replaced."""

    requested_by: Mapped[User] = relationship(foreign_keys=[requested_by_id])
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_id])


class ReadinessAcknowledgement(HasPublicId, Timestamped, Base):
    """A person saw one item of a warning, with the content that it had."""

    __tablename__ = "readiness_acknowledgements"
    __table_args__ = table_args(
        sa.UniqueConstraint("configuration_id", "check_key", "item_digest", name="uq_readiness_acknowledgements_item")
    )

    id: Mapped[pk]
    configuration_id: Mapped[int] = mapped_column(sa.ForeignKey("connector_configurations.id"))
    check_key: Mapped[str] = mapped_column(ascii_key(40))
    item: Mapped[str] = mapped_column(sa.String(700))
    item_digest: Mapped[str] = mapped_column(ascii_key(64))
    comment: Mapped[str] = mapped_column(sa.String(300), default="")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)

    person: Mapped[User] = relationship()


class ReadinessSignOff(HasPublicId, Timestamped, Base):
    """A person looked and signed, with a comment. It counts while what was signed is what is there."""

    __tablename__ = "readiness_sign_offs"
    __table_args__ = table_args(sa.Index(None, "configuration_id", "check_key", "id"))

    id: Mapped[pk]
    configuration_id: Mapped[int] = mapped_column(sa.ForeignKey("connector_configurations.id"))
    check_key: Mapped[str] = mapped_column(ascii_key(40))
    comment: Mapped[str] = mapped_column(sa.String(500))
    digest: Mapped[str] = mapped_column(ascii_key(64))
    """Of the facets that the check rests on, when it was signed."""
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    person: Mapped[User] = relationship()
