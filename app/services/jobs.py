"""Jobs as people meet them: asking for one, looking at it, canceling it, running it again. The engine is next door."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from app import audit
from app.audit import Actor, Target
from app.extensions import db
from app.ids import new_public_id
from app.models import JobStatus, Organization, ProviderAccount, SyncJob, User
from app.queue import JobKind
from app.services import batch_ends, tasks
from app.services.errors import NotPossible
from app.services.job_clock import database_now
from app.services.paging import Page, paginate
from app.unit_of_work import nudge_after_commit

INSTALLATION = "installation"
CANCELABLE = frozenset({JobStatus.QUEUED, JobStatus.RETRYING, JobStatus.PARKED})
MAX_SEARCH = 100


def open_key_of(kind: JobKind, *, account: ProviderAccount | None, data_type: str = "", organization: Organization | None = None) -> str:
    """What there may be one open job of."""
    about = account or organization
    return f"{about.public_id if about else INSTALLATION}:{kind.value}:{data_type}"


def parked_task_key(job: SyncJob) -> str:
    return f"job-parked:{job.public_id}"


def request_job(
    kind: JobKind,
    *,
    account: ProviderAccount | None,
    requested_by: User | None,
    actor: Actor,
    data_type: str = "",
    organization: Organization | None = None,
    may_be_many: bool = False,
) -> tuple[SyncJob, bool]:
    """Ask for a job; a worker is nudged once the transaction is committed.

    Two people who press at once get one job: the unique constraint decides, and the slower one is given the open job.

    :param account: None for work on the whole installation, or on all connectors of an organization
    :param organization: whose connectors, where no account is given
    :param may_be_many: each asking gets a job of its own
    :return: the job, and whether it is new
    """
    organization = account.organization if account else organization
    open_key = open_key_of(kind, account=account, data_type=data_type, organization=organization)
    if may_be_many:
        open_key = f"{open_key}{new_public_id()}"
    open_job = _open_job(open_key)
    if open_job is not None:
        nudge_after_commit(kind.queue)  # whoever presses again may be waiting for a nudge that was lost
        return open_job, False
    job = SyncJob(
        kind=kind.value,
        queue=kind.queue.value,
        data_type=data_type,
        open_key=open_key,
        account_id=account.id if account else None,
        organization_id=organization.id if organization else None,
        requested_by_id=requested_by.id if requested_by else None,
        due_at=database_now(db.session()),
    )
    try:
        with db.session.begin_nested():
            db.session.add(job)
    except IntegrityError:
        open_job = _open_job(open_key)
        if open_job is None:
            raise
        return open_job, False
    audit.record(db.session(), actor, "job.requested", Target.of(job, organization), {"kind": kind.value, "data_type": data_type})
    nudge_after_commit(kind.queue)
    return job, True


def request_slot(kind: JobKind, *, slot: str) -> bool:
    """Insert the job of a periodic slot.

    :param slot: key of the kind and its time slot; unique, so that two schedulers insert it once
    :return: False if it is there already, or if the former one is still open
    """
    open_key = open_key_of(kind, account=None)
    there = sa.select(SyncJob.id).where(sa.or_(SyncJob.slot_key == slot, SyncJob.open_key == open_key)).limit(1)
    if db.session.scalar(there) is not None:
        return False
    job = SyncJob(
        kind=kind.value, queue=kind.queue.value, open_key=open_key, slot_key=slot, due_at=database_now(db.session()), requested_by_id=None
    )
    try:
        with db.session.begin_nested():
            db.session.add(job)
    except IntegrityError:
        return False
    nudge_after_commit(kind.queue)
    return True


def has_slot(slot: str) -> bool:
    """Whether the job of a periodic slot was inserted, by whomever."""
    return db.session.scalar(sa.select(SyncJob.id).where(SyncJob.slot_key == slot).limit(1)) is not None


def get_job(public_id: str) -> SyncJob:
    """:raises NoResultFound: if there is none"""
    return db.session.scalars(sa.select(SyncJob).where(SyncJob.public_id == public_id).options(*_SHOWN)).one()


def latest_jobs(account: ProviderAccount, *, limit: int) -> Sequence[SyncJob]:
    """The newest jobs of a connector, newest first."""
    query = sa.select(SyncJob).where(SyncJob.account_id == account.id).options(*_SHOWN)
    return db.session.scalars(query.order_by(SyncJob.id.desc()).limit(limit)).all()


def list_jobs(*, status: JobStatus | None, kind: JobKind | None, search: str, page: int) -> Page[SyncJob]:
    """Jobs, newest first.

    :param search: part of an organization's name
    """
    query = sa.select(SyncJob).options(*_SHOWN)
    if status is not None:
        query = query.where(SyncJob.status == status)
    if kind is not None:
        query = query.where(SyncJob.kind == kind.value)
    if search.strip():
        named = sa.select(Organization.id).where(Organization.name.icontains(search.strip()[:MAX_SEARCH], autoescape=True))
        query = query.where(SyncJob.organization_id.in_(named))
    return paginate(query.order_by(SyncJob.id.desc()), page=page)


def cancel_job(job: SyncJob, *, actor: Actor) -> None:
    """Take back a job that is not running.

    :raises NotPossible: if a worker has it, it is over, or only going on is left of it
    """
    before = job.status
    now = database_now(db.session())
    changed = db.session.execute(
        sa.update(SyncJob)
        .where(SyncJob.id == job.id, SyncJob.status.in_(CANCELABLE))
        .values(status=JobStatus.CANCELED, open_key=None, finished_at=now, progress_note="")
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        db.session.refresh(job)
        if job.status is JobStatus.RUNNING:
            raise NotPossible("A worker has just taken this job, so it cannot be canceled any more. It ends by itself.")
        raise NotPossible("This job is over, so there is nothing left to cancel.")
    batch_ends.on_cancel(job, actor=actor)
    audit.record(db.session(), actor, "job.canceled", Target.of(job, job.organization), {"status": [before, JobStatus.CANCELED]})
    tasks.close_tasks(parked_task_key(job), actor=actor)
    db.session.refresh(job)


def run_again(job: SyncJob, *, requested_by: User | None, actor: Actor) -> tuple[SyncJob, bool]:
    """Ask for the same work once more, as a job of its own.

    :raises NotPossible: if the job is not over yet, or nobody knows its kind any more
    """
    if job.kind not in set(JobKind):
        raise NotPossible("This release does not know this kind of work any more, so it cannot be run again.")
    if not job.status.is_final:
        raise NotPossible("This job is not over yet. Wait until it is, or cancel it first.")
    again = request_job(
        JobKind(job.kind),
        account=job.account,
        requested_by=requested_by,
        actor=actor,
        data_type=job.data_type,
        organization=job.organization,
    )
    tasks.close_tasks(parked_task_key(job), actor=actor)
    return again


def _open_job(open_key: str) -> SyncJob | None:
    return db.session.scalar(sa.select(SyncJob).where(SyncJob.open_key == open_key).options(*_SHOWN))


_SHOWN = (
    joinedload(SyncJob.organization),
    joinedload(SyncJob.account).joinedload(ProviderAccount.organization),
    joinedload(SyncJob.account).joinedload(ProviderAccount.owner),
    joinedload(SyncJob.requested_by),
)
