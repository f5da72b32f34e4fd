"""Signing in and out: proving who one is, and the sessions that follow."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from app import audit
from app.audit import Actor, ActorKind, Target
from app.clock import utc_now
from app.extensions import db
from app.models import REALMS, User, UserKind
from app.security.passwords import verify_password
from app.security.tokens import new_token, token_hash
from app.services.errors import ServiceError


class SignInRefused(ServiceError):
    """Address and password do not belong together. The same sentence whatever the cause."""

    def __init__(self) -> None:
        super().__init__("Address and password do not fit together. Check both, or ask for a new password below.")


@dataclass(frozen=True)
class Proven:
    """Somebody whose password fitted."""

    user: User
    has_second_factor: bool


def check_password(*, email: str, password: str, kinds: frozenset[UserKind]) -> Proven:
    """Find the person whose address and password these are.

    :param kinds: who may sign in here; a portal of its own signs no staff in
    :raises SignInRefused: after the same time and in the same words for an unknown address and a wrong password
    """
    user = db.session.scalar(sa.select(User).where(User.email == email.strip().lower()))
    credential = None
    if user is not None and user.is_active and user.kind in kinds:
        model = REALMS[user.kind].credential
        credential = db.session.scalar(sa.select(model).where(model.user_id == user.id))
    fits = verify_password(credential.password_hash if credential else None, password)
    if not fits or user is None or credential is None:
        raise SignInRefused
    return Proven(user, credential.has_second_factor)


def start_session(user: User, *, lifetime: timedelta, used_second_factor: bool = False) -> str:
    """Open a session.

    :return: what the cookie has to hold: kind and token
    """
    token = new_token()
    now = utc_now()
    session_row = REALMS[user.kind].session(
        user_id=user.id, token_hash=token_hash(token), started_at=now, expires_at=now + lifetime, used_second_factor=used_second_factor
    )
    db.session.add(session_row)
    db.session.flush()
    organization = user.membership.organization if user.membership else None
    audit.record(db.session(), Actor(ActorKind(user.kind.value), user.public_id), "session.started", Target.of(session_row, organization))
    return f"{user.kind.value}:{token}"


def end_session(*, kind: UserKind, session_id: int) -> None:
    """Close one session; a copy of its cookie is worth nothing afterwards."""
    model = REALMS[kind].session
    db.session.execute(sa.update(model).where(model.id == session_id, model.ended_at.is_(None)).values(ended_at=utc_now()))
