"""How a worker takes a job, keeps it and ends it. The row is the truth: who holds its lease token may write, nobody else.

Every function here is one transaction of the caller's. What a job does and the row's final status are written in the
same one, on condition that the lease is still held: however often a worker is killed, an effect is there exactly once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import audit
from app.audit import Actor, ActorKind, Target
from app.extensions import db
from app.ids import new_public_id
from app.models import AdminTask, JobStatus, Organization, SyncJob
from app.queue import QueueClass
from app.services import tasks
from app.services.installation import settings
from app.services.job_clock import database_now, is_server
from app.services.jobs import parked_task_key

NOTE_LENGTH = 500
PARKED_DUE = timedelta(days=1)
LOOKS_AGAIN_AFTER = timedelta(seconds=15)
DUE = (JobStatus.QUEUED, JobStatus.RETRYING)


class LeaseLostError(Exception):
    """The job belongs to somebody else by now, or is over: whoever gets this writes nothing and stops."""


@dataclass(frozen=True)
class Due:
    """A job that a worker could take."""

    job_id: int
    organization_id: int | None


@dataclass(frozen=True)
class Claim:
    """A job that a worker holds. Plain values: it outlives the transaction that made it."""

    job_id: int
    public_id: str
    kind: str
    account_id: int | None
    organization_id: int | None
    token: str
    attempts: int
    rows_done: int
    """What earlier attempts got done, for work that goes on where it stopped."""

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.JOB, self.public_id)


def find_due(queue: QueueClass) -> Due | None:
    """The oldest due job of a queue whose organization has room left in it."""
    now = database_now(db.session())
    running = sa.orm.aliased(SyncJob)
    busy = (
        sa.select(sa.func.count())
        .select_from(running)
        .where(running.organization_id == SyncJob.organization_id, running.status == JobStatus.RUNNING, running.queue == queue.value)
        .scalar_subquery()
    )
    has_room = sa.or_(SyncJob.organization_id.is_(None), busy < settings().job_cap_per_organization)
    row = db.session.execute(
        sa.select(SyncJob.id, SyncJob.organization_id)
        .where(SyncJob.queue == queue.value, SyncJob.status.in_(DUE), SyncJob.due_at <= now, has_room)
        .order_by(SyncJob.due_at, SyncJob.id)
        .limit(1)
    ).one_or_none()
    return None if row is None else Due(row[0], row[1])


def claim(due: Due, *, queue: QueueClass) -> Claim | None:
    """Take a job by one conditional UPDATE.

    :return: None if somebody else was faster or the organization's room is taken; look for another one then
    """
    session = db.session()
    if due.organization_id is not None and not _has_room(due.organization_id, queue):
        return None
    now = database_now(session)
    token = new_public_id()
    taken = _execute(
        session,
        sa.update(SyncJob)
        .where(SyncJob.id == due.job_id, SyncJob.status.in_(DUE), SyncJob.due_at <= now)
        .values(
            status=JobStatus.RUNNING,
            lease_token=token,
            leased_until=now + lease(),
            attempts=SyncJob.attempts + 1,
            started_at=now,
            connection_id=own_connection_id(session),
            error_note="",
            progress_note="",
        ),
    )
    if taken != 1:
        return None
    job = session.scalars(sa.select(SyncJob).where(SyncJob.id == due.job_id).execution_options(populate_existing=True)).one()
    return Claim(
        job_id=job.id,
        public_id=job.public_id,
        kind=job.kind,
        account_id=job.account_id,
        organization_id=job.organization_id,
        token=token,
        attempts=job.attempts,
        rows_done=job.rows_done,
    )


def _has_room(organization_id: int, queue: QueueClass) -> bool:
    """Whether the organization may have one more job running. Its row is locked, so that two workers that look at once
    do not both find the last place free."""
    session = db.session()
    session.execute(sa.select(Organization.id).where(Organization.id == organization_id).with_for_update())
    running = session.scalar(
        sa.select(sa.func.count())
        .select_from(SyncJob)
        .where(SyncJob.organization_id == organization_id, SyncJob.status == JobStatus.RUNNING, SyncJob.queue == queue.value)
    )
    return int(running or 0) < settings().job_cap_per_organization


def lease() -> timedelta:
    return timedelta(seconds=settings().job_lease_seconds)


def own_connection_id(executor: Session | sa.Connection) -> Any:
    """An expression: this connection's number on the server."""
    return sa.func.connection_id() if is_server(executor) else None


def held(held_claim: Claim) -> sa.Update:
    """An UPDATE of the claim's row on condition that the claim still counts."""
    return sa.update(SyncJob).where(
        SyncJob.id == held_claim.job_id, SyncJob.lease_token == held_claim.token, SyncJob.status == JobStatus.RUNNING
    )


def renew(held_claim: Claim, executor: Session | sa.Connection) -> None:
    """:raises LeaseLostError: if the job is not ours any more"""
    _hold(executor, held(held_claim).values(leased_until=database_now(executor) + lease()))


def progress(held_claim: Claim, *, done: int, expected: int | None, note: str) -> None:
    """Say how far the job is; that it is said at all renews the lease.

    :raises LeaseLostError: if the job is not ours any more
    """
    session = db.session()
    _hold(
        session,
        held(held_claim).values(
            rows_done=done,
            rows_expected=expected,
            progress_note=note[:200],
            leased_until=database_now(session) + lease(),
            connection_id=own_connection_id(session),
        ),
    )


