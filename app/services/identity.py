"""Rows of a person who signs in, and how the audit trail names them."""

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.audit import Actor, ActorKind, Target
from app.extensions import db
from app.models import REALMS, OrganizationMember, User, UserKind
from app.models.people import Credential
from app.services.installation import settings

VISITOR = Actor(ActorKind.VISITOR)
WITH_ORGANIZATION = joinedload(User.membership).joinedload(OrganizationMember.organization)


def home_url(kind: UserKind) -> str:
    """Where such a person signs in; without a slash at its end."""
    return (settings().public_url if kind is UserKind.STAFF else settings().clients_url).rstrip("/")


def target_of(user: User) -> Target:
    """The person as what an event is about, in their organization's chain or, for staff, the installation's."""
    return Target.of(user, user.membership.organization if user.membership else None)


def actor_of(user: User) -> Actor:
    return Actor(ActorKind(user.kind.value), user.public_id)


def person_row(user_id: int) -> User:
    return db.session.scalars(sa.select(User).where(User.id == user_id).options(WITH_ORGANIZATION)).one()


def locked_credential(user: User) -> Credential | None:
    """The person's credential, locked until the transaction ends. The lock puts signing in and a reset of the password
    in order: a session with the old password is either not opened, or is among those that the reset ends."""
    model = REALMS[user.kind].credential
    query = sa.select(model).where(model.user_id == user.id).with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).one_or_none()
