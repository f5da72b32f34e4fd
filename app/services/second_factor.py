"""The second factor: codes by time from a phone, and recovery codes on paper for the day it is lost."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from app import audit
from app.audit import Actor
from app.clock import utc_now
from app.extensions import db
from app.models import REALMS, User, UserKind
from app.models.people import Credential
from app.security import totp
from app.security.crypto import CryptoError, Place, Sealed
from app.security.tokens import new_recovery_code, recovery_code_hash
from app.services.branding import name_for
from app.services.errors import InvalidField, NotPossible
from app.services.identity import actor_of, home_url, locked_credential, target_of
from app.services.installation import settings
from app.services.keys import key_ring
from app.services.mail import queue_mail

RECOVERY_CODES = 10
WRONG_CODE = "This code does not fit. Codes change every 30 seconds and work once: wait for the next one and type it in."
STAFF_NEED_ONE = "Staff need a second factor here, so it cannot be turned off. You can move it to another phone."


@dataclass(frozen=True)
class Enrolment:
    """How far somebody's second factor is."""

    is_on: bool
    on_since: datetime | None = None
    codes_left: int = 0
    secret: str = field(default="", repr=False)
    """Only between starting and the first code."""

    @property
    def is_started(self) -> bool:
        return bool(self.secret)


def enrolment_of(*, user_id: int, kind: UserKind) -> Enrolment:
    """How things stand for a person; holds the secret while it is being set up."""
    realm = REALMS[kind]
    credential = db.session.scalars(sa.select(realm.credential).where(realm.credential.user_id == user_id)).one()
    if credential.has_second_factor:
        codes = realm.recovery_code
        left = db.session.scalar(sa.select(sa.func.count()).select_from(codes).where(codes.user_id == user_id, codes.used_at.is_(None)))
        return Enrolment(True, credential.totp_confirmed_at, int(left or 0))
    try:
        return Enrolment(False, secret=_opened(credential) if credential.totp_sealed else "")
    except NotPossible:
        return Enrolment(False)  # begun under a key that is gone: beginning anew mends it


def start(user: User) -> None:
    """Make a secret for somebody who has no second factor; it counts once a first code was entered.

    :raises NotPossible: if they have one already
    """
    credential = _credential(user)
    if credential.has_second_factor:
        raise NotPossible("Your second factor is on already. To use another phone, choose “Move to another phone”.")
    _new_secret(credential)
    db.session.flush()


def confirm(user: User, code: str, *, actor: Actor) -> Sequence[str]:
    """Turn it on with the first code.

    :return: the recovery codes, to be shown this once
    :raises InvalidField: ``code`` does not fit
    :raises NotPossible: if setting up was not started, or another request was faster
    """
    credential = _credential(user)
    if credential.has_second_factor or not credential.totp_sealed:
        raise NotPossible("There is nothing to confirm: the second factor is on already, or setting it up was not started.")
    step = totp.matching_step(_opened(credential), code, now=utc_now())
    if step is None:
        raise InvalidField("code", "This code does not fit. Check that your phone shows the right time, and type the newest code.")
    model = type(credential)
    won = db.session.execute(
        sa.update(model)
        .where(model.id == credential.id, model.totp_confirmed_at.is_(None))
        .values(totp_confirmed_at=utc_now(), totp_last_step=step)
        .execution_options(synchronize_session=False)
    )
    if won.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result has it
        raise NotPossible("The second factor was turned on in another browser just now.")
    db.session.expire(credential)
    audit.record(db.session(), actor, "second_factor.enabled", target_of(user))
    return _new_codes(user)


def answer_fits(user: User, credential: Credential, answer: str) -> bool:
    """Whether this is the phone's code or an unused recovery code; it is used up then."""
    return _take_code(credential, answer) or _take_recovery_code(user, answer)


def _take_code(credential: Credential, answer: str) -> bool:
    """Accept a code once: of two requests with the same one the conditional UPDATE lets one pass (RFC 6238, section 5.2)."""
    try:
        step = totp.matching_step(_opened(credential), answer, now=utc_now())
    except NotPossible:
        return False  # recovery codes still work
    if step is None:
        return False
    model = type(credential)
    taken = db.session.execute(
        sa.update(model)
        .where(model.id == credential.id, sa.or_(model.totp_last_step.is_(None), model.totp_last_step < step))
        .values(totp_last_step=step)
        .execution_options(synchronize_session=False)
    )
    db.session.expire(credential)
    return bool(taken.rowcount == 1)  # type: ignore[attr-defined]  # an UPDATE's result has it


