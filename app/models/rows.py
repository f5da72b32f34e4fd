"""Rows that imports bring, in either home: the application database or the traffic database, in the same shape.

Numbers of streams and batches belong to their home; across the two databases only public ids count. The row tables have
no foreign keys: the engine is their only writer, and a check for each of a million rows buys nothing. Sessions of the
web never touch them (``app/homes.py`` opens a home).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.models.base import Base, Money, TrafficBase, UtcDateTime, ascii_key, digest_bytes, key_string, long_text, pk, str_enum, table_args

EXTERNAL_ID_LENGTH = 190


class DataHome(StrEnum):
    """Which database holds the rows of a data type."""

    APP = "app"
    TRAFFIC = "traffic"

    @property
    def label(self) -> str:
        return {"app": "App database", "traffic": "Traffic database"}[self.value]


class Lane(StrEnum):
    LIVE = "live"
    REHEARSAL = "rehearsal"
    """A draft version's."""
    SAMPLE = "sample"
    """Test batches: never in a figure."""


class StateOfBatch(StrEnum):
    """What the home of the rows knows of a batch. Its change to *complete* is the commit point of an import."""

    LOADING = "loading"
    COMPLETE = "complete"
    REVERSED = "reversed"


class DirtyCause(StrEnum):
    """Why a day has to be counted again; a restatement carries it on."""

    SOURCE = "source"
    MAP = "map"
    RULES = "rules"
    REVERSAL = "reversal"


class LeadClass(StrEnum):
    GENUINE = "genuine"
    TEST = "test"
    SPAM = "spam"
    INTERNAL = "internal"
    DUPLICATE = "duplicate"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class _Stream:
    """One account's rows of one data type in one lane."""

    __tablename__ = "crm_streams"

    @declared_attr.directive
    def __table_args__(self) -> object:
        return table_args(sa.UniqueConstraint("account_public_id", "data_type", "lane"), sa.Index(None, "organization_public_id"))

    id: Mapped[pk]
    account_public_id: Mapped[str] = mapped_column(ascii_key(36))
    organization_public_id: Mapped[str] = mapped_column(ascii_key(36))
    data_type: Mapped[str] = mapped_column(ascii_key(40))
    lane: Mapped[Lane] = mapped_column(str_enum(Lane))


class _BatchState:
    """Whether the rows of a batch count. A row is current if a complete batch brought it and no complete one ended it."""

    __tablename__ = "import_batch_states"

    @declared_attr.directive
    def __table_args__(self) -> object:
        return table_args(sa.Index(None, "stream_id", "id"))

    id: Mapped[pk]
    batch_public_id: Mapped[str] = mapped_column(ascii_key(36), unique=True)
    stream_id: Mapped[int] = mapped_column(sa.BigInteger)
    map_number: Mapped[int] = mapped_column(sa.Integer, default=0)
    """Version of the field map that shaped its rows."""
    state: Mapped[StateOfBatch] = mapped_column(str_enum(StateOfBatch), default=StateOfBatch.LOADING)
    is_settled: Mapped[bool] = mapped_column(sa.Boolean(create_constraint=False), default=False)
    """Whether the set rules have seen what it changed."""
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class _Staged:
    """Key and digest of a row that is being imported: what the merge joins with the current rows."""

    __tablename__ = "integration_import_staging"

    batch_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    row_no: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    external_id: Mapped[str] = mapped_column(key_string(EXTERNAL_ID_LENGTH))
    row_hash: Mapped[bytes] = mapped_column(digest_bytes())


class _Row:
    """What every imported row has. A changed row is a new version; the old one stays until retention removes it."""

    id: Mapped[pk]
    stream_id: Mapped[int] = mapped_column(sa.BigInteger)
    external_id: Mapped[str] = mapped_column(key_string(EXTERNAL_ID_LENGTH))
    """Trimmed, so that it never ends in a space: server collations would call two such ids equal."""
    batch_id: Mapped[int] = mapped_column(sa.BigInteger)
    """Number in ``import_batch_states`` of the batch that brought it."""
    ended_by: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The same of the batch that brought its next version."""
    local_date: Mapped[date | None]
    """Day in the organization's zone that figures count it on; NULL for rows without a date."""
    occurred_at: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(sa.Boolean(create_constraint=False), default=True)
    signal_kind: Mapped[str] = mapped_column(ascii_key(24))
    status: Mapped[str | None] = mapped_column(sa.String(60))
    """A word of the data type's own list where the map knows it, else the source's."""
    campaign: Mapped[str | None] = mapped_column(sa.String(160))
    business_unit: Mapped[str | None] = mapped_column(sa.String(120))
    job_type: Mapped[str | None] = mapped_column(sa.String(120))
    employee: Mapped[str | None] = mapped_column(sa.String(160))
    customer: Mapped[str | None] = mapped_column(sa.String(160))
    attrs: Mapped[str] = mapped_column(long_text)
    """Canonical JSON object of the other mapped fields, all as text."""
    row_hash: Mapped[bytes] = mapped_column(digest_bytes())
    """MD5 over all mapped values: equal means that nothing changed."""


