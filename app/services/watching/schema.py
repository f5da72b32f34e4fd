"""Schema: columns of the newest supplied file against those of the map in force.

A sentence names only columns that the map knows: where a file came without titles, its first row stands in their place.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from app.models import FindingKind
from app.readiness.wording import count, listed
from app.services.watching.trouble import Trouble

ALIKE = 0.7


@dataclass(frozen=True)
class Difference:
    new: tuple[str, ...]
    """Columns that the map does not know."""
    gone: tuple[str, ...]
    """Columns that the map reads and the file does not have."""
    renamed: tuple[tuple[str, str], ...]
    """Gone → the new one that seems to be it; such a pair stands in neither of the others."""

    @property
    def is_none(self) -> bool:
        return not (self.new or self.gone or self.renamed)


def compare(titles: Sequence[str], *, known: Collection[str], read: Sequence[str]) -> Difference:
    """:param known: columns that the map decided about, in whatever way
    :param read: those of them that it reads
    """
    new = [title for title in titles if title not in known]
    renamed = []
    gone = []
    for title in read:
        if title in titles:
            continue
        match = max(new, key=lambda other: _alike(title, other), default="")
        if match and _alike(title, match) >= ALIKE:
            renamed.append((title, match))
            new.remove(match)
        else:
            gone.append(title)
    return Difference(tuple(new), tuple(gone), tuple(renamed))


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, "".join(one.casefold().split()), "".join(other.casefold().split())).ratio()


def trouble(data_type: str, label: str, titles: Sequence[str], found: Difference) -> Trouble | None:
    """:param label: of the data type"""
    if found.is_none:
        return None
    said = []
    if found.gone:
        said.append(f"{listed(found.gone)} {'is' if len(found.gone) == 1 else 'are'} gone")
    if found.renamed:
        said.append(f"{listed(was for was, _is in found.renamed)} seems to have another title")
    if found.new:
        said.append(f"{count(len(found.new), 'column')} {'is' if len(found.new) == 1 else 'are'} new to the map")
    sentence = f"{label}: the newest file differs from the map in force: {'; '.join(said)}."
    return Trouble(FindingKind.SCHEMA, sentence, data_type, basis=digest(titles))


def digest(titles: Iterable[str]) -> str:
    """Of a set of columns, in whatever order."""
    return hashlib.sha256("\x1f".join(sorted(titles)).encode()).hexdigest()
