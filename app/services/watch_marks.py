"""Marks: at which connectors something happened that the watch has to look at. Written with what happened, so that a round asks for
nothing but them."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import audit
from app.clock import utc_now
from app.extensions import db
from app.models import ProviderAccount, WatchMark
from app.services import facet_changes

MARKED_BY = frozenset(
    {
        "batch.completed",
        "batch.reversed",
        "checks.run",
        "connector.edited",
        "consent.recorded",
        "consent.withdrawn",
        "credential.removed",
        "credential.replaced",
        "export.agreed",
        "export.not_agreed",
        "field_map.activated",
        "file.reading_changed",
        "file.removed",
        "file.uploaded",
        "person.deactivated",
        "person.reactivated",
        "promotion.live",
        "promotion.rolled_back",
    }
)
"""Acts that may begin or end a trouble. What time alone brings is found by each round."""


def follow(session: Session) -> None:
    """Mark connectors that the open transaction's acts are about."""
    done = [event for event in audit.noted(session) if event.action in MARKED_BY]
    if done:
        session.flush()
        mark({account_id for event in done for account_id in facet_changes.accounts_of(session, event)})


def mark(account_ids: Iterable[int]) -> None:
    """Have the next round look at connectors."""
    wanted = set(account_ids)
    there = set(db.session.scalars(sa.select(WatchMark.account_id).where(WatchMark.account_id.in_(wanted)))) if wanted else set()
    for account_id in sorted(wanted - there):
        try:
            with db.session.begin_nested():
                db.session.add(WatchMark(account_id=account_id, marked_at=utc_now()))
        except IntegrityError:
            pass  # somebody else marked it in the same moment


def marked() -> set[int]:
    return set(db.session.scalars(sa.select(WatchMark.account_id)))


def unmark(account: ProviderAccount) -> None:
    """Before it is looked at: what happens from now on marks it again."""
    db.session.execute(sa.delete(WatchMark).where(WatchMark.account_id == account.id))
