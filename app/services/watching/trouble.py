"""What a rule says when something is wrong, and what that means in plain words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from app.models import FindingKind

FOUND = "found"
LONGEST_SENTENCE = 600


@dataclass(frozen=True)
class Trouble:
    """One trouble of one connector, as it is now."""

    kind: FindingKind
    sentence: str
    subject: str = ""
    """A data type or the name of a secret; empty: the connector as a whole."""
    level: str = FOUND
    basis: str = ""
    """What it rests on. What was reviewed comes back only with another one."""

    @property
    def key(self) -> "Key":
        return self.kind, self.subject


Key = tuple[FindingKind, str]
"""Kind and subject: there is one trouble of each."""


@dataclass(frozen=True)
class Words:
    """What a trouble means, and what there is to do about it."""

    means: str
    to_do: str


WORDS = {
    FindingKind.FRESHNESS: Words(
        "Figures end at the last export. Late, the client reads “Catching up”; overdue, an interval later, “Needs you”.",
        "Ask who supplies the export, then import it. If another day was agreed, write that down under “Exports”.",
    ),
    FindingKind.VOLUME: Words(
        "Either something really happened, or the export is cut off, filtered another way or doubled. Until somebody says which, the "
        "client sees the figures held.",
        "Compare these days with the source. If the rows are right, say that it is fine; if not, reverse the batch and import a whole "
        "export.",
    ),
    FindingKind.SILENCE: Words(
        "Nothing happened, or nothing is recorded any more: a form, a phone number or a filter of the export may be broken. Until "
        "somebody says which, the client sees the figures held.",
        "Look into the source for these days. If nothing happened, say that it is fine; if not, mend it and import them again.",
    ),
    FindingKind.SCHEMA: Words(
        "Columns that the map does not know are not imported, and fields whose column is gone stay empty. Until somebody looked, the "
        "client sees the figures held.",
        "Compare the file with the map. Supply the export as before, or change the map and promote it; if nothing that counts is "
        "concerned, say that it is fine.",
    ),
    FindingKind.RESTATED: Words(
        "Figures that the client may have read are other ones now. Cards show the restatement by themselves.",
        "Ask the source why it changed its past. If it is right, say that it is fine; if not, reverse the batch.",
    ),
    FindingKind.OWNER: Words(
        "Nobody answers for it, so it may not be called live.", "Name an active member of staff on the connector's page."
    ),
    FindingKind.SECRET_AGE: Words(
        "The longer a secret is in use, the more people and places have seen it.", "Make a new one with the provider and replace it."
    ),
    FindingKind.EVIDENCE: Words(
        "What was shown before the promotion does not hold any more, so the client sees the figures held.",
        "Open the connector's page: each check says what to do.",
    ),
    FindingKind.WITHDRAWN: Words(
        "Nothing is imported any more, and the client reads “Needs you”.",
        "Ask the customer whether that is meant. If not, ask for access again; if so, retire the connector.",
    ),
}


def runs(days: Iterable[date]) -> list[tuple[date, date]]:
    """Stretches of days that follow each other, as first and last day, in order."""
    ordered = sorted(set(days))
    if not ordered:
        return []
    breaks = [index for index, (one, other) in enumerate(pairwise(ordered), start=1) if (other - one).days > 1]
    starts, ends = [0, *breaks], [*breaks, len(ordered)]
    return [(ordered[start], ordered[end - 1]) for start, end in zip(starts, ends, strict=True)]
