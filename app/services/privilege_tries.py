"""Whether the application's own database account can change tables: asked of the server, and tried.

What is tried would change nothing if it got through: a table of a name that nothing has is made and dropped again, and a
column is added to it.
"""

import json
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from app.extensions import db, will_write
from app.models import ReadinessCurrent, ReadinessEvidence
from app.models.base import TRAFFIC
from app.readiness.facts import PrivilegeFacts
from app.services import configurations, readiness_clock
from app.services.server_grants import read_grants

CHECK = "runtime-privileges"
FORBIDDEN = ("DROP", "ALTER", "CREATE")
STATEMENTS = {
    "CREATE": "CREATE TABLE fivegate_probe (id INTEGER)",
    "ALTER": "ALTER TABLE fivegate_probe ADD COLUMN more INTEGER",
    "DROP": "DROP TABLE fivegate_probe",
}


def try_now() -> PrivilegeFacts:
    """Ask and try, on both databases. Call it outside of a transaction: connections of their own are used."""
    granted: set[str] = set()
    before = will_write.set(False)
    try:
        for engine in (db.engine, db.engines[TRAFFIC]):
            with engine.connect() as connection:
                granted |= _granted(connection)
                for name, statement in STATEMENTS.items():
                    if _gets_through(connection, statement):
                        granted.add(name)
        return PrivilegeFacts(readiness_clock.now(), tuple(sorted(granted)))
    finally:
        will_write.reset(before)
        db.session.rollback()


def latest() -> PrivilegeFacts | None:
    """What the newest evidence says."""
    common = configurations.find_installation()
    current = db.session.get(ReadinessCurrent, (common.id, CHECK)) if common is not None else None
    evidence = db.session.get(ReadinessEvidence, current.evidence_id) if current is not None else None
    facts = json.loads(evidence.facts) if evidence is not None else {}
    if "tried_at" not in facts:
        return None
    return PrivilegeFacts(datetime.fromisoformat(facts["tried_at"]), tuple(facts.get("granted", [])))


def _granted(connection: sa.Connection) -> set[str]:
    if connection.dialect.name == "sqlite":
        return set()
    database = str(connection.scalar(sa.text("SELECT DATABASE()")))
    grants = [grant for grant in read_grants(connection) if grant.reaches(database)]
    return {name for name in FORBIDDEN if any(grant.holds(name) for grant in grants)}


def _gets_through(connection: sa.Connection, statement: str) -> bool:
    try:
        connection.execute(sa.text(statement))
    except DatabaseError as exc:
        return _is_about_the_table(exc)
    finally:
        connection.rollback()
    return True


def _is_about_the_table(exc: DatabaseError) -> bool:
    """Refused because the probe is not there, not because of rights: whoever has none is told so first."""
    number = exc.orig.args[0] if exc.orig is not None and exc.orig.args else None
    return number in {1050, 1051, 1146}
