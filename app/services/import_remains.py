"""What is left of batches that do not count any more: samples whose time is over, rows that were taken back."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app import audit
from app.audit import Actor, Target
from app.extensions import db
from app.models import BatchKind, BatchStatus, ImportBatch, ImportReject
from app.services.import_work import Order, order_of
from app.services.imports import open_key_of

SAMPLE_IS_OVER = "The time of this sample is over: its rows were removed by themselves."


def samples_that_are_over(now: datetime) -> Sequence[int]:
    """Test batches whose rows are to be removed, the oldest first."""
    query = sa.select(ImportBatch.id).where(
        ImportBatch.kind == BatchKind.TEST, ImportBatch.status == BatchStatus.COMPLETE, ImportBatch.remove_after <= now
    )
    return db.session.scalars(query.order_by(ImportBatch.id)).all()


def over(public_ids: Sequence[str]) -> Sequence[int]:
    """Those of these batches that were taken back or came to nothing."""
    query = sa.select(ImportBatch.id).where(
        ImportBatch.public_id.in_(public_ids), ImportBatch.status.in_((BatchStatus.REVERSED, BatchStatus.FAILED))
    )
    return db.session.scalars(query.order_by(ImportBatch.id)).all()


def order_for(batch_id: int) -> Order:
    return order_of(db.session.get_one(ImportBatch, batch_id))


def hold_sample(batch_id: int) -> Order | None:
    """Keep other imports of the lane away while a sample is removed; None while one is under way, then it waits a day."""
    batch = db.session.get_one(ImportBatch, batch_id, with_for_update=True)
    key = open_key_of(batch.account, batch.data_type, batch.kind.lane)
    if batch.open_key is None:
        try:
            with db.session.begin_nested():
                batch.open_key = key
        except IntegrityError:
            return None
    return order_of(batch)


def sample_removed(order: Order, *, now: datetime, actor: Actor) -> None:
    """Write that nothing of a sample is left but what the batch says."""
    batch = db.session.get_one(ImportBatch, order.batch_id, with_for_update=True)
    db.session.execute(sa.delete(ImportReject).where(ImportReject.batch_id == batch.id))
    batch.status, batch.open_key, batch.reversed_at, batch.error_note = BatchStatus.REVERSED, None, now, SAMPLE_IS_OVER
    changes = {"status": [BatchStatus.COMPLETE, BatchStatus.REVERSED]}
    audit.record(db.session(), actor, "batch.sample_removed", Target.of(batch, batch.account.organization), changes)
