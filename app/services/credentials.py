"""Passwords of people: setting, changing, checking."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from app import audit
from app.audit import Actor
from app.clock import utc_now
from app.extensions import db
from app.models import REALMS, User, UserKind
from app.security.passwords import hash_password, password_problem, verify_password
from app.services.branding import name_for
from app.services.errors import InvalidField, NotPossible
from app.services.identity import home_url, locked_credential, person_row, target_of
from app.services.mail import queue_mail
from app.services.sign_in import end_all_sessions


@dataclass(frozen=True)
class OwnCredential:
    """What checking somebody's password needs, in plain values: no transaction is open meanwhile."""

    user_id: int
    kind: UserKind
    email: str
    name: str
    password_hash: str = field(repr=False)

    def demand(self, password: str, *, form_field: str = "current_password") -> None:
        """Slow.

        :raises InvalidField: if it is not the person's password
        """
        if not verify_password(self.password_hash, password):
            raise InvalidField(form_field, "This is not your current password.")


def own_credential(*, user_id: int, kind: UserKind) -> OwnCredential:
    """The signed-in person's."""
    model = REALMS[kind].credential
    row = db.session.execute(
        sa.select(User.email, User.name, model.password_hash).join(model, model.user_id == User.id).where(User.id == user_id)
    ).one()
    return OwnCredential(user_id, kind, row.email, row.name, row.password_hash)


def acceptable_hash(password: str, *, email: str, name: str) -> str:
    """Hash a new password. Slow: no transaction may be open.

    :raises InvalidField: if it is easy to guess; says why
    """
    problem = password_problem(password, email=email, name=name)
    if problem:
        raise InvalidField("password", problem)
    return hash_password(password)


def set_password(user: User, password: str, *, actor: Actor) -> None:
    """Give somebody a password, whatever they had.

    :raises InvalidField: if it is easy to guess
    """
    store_hash(user, acceptable_hash(password, email=user.email, name=user.name), actor=actor)


def store_hash(user: User, password_hash: str, *, actor: Actor) -> None:
    """Keep the hash of a new password. The second factor stays as it is."""
    credential = locked_credential(user)
    if credential is None:
        credential = REALMS[user.kind].credential(user_id=user.id)
        db.session.add(credential)
    credential.password_hash = password_hash
    credential.password_set_at = utc_now()
    audit.record(db.session(), actor, "password.set", target_of(user))
    db.session.flush()


def change_password(own: OwnCredential, new_hash: str, *, session_id: int, actor: Actor) -> None:
    """Replace the own password, sign the person out of other browsers, and tell them by mail.

    :param own: as it was when the current password was checked
    :param session_id: the session that asks; it stays open
    :raises NotPossible: if another browser changed the password in between
    """
    user = person_row(own.user_id)
    credential = locked_credential(user)
    if credential is None or credential.password_hash != own.password_hash:
        raise NotPossible("Your password was changed in another browser just now. Use the newer one.")
    store_hash(user, new_hash, actor=actor)
    end_all_sessions(user, actor=actor, but=session_id)
    tell_of_new_password(user)


def tell_of_new_password(user: User) -> None:
    """A notice, so that somebody whose mailbox or browser was used by another learns of it."""
    url, organization = home_url(user.kind), target_of(user).organization
    queue_mail(
        to=user.email,
        subject=f"Your {name_for(organization)} password was changed",
        template="password_changed",
        context={"name": user.name, "reset_url": f"{url}/forgotten-password"},
        organization=organization,
        home_url=url,
    )
