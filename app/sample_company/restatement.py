"""A later export of the same time: which old rows changed since, and when."""

from datetime import datetime, timedelta
from typing import NamedTuple

from app.sample_company.randomness import mixed


class Change(NamedTuple):
    """One row's change: `bits` choose what it is."""

    bits: int
    at: datetime


class Restatement(NamedTuple):
    """Each old row changes with a chance of `share`, decided by its id alone; nothing else moves.

    A still later export with a share that has grown as the time has tells the same changes at the same instants, and further ones.
    """

    since: datetime
    as_of: datetime
    share: float
    salt: int

    def change(self, kind: str, number: int) -> Change | None:
        """What happens to a row between the two exports."""
        found = mixed(number, self.salt + int.from_bytes(kind.encode(), "big"))
        rank = (found & 0xFFFFFF) / 0x1000000
        if rank >= self.share:
            return None
        return Change(found >> 24, self.since + timedelta(seconds=int((self.as_of - self.since).total_seconds() * (rank / self.share))))
