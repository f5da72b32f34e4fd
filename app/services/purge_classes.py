"""What each class of data has that is over: finding it, removing a piece of it, and when the next thing is due."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.audit import Actor
from app.clock import utc_now
from app.extensions import db
from app.models import (
    AccountDataType,
    BatchKind,
    BatchStatus,
    ConnectorConfiguration,
    EvidenceDependency,
    ImportBatch,
    ImportReject,
    ProviderAccount,
    ReadinessCurrent,
    ReadinessEvidence,
    StoredFile,
)
from app.models.base import UtcDateTime
from app.services import old_rows, tasks, uploads
from app.services.old_rows import RowPiece

PIECE = 500
"""Files, samples or pieces of evidence that are removed at once."""
RECORD = "record"
_ENDED = (BatchStatus.COMPLETE, BatchStatus.REVERSED)


@dataclass(frozen=True)
class Removed:
    """What a class's piece removed, or is to."""

    names: tuple[str, ...] = ()
    older_than: datetime | None = None
    files: tuple[str, ...] = ()
    rows: RowPiece | None = None
    changes: dict[str, object] = field(default_factory=dict)


def _before(days: int) -> datetime:
    return utc_now() - timedelta(days=days)


# Files: those that a production batch was made from and that nothing reads any more. A file that waits for its import is not old,
# and one whose data type keeps it for less goes by that (services/file_remains.py): whichever ends first.


def _made_from() -> sa.Subquery:
    """File → the newest production batch of it that is over."""
    query = sa.select(ImportBatch.file_id, sa.func.max(ImportBatch.id).label("batch_id"))
    over = (ImportBatch.kind == BatchKind.PRODUCTION, ImportBatch.status.in_(_ENDED), ImportBatch.file_id.is_not(None))
    return query.where(*over).group_by(ImportBatch.file_id).subquery()


def _over_files(cutoff: datetime) -> sa.Select[StoredFile]:
    newest, other = _made_from(), sa.orm.aliased(ImportBatch)
    is_read = sa.exists().where(other.file_id == StoredFile.id, other.completed_at.is_(None), other.open_key.is_not(None))
    return (
        sa.select(StoredFile)
        .join(newest, newest.c.file_id == StoredFile.id)
        .join(ImportBatch, ImportBatch.id == newest.c.batch_id)
        .where(ImportBatch.completed_at <= cutoff, ~is_read)
    )


def _due_files(accounts: sa.Select[int], days: int) -> Sequence[int]:
    query = _over_files(_before(days)).where(StoredFile.account_id.in_(accounts))
    return db.session.scalars(query.with_only_columns(StoredFile.account_id).distinct()).all()


def _remove_files(account: ProviderAccount, days: int, actor: Actor) -> Removed:
    cutoff = _before(days)
    query = _over_files(cutoff).where(StoredFile.account_id == account.id).order_by(StoredFile.id).limit(PIECE)
    names = []
    for stored in db.session.scalars(query).all():
        if uploads.is_in_use(stored):
            continue  # an import of it was asked for in this moment
        names.append(stored.public_id)
        uploads.remove(stored, account=account, actor=actor, because="retention")
    return Removed(tuple(names), cutoff, files=tuple(names))


def _next_file(account: ProviderAccount, days: int) -> datetime | None:
    """By this rule or by that of the data type, whichever ends first; one that nothing was imported from goes on its own day."""
    newest = _made_from()
    kind = sa.and_(AccountDataType.account_id == ImportBatch.account_id, AccountDataType.data_type == ImportBatch.data_type)
    query = (
        sa.select(StoredFile.remove_after, ImportBatch.completed_at, AccountDataType.keep_files_days)
        .outerjoin(newest, newest.c.file_id == StoredFile.id)
        .outerjoin(ImportBatch, ImportBatch.id == newest.c.batch_id)
        .outerjoin(AccountDataType, kind)
        .where(StoredFile.account_id == account.id)
    )
    ends = [unused if ended is None else ended + timedelta(days=min(days, keep or 0)) for unused, ended, keep in db.session.execute(query)]
    return min(ends, default=None)


