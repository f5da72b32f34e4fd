"""Whether rows may come in: none once the customer took consent back, and none that count before gate 3."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.extensions import db
from app.models import Authorization, BatchKind, ClientAct, ClientActKind, ProviderAccount
from app.readiness.gates import Gate
from app.services import configurations
from app.services.errors import NotPossible

WITHDRAWN = "The customer withdrew consent on {day}, so nothing is imported for this connector. Record a new consent first."
WITHDRAWN_IN_PORTAL = (
    "A client admin withdrew access in the portal, so nothing is imported for this connector. Only they can grant it again: ask for access."
)
GATE_FIRST = (
    "Rows that count may come in once gate 3, “Test”, was passed. Import the file as a test batch, run the checks of gate 3, "
    "then import it for good. Nothing was imported."
)


def demand(account: ProviderAccount, kind: BatchKind) -> None:
    """:raises NotPossible: if rows may not come in"""
    why_not = why_not_allowed(account, kind)
    if why_not:
        raise NotPossible(why_not)


def why_not_allowed(account: ProviderAccount, kind: BatchKind) -> str:
    """A sentence; empty where rows may come in."""
    withdrawn = why_withdrawn(db.session(), account.id)
    if withdrawn:
        return withdrawn
    if kind is BatchKind.PRODUCTION and not configurations.has_passed(account, Gate.TEST):
        return GATE_FIRST
    return ""


def demand_not_withdrawn(session: Session, account_id: int, *, holding: bool = False) -> None:
    """Ask again, right before rows count: the customer may have taken consent back while they were read.

    :param session: of the application's database
    :param holding: let nobody withdraw until the session's transaction is over: whoever does meanwhile comes after it
    :raises NotPossible: if consent was taken back
    """
    if holding:  # the act's foreign key waits for this row
        session.execute(sa.select(ProviderAccount.id).where(ProviderAccount.id == account_id).with_for_update())
    why_not = why_withdrawn(session, account_id)
    if why_not:
        raise NotPossible(why_not)


def why_withdrawn(session: Session, account_id: int) -> str:
    """A sentence; empty unless the customer took consent back. What a client did in the portal wins over what is stored while no
    worker has followed it."""
    newest = sa.select(ClientAct.kind, ClientAct.followed_at).where(ClientAct.account_id == account_id)
    act = session.execute(newest.order_by(ClientAct.id.desc()).limit(1)).one_or_none()
    if act is not None and act.followed_at is None:
        return WITHDRAWN_IN_PORTAL if act.kind is ClientActKind.WITHDRAW else ""
    query = sa.select(Authorization.withdrawn_on).where(Authorization.account_id == account_id, Authorization.current_key.is_not(None))
    withdrawn_on = session.scalar(query)
    if withdrawn_on is None:
        return ""
    is_theirs = act is not None and act.kind is ClientActKind.WITHDRAW
    return WITHDRAWN_IN_PORTAL if is_theirs else WITHDRAWN.format(day=withdrawn_on)
