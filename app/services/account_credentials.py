"""A connector's secrets: set, replaced, removed; opened by the job that needs one and by nothing that shows pages.

The trail and the logs learn which secret it was and who set it, never a character of it.
"""

import unicodedata

import sqlalchemy as sa

from app import audit
from app.audit import Actor, ActorKind, Target
from app.clock import utc_now
from app.extensions import db
from app.models import AccountCredential, ProviderAccount, User
from app.security.crypto import Place, Sealed
from app.services.errors import InvalidField
from app.services.keys import key_ring

MAX_LENGTH = 2000
SHORTEST_WITH_LAST_FOUR = 12
"""Four characters of a shorter secret would be too much of it."""


def set_credential(account: ProviderAccount, *, name: str, value: str, actor: Actor) -> AccountCredential:
    """Store a secret in place of an earlier one of this name.

    :raises InvalidField: if the value is empty, too long or holds characters that no secret has
    """
    check_value(value)
    _lock(account)
    set_by = _staff(actor)
    credential = _find(account, name)
    is_new = credential is None
    if credential is None:
        credential = AccountCredential(account_id=account.id, name=name)
        db.session.add(credential)
    sealed = key_ring().seal(value, place_of(credential))
    credential.sealed, credential.key_id = sealed.data, sealed.key_id
    credential.last_four = value[-4:] if len(value) >= SHORTEST_WITH_LAST_FOUR else ""
    credential.set_at, credential.set_by = utc_now(), set_by
    db.session.flush()
    db.session.expire(account, ["credentials"])
    _record(account, actor, "credential.set" if is_new else "credential.replaced", name)
    return credential


def remove_credential(account: ProviderAccount, *, name: str, actor: Actor) -> bool:
    """Forget a secret.

    :return: False if there was none
    """
    _lock(account)
    credential = _find(account, name)
    if credential is None:
        return False
    db.session.delete(credential)
    db.session.flush()
    db.session.expire(account, ["credentials"])
    _record(account, actor, "credential.removed", name)
    return True


def open_credential(credential: AccountCredential) -> str:
    """The secret itself, for the connector that is about to use it. Never for a page, a log or an argument of a job.

    :raises app.security.crypto.CryptoError: if it was moved here from another row, changed, or its key is gone
    """
    return key_ring().open(Sealed(credential.key_id, credential.sealed), place_of(credential))


def place_of(credential: AccountCredential) -> Place:
    return Place(AccountCredential.__tablename__, "sealed", credential.public_id)


def check_value(value: str) -> None:
    """:raises InvalidField: whose sentence does not quote the value"""
    if not value:
        raise InvalidField("value", "Enter the secret.")
    if len(value) > MAX_LENGTH:
        raise InvalidField("value", f"Use at most {MAX_LENGTH:,} characters.")
    if any(unicodedata.category(c)[0] == "C" for c in value):
        raise InvalidField("value", "Copy it once more: what came holds control or invisible characters, which no secret has.")


def _lock(account: ProviderAccount) -> None:
    """One change of a connector's secrets at a time."""
    db.session.execute(sa.select(ProviderAccount.id).where(ProviderAccount.id == account.id).with_for_update())


def _find(account: ProviderAccount, name: str) -> AccountCredential | None:
    query = sa.select(AccountCredential).where(AccountCredential.account_id == account.id, AccountCredential.name == name)
    return db.session.scalar(query.execution_options(populate_existing=True))


def _staff(actor: Actor) -> User | None:
    return db.session.scalar(sa.select(User).where(User.public_id == actor.id)) if actor.kind is ActorKind.STAFF else None


def _record(account: ProviderAccount, actor: Actor, action: str, name: str) -> None:
    audit.record(db.session(), actor, action, Target.of(account, account.organization), {"secret": name})
