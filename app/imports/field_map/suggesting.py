"""A map suggested from the titles and contents of a file's columns, complete enough to import with at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.imports.catalog import DATA_TYPES, DataType, Target, TargetKind, squashed
from app.imports.field_map.fields import KEPT, MappedField, Transform
from app.imports.field_map.guessing import kept_transform, transform_for
from app.models.field_maps import FieldDecision, PrivacyClass

if TYPE_CHECKING:
    from app.imports.files import ColumnProfile

LONGEST_KEY = 50
LONGEST_LABEL = 80
WORD_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
UNTITLED = re.compile(r"Column \d+( \(\d+\))?")
SECRETS = ("password", "passwd", "secret", "apikey", "accesstoken", "authtoken", "cardnumber", "cvv", "ssn", "socialsecurity")
PERSONAL = (
    "phone", "mobile", "fax", "mail", "firstname", "lastname", "fullname", "surname", "contact", "address", "street", "city", "zip",
    "postal", "postcode", "latitude", "longitude", "birth", "gender", "caller", "author", "reviewer", "spouse", "memo", "note", "comment",
    "message", "summary", "transcript", "recording", "signature",
)  # fmt: skip
OWN_NAMES = re.compile(r"^(customer|client|lead|person|people|technician|employee|agent|location|user|owner)?names?$")
"""Names of people; *campaign name* and *item name* are none."""


def suggest(data_type: str, columns: Sequence[ColumnProfile]) -> tuple[MappedField, ...]:
    """One field for each column, in their order.

    What the catalog does not know is kept beside the known, under a key made of its title. Only empty columns without a title and
    what looks like a secret are suggested to be ignored.
    """
    kind = DATA_TYPES[data_type]
    found = _assigned(kind, [squashed(column.title) for column in columns])
    keys = _Keys({target.key for target in kind.targets})
    return tuple(
        _known(place, column, found[place]) if place in found else _unknown(place, column, keys) for place, column in enumerate(columns)
    )


@dataclass(order=True, frozen=True)
class _Match:
    rank: int
    order: int
    place: int
    target: int


def _assigned(kind: DataType, titles: Sequence[str]) -> dict[int, Target]:
    """Columns by place and their targets: the best title of a target wins, each is given once."""
    found: dict[int, Target] = {}
    taken: set[str] = set()
    for match in sorted(_matches(kind, titles)):
        target = kind.targets[match.target]
        if match.place not in found and target.key not in taken:
            found[match.place] = target
            taken.add(target.key)
    for target in kind.targets:
        if target.key not in taken:
            place = next((titles.index(title) for title in target.second_best if title in titles), None)
            if place is not None and (place not in found or not found[place].column):
                found[place] = target
                taken.add(target.key)
    return found


def _matches(kind: DataType, titles: Sequence[str]) -> Iterator[_Match]:
    places: dict[str, int] = {}
    for place, title in enumerate(titles):
        places.setdefault(title, place)
    for order, target in enumerate(kind.targets):
        for rank, synonym in enumerate(target.synonyms):
            if synonym in places:
                yield _Match(rank, order, places[synonym], order)


def _known(place: int, column: ColumnProfile, target: Target) -> MappedField:
    return MappedField(
        position=place,
        source=column.title,
        decision=FieldDecision.MAPPED,
        target=target.key,
        label=target.label,
        privacy=target.privacy,
        explanation=target.explanation,
        transform=transform_for(target.kind, column, words=target.words),
    )


def _unknown(place: int, column: ColumnProfile, keys: _Keys) -> MappedField:
    plain = squashed(column.title)
    if column.type == "empty" and UNTITLED.fullmatch(column.title):
        return _ignored(place, column, "The column has no title and no values.", PrivacyClass.INTERNAL)
    if any(word in plain for word in SECRETS):
        return _ignored(place, column, "It looks like a secret, which has no place here.", PrivacyClass.SECRET)
    is_personal = any(word in plain for word in PERSONAL) or OWN_NAMES.match(plain) is not None
    return MappedField(
        position=place,
        source=column.title,
        decision=FieldDecision.MAPPED,
        target=KEPT + keys.of(column.title, place),
        label=_label(column.title),
        privacy=PrivacyClass.PERSONAL if is_personal else PrivacyClass.INTERNAL,
        explanation=f"{_label(column.title)}, as the export gives it; no figure uses it.",
        transform=kept_transform(column),
    )


def _ignored(place: int, column: ColumnProfile, reason: str, privacy: PrivacyClass) -> MappedField:
    label = _label(column.title)
    return MappedField(
        position=place, source=column.title, decision=FieldDecision.IGNORED, label=label, privacy=privacy, ignore_reason=reason
    )  # fmt: skip


def _words(title: str) -> list[str]:
    return [word for word in WORD_BORDER.split(title) if word]


def _label(title: str) -> str:
    """*createdById* and *created_by_id* read as *Created by id*; titles of several words stay as they are."""
    if " " in title.strip():
        return title.strip()[:LONGEST_LABEL]
    words = _words(title)
    return (" ".join([words[0][:1].upper() + words[0][1:], *(word.lower() for word in words[1:])]) if words else title)[:LONGEST_LABEL]


class _Keys:
    """Gives each kept column a key of its own that no target of the data type has."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken

    def of(self, title: str, place: int) -> str:
        base = "_".join(_words(title)).lower()[:LONGEST_KEY].strip("_") or f"column_{place + 1}"
        key, number = base, 1
        while key in self._taken:
            number += 1
            key = f"{base}_{number}"
        self._taken.add(key)
        return key


def kind_of(kind: DataType, field: MappedField) -> TargetKind:
    """How the values of a mapped field are read."""
    target = kind.target(field.target)
    return target.kind if target else TargetKind(field.transform.kind or TargetKind.TEXT)


__all__ = ["Transform", "kind_of", "suggest"]
