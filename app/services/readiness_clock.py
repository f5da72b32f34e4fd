"""By which instant evidence counts: the database's clock, and never one before the latest that was seen. A clock that is set
back revives nothing that had lapsed."""

from datetime import datetime

from app.clock import moved
from app.extensions import db
from app.services import configurations
from app.services.job_clock import database_now


def now() -> datetime:
    """The present instant for evidence."""
    present = database_now(db.session()) + moved()
    common = configurations.find_installation()
    seen = common.seen_at if common is not None else None
    return max(present, seen) if seen is not None and not moved() else present


def tick() -> datetime:
    """The same, and remember it: whatever lapsed by then stays lapsed. Last in a transaction, for all others wait for the row."""
    present = now()
    common = configurations.installation()
    if not moved() and (common.seen_at is None or common.seen_at < present):
        common.seen_at = present
        db.session.flush()
    return present
