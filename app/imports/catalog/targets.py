"""What a data type's fields may become: the words in which the catalog is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from app.models.field_maps import PrivacyClass

NOT_A_SIGN = re.compile(r"[^a-z0-9]+")


class TargetKind(StrEnum):
    """How a value is read and written down. Canonical texts are the same whatever file a value came in."""

    ID = "id"
    """Text as it stands: leading zeros stay, scientific notation is refused where it is the row's own id."""
    TEXT = "text"
    WORD = "word"
    """One of a list of words, told from the source's by the map; others stay as they are."""
    INSTANT = "instant"
    DAY = "day"
    """A local day as it is written; a time and a zone behind it say nothing."""
    MONEY = "money"
    NUMBER = "number"
    FLAG = "flag"


@dataclass(frozen=True)
class Target:
    """A place for a value: a typed column, or a key in ``attrs`` where ``column`` is empty."""

    key: str
    label: str
    column: str
    """Typed column of ``crm_records`` or ``crm_leads``."""
    kind: TargetKind
    synonyms: tuple[str, ...] = ()
    """Titles and field names that mean it, best first, already squashed (``squashed``)."""
    mandatory: bool = False
    privacy: PrivacyClass = PrivacyClass.INTERNAL
    explanation: str = ""
    """For the client."""
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """For words: from the source's, squashed, to ours."""
    second_best: tuple[str, ...] = ()
    """Squashed titles that will do where no column has a better one: an id instead of a name."""


@dataclass(frozen=True)
class DataType:
    """One stream of a provider: which table holds its rows, what they are, and what their fields may become."""

    key: str
    label: str
    table: str
    """``records`` or ``leads``."""
    signal_kind: str
    targets: tuple[Target, ...]
    day: tuple[str, ...]
    """Targets that give the day on which figures count a row: the first that has a value."""
    day_by_status: tuple[tuple[str, str], ...] = ()
    """Pairs of status and target: with this status, that target comes before the others."""
    made_id: tuple[str, ...] = ()
    """Targets whose values together stand for the id where a file has none; empty where an id must be there."""
    has_active: bool = True
    """Whether the source says which rows are active; without it all rows count as such."""
    day_is_needed: bool = True
    """Whether a row without any of ``day`` is refused."""
    note: str = ""
    """What a reader of the docs should know besides."""

    def target(self, key: str) -> Target | None:
        return self.by_key.get(key)

    @property
    def by_key(self) -> dict[str, Target]:
        return {target.key: target for target in self.targets}

    @property
    def words_of_status(self) -> tuple[str, ...]:
        """Our words for its status, in their order."""
        status = self.target("status")
        return tuple(dict.fromkeys(status.words.values())) if status else ()


def squashed(title: str) -> str:
    """Letters and digits alone: *Customer Name*, ``customerName``, ``customer.name`` and ``customer_name`` are one."""
    return NOT_A_SIGN.sub("", title.lower())


def word_list(ours: Iterable[str], **others: str) -> Mapping[str, str]:
    """Our words under their own squashed form, and further ones of sources."""
    return MappingProxyType({squashed(word): word for word in ours} | others)
