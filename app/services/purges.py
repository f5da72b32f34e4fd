"""What retention rules remove, and the receipts of it. Points, baselines and packets stay; the audit trail is never purged.

Files, samples of rejects and evidence are removed in the transaction that writes the receipt. Rows of data may lie in another
database, and nothing is atomic over two: there the receipt comes first, with the ids that are to go, and :func:`finish` removes
just these afterwards. Killed between the two, the next round finds by the digest what the newest receipt names and nobody removed
(:func:`left_over`), and goes on with that. The other order would lose rows without a receipt; in this one a receipt may, for a
day, name rows that are still there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app import audit
from app.audit import Actor, Target
from app.clock import utc_now
from app.extensions import db
from app.models import ProviderAccount, PurgeReceipt, RetentionRule
from app.readiness.checks.retention import CLASSES
from app.services import file_remains, old_rows
from app.services.old_rows import RowPiece
from app.services.purge_classes import DUE, NEXT, PIECES, RECORD, settings_of

ACTION = "retention.purged"


@dataclass(frozen=True)
class DuePurge:
    """A rule by which something may have to go."""

    account_id: int
    data_class: str
    days: int


@dataclass(frozen=True)
class Carried:
    """What one piece came to. What it says of files and rows is done by :func:`finish`, once the piece is written."""

    removed: int = 0
    files: tuple[str, ...] = ()
    """Public ids, whose room is to be freed."""
    rows: RowPiece | None = None
    """Rows that the receipt names and that are to be removed."""


class NextPurge(NamedTuple):
    """When something of a class is due to go. An instant that is over means: with the next round."""

    data_class: str
    at: datetime | None
    """None: nothing of it is there, no rule says so, or it is never removed."""


def due() -> list[DuePurge]:
    """Connectors and classes that have something to remove, or days to seal."""
    found = []
    rules = sa.select(RetentionRule.data_class, RetentionRule.days).distinct().order_by(RetentionRule.data_class, RetentionRule.days)
    for data_class, days in db.session.execute(rules).all():
        look = DUE.get(data_class)
        account_ids = look(_under(data_class, days), days) if look is not None else ()
        found += [DuePurge(account_id, data_class, days) for account_id in sorted(account_ids)]
    return found


def carry_out(one: DuePurge, *, job_id: str, actor: Actor) -> Carried:
    """Remove one piece and write its receipt, in the caller's transaction.

    :param job_id: public id of the job
    :return: nothing removed: all that may go is gone
    """
    rule = db.session.scalar(
        sa.select(RetentionRule).where(RetentionRule.account_id == one.account_id, RetentionRule.data_class == one.data_class)
    )
    if rule is None or rule.days != one.days:
        return Carried()  # somebody changed the rule meanwhile: the next round goes by the new one
    account = _account(one.account_id)
    found = PIECES[one.data_class](account, one.days, actor)
    if found.names and found.older_than is not None:
        _write_receipt(account, one, found.names, found.older_than, job_id=job_id, actor=actor)
    if found.changes:
        target = Target.of(account, account.organization)
        audit.record(db.session(), actor, ACTION, target, {"class": one.data_class, "rule_days": one.days, **found.changes})
    return Carried(len(found.names), found.files, found.rows)


def finish(carried: Carried) -> bool:
    """Free the room of files, remove the rows that the receipt names. No transaction may be open.

    :return: whether to go on; not while an import works on the rows, then the next round does it
    """
    file_remains.clear(carried.files)
    return carried.rows is None or old_rows.remove(carried.rows)


def left_over(one: DuePurge) -> RowPiece | None:
    """Rows that the newest receipt names and that are still there: whoever wrote it was killed before they were removed."""
    if one.data_class != RECORD:
        return None
    account = _account(one.account_id)
    query = sa.select(PurgeReceipt).where(PurgeReceipt.account_id == account.id, PurgeReceipt.data_class == RECORD)
    receipt = db.session.scalar(query.order_by(PurgeReceipt.id.desc()).limit(1))
    if receipt is None:
        return None
    day = receipt.older_than.astimezone(ZoneInfo(account.organization.time_zone)).date()
    for setting in settings_of(account):
        piece = old_rows.next_piece(account, setting, day) if not old_rows.is_busy(account, setting) else None
        if piece is not None and digest_of(piece.names) == receipt.digest:
            return piece
    return None


def next_purge(account: ProviderAccount) -> list[NextPurge]:
    """When the next thing of each class goes, in the order of the classes."""
    rows = db.session.scalars(sa.select(RetentionRule).where(RetentionRule.account_id == account.id))
    rules = {row.data_class: row.days for row in rows}
    return [NextPurge(key, NEXT[key](account, rules[key]) if key in rules and key in NEXT else None) for key in CLASSES]


def receipts_of(account: ProviderAccount, *, limit: int = 50) -> Sequence[PurgeReceipt]:
    """The newest first."""
    query = sa.select(PurgeReceipt).where(PurgeReceipt.account_id == account.id)
    return db.session.scalars(query.order_by(PurgeReceipt.id.desc()).limit(limit)).all()


def sentence_of(removed: int) -> str:
    return "Nothing's time was over, so nothing was removed." if not removed else f"{removed:,} removed; the receipts say what."


def digest_of(names: Sequence[str]) -> str:
    """SHA-256 over the sorted ids, one a line."""
    return old_rows.digest_of(names)


def _write_receipt(
    account: ProviderAccount, one: DuePurge, names: Sequence[str], older_than: datetime, *, job_id: str, actor: Actor
) -> None:
    row = PurgeReceipt(
        account_id=account.id,
        job_public_id=job_id,
        data_class=one.data_class,
        rule_days=one.days,
        older_than=older_than,
        removed=len(names),
        digest=digest_of(names),
        purged_at=utc_now(),
    )
    changes = {
        "class": one.data_class,
        "rule_days": one.days,
        "older_than": older_than,
        "removed": len(names),
        "digest": row.digest,
        "connector": account.public_id,
    }
    target = Target.of(row, account.organization)
    db.session.add(row)
    db.session.flush()
    audit.record(db.session(), actor, ACTION, target, changes)


def _account(account_id: int) -> ProviderAccount:
    query = sa.select(ProviderAccount).where(ProviderAccount.id == account_id)
    return db.session.scalars(query.options(joinedload(ProviderAccount.organization))).one()


def _under(data_class: str, days: int) -> sa.Select[int]:
    """Accounts that have this rule."""
    return sa.select(RetentionRule.account_id).where(RetentionRule.data_class == data_class, RetentionRule.days == days)
