"""Restated: the newest export changed more of the past than sources usually do."""

from datetime import date

from app.models import FindingKind
from app.readiness.wording import count, day_in_words
from app.services.watching.trouble import Trouble

FEWEST_DAYS = 3
LARGEST_SHARE = 0.1
"""Late bookings and corrections change a few days with every export."""


def is_much(changed: int, known: int) -> bool:
    """:param changed: days whose figures became other ones
    :param known: days of the export that had been known before
    """
    return changed >= FEWEST_DAYS and changed > LARGEST_SHARE * known


def trouble(data_type: str, label: str, *, changed: int, known: int, made_on: date, batch: str) -> Trouble | None:
    """:param label: of the data type
    :param batch: public id of the newest batch
    """
    if not is_much(changed, known):
        return None
    days = f"{count(changed, 'day')} out of {known:,} that were known"
    sentence = f"{label}: the export of {day_in_words(made_on)} changed figures of {days}."
    return Trouble(FindingKind.RESTATED, sentence, data_type, basis=batch)
