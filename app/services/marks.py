"""The mark that both databases of one installation carry.

Restored backups of different installations, or an address with a typing error, show as two different marks. A mark is
written once and never mended: which of two is right only a person can say.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.clock import utc_now
from app.extensions import db, will_write
from app.ids import new_public_id
from app.models import InstallationMark, TrafficMark
from app.models.base import TRAFFIC
from app.services.errors import NotPossible

ONLY_ROW = 1
APP_MARKS, TRAFFIC_MARKS = sa.inspect(InstallationMark).local_table, sa.inspect(TrafficMark).local_table


@dataclass(frozen=True)
class Marks:
    """What each database says about whose it is."""

    app: str | None
    traffic: str | None

    @property
    def are_equal(self) -> bool:
        return self.app is not None and self.app == self.traffic


def read_marks(app_engine: sa.Engine, traffic_engine: sa.Engine) -> Marks:
    with app_engine.connect() as app, traffic_engine.connect() as traffic:
        return Marks(_mark(app, APP_MARKS), _mark(traffic, TRAFFIC_MARKS))


def ensure_marks() -> Marks:
    """Mark a new installation: first the application database, then the traffic database with the same id.

    Each in a transaction of its own: killed between the two, the next call completes it. On two connections, because no
    session works on both databases.

    :raises NotPossible: if the databases do not belong together
    """
    app_engine, traffic_engine = db.engines[None], db.engines[TRAFFIC]
    marks = read_marks(app_engine, traffic_engine)
    if marks.app is None and marks.traffic is not None:
        raise NotPossible(
            "The traffic database belongs to an installation and the application database to none. "
            "Check both addresses; after a restore, restore both databases from the same backup."
        )
    own = marks.app or _write(app_engine, APP_MARKS, new_public_id())
    other = marks.traffic or _write(traffic_engine, TRAFFIC_MARKS, own)
    if own != other:
        raise NotPossible(
            "The two databases belong to different installations. Check both addresses; after a restore, restore both databases "
            "from the same backup."
        )
    return Marks(own, other)


def _write(engine: sa.Engine, table: sa.FromClause, installation_id: str) -> str:
    """Insert the one row; if another process was first, its id counts."""
    before = will_write.set(True)
    try:
        with engine.begin() as connection:
            connection.execute(sa.insert(table).values(id=ONLY_ROW, installation_id=installation_id, created_at=utc_now()))  # type: ignore[arg-type]
    except IntegrityError:
        with engine.connect() as connection:
            return _mark(connection, table) or installation_id
    finally:
        will_write.reset(before)
    return installation_id


def _mark(connection: sa.Connection, table: sa.FromClause) -> str | None:
    found: str | None = connection.scalar(sa.select(table.c.installation_id).order_by(table.c.id).limit(1))
    return found