def succeed(held_claim: Claim, *, sentence: str, counts: Mapping[str, int]) -> SyncJob:
    """End the job well. Call it in the transaction that writes the effect, after it.

    :raises LeaseLostError: if the job is not ours any more; the effect must be rolled back then
    """
    now = database_now(db.session())
    job = _end(held_claim, JobStatus.SUCCEEDED, finished_at=now, result_note=sentence, counts=audit.canonical_json(dict(counts)))
    _record(held_claim, job, "job.succeeded")
    _close_tasks_of_parked(held_claim, job)
    return job


def fail(held_claim: Claim, *, sentence: str) -> SyncJob:
    """End the job badly: trying again would change nothing.

    :raises LeaseLostError: if the job is not ours any more
    """
    job = _end(held_claim, JobStatus.FAILED, finished_at=database_now(db.session()), error_note=sentence)
    _record(held_claim, job, "job.failed")
    return job


def put_back(held_claim: Claim, *, sentence: str) -> SyncJob:
    """Let the job be tried again later, each time after twice the wait; park it with a task after the last attempt.

    :raises LeaseLostError: if the job is not ours any more
    """
    now = database_now(db.session())
    limits = settings()
    if held_claim.attempts < limits.job_max_attempts:
        wait = timedelta(seconds=limits.job_backoff_seconds * 2 ** (held_claim.attempts - 1))
        return _end(held_claim, JobStatus.RETRYING, due_at=now + wait, error_note=sentence)
    job = _end(held_claim, JobStatus.PARKED, finished_at=now, error_note=sentence)
    _record(held_claim, job, "job.parked")
    account = job.account
    owner = account.owner if account is not None and account.owner is not None and account.owner.is_active else None
    tasks.open_task(
        key=parked_task_key(job),
        kind="job-parked",
        title=f"A job was parked after {_times(held_claim.attempts)}",
        detail=f"{sentence} Mend the cause, then open the job and run it again.",
        organization=job.organization,
        account=account,
        owner=owner,
        due_on=tasks.today(job.organization) + PARKED_DUE,
        actor=held_claim.actor,
    )
    return job


def hand_back(held_claim: Claim) -> SyncJob:
    """Give the job back untouched because this worker is being stopped; the attempt does not count.

    :raises LeaseLostError: if the job is not ours any more
    """
    now = database_now(db.session())
    status = JobStatus.QUEUED if held_claim.attempts == 1 else JobStatus.RETRYING
    return _end(held_claim, status, due_at=now, attempts=held_claim.attempts - 1)


def wait(held_claim: Claim, *, sentence: str) -> SyncJob:
    """Let the job be tried again once something else may be over; the attempt does not count, so that it is never parked for it.

    :raises LeaseLostError: if the job is not ours any more
    """
    due_at = database_now(db.session()) + LOOKS_AGAIN_AFTER
    return _end(held_claim, JobStatus.RETRYING, due_at=due_at, attempts=held_claim.attempts - 1, error_note=sentence)


def _end(held_claim: Claim, status: JobStatus, **values: Any) -> SyncJob:
    """Let go of the row."""
    session = db.session()
    for name in ("error_note", "result_note"):
        if name in values:
            values[name] = shorten(values[name])
    if status.is_final:
        values["open_key"] = None
    _hold(
        session, held(held_claim).values(status=status, lease_token=None, leased_until=None, connection_id=None, progress_note="", **values)
    )
    return session.scalars(sa.select(SyncJob).where(SyncJob.id == held_claim.job_id).execution_options(populate_existing=True)).one()


def _record(held_claim: Claim, job: SyncJob, action: str) -> None:
    changes = {"kind": job.kind, "status": [JobStatus.RUNNING, job.status], "attempts": job.attempts}
    audit.record(db.session(), held_claim.actor, action, Target.of(job, job.organization), changes)


def _close_tasks_of_parked(held_claim: Claim, job: SyncJob) -> None:
    """What earlier attempts were parked for works again."""
    same_work = (SyncJob.account_id == job.account_id, SyncJob.kind == job.kind, SyncJob.data_type == job.data_type)
    if job.account_id is None:
        same_work = (SyncJob.account_id.is_(None), *same_work[1:])
    parked = db.session.scalars(
        sa.select(SyncJob).where(*same_work, SyncJob.status == JobStatus.PARKED).order_by(SyncJob.id.desc()).limit(50)
    ).all()
    keys = [parked_task_key(each) for each in parked]
    if not keys:
        return
    for key in db.session.scalars(sa.select(AdminTask.open_key).where(AdminTask.open_key.in_(keys))).all():
        tasks.close_tasks(str(key), actor=held_claim.actor)


def _hold(executor: Session | sa.Connection, statement: sa.Update) -> None:
    if _execute(executor, statement) != 1:
        raise LeaseLostError


def _execute(executor: Session | sa.Connection, statement: sa.Update) -> int:
    result = executor.execute(statement.execution_options(synchronize_session=False))
    return int(result.rowcount)  # type: ignore[attr-defined]


def _times(attempts: int) -> str:
    return "1 attempt" if attempts == 1 else f"{attempts} attempts"


def shorten(text: str, length: int = NOTE_LENGTH) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


@dataclass(frozen=True)
class Lapsed:
    """A running job whose lease ran out: its worker died, or cannot reach the database."""

    claim: Claim
    connection_id: int | None
    started_at: datetime
