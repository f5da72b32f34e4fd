"""What each incoming column means, and how its values are read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from app.models.field_maps import FieldDecision, PrivacyClass

KEPT = "attr:"
"""Prefix of targets that are no part of the catalog: the value is kept under the key behind it."""


@dataclass(frozen=True, kw_only=True)
class Transform:
    """How a column's texts are read. What does not matter for a kind of target is empty."""

    kind: str = ""
    """For kept columns (``attr:``): one of ``TargetKind``, text if empty. Catalog targets have theirs."""
    dates: str = ""
    """Order of numeric dates: ``mdy``, ``dmy`` or ``ymd``; ISO is always understood."""
    zone: str = ""
    """Zone of instants that name none: the organization's if empty."""
    money: str = ""
    """``point`` for 1,234.50, ``comma`` for 1.234,50; point if empty."""
    sign: str = "$"
    """The currency sign that amounts may carry; any other one is refused."""
    trim: bool = True
    """Whether outer spaces of kept texts go; ids, dates, amounts and words are always trimmed."""
    words: tuple[tuple[str, str], ...] = ()
    """From the source's words, in any case, to ours."""
    yes: tuple[str, ...] = ()
    """Further words for yes and no."""
    no: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Canonical JSON of what differs from the defaults."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__ if getattr(self, name) != getattr(DEFAULT, name)}
        return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Transform:
        """The opposite. Unknown names are passed over, so that an older release reads a newer map."""
        found: dict[str, Any] = json.loads(text or "{}")
        known = {name: value for name, value in found.items() if name in cls.__dataclass_fields__}
        if "words" in known:
            known["words"] = tuple((str(theirs), str(ours)) for theirs, ours in known["words"])
        for name in ("yes", "no"):
            if name in known:
                known[name] = tuple(str(word) for word in known[name])
        return cls(**known)


DEFAULT = Transform()


@dataclass(frozen=True, kw_only=True)
class MappedField:
    """What is decided for one column."""

    position: int
    """Place in the file that the map was made from, from 0."""
    source: str
    """Title of the column."""
    decision: FieldDecision = FieldDecision.UNDECIDED
    target: str = ""
    """Key of a target of the data type, or ``attr:<key>``."""
    label: str = ""
    privacy: PrivacyClass = PrivacyClass.INTERNAL
    explanation: str = ""
    ignore_reason: str = ""
    transform: Transform = field(default=DEFAULT)

    @property
    def is_mapped(self) -> bool:
        return self.decision is FieldDecision.MAPPED


@dataclass(frozen=True)
class MapSpec:
    """One version of a map as plain values."""

    data_type: str
    number: int
    fields: tuple[MappedField, ...]

    def mapped(self) -> tuple[MappedField, ...]:
        return tuple(one for one in self.fields if one.is_mapped)
