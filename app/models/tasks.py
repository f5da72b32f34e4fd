"""Tasks: what a person has to do, by whom and until when."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.accounts import ProviderAccount
from app.models.base import Base, HasPublicId, Timestamped, Versioned, ascii_key, key_string, pk, str_enum, table_args
from app.models.organizations import Organization
from app.models.people import User


class TaskStatus(StrEnum):
    OPEN = "open"
    DONE = "done"


class AdminTask(HasPublicId, Versioned, Timestamped, Base):
    """Something that staff must see to."""

    __tablename__ = "admin_tasks"
    __table_args__ = table_args(sa.Index(None, "status", "due_on"))

    id: Mapped[pk]
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organizations.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("integration_provider_accounts.id"), index=True)
    kind: Mapped[str] = mapped_column(ascii_key(40))
    """What opened it, for instance ``job-parked`` or ``by-hand``."""
    title: Mapped[str] = mapped_column(sa.String(160))
    detail: Mapped[str] = mapped_column(sa.String(1000), default="")
    status: Mapped[TaskStatus] = mapped_column(str_enum(TaskStatus), default=TaskStatus.OPEN)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    due_on: Mapped[date]
    open_key: Mapped[str | None] = mapped_column(key_string(140), unique=True)
    """What it is about while it is open, NULL after: one open task for one trouble."""
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"), index=True)
    """NULL on a closed task: it closed by itself."""

    organization: Mapped[Organization | None] = relationship()
    account: Mapped[ProviderAccount | None] = relationship()
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])
    closed_by: Mapped[User | None] = relationship(foreign_keys=[closed_by_id])
