"""The ledger of restatements: a day's figure that was known and then became another one.

A day is *known* once points of it were written, or once an earlier complete batch told about it: a day without rows is
known to be empty. The first filling of a day is no restatement, and neither is what a source adds at its growing end:
the last day of the former export, when the next one goes on beyond it, was only told to its end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from app.clock import utc_now
from app.extensions import db
from app.metrics.parts import Parts
from app.metrics.windows import Window
from app.models import DirtyCause, ImportBatch, ProviderAccount, Restatement
from app.services.coverage import known_ranges, zone_of
from app.services.live_rows import Place
from app.services.paging import Page, paginate
from app.services.point_counting import PointKey, pieces


@dataclass(frozen=True)
class _Known:
    """What was known before the batch that is being counted."""

    ranges: tuple[Window, ...]
    told: frozenset[tuple[str, date]]
    """Metrics and days that have points."""
    batch_ends: date | None

    def is_restated(self, metric_key: str, day: date, cause: DirtyCause) -> bool:
        was_known = (metric_key, day) in self.told or any(known.contains(day) for known in self.ranges)
        return was_known and not (cause is DirtyCause.SOURCE and self._is_growing_end(day))

    def _is_growing_end(self, day: date) -> bool:
        if not self.ranges or self.batch_ends is None:
            return False
        last = self.ranges[-1].last_day
        return day >= last and self.batch_ends > last


def note(
    place: Place,
    *,
    before: Mapping[PointKey, Parts],
    after: Mapping[PointKey, Parts],
    causes: Mapping[date, tuple[DirtyCause, str | None]],
    batch: ImportBatch | None,
) -> None:
    """Write what changed of known days.

    :param causes: day → why it was counted again, and the batch that did it
    """
    changed = [key for key in sorted(before.keys() | after.keys()) if _differ(before.get(key), after.get(key))]
    if not changed:
        return
    known = _Known(
        known_ranges(place.account_id, place.data_type, zone=zone_of(place.account_id), without=batch),
        frozenset((key.metric_key, key.local_date) for key in before),
        batch.last_date if batch is not None else None,
    )
    now = utc_now()
    rows = []
    for key in changed:
        cause, batch_public_id = causes[key.local_date]
        if not known.is_restated(key.metric_key, key.local_date, cause):
            continue
        was, became = before.get(key), after.get(key)
        rows.append(
            {
                "account_id": place.account_id,
                "data_type": place.data_type,
                **key._asdict(),
                "was_num": was.num if was else None,
                "was_den": was.den if was else None,
                "became_num": became.num if became else None,
                "became_den": became.den if became else None,
                "cause": cause,
                "batch_public_id": batch_public_id or (batch.public_id if batch is not None else None),
                "seen_at": now,
            }
        )
    for piece in pieces(rows):
        db.session.execute(sa.insert(Restatement), piece)


def list_restatements(account: ProviderAccount, metric_key: str, *, page: int) -> Page[Restatement]:
    """The newest first."""
    query = sa.select(Restatement).where(Restatement.account_id == account.id, Restatement.metric_key == metric_key)
    return paginate(query.order_by(Restatement.id.desc()), page=page)


def restated_in(account: ProviderAccount, metric_key: str, window: Window) -> Sequence[Restatement]:
    """What became of the days of a window, the oldest first."""
    query = sa.select(Restatement).where(
        Restatement.account_id == account.id,
        Restatement.metric_key == metric_key,
        Restatement.local_date >= window.start,
        Restatement.local_date < window.end,
    )
    return db.session.scalars(query.order_by(Restatement.id)).all()


def _differ(was: Parts | None, became: Parts | None) -> bool:
    if was is None or became is None:
        return was is not became
    return (was.num, was.den) != (became.num, became.den)
