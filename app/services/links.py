"""Single-use links in mails: invitations and new passwords.

A newer link makes older ones of its kind void. Opening a link changes nothing, since mail scanners open links too; the
POST of its page uses it up with one conditional UPDATE, so two presses set one password.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import sqlalchemy as sa

from app import audit
from app.audit import Actor, Target
from app.clock import utc_now
from app.extensions import db
from app.ids import new_public_id
from app.models import REALMS, LinkPurpose, Organization, OrganizationMember, Realm, User, UserKind
from app.models.people import LinkToken
from app.security.tokens import looks_like_a_token, new_token, token_hash
from app.services.addresses import normal_address
from app.services.branding import name_for
from app.services.credentials import store_hash, tell_of_new_password
from app.services.errors import NotPossible, ServiceError
from app.services.identity import VISITOR, actor_of, home_url, locked_credential, person_row, target_of
from app.services.mail import queue_mail
from app.services.sign_in import end_all_sessions

LIFETIMES = {LinkPurpose.INVITATION: timedelta(days=7), LinkPurpose.PASSWORD_RESET: timedelta(hours=1)}
PATHS = {LinkPurpose.INVITATION: "invitation", LinkPurpose.PASSWORD_RESET: "reset-password"}
_NOBODY = "nobody@example.invalid"


class WhyGone(StrEnum):
    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"


class LinkGone(ServiceError):
    """A link that does not work, or no longer."""

    def __init__(self, why: WhyGone, purpose: LinkPurpose) -> None:
        super().__init__(_SENTENCES[why])
        self.why, self.purpose = why, purpose


_SENTENCES = {
    WhyGone.UNKNOWN: "This link is not complete, or it was never made.",
    WhyGone.USED: "This link was used already, or a newer one took its place.",
    WhyGone.EXPIRED: "This link is too old.",
}


@dataclass(frozen=True)
class OpenLink:
    """A link that still works, and whose it is; plain values, for the page and for the slow half of using it."""

    purpose: LinkPurpose
    kind: UserKind
    link_id: int
    user_id: int
    name: str
    email: str
    organization_name: str | None


def send_invitation(user: User, *, actor: Actor) -> None:
    """Mail somebody the link with which they choose a password.

    :raises NotPossible: if they have one already, or are deactivated
    """
    realm = REALMS[user.kind]
    if not user.is_active:
        raise NotPossible(f"{user.name} is deactivated. Reactivate them first, then invite them.")
    if db.session.scalar(sa.select(realm.credential.id).where(realm.credential.user_id == user.id)) is not None:
        raise NotPossible(f"{user.name} accepted an invitation already, and can ask for a new password on the sign-in page.")
    token = _make_link(realm, user.id, LinkPurpose.INVITATION)
    target = target_of(user)
    queue_mail(
        to=user.email,
        subject="Your invitation to Fivegate" if target.organization is None else f"Your invitation to {target.organization.name}’s portal",
        template="invitation",
        context={
            "name": user.name,
            "url": _url(LinkPurpose.INVITATION, user.kind, token),
            "organization": target.organization.name if target.organization else "",
            "days": LIFETIMES[LinkPurpose.INVITATION].days,
        },
        organization=target.organization,
        home_url=home_url(user.kind),
    )
    audit.record(db.session(), actor, "invitation.sent", target)


def request_password_reset(*, email: str, kinds: frozenset[UserKind]) -> None:
    """Mail a link for a new password, if there is somebody who could use it. The same statements run and a mail of the
    same size is written when there is nobody, so neither the answer nor its time tells."""
    realms = [REALMS[kind] for kind in sorted(kinds)]
    query = sa.select(User.id, User.kind, User.name, User.email, User.public_id, OrganizationMember.organization_id)
    query = query.outerjoin(OrganizationMember, OrganizationMember.user_id == User.id)
    for realm in realms:
        query = query.outerjoin(realm.credential, realm.credential.user_id == User.id)
    accepted = sa.or_(*[realm.credential.id.is_not(None) for realm in realms])
    row = db.session.execute(
        query.where(User.email == normal_address(email), User.kind.in_(sorted(kinds)), User.is_active.is_(True), accepted)
    ).one_or_none()
    organization_id = row.organization_id if row else None
    organization = db.session.scalar(sa.select(Organization).where(Organization.id == (organization_id or 0)))
    realm = REALMS[row.kind] if row else realms[0]
    token = _make_link(realm, row.id if row else 0, LinkPurpose.PASSWORD_RESET)
    queue_mail(
        to=row.email if row else _NOBODY,
        subject=f"A new password for {name_for(organization)}",
        template="password_reset",
        context={"name": row.name if row else "Nobody", "url": _url(LinkPurpose.PASSWORD_RESET, realm.kind, token)},
        organization=organization,
        home_url=home_url(realm.kind),
        is_decoy=row is None,
    )
    target = Target(User.__tablename__, row.public_id if row else "", organization)
    audit.record(db.session(), VISITOR, "password_reset.requested", target)


def _make_link(realm: Realm, user_id: int, purpose: LinkPurpose) -> str:
    """Void older links and make one. The INSERT takes its person from the table, so for nobody (0) it inserts nothing
    and costs the same.

    :return: the token, which is nowhere else
    """
    model, token, now = realm.link_token, new_token(), utc_now()
    _void_links(model, user_id, purpose)
    values: dict[str, object] = {
        "public_id": new_public_id(),
        "purpose": purpose,
        "token_hash": token_hash(token),
        "created_at": now,
        "expires_at": now + LIFETIMES[purpose],
    }
    table = model.__table__
    source = sa.select(User.id, *[sa.literal(value, table.c[name].type) for name, value in values.items()]).where(User.id == user_id)
    db.session.execute(sa.insert(table).from_select(["user_id", *values], source))  # type: ignore[arg-type]  # a Table
    return token


def _void_links(model: type[LinkToken], user_id: int, *purposes: LinkPurpose) -> None:
    db.session.execute(
        sa.update(model)
        .where(model.user_id == user_id, model.purpose.in_(purposes), model.used_at.is_(None))
        .values(used_at=utc_now())
        .execution_options(synchronize_session=False)
    )


def _url(purpose: LinkPurpose, kind: UserKind, token: str) -> str:
    return f"{home_url(kind)}/{PATHS[purpose]}/{token}"


def open_link(token: str, purpose: LinkPurpose, *, kinds: frozenset[UserKind]) -> OpenLink:
    """Look at a link without using it.

    :param kinds: whose links work here
    :raises LinkGone: if it is unknown, used or too old, or its person may not sign in any more
    """
    if not looks_like_a_token(token):
        raise LinkGone(WhyGone.UNKNOWN, purpose)
    for kind in sorted(kinds):
        model = REALMS[kind].link_token
        link = db.session.scalars(sa.select(model).where(model.token_hash == token_hash(token), model.purpose == purpose)).one_or_none()
        if link is not None:
            return _opened(link, kind)
    raise LinkGone(WhyGone.UNKNOWN, purpose)


def _opened(link: LinkToken, kind: UserKind) -> OpenLink:
    user = person_row(link.user_id)
    if link.used_at is not None:
        raise LinkGone(WhyGone.USED, link.purpose)
    if link.expires_at <= utc_now():
        raise LinkGone(WhyGone.EXPIRED, link.purpose)
    if not user.is_active:
        raise LinkGone(WhyGone.UNKNOWN, link.purpose)
    organization = target_of(user).organization
    return OpenLink(link.purpose, kind, link.id, user.id, user.name, user.email, organization.name if organization else None)


def use_link(link: OpenLink, *, password_hash: str) -> None:
    """Use a link up and set the password it was for. A reset ends every session and leaves the second factor alone.

    :param password_hash: made before, with no transaction open
    :raises LinkGone: if another request was faster, or the link ran out meanwhile
    """
    model, now = REALMS[link.kind].link_token, utc_now()
    used = db.session.execute(
        sa.update(model)
        .where(model.id == link.link_id, model.used_at.is_(None), model.expires_at > now)
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result has it
        raise LinkGone(WhyGone.USED, link.purpose)
    user = person_row(link.user_id)
    has_password = locked_credential(user) is not None
    if not user.is_active or has_password is (link.purpose is LinkPurpose.INVITATION):
        raise LinkGone(WhyGone.USED, link.purpose)
    actor = actor_of(user)
    _void_links(model, user.id, *LinkPurpose)
    store_hash(user, password_hash, actor=actor)
    if link.purpose is LinkPurpose.INVITATION:
        audit.record(db.session(), actor, "invitation.accepted", target_of(user))
        return
    end_all_sessions(user, actor=actor)
    tell_of_new_password(user)
