"""What canceling a job means for its batch: jobs know nothing of batches but this."""

import sqlalchemy as sa

from app import audit
from app.audit import Actor, Target
from app.extensions import db
from app.homes import HOMES
from app.models import BatchStatus, ImportBatch, StateOfBatch, SyncJob
from app.queue import JobKind
from app.services.errors import NotPossible

CANCELED = "The import was canceled before any of its rows counted."
PAST_THE_POINT = (
    "This job has got so far that it cannot be taken back: its rows are settled, and only what follows from them is left. "
    "Run it again, it goes on where it stopped."
)


def on_cancel(job: SyncJob, *, actor: Actor) -> None:
    """Let go of the batch of a job that is canceled; called in the transaction that cancels.

    :raises NotPossible: if the home of the rows is past the commit point: nothing but going on is left then
    """
    if job.kind == JobKind.IMPORT_BATCH.value:
        _cancel_import(job, actor=actor)
    elif job.kind == JobKind.REVERSE_BATCH.value:
        _cancel_reversal(job)


def _cancel_import(job: SyncJob, *, actor: Actor) -> None:
    query = sa.select(ImportBatch).where(ImportBatch.job_id == job.id, ImportBatch.status == BatchStatus.STAGED)
    batch = db.session.scalars(query.with_for_update()).one_or_none()
    if batch is None:
        return
    if _state(batch) is StateOfBatch.COMPLETE:
        raise NotPossible(PAST_THE_POINT)
    batch.status, batch.open_key, batch.error_note = BatchStatus.FAILED, None, CANCELED
    changes = {"status": [BatchStatus.STAGED, BatchStatus.FAILED]}
    audit.record(db.session(), actor, "batch.failed", Target.of(batch, batch.account.organization), changes)


def _cancel_reversal(job: SyncJob) -> None:
    query = sa.select(ImportBatch).where(ImportBatch.reversal_job_id == job.id, ImportBatch.status == BatchStatus.COMPLETE)
    batch = db.session.scalars(query.with_for_update()).one_or_none()
    if batch is None:
        return
    if _state(batch) is StateOfBatch.REVERSED:
        raise NotPossible(PAST_THE_POINT)
    batch.open_key = None


def _state(batch: ImportBatch) -> StateOfBatch | None:
    home = HOMES[batch.home]
    with home.reading() as session:
        return session.scalar(sa.select(home.state.state).where(home.state.batch_public_id == batch.public_id))