class _Record(_Row):
    """A row of any data type that is no lead: jobs, invoices, campaigns …"""

    __tablename__ = "crm_records"

    @declared_attr.directive
    def __table_args__(self) -> object:
        return table_args(
            sa.UniqueConstraint("stream_id", "external_id", "batch_id"),
            # Covers what figures are counted from: a look-up per row would cost fifty times as much.
            sa.Index("ix_crm_records_roll", "stream_id", "local_date", "ended_by", "batch_id", "active", "status", "amount"),
            sa.Index(None, "batch_id"),
            sa.Index(None, "ended_by"),
        )

    amount: Mapped[Decimal | None] = mapped_column(Money)
    """In the connector's currency."""


class _Lead(_Row):
    """Somebody got in touch: calls, leads, bookings, forms."""

    __tablename__ = "crm_leads"

    @declared_attr.directive
    def __table_args__(self) -> object:
        return table_args(
            sa.UniqueConstraint("stream_id", "external_id", "batch_id"),
            sa.Index(
                "ix_crm_leads_roll",
                "stream_id",
                "local_date",
                "ended_by",
                "batch_id",
                "active",
                "lead_class",
                "status",
                "signal_kind",
                "campaign",
            ),
            sa.Index(None, "batch_id"),
            sa.Index(None, "ended_by"),
            sa.Index(None, "phone_key"),
            sa.Index(None, "mail_key"),
        )

    phone_key: Mapped[bytes | None] = mapped_column(digest_bytes())
    """Digest of the normalised number, by which repeats are found without reading numbers."""
    mail_key: Mapped[bytes | None] = mapped_column(digest_bytes())
    row_class: Mapped[LeadClass | None] = mapped_column(str_enum(LeadClass, name="rowclass"))
    """What a rule said that looks at this row alone; NULL if none did."""
    row_rule: Mapped[str] = mapped_column(ascii_key(40), default="")
    lead_class: Mapped[LeadClass] = mapped_column(str_enum(LeadClass), default=LeadClass.GENUINE)
    """The verdict: a person's, else the row rule's, else the set rule's, else genuine."""
    lead_rule: Mapped[str] = mapped_column(ascii_key(40), default="")
    """Key of the rule that decided; ``person`` for an overrule; empty for genuine."""


class _DirtyDay:
    """A day whose points have to be counted again."""

    __tablename__ = "metric_dirty_days"

    @declared_attr.directive
    def __table_args__(self) -> object:
        return table_args(sa.Index(None, "stream_id", "local_date"))

    id: Mapped[pk]
    stream_id: Mapped[int] = mapped_column(sa.BigInteger)
    local_date: Mapped[date]
    cause: Mapped[DirtyCause] = mapped_column(str_enum(DirtyCause))
    batch_id: Mapped[int | None] = mapped_column(sa.BigInteger)


class AppStream(_Stream, Base):
    pass


class AppBatchState(_BatchState, Base):
    pass


class AppStaged(_Staged, Base):
    pass


class AppRecord(_Record, Base):
    pass


class AppLead(_Lead, Base):
    pass


class AppDirtyDay(_DirtyDay, Base):
    pass


class TrafficStream(_Stream, TrafficBase):
    pass


class TrafficBatchState(_BatchState, TrafficBase):
    pass


class TrafficStaged(_Staged, TrafficBase):
    pass


class TrafficRecord(_Record, TrafficBase):
    pass


class TrafficLead(_Lead, TrafficBase):
    pass


class TrafficDirtyDay(_DirtyDay, TrafficBase):
    pass
