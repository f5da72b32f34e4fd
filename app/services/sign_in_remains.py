"""What signing in leaves behind: sessions and links that are long over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.extensions import db
from app.models import REALMS
from app.services.job_clock import database_now

KEPT_FOR = timedelta(days=30)
PIECE = 500
"""Rows that one transaction removes."""


@dataclass(frozen=True)
class Remains:
    """One table and which of its rows are over."""

    model: Any
    ended: Any
    """Column that says when a row was used up or closed."""

    def is_over(self, before: datetime) -> sa.ColumnElement[bool]:
        return sa.or_(self.model.expires_at < before, self.ended < before)


KINDS = tuple(
    remains
    for realm in REALMS.values()
    for remains in (Remains(realm.session, realm.session.ended_at), Remains(realm.link_token, realm.link_token.used_at))
)


def remove_some(remains: Remains) -> int:
    """Remove one piece of what is over for 30 days.

    :return: how many rows; fewer than a piece when nothing is left
    """
    before = database_now(db.session()) - KEPT_FOR
    ids = db.session.scalars(sa.select(remains.model.id).where(remains.is_over(before)).order_by(remains.model.id).limit(PIECE)).all()
    if ids:
        db.session.execute(sa.delete(remains.model).where(remains.model.id.in_(ids)).execution_options(synchronize_session=False))
    return len(ids)


def sentence_of(removed: int) -> str:
    if not removed:
        return "Nothing was over for 30 days, so nothing was removed."
    return f"{removed:,} sessions and links that were over for 30 days were removed."
