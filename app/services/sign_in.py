"""Signing in and out: proving who one is, and the sessions that follow.

Checking a password takes a tenth of a second on purpose. So the way in has two halves: ``look_up`` reads plain values,
the caller ends that transaction and checks, and ``admit`` reads again under a lock, in case something changed meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from app import audit
from app.audit import Actor, Target
from app.clock import utc_now
from app.extensions import db
from app.models import REALMS, Organization, OrganizationMember, User, UserKind
from app.models.people import Credential, SignInSession
from app.security.passwords import hash_password, needs_rehash, verify_password
from app.security.tokens import new_token, token_hash
from app.services import second_factor
from app.services.addresses import normal_address
from app.services.errors import ServiceError
from app.services.identity import VISITOR, WITH_ORGANIZATION, actor_of, locked_credential, person_row, target_of


class SignInRefused(ServiceError):
    """Address and password do not belong together. The same sentence whatever the cause."""

    def __init__(self) -> None:
        super().__init__("Address and password do not fit together. Check both, or ask for a new password below.")


class SignInInterrupted(ServiceError):
    """Between password and code something changed, or too much time went by."""

    def __init__(self) -> None:
        super().__init__("That took too long, or your account changed meanwhile. Sign in again.")


@dataclass(frozen=True)
class Claim:
    """Who somebody says they are, in plain values: no transaction is open while the password is checked."""

    user_id: int = 0
    kind: UserKind | None = None
    public_id: str = ""
    """Empty: there is nobody with this address who could sign in here."""
    organization_id: int = 0
    password_hash: str | None = field(default=None, repr=False)

    def is_proven_by(self, password: str) -> bool:
        """Slow, and as slow for nobody."""
        return verify_password(self.password_hash, password)

    def rehashed(self, password: str) -> str | None:
        """The password's hash with today's parameters, if the stored one has others."""
        if self.password_hash is None or not needs_rehash(self.password_hash):
            return None
        return hash_password(password)


@dataclass(frozen=True)
class Admitted:
    """Somebody whose password fitted."""

    user: User
    needs_second_factor: bool
    password_set_at: datetime


def look_up(*, email: str, kinds: frozenset[UserKind]) -> Claim:
    """Who could sign in with this address; one statement, whether or not there is somebody.

    :param kinds: who may sign in here; a portal of its own signs no staff in, and may not read their table
    """
    realms = [REALMS[kind] for kind in sorted(kinds)]
    query = sa.select(
        User.id,
        User.kind,
        User.public_id,
        User.is_active,
        OrganizationMember.organization_id,
        sa.func.coalesce(*[realm.credential.password_hash for realm in realms], sa.null()).label("password_hash"),
    ).outerjoin(OrganizationMember, OrganizationMember.user_id == User.id)
    for realm in realms:
        query = query.outerjoin(realm.credential, realm.credential.user_id == User.id)
    row = db.session.execute(query.where(User.email == normal_address(email), User.kind.in_(sorted(kinds)))).one_or_none()
    if row is None:
        return Claim()
    return Claim(
        user_id=row.id,
        kind=row.kind,
        public_id=row.public_id,
        organization_id=row.organization_id or 0,
        password_hash=row.password_hash if row.is_active else None,
    )


def note_refusal(claim: Claim) -> None:
    """Write down a failed attempt. Which address was tried is not kept; the same statements run for nobody."""
    organization = db.session.scalar(sa.select(Organization).where(Organization.id == claim.organization_id))
    audit.record(db.session(), VISITOR, "sign_in.refused", Target(User.__tablename__, claim.public_id, organization))


def admit(claim: Claim, *, rehashed: str | None) -> Admitted:
    """Let in whoever proved a claim.

    :param rehashed: the same password under today's parameters, to keep from now on
    :raises SignInRefused: if the password was changed or the person deactivated since the claim was looked up
    """
    if claim.kind is None:
        raise SignInRefused
    user, credential = _person_under_lock(claim.kind, User.id == claim.user_id)
    if user is None or credential is None or credential.password_hash != claim.password_hash:
        raise SignInRefused
    if rehashed is not None:
        credential.password_hash = rehashed
        db.session.flush()
    return Admitted(user, credential.has_second_factor, credential.password_set_at)


def pass_second_factor(*, kind: UserKind, public_id: str, password_set_at: datetime, answer: str) -> User | None:
    """Second step: check a code, or a recovery code, of somebody whose password fitted.

    :param password_set_at: as it was in the first step: a reset in between makes the first step worthless
    :return: None if the answer does not fit; that is in the audit trail then
    :raises SignInInterrupted: if the first step counts no more
    """
    user, credential = _person_under_lock(kind, User.public_id == public_id)
    if user is None or credential is None or credential.password_set_at != password_set_at or not credential.has_second_factor:
        raise SignInInterrupted
    if second_factor.answer_fits(user, credential, answer):
        return user
    audit.record(db.session(), VISITOR, "second_factor.refused", target_of(user))
    return None


def _person_under_lock(kind: UserKind, condition: sa.ColumnElement[bool]) -> tuple[User | None, Credential | None]:
    """An active person and their credential."""
    query = sa.select(User).where(condition, User.kind == kind, User.is_active.is_(True)).options(WITH_ORGANIZATION)
    user = db.session.scalars(query).one_or_none()
    return user, locked_credential(user) if user else None


def start_session(user: User, *, lifetime: timedelta, used_second_factor: bool = False) -> str:
    """Open a session.

    :return: what the cookie has to hold: kind and token
    """
    token, now = new_token(), utc_now()
    session_row = REALMS[user.kind].session(
        user_id=user.id, token_hash=token_hash(token), started_at=now, expires_at=now + lifetime, used_second_factor=used_second_factor
    )
    db.session.add(session_row)
    db.session.flush()
    target = Target.of(session_row, target_of(user).organization)
    audit.record(db.session(), actor_of(user), "session.started", target, {"second_factor": used_second_factor})
    return f"{user.kind.value}:{token}"


def end_session(identity: str, *, kinds: frozenset[UserKind]) -> None:
    """Close the session that a cookie names, if it is open; a copy of the cookie is worth nothing afterwards.

    :param identity: what :func:`start_session` returned; anything else is nobody's
    """
    kind_text, _, token = identity.partition(":")
    if kind_text not in kinds or not token:
        return
    model = REALMS[UserKind(kind_text)].session
    row = db.session.scalars(sa.select(model).where(model.token_hash == token_hash(token), model.ended_at.is_(None))).one_or_none()
    if row is None:
        return
    row.ended_at = utc_now()
    user = person_row(row.user_id)
    audit.record(db.session(), actor_of(user), "session.ended", Target.of(row, target_of(user).organization))
    db.session.flush()


def end_all_sessions(user: User, *, actor: Actor, but: int | None = None) -> None:
    """Sign somebody out everywhere.

    :param but: id of a session that stays open: the one that asks
    """
    model = REALMS[user.kind].session
    still_open = [model.user_id == user.id, model.ended_at.is_(None)]
    if but is not None:
        still_open.append(model.id != but)
    result = db.session.execute(sa.update(model).where(*still_open).values(ended_at=utc_now()).execution_options(synchronize_session=False))
    ended = result.rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    if ended:
        audit.record(db.session(), actor, "sessions.ended", target_of(user), {"sessions": ended})


def open_sessions(*, user_id: int, kind: UserKind) -> Sequence[SignInSession]:
    """Browsers in which the person is signed in, the latest first."""
    model = REALMS[kind].session
    query = sa.select(model).where(model.user_id == user_id, model.ended_at.is_(None), model.expires_at > utc_now())
    return db.session.scalars(query.order_by(model.started_at.desc(), model.id.desc()).limit(50)).all()
