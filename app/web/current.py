"""Who is asking: the person behind the request, found with one statement."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, cast

import sqlalchemy as sa
from flask import Flask, current_app, g, request, session
from flask_login import UserMixin, current_user

from app.audit import Actor, ActorKind
from app.clock import utc_now
from app.config import Settings
from app.extensions import db, login_manager
from app.models import REALMS, Logo, Organization, OrganizationMember, PublishedHome, Realm, User, UserKind
from app.security.permissions import Permission, Role, is_granted
from app.security.tokens import token_hash
from app.services import branding
from app.services.branding import Branding

SEEN = "seen"
"""Session key: when the person last clicked. In the signed cookie, so that a page view writes nothing."""
TIMED_OUT = "timed_out"


@dataclass(frozen=True)
class Person(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """Somebody who is signed in, as one request sees them. Holds no row: nothing can be changed through it."""

    user_id: int
    public_id: str
    name: str
    email: str
    kind: UserKind
    role: Role
    organization_id: int | None
    """The one organization of a client; None for staff, who may work on all."""
    token: str
    """What the cookie holds."""
    session_id: int
    has_second_factor: bool
    published_version: int
    """Of what a client is shown: one more with everything that is published."""
    branding: Branding | None
    """How a client's portal looks; None for staff."""

    def get_id(self) -> str:
        return f"{self.kind.value}:{self.token}"

    @property
    def realm(self) -> Realm:
        return REALMS[self.kind]

    @property
    def is_staff(self) -> bool:
        return self.kind is UserKind.STAFF

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind(self.kind.value), self.public_id)

    @property
    def must_enrol(self) -> bool:
        """Staff who must have a second factor and have none yet may do nothing else."""
        return self.is_staff and not self.has_second_factor and settings().requires_staff_second_factor

    def may(self, permission: Permission) -> bool:
        return is_granted(self.role, permission)


def settings() -> Settings:
    return cast(Settings, current_app.extensions["fivegate.settings"])


def current_person() -> Person | None:
    """The signed-in person, or None."""
    # Asked a score of times for a page, and each look through Werkzeug's proxy finds the person anew: one look is enough.
    person = current_user._get_current_object()  # noqa: SLF001  # the documented way through it
    return cast(Person, person) if person.is_authenticated else None


def the_person() -> Person:
    """The signed-in person, on routes that demand one."""
    person = current_person()
    if person is None:
        raise RuntimeError("this route is open to visitors: use current_person()")
    return person


def current_organization() -> Organization:
    """The organization whose portal a client sees. Portal views reach every row through it."""
    if "organization" not in g:
        g.organization = db.session.get_one(Organization, the_person().organization_id)
    return cast(Organization, g.organization)


def current_branding() -> Branding | None:
    """How the client's portal looks; None for staff and visitors. Comes with the person: no statement of its own."""
    person = current_person()
    return person.branding if person is not None else None


def init_app(app: Flask) -> None:
    # Templates ask for person(). Flask-Login's own processor looks the person up for every template, for error pages too.
    login_manager.init_app(app, add_context_processor=False)
    login_manager.session_protection = None  # sessions have their own life in the database
    login_manager.user_loader(load_person)


def load_person(identity: str) -> Person | None:
    """Flask-Login's user loader: an open session of an active person, within the idle time."""
    kind_text, _, token = identity.partition(":")
    if kind_text not in set(UserKind) or not token:
        return None
    kind = UserKind(kind_text)
    if kind is UserKind.STAFF and not settings().serves_staff:
        return None
    if kind is UserKind.CLIENT and not settings().serves_clients:
        return None
    if _idle_too_long():
        session[TIMED_OUT] = True
        return None
    row: Any = db.session.execute(_lookup(kind), {"token_hash": token_hash(token), "now": utc_now()}).one_or_none()
    if row is None:
        return None
    user_id, public_id, name, email, staff_role, organization_id, member_role, session_id, confirmed, version, *dress = row
    if kind is UserKind.CLIENT and organization_id is None:
        return None
    role = Role.of_staff(staff_role) if staff_role is not None else Role.of_member(member_role)
    return Person(
        user_id=user_id,
        public_id=public_id,
        name=name,
        email=email,
        kind=kind,
        role=role,
        organization_id=None if kind is UserKind.STAFF else organization_id,
        token=token,
        session_id=session_id,
        has_second_factor=confirmed is not None,
        published_version=version or 0,
        branding=None if kind is UserKind.STAFF else branding.branding_from(dress),
    )


@cache
def _lookup(kind: UserKind) -> sa.Executable:
    """The statement is put together once: every request sends it, and that takes longer than the server takes to answer."""
    realm = REALMS[kind]
    return (
        sa.select(
            User.id,
            User.public_id,
            User.name,
            User.email,
            User.staff_role,
            OrganizationMember.organization_id,
            OrganizationMember.role,
            realm.session.id,
            realm.credential.totp_confirmed_at,
            PublishedHome.version,
            *branding.COLUMNS,
        )
        .join(realm.session, realm.session.user_id == User.id)
        .join(realm.credential, realm.credential.user_id == User.id)
        .outerjoin(OrganizationMember, OrganizationMember.user_id == User.id)
        .outerjoin(PublishedHome, PublishedHome.organization_id == OrganizationMember.organization_id)
        .outerjoin(Organization, Organization.id == OrganizationMember.organization_id)
        .outerjoin(Logo, Logo.organization_id == OrganizationMember.organization_id)
        .where(
            realm.session.token_hash == sa.bindparam("token_hash"),
            realm.session.ended_at.is_(None),
            realm.session.expires_at > sa.bindparam("now"),
            User.is_active.is_(True),
            User.kind == kind,
        )
    )


def _idle_too_long() -> bool:
    seen = session.get(SEEN)
    if not isinstance(seen, int | float):
        return True
    return utc_now() - datetime.fromtimestamp(seen, UTC) > timedelta(minutes=settings().session_idle_minutes)


def touch_session() -> None:
    """Note that the person clicked. Panels that poll do not call it, or the idle timeout would never come."""
    now = utc_now().timestamp()
    seen = session.get(SEEN)
    if not isinstance(seen, int | float) or now - seen > 30:
        session[SEEN] = int(now)


def remote_address() -> str:
    return request.remote_addr or "unknown"
