"""Imports as people meet them: asking for one, taking one back, finding batches. What the jobs do is next door."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app import audit
from app.audit import Actor, Target
from app.extensions import db
from app.imports.catalog import DATA_TYPES, label_of
from app.models import (
    BatchKind,
    BatchStatus,
    ConnectorState,
    FieldMap,
    ImportBatch,
    JobStatus,
    Lane,
    MapStatus,
    ProviderAccount,
    StoredFile,
    SyncJob,
    User,
)
from app.queue import JobKind
from app.services import batch_lists, data_types, import_rights
from app.services.batch_lists import BatchFilter, get_batch, list_rejects
from app.services.errors import InvalidField, NotPossible
from app.services.jobs import request_job
from app.services.paging import Page

__all__ = [
    "all_batches",
    "get_batch",
    "list_batches",
    "list_rejects",
    "newest_complete",
    "open_batch",
    "open_key_of",
    "request_import",
    "request_reversal",
    "reversal_job_of",
    "why_not_reversible",
]

ALREADY_REVERSED = "This batch was reversed already."
SAMPLE = "A test batch never counts, so there is nothing to take back. Its rows are removed by themselves."


def open_key_of(account: ProviderAccount, data_type: str, lane: Lane) -> str:
    """What there may be one unsettled batch of."""
    return f"{account.public_id}:{data_type}:{lane.value}"


def request_import(
    *,
    account: ProviderAccount,
    data_type: str,
    kind: BatchKind,
    stored_file: StoredFile,
    field_map: FieldMap,
    requested_by: User | None,
    actor: Actor,
) -> ImportBatch:
    """Ask for a file to be imported; a worker is nudged once the transaction is committed.

    The batch goes by this version of the map to its end, whatever is activated meanwhile.

    :raises NotPossible: if another import of the data type is not settled yet, the map is only a draft, the customer took
        consent back, or rows are to count before gate 3 was passed
    :raises InvalidField: if the data type is not known
    """
    if data_type not in DATA_TYPES:
        raise InvalidField("data_type", "Choose a data type from the list.")
    _check_fit(account, data_type, stored_file, field_map)
    import_rights.demand(account, kind)
    _demand_nothing_open(account, data_type, kind.lane)
    setting = data_types.of(account, data_type)
    job, is_new = request_job(JobKind.IMPORT_BATCH, account=account, requested_by=requested_by, actor=actor, data_type=data_type)
    if not is_new:
        raise NotPossible(_in_the_way(data_type, job))
    batch = _new_batch(account, data_type, kind, stored_file, field_map)
    batch.job_id, batch.home = job.id, setting.home
    try:
        with db.session.begin_nested():
            db.session.add(batch)
    except IntegrityError as exc:  # somebody pressed in the same moment
        raise NotPossible(_in_the_way(data_type, None)) from exc
    # A file's name may name a person, so the trail has its digest alone.
    changes = {"data_type": data_type, "kind": kind, "map": field_map.number, "sha256": stored_file.sha256}
    audit.record(db.session(), actor, "batch.requested", Target.of(batch, account.organization), changes)
    return batch


def request_reversal(batch: ImportBatch, *, requested_by: User | None, actor: Actor) -> ImportBatch:
    """Ask for a batch to be taken back; a worker is nudged once the transaction is committed.

    :raises NotPossible: with the reason why it cannot be
    """
    db.session.refresh(batch, with_for_update=True)
    reason = why_not_reversible(batch)
    if reason:
        raise NotPossible(reason)
    account, data_type = batch.account, batch.data_type
    job, is_new = request_job(JobKind.REVERSE_BATCH, account=account, requested_by=requested_by, actor=actor, data_type=data_type)
    if not is_new:
        raise NotPossible(_in_the_way(data_type, job))
    try:
        with db.session.begin_nested():
            batch.open_key = open_key_of(account, data_type, batch.kind.lane)
            batch.reversal_job = job
    except IntegrityError as exc:
        raise NotPossible(_in_the_way(data_type, None)) from exc
    audit.record(db.session(), actor, "batch.reversal_requested", Target.of(batch, account.organization), {"data_type": data_type})
    return batch


def reversal_job_of(batch: ImportBatch) -> SyncJob:
    """The job that is to take a batch back."""
    if batch.reversal_job is None:
        raise ValueError("nobody asked for the reversal of this batch")
    return batch.reversal_job


def why_not_reversible(batch: ImportBatch) -> str:
    """The reason in a sentence; empty if the batch can be taken back."""
    if batch.status is BatchStatus.REVERSED:
        return ALREADY_REVERSED
    if batch.kind is BatchKind.TEST:
        return SAMPLE
    if batch.status is BatchStatus.FAILED:
        return "This batch failed, so none of its rows came in and there is nothing to take back."
    if batch.status is not BatchStatus.COMPLETE:
        return "This batch is not complete. Wait until it is, then it can be reversed."
    if batch.open_key is not None:
        return "This batch is being reversed just now."
    newest = newest_complete(batch.account, batch.data_type, batch.kind.lane)
    if newest is not None and newest.id != batch.id:
        return (
            f"Only the newest batch of a data type can be reversed, and a newer one of {_day(newest)} came after this. "
            "Reverse that one first: newer versions of these rows may rest on it."
        )
    other = open_batch(batch.account, batch.data_type, batch.kind.lane)
    if other is not None:
        return _in_the_way(batch.data_type, other.job)
    return ""


def newest_complete(account: ProviderAccount, data_type: str, lane: Lane = Lane.LIVE) -> ImportBatch | None:
    """The newest batch whose rows count."""
    kinds = [kind for kind in BatchKind if kind.lane is lane]
    query = sa.select(ImportBatch).where(
        ImportBatch.account_id == account.id,
        ImportBatch.data_type == data_type,
        ImportBatch.status == BatchStatus.COMPLETE,
        ImportBatch.kind.in_(kinds),
    )
    return db.session.scalars(query.order_by(ImportBatch.id.desc()).limit(1)).one_or_none()


def open_batch(account: ProviderAccount, data_type: str, lane: Lane = Lane.LIVE) -> ImportBatch | None:
    """The batch that is not settled yet, or is being taken back."""
    query = sa.select(ImportBatch).where(ImportBatch.open_key == open_key_of(account, data_type, lane))
    return db.session.scalars(query).one_or_none()


def list_batches(
    *,
    account: ProviderAccount | None = None,
    data_type: str = "",
    status: BatchStatus | None = None,
    kind: BatchKind | None = None,
    page: int = 1,
) -> Page[ImportBatch]:
    """Batches, newest first."""
    return batch_lists.find_batches(BatchFilter(account=account, data_type=data_type, status=status, kind=kind), page=page)


def all_batches(account: ProviderAccount) -> Sequence[ImportBatch]:
    """Every batch of a connector, newest first."""
    return db.session.scalars(sa.select(ImportBatch).where(ImportBatch.account_id == account.id).order_by(ImportBatch.id.desc())).all()


def _new_batch(account: ProviderAccount, data_type: str, kind: BatchKind, stored_file: StoredFile, field_map: FieldMap) -> ImportBatch:
    return ImportBatch(
        account_id=account.id,
        field_map_id=field_map.id,
        file_id=stored_file.id,
        provider=account.provider,
        data_type=data_type,
        kind=kind,
        open_key=open_key_of(account, data_type, kind.lane),
        source_name=stored_file.name,
        source_sha256=stored_file.sha256,
        source_bytes=stored_file.size,
    )


def _check_fit(account: ProviderAccount, data_type: str, stored_file: StoredFile, field_map: FieldMap) -> None:
    if account.state is ConnectorState.RETIRED:
        raise NotPossible("This connector is retired, so nothing is imported for it any more.")
    if stored_file.account_id != account.id or field_map.account_id != account.id or field_map.data_type != data_type:
        raise NotPossible("The file and the map have to belong to this connector and data type. Choose them again.")
    if field_map.status is MapStatus.DRAFT:
        raise NotPossible("This map is a draft. Activate it first: a batch names the version that shaped it, and drafts still change.")


def _demand_nothing_open(account: ProviderAccount, data_type: str, lane: Lane) -> None:
    other = open_batch(account, data_type, lane)
    if other is not None:
        reversing = other.reversal_job if other.status is BatchStatus.COMPLETE else None
        raise NotPossible(_in_the_way(data_type, reversing or other.job))


def _in_the_way(data_type: str, job: SyncJob | None) -> str:
    label = label_of(data_type)
    what = "reversal" if job is not None and job.kind == JobKind.REVERSE_BATCH.value else "import"
    if job is not None and job.status is JobStatus.PARKED:
        return (
            f"Another {what} of this connector and data type ({label}) stopped half-way and was parked. "
            "Open its job and run it again: it goes on where it stopped."
        )
    return f"Another {what} of this connector and data type ({label}) is not over yet. Wait until it is, then try again."


def _day(batch: ImportBatch) -> str:
    return f"{(batch.completed_at or batch.created_at):%Y-%m-%d %H:%M} UTC"
