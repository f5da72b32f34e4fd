"""People and what signing in writes.

Staff and clients are two *realms*: what signing in changes (password, second factor, sessions, links) stands in
one set of tables for each, so that the portal's database account can be kept away from staff credentials.
The ``users`` table itself is never written by signing in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.models.base import (
    PERSONAL,
    SECRET,
    SILENT,
    Base,
    HasPublicId,
    Timestamped,
    UtcDateTime,
    Versioned,
    ascii_key,
    key_string,
    pk,
    str_enum,
    table_args,
)

if TYPE_CHECKING:
    from app.models.organizations import OrganizationMember


class UserKind(StrEnum):
    STAFF = "staff"
    CLIENT = "client"


class StaffRole(StrEnum):
    ADMIN = "admin"
    SUPPORT = "support"

    @property
    def label(self) -> str:
        return {"admin": "Admin", "support": "Support"}[self.value]


class User(HasPublicId, Versioned, Timestamped, Base):
    """A person who may sign in, once, with one address."""

    __tablename__ = "users"
    __table_args__ = table_args(
        sa.CheckConstraint("(kind = 'staff') = (staff_role IS NOT NULL)", name="staff_have_a_role"),
    )

    id: Mapped[pk]
    kind: Mapped[UserKind] = mapped_column(str_enum(UserKind))
    """Never changes: a client does not become staff."""
    name: Mapped[str] = mapped_column(sa.String(120), info=PERSONAL)
    email: Mapped[str] = mapped_column(key_string(254), unique=True, info=PERSONAL)
    """Lower case."""
    staff_role: Mapped[StaffRole | None] = mapped_column(str_enum(StaffRole))
    is_active: Mapped[bool] = mapped_column(sa.Boolean(create_constraint=False), default=True)
    """A deactivated person cannot sign in; their open sessions end at the next click."""

    membership: Mapped[OrganizationMember | None] = relationship(back_populates="user")


class Credential(HasPublicId, Timestamped, Base):
    """How one person proves who they are. The row appears when an invitation is accepted."""

    __abstract__ = True

    id: Mapped[pk]
    password_hash: Mapped[str] = mapped_column(sa.String(255), info=SECRET)
    """argon2id, in PHC string format."""
    password_set_at: Mapped[datetime]
    totp_sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary(512), info=SECRET)
    """Encrypted shared secret of the second factor; see security/crypto.py."""
    totp_key_id: Mapped[str | None] = mapped_column(ascii_key(40), index=True, info=SILENT)
    totp_confirmed_at: Mapped[datetime | None]
    """Until a first code was entered the second factor does not count."""
    totp_last_step: Mapped[int | None] = mapped_column(sa.BigInteger, info=SILENT)
    """Time step of the last code that was accepted; it and older ones are refused (RFC 6238, section 5.2)."""

    @declared_attr
    def user_id(self) -> Mapped[int]:
        return mapped_column(sa.ForeignKey("users.id"), unique=True)

    @declared_attr
    def user(self) -> Mapped[User]:
        return relationship("User")

    @property
    def has_second_factor(self) -> bool:
        return self.totp_confirmed_at is not None


class RecoveryCode(Base):
    """A single-use code for somebody who lost their second factor; only its hash is kept."""

    __abstract__ = True

    id: Mapped[pk]
    code_hash: Mapped[str] = mapped_column(ascii_key(64), info=SECRET)
    used_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    @declared_attr
    def user_id(self) -> Mapped[int]:
        return mapped_column(sa.ForeignKey("users.id"), index=True)


class SignInSession(HasPublicId, Base):
    """One browser that somebody signed in with."""

    __abstract__ = True

    id: Mapped[pk]
    token_hash: Mapped[str] = mapped_column(ascii_key(64), unique=True, info=SECRET)
    """SHA-256 of the token in the signed cookie."""
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None]
    used_second_factor: Mapped[bool] = mapped_column(sa.Boolean(create_constraint=False), default=False)

    @declared_attr
    def user_id(self) -> Mapped[int]:
        return mapped_column(sa.ForeignKey("users.id"), index=True)


class LinkPurpose(StrEnum):
    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105  # a purpose, not a password


class LinkToken(HasPublicId, Base):
    """A single-use link in a mail. Opening it changes nothing; the POST of its page uses it up."""

    __abstract__ = True

    id: Mapped[pk]
    purpose: Mapped[LinkPurpose] = mapped_column(str_enum(LinkPurpose))
    token_hash: Mapped[str] = mapped_column(ascii_key(64), unique=True, info=SECRET)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None]
    """When it was used, or made void by a newer one."""

    @declared_attr
    def user_id(self) -> Mapped[int]:
        return mapped_column(sa.ForeignKey("users.id"), index=True)


class StaffCredential(Credential):
    __tablename__ = "staff_credentials"


class ClientCredential(Credential):
    __tablename__ = "client_credentials"


class StaffRecoveryCode(RecoveryCode):
    __tablename__ = "staff_recovery_codes"


class ClientRecoveryCode(RecoveryCode):
    __tablename__ = "client_recovery_codes"


class StaffSession(SignInSession):
    __tablename__ = "staff_sessions"


class ClientSession(SignInSession):
    __tablename__ = "client_sessions"


class StaffLinkToken(LinkToken):
    __tablename__ = "staff_link_tokens"


class ClientLinkToken(LinkToken):
    __tablename__ = "client_link_tokens"


@dataclass(frozen=True)
class Realm:
    """The tables in which one kind of people signs in."""

    kind: UserKind
    credential: type[Credential]
    recovery_code: type[RecoveryCode]
    session: type[SignInSession]
    link_token: type[LinkToken]


STAFF_REALM = Realm(UserKind.STAFF, StaffCredential, StaffRecoveryCode, StaffSession, StaffLinkToken)
CLIENT_REALM = Realm(UserKind.CLIENT, ClientCredential, ClientRecoveryCode, ClientSession, ClientLinkToken)
REALMS: dict[UserKind, Realm] = {UserKind.STAFF: STAFF_REALM, UserKind.CLIENT: CLIENT_REALM}
