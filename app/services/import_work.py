"""What the jobs of imports read from the application's database and write into it. Each function is part of a
transaction of the caller's."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app import audit
from app.audit import Actor, Target
from app.clock import utc_now
from app.extensions import db
from app.homes import HOMES, Home
from app.imports.catalog import DATA_TYPES
from app.imports.engine.keys import KeyMaker
from app.imports.engine.states import StreamKey
from app.imports.field_map import MapSpec
from app.imports.files import Reading, inspect_file
from app.imports.leads.classifier import RowClassifier
from app.imports.shaping import Reject
from app.models import BatchKind, BatchStatus, DataHome, ImportBatch, ImportReject, Lane, ProviderAccount, StoredFile, SyncJob
from app.queue import JobKind
from app.services import data_types, field_maps, file_remains, inspections
from app.services.errors import NotPossible
from app.services.job_engine import Claim, shorten

KEPT_REJECTS = 10_000
SAMPLES_STAY = timedelta(days=30)
NOTHING_LEFT = "There is nothing left to do for this job: its batch is over. Import the file again if its rows are missing."
FILE_IS_GONE = "The file of this import is not here any more, so nothing of it was saved. Upload it again."


@dataclass(frozen=True)
class Order:
    """A batch to work on, as plain values: it outlives the transaction that read it."""

    batch_id: int
    public_id: str
    account_id: int
    stream: StreamKey
    kind: BatchKind
    home_key: DataHome
    status: BatchStatus
    error_note: str
    map_number: int
    spec: MapSpec | None
    zone: str
    sealed_before: date | None
    rows_brought: int
    """New and changed ones, as far as is known."""
    rows_changed: int
    key_maker: KeyMaker | None
    """For leads."""
    stages: tuple[dict[str, object], ...] = ()
    """What the batch says of earlier work on it."""

    @property
    def home(self) -> Home:
        return HOMES[self.home_key]

    @property
    def data_type(self) -> str:
        return self.stream.data_type

    @property
    def is_live(self) -> bool:
        return self.stream.lane is Lane.LIVE

    @property
    def table(self) -> sa.Table:
        model = self.home.record if self.key_maker is None else self.home.lead
        return model.__table__  # type: ignore[return-value]


def take(claim: Claim) -> Order:
    """The batch of a job. A job that was asked for again takes over the batch that the former one left open.

    :raises NotPossible: if there is none
    """
    column = ImportBatch.job_id if claim.kind == JobKind.IMPORT_BATCH.value else ImportBatch.reversal_job_id
    batch = db.session.scalars(sa.select(ImportBatch).where(column == claim.job_id)).one_or_none() or _left_open(claim)
    if batch is None:
        raise NotPossible(NOTHING_LEFT)
    if claim.kind == JobKind.IMPORT_BATCH.value:
        batch.job_id = claim.job_id
    else:
        batch.reversal_job_id = claim.job_id
    return order_of(batch)


def _left_open(claim: Claim) -> ImportBatch | None:
    """An open batch whose own job is over: it was parked."""
    status = BatchStatus.STAGED if claim.kind == JobKind.IMPORT_BATCH.value else BatchStatus.COMPLETE
    data_type = sa.select(SyncJob.data_type).where(SyncJob.id == claim.job_id).scalar_subquery()
    query = sa.select(ImportBatch).where(
        ImportBatch.account_id == claim.account_id,
        ImportBatch.data_type == data_type,
        ImportBatch.status == status,
        ImportBatch.open_key.is_not(None),
    )
    for batch in db.session.scalars(query.order_by(ImportBatch.id)):
        job = batch.job if status is BatchStatus.STAGED else batch.reversal_job
        if job is not None and job.status.is_final:
            return batch
    return None


def order_of(batch: ImportBatch) -> Order:
    account = batch.account
    organization = account.organization
    setting = data_types.find(account, batch.data_type)
    return Order(
        batch_id=batch.id,
        public_id=batch.public_id,
        account_id=account.id,
        stream=StreamKey(account.public_id, organization.public_id, batch.data_type, batch.kind.lane),
        kind=batch.kind,
        home_key=batch.home,
        status=batch.status,
        error_note=batch.error_note,
        map_number=batch.field_map.number if batch.field_map else 0,
        spec=field_maps.spec_of(batch.field_map) if batch.field_map else None,
        zone=organization.time_zone,
        sealed_before=setting.sealed_before if setting else None,
        rows_brought=(batch.rows_new or 0) + (batch.rows_changed or 0),
        rows_changed=batch.rows_changed or 0,
        key_maker=_key_maker(account, batch.data_type),
        stages=tuple(json.loads(batch.stages)),
    )


def _key_maker(account: ProviderAccount, data_type: str) -> KeyMaker | None:
    if DATA_TYPES[data_type].table != "leads":
        return None
    classifier = RowClassifier.of(account.organization, account)
    return partial(classifier.columns, data_type=data_type)


def file_of(order: Order) -> StoredFile:
    """The uploaded file, apart from the session.

    :raises NotPossible: if it was removed
    """
    batch = db.session.get_one(ImportBatch, order.batch_id)
    if batch.file is None:
        raise NotPossible(FILE_IS_GONE)
    stored = batch.file
    db.session.refresh(stored)
    db.session.expunge(stored)
    return stored


def reading_of(order: Order, stored: StoredFile, path: Path) -> Reading:
    """How the file is read: as a person saw it when it came, or guessed now with what the map says otherwise."""
    noted = inspections.noted_of(stored)
    if noted is not None:
        return noted.inspection.reading  # with the map's say in it, and what somebody changed for this file

    inspection = inspect_file(path, name=stored.name)
    batch = db.session.get_one(ImportBatch, order.batch_id)
    if batch.field_map is None:
        return inspection.reading
    return field_maps.reading_of(batch.field_map, inspection)


def note_stages(order: Order, stages: Sequence[Mapping[str, object]], **counts: Any) -> None:
    """Say what was done so far, and what is known of the rows."""
    db.session.execute(
        sa.update(ImportBatch).where(ImportBatch.id == order.batch_id).values(stages=audit.canonical_json(list(stages)), **counts)
    )


def forget_rejects(order: Order) -> None:
    db.session.execute(sa.delete(ImportReject).where(ImportReject.batch_id == order.batch_id))


def keep_rejects(order: Order, rejects: Sequence[Reject]) -> None:
    """Keep refused rows as examples: their samples are masked already."""
    rows = [
        {
            "batch_id": order.batch_id,
            "row_number": reject.row_number,
            "field": reject.field[:190],
            "reason": reject.reason,
            "sample": reject.sample[:120],
        }
        for reject in rejects
    ]
    if rows:
        db.session.execute(sa.insert(ImportReject), rows)


def complete(order: Order, *, class_counts: Mapping[str, int], actor: Actor) -> ImportBatch:
    """Write that a batch is in: its rows count, and its points with it."""
    batch = _locked(order)
    if batch.status is not BatchStatus.STAGED:
        return batch
    now = utc_now()
    batch.status, batch.open_key, batch.completed_at = BatchStatus.COMPLETE, None, now
    batch.class_counts = audit.canonical_json(dict(class_counts))
    if batch.kind is BatchKind.TEST:
        batch.remove_after = now + SAMPLES_STAY
    names = ("rows_read", "rows_new", "rows_changed", "rows_unchanged", "rows_rejected", "rows_repeated", "rows_left_out")
    _record(batch, actor, "batch.completed", {name: getattr(batch, name) for name in names})
    file_remains.after_batch(batch, actor=actor)
    return batch


def fail(order: Order, *, sentence: str, actor: Actor) -> None:
    """Write that nothing of a batch came in, and why."""
    batch = _locked(order)
    if batch.status is not BatchStatus.STAGED:
        return
    forget_rejects(order)
    batch.status, batch.open_key, batch.error_note = BatchStatus.FAILED, None, shorten(sentence)
    batch.rows_new = batch.rows_changed = batch.rows_unchanged = None
    _record(batch, actor, "batch.failed", {"status": [BatchStatus.STAGED, BatchStatus.FAILED]})


def reversed_(order: Order, *, actor: Actor) -> ImportBatch:
    """Write that a batch was taken back."""
    batch = _locked(order)
    if batch.status is not BatchStatus.COMPLETE:
        return batch
    batch.status, batch.open_key, batch.reversed_at = BatchStatus.REVERSED, None, utc_now()
    _record(batch, actor, "batch.reversed", {"status": [BatchStatus.COMPLETE, BatchStatus.REVERSED]})
    return batch


def let_stand(order: Order) -> None:
    """A reversal cannot be done: the batch stays as it is, and is not held any more."""
    batch = _locked(order)
    if batch.status is BatchStatus.COMPLETE:
        batch.open_key = None


def sentence_of(batch: ImportBatch) -> str:
    """What came of an import, in words."""
    parts = [f"{batch.rows_new or 0:,} new", f"{batch.rows_changed or 0:,} changed", f"{batch.rows_unchanged or 0:,} unchanged"]
    for count, word in ((batch.rows_rejected, "rejected"), (batch.rows_repeated, "repeated"), (batch.rows_left_out, "left out")):
        if count:
            parts.append(f"{count:,} {word}")
    return f"{batch.rows_read or 0:,} rows read: {', '.join(parts)}."


def counts_of(batch: ImportBatch) -> dict[str, int]:
    names = ("rows_read", "rows_new", "rows_changed", "rows_unchanged", "rows_rejected", "rows_repeated", "rows_left_out")
    return {name.removeprefix("rows_"): int(getattr(batch, name) or 0) for name in names}


def _locked(order: Order) -> ImportBatch:
    return db.session.get_one(ImportBatch, order.batch_id, with_for_update=True, populate_existing=True)


def _record(batch: ImportBatch, actor: Actor, action: str, changes: Mapping[str, object]) -> None:
    audit.record(db.session(), actor, action, Target.of(batch, batch.account.organization), changes)
