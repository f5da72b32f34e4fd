"""Rollback notes as others need them: which plan counts, its newest drill, and whether a change may be made to a live connector."""

from datetime import datetime

import sqlalchemy as sa

from app.extensions import db
from app.models import NoteKind, ProviderAccount, RollbackNote


def plan_of(account: ProviderAccount, *, until: datetime | None = None) -> RollbackNote | None:
    """The newest planned note that nobody closed.

    :param until: the promotion that it was written for: notes of later changes are not meant
    """
    query = _of(account).where(RollbackNote.kind == NoteKind.PLANNED, RollbackNote.follows_id.is_(None), ~_is_closed())
    if until is not None:
        query = query.where(RollbackNote.written_at <= until)
    return db.session.scalar(query.order_by(RollbackNote.id.desc()).limit(1))


def drill_of(plan: RollbackNote) -> RollbackNote | None:
    """The newest drill of a plan."""
    query = sa.select(RollbackNote).where(RollbackNote.follows_id == plan.id, RollbackNote.kind == NoteKind.DRILL)
    return db.session.scalar(query.order_by(RollbackNote.id.desc()).limit(1))


def open_note(account: ProviderAccount, *, since: datetime) -> RollbackNote | None:
    """The newest planned note or incident that nobody closed: it covers changes to a live connector.

    :param since: when it went live: what was written before was for that
    """
    kinds = (NoteKind.PLANNED, NoteKind.INCIDENT)
    query = _of(account).where(
        RollbackNote.kind.in_(kinds), RollbackNote.follows_id.is_(None), RollbackNote.written_at > since, ~_is_closed()
    )
    return db.session.scalar(query.order_by(RollbackNote.id.desc()).limit(1))


def asked_for(account: ProviderAccount) -> RollbackNote | None:
    """The rollback that was asked for and is not carried out yet."""
    later = sa.orm.aliased(RollbackNote)
    is_followed = sa.exists().where(later.follows_id == RollbackNote.id)
    query = _of(account).where(RollbackNote.kind == NoteKind.EXECUTED, RollbackNote.follows_id.is_(None), ~is_followed)
    return db.session.scalar(query.order_by(RollbackNote.id.desc()).limit(1))


def _of(account: ProviderAccount) -> "sa.Select[RollbackNote]":
    return sa.select(RollbackNote).where(RollbackNote.account_id == account.id)


def _is_closed() -> sa.ColumnElement[bool]:
    later = sa.orm.aliased(RollbackNote)
    return sa.exists().where(later.follows_id == RollbackNote.id, later.closes.is_(True))