# Samples of rejects: the counts by reason stay on the batch.


def _ended_at() -> sa.ColumnElement[datetime]:
    return sa.func.coalesce(ImportBatch.completed_at, ImportBatch.created_at)


def _has_ended_by(instant: datetime) -> sa.ColumnElement[bool]:
    return _ended_at() <= sa.literal(instant, UtcDateTime())


def _batches_with_rejects() -> sa.Select[ImportBatch]:
    has_some = sa.exists().where(ImportReject.batch_id == ImportBatch.id)
    return sa.select(ImportBatch).where(ImportBatch.open_key.is_(None), has_some)


def _due_rejects(accounts: sa.Select[int], days: int) -> Sequence[int]:
    query = _batches_with_rejects().where(ImportBatch.account_id.in_(accounts), _has_ended_by(_before(days)))
    return db.session.scalars(query.with_only_columns(ImportBatch.account_id).distinct()).all()


def _remove_rejects(account: ProviderAccount, days: int, _actor: Actor) -> Removed:
    cutoff = _before(days)
    over = sa.select(ImportBatch.id).where(ImportBatch.account_id == account.id, ImportBatch.open_key.is_(None), _has_ended_by(cutoff))
    query = sa.select(ImportReject.id).where(ImportReject.batch_id.in_(over)).order_by(ImportReject.id).limit(PIECE)
    ids = db.session.scalars(query).all()
    if ids:
        db.session.execute(sa.delete(ImportReject).where(ImportReject.id.in_(ids)).execution_options(synchronize_session=False))
    return Removed(tuple(f"{ImportReject.__tablename__}:{each}" for each in ids), cutoff)


def _next_reject(account: ProviderAccount, days: int) -> datetime | None:
    query = _batches_with_rejects().where(ImportBatch.account_id == account.id).with_only_columns(_ended_at())
    oldest = db.session.scalar(query.order_by(ImportBatch.id).limit(1))  # batches end in about the order in which they begin
    return oldest + timedelta(days=days) if oldest is not None else None


# Evidence: what a check counts by stays, however old, and so does what a packet cites: it is embedded there.


def _idle_evidence() -> sa.Select[ReadinessEvidence]:
    current = ReadinessCurrent
    counts = sa.exists().where(current.evidence_id == ReadinessEvidence.id)
    was_good = sa.exists().where(current.good_id == ReadinessEvidence.id)
    return (
        sa.select(ReadinessEvidence)
        .join(ConnectorConfiguration, ConnectorConfiguration.id == ReadinessEvidence.configuration_id)
        .where(~counts, ~was_good)
    )


def _due_evidence(accounts: sa.Select[int], days: int) -> Sequence[int]:
    query = _idle_evidence().where(ConnectorConfiguration.account_id.in_(accounts), ReadinessEvidence.made_at <= _before(days))
    found = db.session.scalars(query.with_only_columns(ConnectorConfiguration.account_id).distinct())
    return [account_id for account_id in found if account_id is not None]


def _remove_evidence(account: ProviderAccount, days: int, _actor: Actor) -> Removed:
    cutoff = _before(days)
    query = _idle_evidence().where(ConnectorConfiguration.account_id == account.id, ReadinessEvidence.made_at <= cutoff)
    columns = query.with_only_columns(ReadinessEvidence.id, ReadinessEvidence.public_id)
    rows = db.session.execute(columns.order_by(ReadinessEvidence.id).limit(PIECE)).all()
    ids = [row[0] for row in rows]
    if ids:
        for statement in (
            sa.delete(EvidenceDependency).where(EvidenceDependency.evidence_id.in_(ids)),
            sa.delete(ReadinessEvidence).where(ReadinessEvidence.id.in_(ids)),
        ):
            db.session.execute(statement.execution_options(synchronize_session=False))
    return Removed(tuple(row[1] for row in rows), cutoff)


