"""By which instant evidence counts: the database's clock, and never one before the latest that was seen. A clock that is set
back revives nothing that had lapsed."""

from datetime import UTC, datetime

import sqlalchemy as sa

from app.clock import moved
from app.extensions import db
from app.models import ConnectorConfiguration
from app.models.base import UtcDateTime
from app.models.readiness import INSTALLATION_KEY
from app.services import configurations
from app.services.job_clock import is_server, server_now


def now() -> datetime:
    """The present instant for evidence."""
    session = db.session()
    seen_before = sa.select(ConnectorConfiguration.seen_at).where(ConnectorConfiguration.status_key == INSTALLATION_KEY).scalar_subquery()
    clock = server_now() if is_server(session) else sa.null()
    # One statement for both: whatever shows how checks stand begins with it.
    told, seen = session.execute(sa.select(clock, sa.type_coerce(seen_before, UtcDateTime))).one()
    present = (told or datetime.now(UTC)) + moved()
    return max(present, seen) if seen is not None else present


def tick() -> datetime:
    """The same, and remember it: whatever lapsed by then stays lapsed. Last in a transaction, for all others wait for the row."""
    present = now()
    common = configurations.installation()
    if common.seen_at is None or common.seen_at < present:
        common.seen_at = present
        db.session.flush()
    return present
