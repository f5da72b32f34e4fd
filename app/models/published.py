"""What clients are shown: words and numbers that are ready to show, written by whoever changes them, read by the portal.

No id of a source row and nothing personal stands here. A source's ``revision`` is the pointer: cards of that revision are what
is published; older ones stay as the log of what clients were told, and when.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.accounts import ConnectorState
from app.models.base import Base, Money, UtcDateTime, ascii_key, big_id, key_string, long_text, pk, str_enum, table_args
from app.models.metrics import DIMENSION_LENGTH
from app.models.rows import DirtyCause


class PublishedHome(Base):
    """One client's home as a whole: what a panel asks to learn that nothing changed."""

    __tablename__ = "published_homes"

    organization_id: Mapped[int] = mapped_column(big_id, sa.ForeignKey("organizations.id"), primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(sa.Integer, default=0)
    """One more with everything that is published for the client."""
    published_at: Mapped[datetime]


class PublishedSource(Base):
    """A connector as its client sees it."""

    __tablename__ = "published_sources"

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"), unique=True)
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organizations.id"), index=True)
    revision: Mapped[int] = mapped_column(sa.Integer, default=0)
    """The pointer: of the cards that are shown."""
    words: Mapped[str] = mapped_column(long_text)
    """Canonical JSON: what is connected, since when, what may be read and why."""
    packet: Mapped[str] = mapped_column(long_text, default="")
    """Canonical JSON: the client edition of the promotion packet; empty before the first promotion."""
    restatements_seen: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    """The last entry of the ledger of restatements that was looked at."""
    published_at: Mapped[datetime]


class PublishedCard(Base):
    """One card of one revision. Only ever added to."""

    __tablename__ = "published_cards"
    __table_args__ = table_args(sa.UniqueConstraint("account_id", "revision", "metric_key"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organizations.id"), index=True)
    revision: Mapped[int] = mapped_column(sa.Integer)
    metric_key: Mapped[str] = mapped_column(ascii_key(60), default="")
    """Empty: the connector feeds no metric yet, and the card tells of the connector itself."""
    position: Mapped[int] = mapped_column(sa.Integer, default=0)
    state: Mapped[ConnectorState] = mapped_column(str_enum(ConnectorState))
    """As of ``published_at``; ``turns`` says what becomes of it by time alone."""
    words: Mapped[str] = mapped_column(long_text)
    """Canonical JSON: everything that the card shows but its state."""
    turns: Mapped[str] = mapped_column(long_text)
    """Canonical JSON list, the earliest first: from when on the card is in which state, with its sentence and next action."""
    live_until: Mapped[datetime | None]
    """When the state of ``published_at`` ends by itself: the earliest of evidence and freshness."""
    points_revision: Mapped[int] = mapped_column(sa.Integer)
    """Whose points belong to its figures: behind ``revision`` while figures are held."""
    promotion_number: Mapped[int | None] = mapped_column(sa.Integer)
    """Under which its figures were published; NULL: it has none."""
    hash: Mapped[str] = mapped_column(ascii_key(64))
    """SHA-256 over words and turns."""
    published_at: Mapped[datetime]


class PublishedPoint(Base):
    """One day of a published metric, from the revision that said so to the one that said otherwise."""

    __tablename__ = "published_points"
    __table_args__ = table_args(
        sa.UniqueConstraint("account_id", "metric_key", "local_date", "signal_kind", "dim", "from_rev", name="uq_published_points_key"),
    )

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    metric_key: Mapped[str] = mapped_column(ascii_key(60))
    local_date: Mapped[date]
    signal_kind: Mapped[str] = mapped_column(ascii_key(24))
    dim: Mapped[str] = mapped_column(key_string(DIMENSION_LENGTH), default="")
    rows: Mapped[int] = mapped_column(sa.BigInteger)
    """How many source rows are behind it: a verdict asks whether they are too few."""
    num: Mapped[Decimal] = mapped_column(Money)
    den: Mapped[Decimal | None] = mapped_column(Money)
    from_rev: Mapped[int] = mapped_column(sa.Integer)
    to_rev: Mapped[int | None] = mapped_column(sa.Integer)
    """The first revision that it is not part of; NULL: it stands."""


class PublishedRestatement(Base):
    """A day's published figure that became another one."""

    __tablename__ = "published_restatements"
    __table_args__ = table_args(sa.Index(None, "account_id", "metric_key", "local_date"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"))
    metric_key: Mapped[str] = mapped_column(ascii_key(60))
    local_date: Mapped[date]
    signal_kind: Mapped[str] = mapped_column(ascii_key(24))
    dim: Mapped[str] = mapped_column(key_string(DIMENSION_LENGTH), default="")
    was_num: Mapped[Decimal | None] = mapped_column(Money)
    was_den: Mapped[Decimal | None] = mapped_column(Money)
    became_num: Mapped[Decimal | None] = mapped_column(Money)
    became_den: Mapped[Decimal | None] = mapped_column(Money)
    cause: Mapped[DirtyCause] = mapped_column(str_enum(DirtyCause))
    came_in: Mapped[date | None]
    """The local day of the import that brought it."""
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(sa.Integer)
