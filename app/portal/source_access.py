"""What counts of a source's access, as its page says it: from what was published and what client admins did since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.models import ClientAct, ClientActKind
from app.services.client_acts import keys_of
from app.services.published_sources import ShownSource
from app.web.filters import day


@dataclass(frozen=True)
class AccessNow:
    is_granted: bool
    reads: Sequence[str]
    """In words."""
    writes: Sequence[str]
    read_keys: Sequence[str]
    write_keys: Sequence[str]
    sentence: str
    """Since when, and by whom."""
    is_pending: bool
    """It counts already; what follows from it comes in a moment."""


@dataclass(frozen=True)
class ActLine:
    """One act of the history."""

    what: str
    who: str
    at: datetime
    reads: Sequence[str]
    writes: Sequence[str]
    note: str
    is_withdrawal: bool


def access_now(source: ShownSource, acts: Sequence[ClientAct]) -> AccessNow:
    """:param acts: of client admins in the portal, the newest first"""
    newest = acts[0] if acts else None
    if newest is None or not _wins(source, newest):
        return _as_published(source)
    is_granted = newest.kind is ClientActKind.GRANT
    return AccessNow(
        is_granted=is_granted,
        reads=source.labels_of(newest.reads),
        writes=source.labels_of(newest.writes),
        read_keys=keys_of(newest.reads),
        write_keys=keys_of(newest.writes),
        sentence=f"{'Granted' if is_granted else 'Withdrawn'} by {newest.made_by.name} on {day(newest.made_at.date())}.",
        is_pending=newest.followed_at is None,
    )


def _wins(source: ShownSource, newest: ClientAct) -> bool:
    """Over what is published: until it is followed, and always if it is a no."""
    return newest.followed_at is None or newest.kind is ClientActKind.WITHDRAW or source.consent is None


def _as_published(source: ShownSource) -> AccessNow:
    consent = source.consent
    if consent is None:
        return AccessNow(False, (), (), (), (), "Nobody of your company granted access yet.", is_pending=False)
    if consent.withdrawn_on is not None:
        return AccessNow(False, (), (), (), (), f"Withdrawn on {day(consent.withdrawn_on)}.", is_pending=False)
    how = "Granted in this portal" if consent.by_portal else "Your agency wrote down that your company agreed"
    keys = {each.label: each.key for each in source.data_types}
    return AccessNow(
        is_granted=True,
        reads=consent.reads,
        writes=consent.writes,
        read_keys=[keys[label] for label in consent.reads if label in keys],
        write_keys=[keys[label] for label in consent.writes if label in keys],
        sentence=f"{how} on {day(consent.given_on)}.",
        is_pending=False,
    )


def act_lines(source: ShownSource, acts: Sequence[ClientAct]) -> Sequence[ActLine]:
    return [
        ActLine(
            what=act.kind.label,
            who=act.made_by.name,
            at=act.made_at,
            reads=source.labels_of(act.reads),
            writes=source.labels_of(act.writes),
            note=act.note,
            is_withdrawal=act.kind is ClientActKind.WITHDRAW,
        )
        for act in acts
    ]
