"""Whether something that people did is still recent. By the facts' own instant: a check asks no clock."""

from datetime import datetime, timedelta
from enum import Enum

RECENT_DAYS = 30
LIVE_DAYS = 180
"""How long sign-offs and the drill count once a connector is live."""


class Recency(Enum):
    RECENT = "recent"
    OLD = "old"
    AHEAD = "ahead"
    """Dated later than now. The clock was set back, so nobody can say how old it is: that is never recent."""


def recency_of(at: datetime, *, now: datetime, days: int = RECENT_DAYS) -> Recency:
    """To the instant: exactly thirty days is still recent."""
    if at > now:
        return Recency.AHEAD
    return Recency.RECENT if now - at <= timedelta(days=days) else Recency.OLD
