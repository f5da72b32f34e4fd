"""Picking up what was left lying: jobs whose worker died, and queues whose nudge was lost."""

import time
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from app.extensions import db
from app.models import JobStatus, SyncJob
from app.queue import QueueClass
from app.services.job_clock import database_now, is_server
from app.services.job_engine import Claim, Lapsed, put_back

FORGOTTEN_AFTER = timedelta(seconds=1)
"""A job that is due for so long was not nudged for, or its nudge was lost."""
RESTART_TOLERANCE = timedelta(seconds=2)
"""The server tells its uptime in whole seconds."""
END_WAIT_SECONDS = 2.0

DIED = "The worker stopped in the middle of this job."


def lapsed_jobs() -> list[Lapsed]:
    """Running jobs whose lease ran out, the longest first."""
    now = database_now(db.session())
    query = sa.select(SyncJob).where(SyncJob.status == JobStatus.RUNNING, SyncJob.leased_until < now).order_by(SyncJob.leased_until)
    return [
        Lapsed(
            claim=Claim(
                job_id=job.id,
                public_id=job.public_id,
                kind=job.kind,
                account_id=job.account_id,
                organization_id=job.organization_id,
                token=job.lease_token or "",
                attempts=job.attempts,
                rows_done=job.rows_done,
            ),
            connection_id=job.connection_id,
            started_at=job.started_at or now,
        )
        for job in db.session.scalars(query.limit(100))
    ]


def recover(lapsed: Lapsed) -> bool:
    """Put a lapsed job back, or park it, once nothing of its worker runs on in the database.

    A worker killed with ``-9`` leaves its statement running and its locks held on the server, so that connection is
    ended first. Where ending it takes long (it is rolling back), the job waits for the next sweep.

    :return: whether the row was put back
    :raises LeaseLostError: if somebody else did, or the worker is back
    """
    if not _is_still_lapsed(lapsed):
        return False
    if lapsed.connection_id is not None and not end_connection(lapsed.connection_id, since=lapsed.started_at):
        return False
    # Only now may the row be locked: before, the dead worker's transaction may have held it.
    if not _is_still_lapsed(lapsed, lock=True):
        return False
    put_back(lapsed.claim, sentence=DIED)
    return True


def _is_still_lapsed(lapsed: Lapsed, *, lock: bool = False) -> bool:
    """False if the worker was only slow and has renewed its lease, or the job is over."""
    job = db.session.get(SyncJob, lapsed.claim.job_id, populate_existing=True, with_for_update=lock or None)
    if job is None or job.lease_token != lapsed.claim.token or job.leased_until is None:
        return False
    return job.leased_until < database_now(db.session())


def end_connection(connection_id: int, *, since: datetime) -> bool:
    """End one of our own connections on the server if it is still the one that it was.

    :param since: when the connection was known to be the worker's; a server that started later has given the number
        to somebody else
    :return: whether it is gone
    """
    session = db.session()
    if not is_server(session) or server_started_at() - since > RESTART_TOLERANCE or not _is_there(connection_id):
        return True
    try:
        session.execute(sa.text("KILL :id"), {"id": connection_id})
    except DBAPIError:
        if not _is_there(connection_id):
            return True  # it ended by itself in between
        raise
    deadline = time.monotonic() + END_WAIT_SECONDS
    while time.monotonic() < deadline:
        if not _is_there(connection_id):
            return True
        time.sleep(0.05)
    return False


def server_started_at() -> datetime:
    """When the database server came up."""
    row: Any = db.session.execute(sa.text("SHOW GLOBAL STATUS LIKE 'Uptime'")).one()
    return database_now(db.session()) - timedelta(seconds=int(row[1]))


def _is_there(connection_id: int) -> bool:
    """Whether the server has this connection, of the account that we are ourselves."""
    query = sa.text(
        "SELECT COUNT(*) FROM information_schema.processlist "
        "WHERE id = :id AND id <> CONNECTION_ID() AND user = SUBSTRING_INDEX(USER(), '@', 1)"
    )
    return bool(db.session.scalar(query, {"id": connection_id}))


def forgotten_queues() -> list[QueueClass]:
    """Queues with work that is due and that nobody has come for."""
    overdue = database_now(db.session()) - FORGOTTEN_AFTER
    query = sa.select(SyncJob.queue).where(SyncJob.status.in_((JobStatus.QUEUED, JobStatus.RETRYING)), SyncJob.due_at <= overdue)
    names = set(db.session.scalars(query.distinct()))
    return [queue for queue in QueueClass if queue.value in names]