def _take_recovery_code(user: User, answer: str) -> bool:
    model = REALMS[user.kind].recovery_code
    taken = db.session.execute(
        sa.update(model)
        .where(model.user_id == user.id, model.code_hash == recovery_code_hash(answer), model.used_at.is_(None))
        .values(used_at=utc_now())
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result has it
        return False
    audit.record(db.session(), actor_of(user), "recovery_code.used", target_of(user))
    return True


def renew_codes(user: User, answer: str, *, actor: Actor) -> Sequence[str]:
    """Ten new recovery codes; the old ones are worth nothing.

    :return: the codes, to be shown this once
    :raises InvalidField: ``code`` does not fit
    """
    _demand_answer(user, answer)
    audit.record(db.session(), actor, "recovery_codes.renewed", target_of(user))
    return _new_codes(user)


def may_turn_off(kind: UserKind) -> bool:
    """Whether somebody of this kind may do without one."""
    return kind is not UserKind.STAFF or not settings().requires_staff_second_factor


def turn_off(user: User, answer: str, *, actor: Actor) -> None:
    """:raises InvalidField: ``code`` does not fit
    :raises NotPossible: for staff who must have one
    """
    if not may_turn_off(user.kind):
        raise NotPossible(STAFF_NEED_ONE)
    credential = _demand_answer(user, answer)
    _clear(user, credential)
    audit.record(db.session(), actor, "second_factor.disabled", target_of(user))
    _tell(user, "was turned off")


def move(user: User, answer: str, *, actor: Actor) -> None:
    """Begin anew with another phone. Until its first code the person has no second factor, and staff who need one can
    do nothing but set it up."""
    credential = _demand_answer(user, answer)
    _clear(user, credential)
    _new_secret(credential)
    audit.record(db.session(), actor, "second_factor.moved", target_of(user))
    _tell(user, "is being moved to another phone")


def reset(user: User, *, actor: Actor) -> None:
    """Take somebody's second factor away, for instance when phone and codes are lost. They sign in with the password
    alone then, and are led to set up a new one where staff need one.

    :raises NotPossible: if they have none
    """
    credential = locked_credential(user)
    if credential is None or not credential.totp_sealed:
        raise NotPossible(f"{user.name} has no second factor, so there is nothing to reset.")
    _clear(user, credential)
    audit.record(db.session(), actor, "second_factor.reset", target_of(user))
    _tell(user, "was reset by an admin")


def _credential(user: User) -> Credential:
    credential = locked_credential(user)
    if credential is None:
        raise NotPossible("Accept your invitation first: you have no password yet.")
    return credential


def _demand_answer(user: User, answer: str) -> Credential:
    credential = _credential(user)
    if not credential.has_second_factor:
        raise NotPossible("Your second factor is off, so there is nothing to change. Reload the page.")
    if not answer_fits(user, credential, answer):
        raise InvalidField("code", WRONG_CODE)
    return credential


def _new_secret(credential: Credential) -> None:
    sealed = key_ring().seal(totp.new_secret(), place_of(credential))
    credential.totp_sealed, credential.totp_key_id = sealed.data, sealed.key_id
    credential.totp_confirmed_at = credential.totp_last_step = None


def _clear(user: User, credential: Credential) -> None:
    credential.totp_sealed = credential.totp_key_id = None
    credential.totp_confirmed_at = credential.totp_last_step = None
    db.session.flush()
    _void_codes(user)


def _void_codes(user: User) -> None:
    """Marked as used, not deleted: the portal's account deletes nothing."""
    model = REALMS[user.kind].recovery_code
    db.session.execute(
        sa.update(model)
        .where(model.user_id == user.id, model.used_at.is_(None))
        .values(used_at=utc_now())
        .execution_options(synchronize_session=False)
    )


def _new_codes(user: User) -> Sequence[str]:
    _void_codes(user)
    codes = [new_recovery_code() for _ in range(RECOVERY_CODES)]
    model, now = REALMS[user.kind].recovery_code, utc_now()
    db.session.add_all([model(user_id=user.id, code_hash=recovery_code_hash(code), created_at=now) for code in codes])
    db.session.flush()
    return codes


def place_of(credential: Credential) -> Place:
    return Place(credential.__tablename__, "totp_sealed", credential.public_id)


def _opened(credential: Credential) -> str:
    """:raises NotPossible: if the stored secret does not open"""
    if credential.totp_sealed is None or credential.totp_key_id is None:
        raise NotPossible("Setting up the second factor was not started.")
    try:
        return key_ring().open(Sealed(credential.totp_key_id, credential.totp_sealed), place_of(credential))
    except CryptoError as exc:
        raise NotPossible("Your second factor cannot be read at present. Use a recovery code, or ask an admin to reset it.") from exc


def _tell(user: User, what: str) -> None:
    organization = target_of(user).organization
    queue_mail(
        to=user.email,
        subject=f"Your {name_for(organization)} second factor {what}",
        template="second_factor_changed",
        context={"name": user.name, "what": what},
        organization=organization,
        home_url=home_url(user.kind),
    )
