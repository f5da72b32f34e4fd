"""What the fields of a connector's files mean, per data type and in versions."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import ProviderAccount
from app.models.base import (
    SECRET,
    SILENT,
    Base,
    HasPublicId,
    Timestamped,
    Versioned,
    ascii_key,
    big_id,
    long_bytes,
    long_text,
    pk,
    str_enum,
    table_args,
)
from app.models.people import User
from app.models.rows import DataHome


class AccountDataType(HasPublicId, Versioned, Timestamped, Base):
    """A data type that a connector brings: where its rows go and how far back they may still change."""

    __tablename__ = "integration_data_types"
    __table_args__ = table_args(sa.UniqueConstraint("account_id", "data_type"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"), index=True)
    data_type: Mapped[str] = mapped_column(ascii_key(40))
    home: Mapped[DataHome] = mapped_column(str_enum(DataHome), default=DataHome.APP)
    """Settled with the first batch: rows do not move."""
    home_decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    """NULL: it stands on the default, nobody decided."""
    sealed_before: Mapped[date | None]
    """The horizon: days before it are never counted again, rows dated before it are rejected."""
    keep_files_days: Mapped[int] = mapped_column(sa.Integer, default=0)
    """The rule for raw files: how long one is kept, encrypted, after its batch; 0 for not at all."""

    account: Mapped[ProviderAccount] = relationship()


class MapStatus(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    FORMER = "former"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class FieldMap(HasPublicId, Versioned, Timestamped, Base):
    """One version of a map. Batches name the version that shaped them, so an activated one never changes."""

    __tablename__ = "integration_field_maps"
    __table_args__ = table_args(sa.UniqueConstraint("account_id", "data_type", "number"))

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"), index=True)
    data_type: Mapped[str] = mapped_column(ascii_key(40))
    number: Mapped[int] = mapped_column(sa.Integer)
    """1, 2, 3 … within account and data type."""
    status: Mapped[MapStatus] = mapped_column(str_enum(MapStatus), default=MapStatus.DRAFT)
    draft_key: Mapped[str | None] = mapped_column(ascii_key(80), unique=True)
    """Account and data type while it is the draft, else NULL: there is one."""
    active_key: Mapped[str | None] = mapped_column(ascii_key(80), unique=True)
    """The same while it is the active one."""
    reading: Mapped[str] = mapped_column(long_text, default="{}")
    """Canonical JSON of the ``Reading``: how files are read where the guess was changed by hand."""
    activated_at: Mapped[datetime | None]
    activated_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)

    account: Mapped[ProviderAccount] = relationship()
    fields: Mapped[list[FieldMapField]] = relationship(
        back_populates="field_map", order_by="FieldMapField.position", cascade="all, delete-orphan"
    )


class FieldDecision(StrEnum):
    UNDECIDED = "undecided"
    MAPPED = "mapped"
    IGNORED = "ignored"


class PrivacyClass(StrEnum):
    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SECRET = "secret"  # noqa: S105  # a class of fields, no secret

    @property
    def label(self) -> str:
        return self.value.capitalize()


class FieldMapField(HasPublicId, Base):
    """What is decided for one incoming column."""

    __tablename__ = "integration_field_map_fields"
    __table_args__ = table_args(sa.UniqueConstraint("map_id", "position"))

    id: Mapped[pk]
    map_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_field_maps.id"), index=True)
    position: Mapped[int] = mapped_column(sa.Integer)
    """Place in the file that it was made from, from 0."""
    source: Mapped[str] = mapped_column(sa.String(190))
    """Title in the header row; repeated titles get `` (2)``, empty ones are ``Column 3``."""
    decision: Mapped[FieldDecision] = mapped_column(str_enum(FieldDecision), default=FieldDecision.UNDECIDED)
    target: Mapped[str] = mapped_column(ascii_key(60), default="")
    """Key of a target in the data type's catalog entry, or ``attr:<key>`` for a value kept beside them."""
    label: Mapped[str] = mapped_column(sa.String(80), default="")
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    privacy: Mapped[PrivacyClass] = mapped_column(str_enum(PrivacyClass), default=PrivacyClass.INTERNAL)
    explanation: Mapped[str] = mapped_column(sa.String(300), default="")
    """For the client."""
    ignore_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    transform: Mapped[str] = mapped_column(long_text, default="{}")
    """Canonical JSON of the ``Transform``."""

    field_map: Mapped[FieldMap] = relationship(back_populates="fields")
    owner: Mapped[User | None] = relationship()


class StoredFile(HasPublicId, Timestamped, Base):
    """An uploaded file in the blob store, always encrypted."""

    __tablename__ = "stored_files"

    id: Mapped[pk]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    size: Mapped[int] = mapped_column(sa.BigInteger)
    """Bytes before encryption."""
    sha256: Mapped[str] = mapped_column(ascii_key(64))
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary(512), info=SECRET)
    """The file's own key, sealed with the ring: a new key of the ring costs no rewriting of files."""
    key_id: Mapped[str] = mapped_column(ascii_key(40), index=True, info=SILENT)
    inspection: Mapped[str] = mapped_column(long_text, default="{}")
    """Canonical JSON of what was guessed of it; examples are masked."""
    uploaded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    remove_after: Mapped[datetime] = mapped_column(index=True)
    """Removed by then whatever happens, unless a rule keeps it."""


class StoredFileChunk(Base):
    """A piece of a stored file where the blob store is the database."""

    __tablename__ = "stored_file_chunks"

    file_id: Mapped[int] = mapped_column(big_id, sa.ForeignKey("stored_files.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(long_bytes)
    """Encrypted with the file's key."""
