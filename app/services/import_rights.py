"""Whether rows may come in: none once the customer took consent back, and none that count before gate 3."""

import sqlalchemy as sa

from app.extensions import db
from app.models import Authorization, BatchKind, ProviderAccount
from app.readiness.gates import Gate
from app.services import configurations
from app.services.errors import NotPossible

WITHDRAWN = "The customer withdrew consent on {day}, so nothing is imported for this connector. Record a new consent first."
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
    consent = db.session.scalar(sa.select(Authorization).where(Authorization.current_key == account.public_id))
    if consent is not None and consent.withdrawn_on is not None:
        return WITHDRAWN.format(day=consent.withdrawn_on)
    if kind is BatchKind.PRODUCTION and not configurations.has_passed(account, Gate.TEST):
        return GATE_FIRST
    return ""
