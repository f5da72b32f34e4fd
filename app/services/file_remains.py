"""Uploaded files whose time is over.

A file that nothing was imported from goes after a day, one whose production batch is complete as soon as it is, unless
the rule of its data type keeps it. A test batch ends nothing: the same file is usually imported for good afterwards.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.audit import Actor
from app.extensions import db
from app.models import AccountDataType, BatchKind, BatchStatus, ImportBatch, ProviderAccount, StoredFile
from app.services import blobs, uploads
from app.services.job_clock import database_now
from app.services.private_files import sweep, work_area

PIECE = 50
_ENDED = (BatchStatus.COMPLETE, BatchStatus.REVERSED)


@dataclass(frozen=True)
class Looked:
    """What one piece of the walk through the files did."""

    removed: tuple[str, ...]
    """Public ids of files whose rows are gone."""
    last_id: int | None
    """Where the next piece begins; None when there is none."""


def remove_some(after: int, *, actor: Actor) -> Looked:
    """Look at the next files and remove the rows of those whose time is over."""
    now = database_now(db.session())
    rows = _next(after)
    removed = []
    for stored, account, completed_at, keep_days in rows:
        if over_at(stored, completed_at, keep_days) <= now and not uploads.is_in_use(stored):
            removed.append(stored.public_id)
            uploads.remove(stored, account=account, actor=actor, because="time is over")
    return Looked(tuple(removed), rows[-1][0].id if len(rows) == PIECE else None)


def over_at(stored: StoredFile, completed_at: datetime | None, keep_days: int | None) -> datetime:
    """When a file is to go.

    :param completed_at: of the production batch that was made from it
    :param keep_days: the rule of that batch's data type
    """
    return stored.remove_after if completed_at is None else completed_at + timedelta(days=keep_days or 0)


def after_batch(batch: ImportBatch, *, actor: Actor) -> None:
    """A batch ended: its file goes with it unless the rule keeps it. In the transaction that ends the batch."""
    stored = batch.file
    if stored is None or batch.kind is not BatchKind.PRODUCTION or batch.status is not BatchStatus.COMPLETE:
        return
    query = sa.select(AccountDataType.keep_files_days).where(
        AccountDataType.account_id == batch.account_id, AccountDataType.data_type == batch.data_type
    )
    if not db.session.scalar(query):
        uploads.remove(stored, account=batch.account, actor=actor, because="imported")


def clear_room() -> int:
    """Remove encrypted files without a row, and plain ones that a killed process left.

    :return: how many
    """
    store = blobs.directory_store()
    removed = sweep(work_area())
    for path in list(store.without_row()):
        path.unlink(missing_ok=True)
        removed += 1
    return removed


def clear(public_ids: tuple[str, ...]) -> None:
    """Free the room of files whose rows are gone for good: after the transaction that removed them."""
    blobs.directory_store().clear(public_ids)


def sentence_of(removed: int) -> str:
    if not removed:
        return "No uploaded file's time was over, so none was removed."
    return f"{removed:,} uploaded {'file was' if removed == 1 else 'files were'} removed for good."


def _next(after: int) -> list[tuple[StoredFile, ProviderAccount, datetime | None, int | None]]:
    newest = (
        sa.select(ImportBatch.file_id, sa.func.max(ImportBatch.id).label("batch_id"))
        .where(ImportBatch.kind == BatchKind.PRODUCTION, ImportBatch.status.in_(_ENDED), ImportBatch.file_id.is_not(None))
        .group_by(ImportBatch.file_id)
        .subquery()
    )
    rule = sa.and_(AccountDataType.account_id == ImportBatch.account_id, AccountDataType.data_type == ImportBatch.data_type)
    query = (
        sa.select(StoredFile, ProviderAccount, ImportBatch.completed_at, AccountDataType.keep_files_days)
        .join(ProviderAccount, ProviderAccount.id == StoredFile.account_id)
        .outerjoin(newest, newest.c.file_id == StoredFile.id)
        .outerjoin(ImportBatch, ImportBatch.id == newest.c.batch_id)
        .outerjoin(AccountDataType, rule)
        .options(joinedload(ProviderAccount.organization))
        .where(StoredFile.id > after)
        .order_by(StoredFile.id)
        .limit(PIECE)
    )
    return [(row[0], row[1], row[2], row[3]) for row in db.session.execute(query)]
