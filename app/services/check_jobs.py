"""What the jobs of the five gates look up, and how they are asked for."""

import json

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.audit import Actor
from app.extensions import db
from app.models import Promotion, ProviderAccount, RollbackNote, SyncJob, User
from app.queue import JobKind
from app.readiness.gates import Gate
from app.services import jobs

PREFIX = "gate_"


def request(account: ProviderAccount, gate: Gate | None, *, by: User | None, actor: Actor) -> tuple[SyncJob, bool]:
    """Ask for the checks of a gate, or of all, to be run; pressed twice there is one job.

    :return: the job, and whether it is new
    """
    data_type = f"{PREFIX}{gate.number}" if gate is not None else ""
    return jobs.request_job(JobKind.RUN_CHECKS, account=account, requested_by=by, actor=actor, data_type=data_type)


def gate_of(job_id: int) -> Gate | None:
    """The gate that a job is about; None: all of them."""
    text = db.session.scalar(sa.select(SyncJob.data_type).where(SyncJob.id == job_id)) or ""
    return next((gate for gate in Gate if text == f"{PREFIX}{gate.number}"), None)


def latest(account: ProviderAccount, kind: JobKind) -> SyncJob | None:
    """The newest job of a kind, open or over."""
    query = sa.select(SyncJob).where(SyncJob.account_id == account.id, SyncJob.kind == kind.value)
    return db.session.scalar(query.options(joinedload(SyncJob.requested_by)).order_by(SyncJob.id.desc()).limit(1))


def account(account_id: int) -> ProviderAccount:
    query = sa.select(ProviderAccount).where(ProviderAccount.id == account_id)
    return db.session.scalars(query.options(joinedload(ProviderAccount.organization), joinedload(ProviderAccount.owner))).one()


def promotion(promotion_id: int) -> Promotion:
    return db.session.get_one(Promotion, promotion_id, populate_existing=True)


def findings(note: RollbackNote) -> int:
    """How many things a drill looked at."""
    return len(json.loads(note.findings))
