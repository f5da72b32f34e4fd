"""Periodic work, as data. A kind that is taken out of the list is simply not inserted any more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.queue import JobKind

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Periodic:
    """Work that comes back."""

    kind: JobKind
    interval: timedelta

    def slot(self, now: datetime) -> str:
        """Key of the time slot that ``now`` lies in; slots are counted from 1970 in UTC."""
        number = int(now.timestamp() // self.interval.total_seconds())
        return f"{self.kind.value}:{int(self.interval.total_seconds())}:{number}"


PERIODIC: tuple[Periodic, ...] = (
    Periodic(JobKind.VERIFY_AUDIT, DAY),
    Periodic(JobKind.PURGE_SIGN_INS, DAY),
    Periodic(JobKind.REMOVE_SAMPLES, DAY),
    Periodic(JobKind.REMOVE_FILES, DAY),
    Periodic(JobKind.PROVE_POINTS, DAY),
    Periodic(JobKind.RECHECK, timedelta(minutes=15)),
    Periodic(JobKind.WATCH, timedelta(minutes=15)),
    Periodic(JobKind.PROVE_FACETS, DAY),
    Periodic(JobKind.PURGE, DAY),
    Periodic(JobKind.SEND_DIGESTS, timedelta(hours=1)),
)
