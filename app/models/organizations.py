"""Client companies and who belongs to them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, HasPublicId, Timestamped, Versioned, ascii_key, key_string, pk, str_enum, table_args

if TYPE_CHECKING:
    from app.models.people import User

DEFAULT_BRAND = "#1f5f8b"


class Organization(HasPublicId, Versioned, Timestamped, Base):
    """A client company, with a zone for its days, a currency for its money and a brand."""

    __tablename__ = "organizations"
    __table_args__ = table_args(
        sa.CheckConstraint("week_start BETWEEN 1 AND 7", name="week_start_is_a_weekday"),
        sa.CheckConstraint("fiscal_month BETWEEN 1 AND 12", name="fiscal_month_is_a_month"),
    )

    id: Mapped[pk]
    slug: Mapped[str] = mapped_column(key_string(60), unique=True)
    """Short name for commands and addresses; does not change when the name does."""
    name: Mapped[str] = mapped_column(sa.String(120), index=True)
    time_zone: Mapped[str] = mapped_column(ascii_key(64))
    """IANA name; every local date of the organization is a day there."""
    currency: Mapped[str] = mapped_column(ascii_key(3), default="USD")
    """ISO 4217."""
    week_start: Mapped[int] = mapped_column(sa.SmallInteger, default=1)
    """ISO weekday, 1 Monday to 7 Sunday."""
    fiscal_month: Mapped[int] = mapped_column(sa.SmallInteger, default=1)
    """Month that begins the fiscal year."""
    brand_color: Mapped[str] = mapped_column(ascii_key(7), default=DEFAULT_BRAND)
    """``#rrggbb``; pages correct it where text on it could not be read."""
    portal_name: Mapped[str] = mapped_column(sa.String(60), default="", server_default="")
    """What the portal and its mails call themselves to these clients; empty: Fivegate."""

    members: Mapped[list[OrganizationMember]] = relationship(back_populates="organization")


class MemberRole(StrEnum):
    VIEWER = "viewer"
    ADMIN = "admin"

    @property
    def label(self) -> str:
        return {"viewer": "Client viewer", "admin": "Client admin"}[self.value]


class OrganizationMember(HasPublicId, Versioned, Timestamped, Base):
    """A client's place in an organization. One person belongs to one."""

    __tablename__ = "organization_members"

    id: Mapped[pk]
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organizations.id"), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), unique=True)
    role: Mapped[MemberRole] = mapped_column(str_enum(MemberRole), default=MemberRole.VIEWER)

    organization: Mapped[Organization] = relationship(back_populates="members")
    user: Mapped[User] = relationship(back_populates="membership")
