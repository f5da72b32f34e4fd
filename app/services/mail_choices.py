"""How often clients want their cards by mail, and the link in each report that ends it without signing in.

The link's token is signed and stored nowhere. It does not run out: whoever finds an old report must be able to stop the next
one. It opens nothing but this one switch.
"""

import hashlib

import sqlalchemy as sa
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.exc import IntegrityError

from app import audit
from app.audit import Actor
from app.clock import utc_now
from app.extensions import db
from app.models import DigestFrequency, MailChoice, User, UserKind
from app.services.errors import ServiceError
from app.services.identity import WITH_ORGANIZATION, actor_of, home_url, target_of
from app.services.installation import settings

PATH = "mail/unsubscribe"
PURPOSE = "reports"
"""Stands in the token: a link that ends reports ends nothing else that may be mailed one day."""
_SALT = "fivegate.mail.unsubscribe"


class LinkNotValid(ServiceError):
    """A token that was never made here, or for something else."""

    def __init__(self) -> None:
        super().__init__("This link is not complete, or it was never made.")


def frequency_of(user_id: int) -> DigestFrequency:
    found = db.session.scalar(sa.select(MailChoice.frequency).where(MailChoice.user_id == user_id))
    return found or DigestFrequency.OFF


def choose(user: User, frequency: DigestFrequency, *, actor: Actor) -> bool:
    """Change how often somebody is mailed.

    :return: False if it was so already: then nothing is written, and the next report comes as it would have
    """
    choice = _locked(user.id)
    if choice is None and frequency is DigestFrequency.OFF:
        return False
    if choice is None:
        choice = _made(user.id)
    before = choice.frequency
    if before is frequency:
        return False
    choice.frequency, choice.changed_at = frequency, utc_now()
    audit.record(db.session(), actor, "mail_choice.changed", target_of(user), {"frequency": [before.value, frequency.value]})
    return True


def _made(user_id: int) -> MailChoice:
    """The row, also where another request makes it in the same moment."""
    choice = MailChoice(user_id=user_id, frequency=DigestFrequency.OFF, changed_at=utc_now())
    try:
        with db.session.begin_nested():
            db.session.add(choice)
    except IntegrityError:
        found = _locked(user_id)
        if found is None:
            raise
        return found
    return choice


def _locked(user_id: int) -> MailChoice | None:
    query = sa.select(MailChoice).where(MailChoice.user_id == user_id).with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).one_or_none()


def unsubscribe_url(user: User) -> str:
    return f"{home_url(UserKind.CLIENT)}/{PATH}/{token_for(user)}"


def token_for(user: User) -> str:
    return str(_serializer().dumps([PURPOSE, user.public_id]))


def person_behind(token: str) -> User:
    """Whose reports the token ends.

    :raises LinkNotValid: if it was not made here, or not for this
    """
    try:
        purpose, public_id = _serializer().loads(token)
    except (BadData, ValueError, TypeError) as exc:
        raise LinkNotValid from exc
    if purpose != PURPOSE or not isinstance(public_id, str):
        raise LinkNotValid
    query = sa.select(User).where(User.public_id == public_id, User.kind == UserKind.CLIENT).options(WITH_ORGANIZATION)
    user = db.session.scalars(query).one_or_none()
    if user is None:
        raise LinkNotValid
    return user


def unsubscribe(token: str) -> User:
    """Switch reports off. The person is the actor: nobody else holds the link, or they passed it on.

    :return: whose they were; off already is no trouble
    :raises LinkNotValid: see :func:`person_behind`
    """
    user = person_behind(token)
    choose(user, DigestFrequency.OFF, actor=actor_of(user))
    return user


def _serializer() -> URLSafeSerializer:
    key = settings().secret_key.get_secret_value()
    return URLSafeSerializer(key, salt=_SALT, signer_kwargs={"digest_method": hashlib.sha256})
