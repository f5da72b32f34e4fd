"""Marks: at which connectors something happened that the watch has to look at. Written with what happened, so that a round asks for
nothing but them."""

import json
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import audit
from app.clock import utc_now
from app.extensions import db
from app.models import ConnectorState, ProviderAccount, StoredFile, WatchMark
from app.services import connector_troubles, facet_changes, settling

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
        "file.uploaded",
        "person.deactivated",
        "person.reactivated",
        "promotion.live",
        "promotion.rolled_back",
    }
)
"""Acts that may begin or end a trouble. What time alone brings is found by each round."""

FILES = frozenset({"file.uploaded", "file.reading_changed"})
"""Those after which a file is another one, or read another way."""


def follow(session: Session) -> None:
    """Mark connectors that the open transaction's acts are about."""
    done = [event for event in audit.noted(session) if event.action in MARKED_BY]
    if not done:
        return
    session.flush()
    touched = {account_id for event in done for account_id in facet_changes.accounts_of(session, event)}
    mark(each for each in touched if session.get_one(ProviderAccount, each).state is not ConnectorState.PREPARING)
    for public_id in dict.fromkeys(event.target.id for event in done if event.action in FILES):
        _note_file(public_id)


def _note_file(public_id: str) -> None:
    stored = db.session.scalar(sa.select(StoredFile).where(StoredFile.public_id == public_id))
    account = db.session.get(ProviderAccount, stored.account_id) if stored is not None else None
    if stored is None or account is None or settling.live_promotion(account) is None:
        return
    noted = connector_troubles.noted_of_file(account, stored)
    if noted is not None:
        row = db.session.get_one(WatchMark, account.id, with_for_update=True, populate_existing=True)
        row.files = audit.canonical_json({**json.loads(row.files), noted[0]: noted[1]})
        db.session.flush()


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


def unmark(account: ProviderAccount) -> dict[str, list[str]]:
    """Before it is looked at: what happens from now on marks it again.

    :return: what was noted of its files
    """
    row = db.session.get(WatchMark, account.id, with_for_update=True, populate_existing=True)
    if row is None:
        return {}
    files: dict[str, list[str]] = json.loads(row.files)
    db.session.delete(row)
    db.session.flush()
    return files
