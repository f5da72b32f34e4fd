"""Asking a client admin, by mail, to grant access. The link is for that person alone; opening it changes nothing, and the form of
its page grants what was asked for, once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app import audit
from app.audit import Actor, Target
from app.clock import utc_now
from app.extensions import db
from app.imports.catalog import DATA_TYPES, label_of
from app.models import AccessRequest, ClientAct, ConnectorState, MemberRole, OrganizationMember, ProviderAccount, User, UserKind
from app.security.tokens import looks_like_a_token, new_token, token_hash
from app.services import client_acts
from app.services.errors import InvalidField, NotPossible, ServiceError
from app.services.identity import home_url
from app.services.mail import queue_mail

LIFETIME = timedelta(days=14)
PATH = "portal/access"


class RequestState(StrEnum):
    SENT = "sent"
    OPENED = "opened"
    DONE = "done"
    EXPIRED = "expired"
    CANCELED = "canceled"

    @property
    def label(self) -> str:
        return self.value.capitalize()

    @property
    def is_open(self) -> bool:
        return self in {RequestState.SENT, RequestState.OPENED}


class WhyNot(StrEnum):
    """Why a link leads nowhere."""

    UNKNOWN = "unknown"
    SOMEBODY_ELSE = "somebody_else"
    DONE = "done"
    EXPIRED = "expired"
    CANCELED = "canceled"


_SENTENCES = {
    WhyNot.UNKNOWN: ("This link does not work", "It is not complete, or it was never made. Open it again from the mail, whole."),
    WhyNot.SOMEBODY_ELSE: (
        "This link is for somebody else",
        "Only the person who got the mail can use it. If that is you, sign out and sign in with the address that the mail came to.",
    ),
    WhyNot.DONE: ("This link was used already", "Access was granted with it. What counts now is on the page of your sources."),
    WhyNot.EXPIRED: (
        "This link is too old",
        f"It works for {LIFETIME.days} days. You can grant access on the page of your sources, or ask your agency for a new mail.",
    ),
    WhyNot.CANCELED: (
        "This link does not count any more",
        "Your agency took the request back or sent a newer one. Look for a newer mail, or ask your agency what it needs.",
    ),
}


class RequestGone(ServiceError):
    """A link that cannot be used, with what to do instead."""

    def __init__(self, why: WhyNot) -> None:
        self.title, sentence = _SENTENCES[why]
        super().__init__(sentence)
        self.why = why


@dataclass(frozen=True)
class RequestLine:
    """A request and how it stands."""

    request: AccessRequest
    state: RequestState


def client_admins(account: ProviderAccount) -> Sequence[User]:
    """Who can be asked: active client admins of the connector's organization."""
    query = (
        sa.select(User)
        .join(OrganizationMember, OrganizationMember.user_id == User.id)
        .where(
            OrganizationMember.organization_id == account.organization_id,
            OrganizationMember.role == MemberRole.ADMIN,
            User.kind == UserKind.CLIENT,
            User.is_active.is_(True),
        )
    )
    return db.session.scalars(query.order_by(User.name, User.id)).all()


def send(
    account: ProviderAccount, *, to: User | None, reads: Collection[str], writes: Collection[str], why: str, by: User, actor: Actor
) -> AccessRequest:
    """Ask somebody for access. A request that is still open is taken back: the newest is the one that counts.

    :raises InvalidField: the part that cannot be taken
    :raises NotPossible: if the connector is not read any more
    """
    if account.state is ConnectorState.RETIRED:
        raise NotPossible("This connector is retired, so there is nothing to ask for.")
    db.session.execute(sa.select(ProviderAccount.id).where(ProviderAccount.id == account.id).with_for_update())
    if to is None or to.id not in {each.id for each in client_admins(account)}:
        raise InvalidField("to", "Choose an active client admin of this organization.")
    if not reads:
        raise InvalidField("reads", "Choose the data types that you ask for.")
    for name, keys in (("reads", reads), ("writes", writes)):
        if not set(keys) <= DATA_TYPES.keys():
            raise InvalidField(name, "Choose data types from the list.")
    if not why.strip():
        raise InvalidField("why", "Say what it is for: the client reads it.")
    for former in _open_ones(account):
        cancel(former, actor=actor)
    token, now = new_token(), utc_now()
    row = AccessRequest(
        account_id=account.id,
        to_id=to.id,
        reads=",".join(sorted(set(reads))),
        writes=",".join(sorted(set(writes))),
        why=why.strip(),
        token_hash=token_hash(token),
        requested_by_id=by.id,
        sent_at=now,
        expires_at=now + LIFETIME,
    )
    target = Target.of(row, account.organization)
    db.session.add(row)
    db.session.flush()
    _mail(account, row, to, token)
    changes = {"connector": account.public_id, "to": to.public_id, "reads": sorted(set(reads)), "writes": sorted(set(writes))}
    audit.record(db.session(), actor, "access_request.sent", target, changes)
    return row


