"""Lists in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from app.extensions import db

T = TypeVar("T")
PER_PAGE = 25
LAST_PAGE = 10_000


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list."""

    items: Sequence[T]
    number: int
    pages: int
    total: int


def paginate(query: "sa.Select[T]", *, page: int, per_page: int = PER_PAGE) -> Page[T]:
    """Run ``query`` for one page. A page past the end shows the last one.

    :param query: ordered, so that pages do not overlap
    :param page: from 1; anything else is brought into range
    """
    count: Any = query.with_only_columns(sa.func.count(), maintain_column_froms=True).order_by(None)
    total = int(db.session.scalar(count) or 0)
    pages = max(1, -(-total // per_page))
    number = min(max(1, min(page, LAST_PAGE)), pages)
    items: Any = db.session.scalars(query.limit(per_page).offset((number - 1) * per_page)).unique().all()
    return Page(items, number, pages, total)
