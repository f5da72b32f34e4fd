"""A later export of the same time: which old rows changed since, and when."""

from datetime import datetime, timedelta
from typing import NamedTuple

from app.sample_company.randomness import mixed


class Restatement(NamedTuple):
    """Each old row changes with a chance of `share`, decided by its id alone. Nothing else moves."""

    since: datetime
    as_of: datetime
    share: float
    salt: int

    def bits(self, kind: str, number: int) -> int:
        """Bits to choose the change by, or zero where the row stays as it was."""
        found = mixed(number, self.salt + int.from_bytes(kind.encode(), "big"))
        return (found >> 24) | 1 if (found & 0xFFFFFF) < self.share * 0x1000000 else 0

    def moment(self, bits: int) -> datetime:
        """When it changed: after the first export, before this one."""
        seconds = (self.as_of - self.since).total_seconds()
        return self.since + timedelta(seconds=int(seconds * ((bits >> 8) & 0xFFFF) / 0x10000))