def _mail(account: ProviderAccount, row: AccessRequest, to: User, token: str) -> None:
    home = home_url(UserKind.CLIENT)
    queue_mail(
        to=to.email,
        subject=f"Access to {account.source_label}: please decide",
        template="access_request",
        organization=account.organization,
        context={
            "name": to.name,
            "organization": account.organization.name,
            "source": account.source_label,
            "reads": labels_of(row.reads),
            "writes": labels_of(row.writes),
            "why": row.why,
            "days": LIFETIME.days,
            "url": f"{home}/{PATH}/{token}",
        },
        home_url=home,
    )


def labels_of(keys: str) -> list[str]:
    """:param keys: comma-separated, as a request keeps them"""
    return [label_of(key) for key in client_acts.keys_of(keys)]


def cancel(row: AccessRequest, *, actor: Actor) -> None:
    """Take a request back: its link does not count any more.

    :raises NotPossible: if it is over already
    """
    db.session.refresh(row, with_for_update=True)
    state = state_of(row, now=utc_now())
    if not state.is_open:
        raise NotPossible(f"This request is {state.label.lower()} already. Nothing was changed.")
    row.canceled_at = utc_now()
    changes = {"connector": row.account.public_id}
    audit.record(db.session(), actor, "access_request.canceled", Target.of(row, row.account.organization), changes)
    db.session.flush()


def state_of(row: AccessRequest, *, now: datetime) -> RequestState:
    if row.done_at is not None:
        return RequestState.DONE
    if row.canceled_at is not None:
        return RequestState.CANCELED
    if row.expires_at <= now:
        return RequestState.EXPIRED
    return RequestState.OPENED if row.opened_at is not None else RequestState.SENT


def lines_of(account: ProviderAccount, *, limit: int = 50) -> Sequence[RequestLine]:
    """The newest first."""
    now = utc_now()
    query = sa.select(AccessRequest).where(AccessRequest.account_id == account.id).options(*_SHOWN)
    return [RequestLine(row, state_of(row, now=now)) for row in db.session.scalars(query.order_by(AccessRequest.id.desc()).limit(limit))]


def get_request(account: ProviderAccount, public_id: str) -> AccessRequest:
    """:raises sqlalchemy.exc.NoResultFound: if the connector has none of that id"""
    query = sa.select(AccessRequest).where(AccessRequest.account_id == account.id, AccessRequest.public_id == public_id)
    return db.session.scalars(query.options(*_SHOWN)).one()


def open_link(token: str, *, user_id: int, organization_id: int | None) -> AccessRequest:
    """Look at a link without using it.

    :raises RequestGone: if it cannot be used by this person now
    """
    if not looks_like_a_token(token):
        raise RequestGone(WhyNot.UNKNOWN)
    query = sa.select(AccessRequest).where(AccessRequest.token_hash == token_hash(token))
    row = db.session.scalar(query.options(joinedload(AccessRequest.account).joinedload(ProviderAccount.organization)))
    if row is None:
        raise RequestGone(WhyNot.UNKNOWN)
    if row.to_id != user_id or row.account.organization_id != organization_id:
        raise RequestGone(WhyNot.SOMEBODY_ELSE)
    state = state_of(row, now=utc_now())
    if not state.is_open:
        raise RequestGone(WhyNot(state.value))
    return row


def note_opened(row: AccessRequest, *, actor: Actor) -> None:
    """Note that the person saw the page; the first time counts."""
    opened = db.session.execute(
        sa.update(AccessRequest)
        .where(AccessRequest.id == row.id, AccessRequest.opened_at.is_(None))
        .values(opened_at=utc_now())
        .execution_options(synchronize_session=False)
    )
    if opened.rowcount == 1:  # type: ignore[attr-defined]  # an UPDATE's result has it
        changes = {"connector": row.account.public_id}
        audit.record(db.session(), actor, "access_request.opened", Target.of(row, row.account.organization), changes)


def accept(row: AccessRequest, *, by_user_id: int, actor: Actor) -> ClientAct:
    """Grant what was asked for, and use the link up, in one transaction.

    :raises RequestGone: if another press was faster, or it ran out or was taken back meanwhile
    :raises NotPossible: if the source is not read any more
    """
    now = utc_now()
    used = db.session.execute(
        sa.update(AccessRequest)
        .where(
            AccessRequest.id == row.id,
            AccessRequest.to_id == by_user_id,
            AccessRequest.done_at.is_(None),
            AccessRequest.canceled_at.is_(None),
            AccessRequest.expires_at > now,
        )
        .values(done_at=now)
        .execution_options(synchronize_session=False)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        db.session.refresh(row)
        raise RequestGone(WhyNot(state_of(row, now=now).value) if not state_of(row, now=now).is_open else WhyNot.UNKNOWN)
    return client_acts.grant(
        row.account, reads=client_acts.keys_of(row.reads), writes=client_acts.keys_of(row.writes), by_user_id=by_user_id, actor=actor
    )


def _open_ones(account: ProviderAccount) -> Sequence[AccessRequest]:
    query = sa.select(AccessRequest).where(
        AccessRequest.account_id == account.id,
        AccessRequest.done_at.is_(None),
        AccessRequest.canceled_at.is_(None),
        AccessRequest.expires_at > utc_now(),
    )
    return db.session.scalars(query.options(joinedload(AccessRequest.account)).order_by(AccessRequest.id)).all()


_SHOWN = (joinedload(AccessRequest.account), joinedload(AccessRequest.to), joinedload(AccessRequest.requested_by))
