"""What time and people change: freshness, owner, consent, the age of secrets, evidence."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from app.models import FindingKind
from app.readiness.wording import count, day_in_words, listed
from app.services.freshness import Freshness, Level
from app.services.watching.trouble import Trouble

CHECKS_OF = {
    FindingKind.OWNER: frozenset({"owner"}),
    FindingKind.WITHDRAWN: frozenset({"customer-authorized"}),
    FindingKind.FRESHNESS: frozenset({"access-tested"}),
}
"""Checks that fall with such a trouble: they are no second one."""


def freshness(found: Freshness, label: str, *, now: datetime) -> Trouble | None:
    """:param label: of the data type"""
    level = found.level(now)
    if level is Level.ON_TIME:
        return None
    more = f", nor within {count(found.every_days, 'day')} after it" if level is Level.OVERDUE else ""
    sentence = f"{label}: the export that was due on {day_in_words(found.due_on)} has not come{more}."
    return Trouble(FindingKind.FRESHNESS, sentence, found.data_type, level.value, found.due_on.isoformat())


def owner(*, is_named: bool, is_active: bool) -> Trouble | None:
    if is_named and is_active:
        return None
    sentence = "Whoever owned it is not active any more." if is_named else "Nobody owns it."
    return Trouble(FindingKind.OWNER, sentence)


def withdrawn(on: date | None) -> Trouble | None:
    if on is None:
        return None
    return Trouble(FindingKind.WITHDRAWN, f"The customer withdrew consent on {day_in_words(on)}.", basis=on.isoformat())


def secret(name: str, label: str, set_at: datetime, *, now: datetime, days: int) -> Trouble | None:
    """:param label: what the provider calls it
    :param days: older than so many is old
    """
    if now - set_at <= timedelta(days=days):
        return None
    sentence = f"{label} was set on {day_in_words(set_at.date())}, {count((now - set_at).days, 'day')} ago."
    return Trouble(FindingKind.SECRET_AGE, sentence, name, basis=set_at.date().isoformat())


def evidence(closed: Sequence[tuple[str, str]], *, others: Collection[FindingKind]) -> Trouble | None:
    """:param closed: checks of what runs that do not stand, each with its title
    :param others: kinds of trouble that are there as well, and explain some of them
    """
    explained = frozenset().union(*(CHECKS_OF.get(kind, frozenset()) for kind in others))
    titles = [title for key, title in closed if key not in explained]
    if not titles:
        return None
    stand = "does" if len(titles) == 1 else "do"
    return Trouble(FindingKind.EVIDENCE, f"{listed(titles)} {stand} not stand any more.")
