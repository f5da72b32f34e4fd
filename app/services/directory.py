"""People as pages show them: who is here, in which role, whether they can sign in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import (
    REALMS,
    ConnectorState,
    LinkPurpose,
    MemberRole,
    Organization,
    OrganizationMember,
    ProviderAccount,
    StaffRole,
    User,
    UserKind,
)
from app.models.people import Credential
from app.services.addresses import normal_address
from app.services.paging import Page, paginate

WITH_ORGANIZATION = (joinedload(User.membership).joinedload(OrganizationMember.organization),)


class PersonState(StrEnum):
    ACTIVE = "active"
    INVITED = "invited"
    DEACTIVATED = "deactivated"

    @property
    def label(self) -> str:
        return {"active": "Active", "invited": "Invited", "deactivated": "Deactivated"}[self.value]

    @classmethod
    def of(cls, user: User, credential: Credential | None) -> "PersonState":
        if not user.is_active:
            return cls.DEACTIVATED
        return cls.INVITED if credential is None else cls.ACTIVE


@dataclass(frozen=True)
class PersonLine:
    """A person as lists show them."""

    user: User
    state: PersonState
    has_second_factor: bool

    @property
    def role(self) -> StaffRole | MemberRole:
        return role_of(self.user)


@dataclass(frozen=True)
class PersonFacts:
    """A person as their page shows them."""

    line: PersonLine
    organization: Organization | None
    last_sign_in_at: datetime | None
    invitation_until: datetime | None
    """Until when the newest invitation can be accepted; None: there is none that was not used."""
    owns: Sequence[ProviderAccount]


def role_of(user: User) -> StaffRole | MemberRole:
    if user.staff_role is not None:
        return user.staff_role
    if user.membership is None:
        raise RuntimeError("a client belongs to an organization")
    return user.membership.role


def organization_of(user: User) -> Organization | None:
    return user.membership.organization if user.membership else None


def role_version(user: User) -> int:
    """Version of the row that holds the person's role."""
    return user.membership.version if user.membership else user.version


def list_people(*, kind: UserKind | None, search: str, page: int) -> Page[User]:
    """By name. ``search`` is looked for in names and addresses, each of its characters literally."""
    query = sa.select(User).options(*WITH_ORGANIZATION).order_by(User.name, User.id)
    if kind is not None:
        query = query.where(User.kind == kind)
    if search:
        address = normal_address(search)
        query = query.where(sa.or_(User.name.icontains(search, autoescape=True), User.email.icontains(address, autoescape=True)))
    return paginate(query, page=page)


def names_of(public_ids: Collection[str]) -> dict[str, str]:
    """Public id → name, of those who are still there."""
    query = sa.select(User.public_id, User.name).where(User.public_id.in_(public_ids))
    return {row[0]: row[1] for row in db.session.execute(query)}


def members_of(organization: Organization) -> list[PersonLine]:
    """An organization's people, by name."""
    query = (
        sa.select(User)
        .join(OrganizationMember, OrganizationMember.user_id == User.id)
        .where(OrganizationMember.organization_id == organization.id)
        .options(*WITH_ORGANIZATION)
        .order_by(User.name, User.id)
    )
    return lines_of(db.session.scalars(query).unique().all())


def lines_of(users: Sequence[User]) -> list[PersonLine]:
    """The same people with their state, with one statement for each kind among them."""
    credentials: dict[int, Credential] = {}
    for kind in {user.kind for user in users}:
        model = REALMS[kind].credential
        ids = [user.id for user in users if user.kind is kind]
        credentials |= {found.user_id: found for found in db.session.scalars(sa.select(model).where(model.user_id.in_(ids)))}
    return [_line(user, credentials.get(user.id)) for user in users]


def _line(user: User, credential: Credential | None) -> PersonLine:
    return PersonLine(user, PersonState.of(user, credential), credential is not None and credential.has_second_factor)


def facts_of(user: User) -> PersonFacts:
    realm = REALMS[user.kind]
    link, session = realm.link_token, realm.session
    invitation_until = db.session.scalar(
        sa.select(sa.func.max(link.expires_at)).where(
            link.user_id == user.id, link.purpose == LinkPurpose.INVITATION, link.used_at.is_(None)
        )
    )
    last_sign_in_at = db.session.scalar(sa.select(sa.func.max(session.started_at)).where(session.user_id == user.id))
    return PersonFacts(lines_of([user])[0], organization_of(user), last_sign_in_at, invitation_until, connectors_owned_by(user))


def connectors_owned_by(user: User) -> Sequence[ProviderAccount]:
    """Connectors that would be without an active owner if this person left."""
    query = (
        sa.select(ProviderAccount)
        .where(ProviderAccount.owner_id == user.id, ProviderAccount.state != ConnectorState.RETIRED)
        .options(joinedload(ProviderAccount.organization))
        .order_by(ProviderAccount.source_label, ProviderAccount.id)
    )
    return db.session.scalars(query).all()
