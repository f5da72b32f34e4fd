"""People: staff and clients, their roles, and whether they may sign in.

An admin who demotes or deactivates somebody locks every active admin's row first, in id order. Two admins who take
each other's role away at the same moment therefore come one after the other, and the second one is refused.
"""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app import audit
from app.audit import Actor, Target
from app.extensions import db
from app.models import STAFF_REALM, MemberRole, Organization, OrganizationMember, StaffRole, User, UserKind
from app.services import links, second_factor, sign_in, tasks
from app.services.addresses import storable_address
from app.services.directory import WITH_ORGANIZATION, PersonState, connectors_owned_by, lines_of, organization_of, role_of
from app.services.errors import InvalidField, NotPossible, StaleVersion

HAND_OVER = "owner-missing"
HAND_OVER_WITHIN = timedelta(days=3)
MAX_DETAIL = 1000


def add_staff(*, name: str, email: str, role: StaffRole, actor: Actor) -> User:
    """Add a staff member, who cannot sign in before they accept an invitation.

    :raises InvalidField: somebody has this address
    """
    user = User(kind=UserKind.STAFF, name=name, email=storable_address(email), staff_role=role)
    changes = audit.changes_of(user)
    _insert(user)
    audit.record(db.session(), actor, "person.added", Target.of(user, None), changes)
    return user


def add_member(*, organization: Organization, name: str, email: str, role: MemberRole, actor: Actor) -> User:
    """Add a client to an organization; the same rules as for staff."""
    user = User(kind=UserKind.CLIENT, name=name, email=storable_address(email))
    changes = {**audit.changes_of(user), "role": [None, role]}
    user.membership = OrganizationMember(organization_id=organization.id, role=role)
    _insert(user)
    audit.record(db.session(), actor, "person.added", Target.of(user, organization), changes)
    return user


def _insert(user: User) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(user)
    except IntegrityError as exc:
        raise InvalidField("email", "Somebody has this address already. Look for it in the list of people.") from exc


def get_person(public_id: str) -> User:
    """:raises sqlalchemy.exc.NoResultFound: if there is none"""
    return db.session.scalars(sa.select(User).where(User.public_id == public_id).options(*WITH_ORGANIZATION)).one()


def change_role(person: User, *, role: StaffRole | MemberRole, seen_version: int, actor: Actor) -> bool:
    """Give somebody another role of their kind.

    :return: False if it was theirs already; then nothing changes
    :raises NotPossible: it is the own role, or that of the last active admin
    :raises StaleVersion: it was changed since the form was opened
    """
    _demand_somebody_else(person, actor, "You cannot change your own role. Ask another admin.")
    admins = _lock_active_admins(person)
    row = person.membership or person
    db.session.refresh(row, with_for_update=True)
    if isinstance(role, StaffRole) is not (person.kind is UserKind.STAFF):
        raise InvalidField("role", "Choose a role from the list.")
    if role_of(person) is role:
        return False
    if row.version != seen_version:
        raise StaleVersion("Somebody else changed this person while you had the page open.", {"Role": role_of(person).label})
    if role is StaffRole.SUPPORT:
        _demand_another_admin(person, admins)
    if isinstance(row, OrganizationMember) and isinstance(role, MemberRole):
        row.role = role
    elif isinstance(role, StaffRole):
        person.staff_role = role
    changes = audit.changes_of(row)  # first: looking the organization up may flush
    audit.record(db.session(), actor, "person.role_changed", Target.of(person, organization_of(person)), changes)
    db.session.flush()
    return True


def deactivate(person: User, *, actor: Actor) -> bool:
    """Take somebody's way in: they are signed out everywhere and cannot sign in again. What they did stays theirs.
    If connectors are left without an active owner, one task to name new ones opens for whoever did it.

    :return: False if they were deactivated already; then nothing changes
    :raises NotPossible: it is oneself, or the last active admin
    """
    _demand_somebody_else(person, actor, "You cannot deactivate yourself. Ask another admin.")
    admins = _lock_active_admins(person)
    db.session.refresh(person, with_for_update=True)
    if not person.is_active:
        return False
    _demand_another_admin(person, admins)
    person.is_active = False
    _record_state(person, "person.deactivated", actor)
    sign_in.end_all_sessions(person, actor=actor)
    _ask_for_new_owner(person, actor)
    return True