def _next_evidence(account: ProviderAccount, days: int) -> datetime | None:
    own = db.session.scalars(sa.select(ConnectorConfiguration.id).where(ConnectorConfiguration.account_id == account.id)).all()
    firsts = []
    for configuration_id in own:  # each is the beginning of an index: a minimum over all would read all
        query = _idle_evidence().where(ReadinessEvidence.configuration_id == configuration_id)
        firsts.append(db.session.scalar(query.with_only_columns(ReadinessEvidence.made_at).order_by(ReadinessEvidence.made_at).limit(1)))
    made = [first for first in firsts if first is not None]
    return min(made) + timedelta(days=days) if made else None


# Records: days before the horizon are sealed first, so that they are never counted again, and their rows are removed then.


def _horizon(account: ProviderAccount, days: int) -> date:
    return tasks.today(account.organization) - timedelta(days=days)


def settings_of(account: ProviderAccount) -> Sequence[AccountDataType]:
    query = sa.select(AccountDataType).where(AccountDataType.account_id == account.id)
    return db.session.scalars(query.order_by(AccountDataType.id)).all()


def _due_records(accounts: sa.Select[int], days: int) -> Sequence[int]:
    query = sa.select(ProviderAccount).where(ProviderAccount.id.in_(accounts)).options(joinedload(ProviderAccount.organization))
    found = {account.id: account for account in db.session.scalars(query)}
    days_of = {account_id: _horizon(account, days) for account_id, account in found.items()}
    sealed_days = sa.select(AccountDataType.account_id, AccountDataType.sealed_before).where(AccountDataType.account_id.in_(accounts))
    to_seal = {
        account_id
        for account_id, sealed in db.session.execute(sealed_days)
        if account_id in days_of and (sealed is None or sealed < days_of[account_id])
    }
    others = found.keys() - to_seal
    by_day: dict[date, list[str]] = {}
    for account_id in others:
        by_day.setdefault(days_of[account_id], []).append(found[account_id].public_id)
    with_rows = {public_id for day, public_ids in by_day.items() for public_id in old_rows.accounts_with_rows(public_ids, day)}
    return sorted(to_seal | {account_id for account_id in others if found[account_id].public_id in with_rows})


def _plan_records(account: ProviderAccount, days: int, _actor: Actor) -> Removed:
    """Seal what can be sealed, and say which rows go next; :func:`finish` removes them."""
    day = _horizon(account, days)
    settings = [setting for setting in settings_of(account) if not old_rows.is_busy(account, setting)]
    before = {setting.data_type: setting.sealed_before for setting in settings}
    sealed = [setting for setting in settings if old_rows.seal(account, setting, day)]
    moved = {
        each.data_type: [before[each.data_type], each.sealed_before] for each in sealed if each.sealed_before != before[each.data_type]
    }
    changes: dict[str, object] = {"sealed_before": moved} if moved else {}
    for setting in sealed:
        piece = old_rows.next_piece(account, setting, day)
        if piece is not None:
            return Removed(piece.names, _midnight(day, account), rows=piece, changes=changes)
    return Removed(changes=changes)


def _next_record(account: ProviderAccount, days: int) -> datetime | None:
    firsts = [first for setting in settings_of(account) if (first := old_rows.oldest_day(account, setting)) is not None]
    return _midnight(min(firsts) + timedelta(days=days + 1), account) if firsts else None


def _midnight(day: date, account: ProviderAccount) -> datetime:
    """When a day begins where the organization is."""
    return datetime.combine(day, time(), ZoneInfo(account.organization.time_zone)).astimezone(UTC)


DUE: dict[str, Callable[[sa.Select[int], int], Sequence[int]]] = {
    "raw_file": _due_files,
    "reject_sample": _due_rejects,
    "evidence": _due_evidence,
    RECORD: _due_records,
}
"""The other classes: the audit trail may not be touched by the application's account, and nothing keeps webhook events yet."""
PIECES: dict[str, Callable[[ProviderAccount, int, Actor], Removed]] = {
    "raw_file": _remove_files,
    "reject_sample": _remove_rejects,
    "evidence": _remove_evidence,
    RECORD: _plan_records,
}
NEXT: dict[str, Callable[[ProviderAccount, int], datetime | None]] = {
    "raw_file": _next_file,
    "reject_sample": _next_reject,
    "evidence": _next_evidence,
    RECORD: _next_record,
}
