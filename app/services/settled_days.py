"""Days whose points the open transaction writes: the notes that they wait are removed after it, and whatever is said of the
connector at its end must know that they wait no more."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.services.live_rows import Place
from app.services.transaction_notes import note_of

Key = tuple[int, str]
"""Account and data type."""


@dataclass(frozen=True)
class Settled:
    days: frozenset[date]
    note_ids: frozenset[int]
    """In the home of the rows."""


def note(session: Session, place: Place, days: Collection[date], note_ids: Collection[int]) -> None:
    noted = _noted(session)
    key = (place.account_id, place.data_type)
    before = noted.get(key, Settled(frozenset(), frozenset()))
    noted[key] = Settled(before.days | frozenset(days), before.note_ids | frozenset(note_ids))


def of(session: Session) -> Mapping[Key, Settled]:
    return _noted(session)


def _noted(session: Session) -> dict[Key, Settled]:
    return note_of(session, "fivegate.settled_days", dict)