def reactivate(person: User, *, actor: Actor) -> bool:
    """Let somebody sign in again, with the password and second factor that they had.

    :return: False if they were active already; then nothing changes
    """
    db.session.refresh(person, with_for_update=True)
    if person.is_active:
        return False
    person.is_active = True
    _record_state(person, "person.reactivated", actor)
    tasks.close_tasks(_hand_over_key(person), actor=actor)
    return True


def reset_second_factor(person: User, *, actor: Actor) -> None:
    """Take somebody's second factor away, because they lost it; they set up a new one.

    :raises NotPossible: it is the own one, or there is none
    """
    _demand_somebody_else(person, actor, "Change your own second factor on your account page.")
    if not lines_of([person])[0].has_second_factor:
        raise NotPossible("This person has no second factor. Nothing was changed.")
    second_factor.reset(person, actor=actor)


def send_invitation_again(person: User, *, actor: Actor) -> None:
    """A new invitation; links of earlier ones stop working.

    :raises NotPossible: they accepted one, or are deactivated
    """
    state = lines_of([person])[0].state
    if state is PersonState.ACTIVE:
        raise NotPossible("This person accepted their invitation already. Send a link for a new password instead.")
    if state is PersonState.DEACTIVATED:
        raise NotPossible("This person is deactivated. Reactivate them first, then send the invitation.")
    links.send_invitation(person, actor=actor)


def send_reset_link(person: User, *, actor: Actor) -> None:
    """Send somebody a link with which they choose a new password; staff never see or set it.

    :raises NotPossible: there is no password yet, or they are deactivated
    """
    state = lines_of([person])[0].state
    if state is PersonState.INVITED:
        raise NotPossible("This person has no password yet. Send the invitation again instead.")
    if state is PersonState.DEACTIVATED:
        raise NotPossible("This person is deactivated. Reactivate them first, then send the link.")
    links.request_password_reset(email=person.email, kinds=frozenset({person.kind}))
    audit.record(db.session(), actor, "person.reset_link_sent", Target.of(person, organization_of(person)))


def _demand_somebody_else(person: User, actor: Actor, sentence: str) -> None:
    if actor.id == person.public_id:
        raise NotPossible(sentence)


def _lock_active_admins(person: User) -> Sequence[User]:
    """Every active admin, locked, if ``person`` is staff: the first lock that such a transaction takes."""
    if person.kind is not UserKind.STAFF:
        return []
    query = (
        sa.select(User)
        .where(User.kind == UserKind.STAFF, User.staff_role == StaffRole.ADMIN, User.is_active.is_(True))
        .order_by(User.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).all()


def _demand_another_admin(person: User, admins: Sequence[User]) -> None:
    """An admin who never accepted their invitation does not count: nobody could sign in."""
    if person not in admins:
        return
    credential = STAFF_REALM.credential
    others = [admin.id for admin in admins if admin is not person]
    if db.session.scalar(sa.select(sa.func.count()).select_from(credential).where(credential.user_id.in_(others))) == 0:
        raise NotPossible("This is the only admin who can sign in. Make somebody else an admin first, or nobody could manage Fivegate.")


def _record_state(person: User, action: str, actor: Actor) -> None:
    changes = audit.changes_of(person)  # first: looking the organization up may flush
    audit.record(db.session(), actor, action, Target.of(person, organization_of(person)), changes)
    db.session.flush()


def _hand_over_key(person: User) -> str:
    return f"{HAND_OVER}:{person.public_id}"


def _ask_for_new_owner(person: User, actor: Actor) -> None:
    owned = connectors_owned_by(person)
    if not owned:
        return
    organizations = {account.organization for account in owned}
    organization = organizations.pop() if len(organizations) == 1 else None
    what = "a connector" if len(owned) == 1 else f"{len(owned)} connectors"
    names = ", ".join(f"{account.source_label} ({account.organization.name})" for account in owned)
    detail = f"The person who owned them was deactivated. Open each one and choose a new owner: {names}."
    tasks.open_task(
        key=_hand_over_key(person),
        kind=HAND_OVER,
        title=f"Name a new owner for {what}",
        detail=detail if len(detail) <= MAX_DETAIL else detail[: MAX_DETAIL - 1] + "…",
        organization=organization,
        account=owned[0] if len(owned) == 1 else None,
        owner=db.session.scalar(sa.select(User).where(User.public_id == actor.id, User.kind == UserKind.STAFF)),
        due_on=tasks.today(organization) + HAND_OVER_WITHIN,
        actor=actor,
    )
