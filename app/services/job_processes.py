"""What workers and the scheduler write about themselves: beats, and the lease of the one scheduler that acts."""

import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.extensions import db
from app.models import ProcessBeat, ProcessLease
from app.services.job_clock import database_now

WORKER, SCHEDULER = "worker", "scheduler"
FORGOTTEN_AFTER = timedelta(days=1)


def process_name(pid: int | None = None) -> str:
    """Host and process id; this process's unless told otherwise."""
    return f"{socket.gethostname()[:100]}:{pid or os.getpid()}"


def beat(executor: Session | sa.Connection, *, name: str, role: str, queues: str = "") -> None:
    """Say that a process is at work."""
    now = database_now(executor)
    values = {"role": role, "queues": queues, "beat_at": now}
    if _rows(executor, sa.update(ProcessBeat.__table__).where(ProcessBeat.name == name).values(**values)):  # type: ignore[arg-type]
        return
    nested = executor.begin_nested()
    try:
        executor.execute(sa.insert(ProcessBeat.__table__).values(name=name, **values))  # type: ignore[arg-type]
        nested.commit()
    except IntegrityError:
        nested.rollback()  # the same process, a moment ago, through another connection


def forget_old_beats() -> None:
    """Remove what processes wrote that ended long ago."""
    long_ago = database_now(db.session()) - FORGOTTEN_AFTER
    db.session.execute(sa.delete(ProcessBeat).where(ProcessBeat.beat_at < long_ago).execution_options(synchronize_session=False))


def seen_since(instant: datetime, *, role: str) -> Sequence[ProcessBeat]:
    """Processes that were at work since then."""
    query = sa.select(ProcessBeat).where(ProcessBeat.role == role, ProcessBeat.beat_at >= instant)
    return db.session.scalars(query.order_by(ProcessBeat.name)).all()


def take_lease(name: str, *, holder: str, seconds: float) -> bool:
    """Take or renew the lease on what only one process may do.

    :return: whether ``holder`` has it now; one conditional UPDATE decides
    """
    session = db.session()
    now = database_now(session)
    until = now + timedelta(seconds=seconds)
    update = (
        sa.update(ProcessLease.__table__)  # type: ignore[arg-type]
        .where(ProcessLease.name == name, sa.or_(ProcessLease.holder == holder, ProcessLease.leased_until < now))
        .values(holder=holder, leased_until=until)
    )
    if _rows(session, update):
        return True
    if session.scalar(sa.select(ProcessLease.id).where(ProcessLease.name == name)) is not None:
        return False
    try:
        with session.begin_nested():
            session.add(ProcessLease(name=name, holder=holder, leased_until=until))
    except IntegrityError:
        return False
    return True


def release_lease(name: str, *, holder: str) -> None:
    """Let the next one have it at once."""
    session = db.session()
    update = sa.update(ProcessLease.__table__).where(ProcessLease.name == name, ProcessLease.holder == holder)  # type: ignore[arg-type]
    session.execute(update.values(leased_until=database_now(session) - timedelta(seconds=1)))


def _rows(executor: Session | sa.Connection, statement: sa.Update) -> int:
    result = executor.execute(statement)
    return int(result.rowcount)  # type: ignore[attr-defined]
