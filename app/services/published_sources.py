"""Connectors as they were published for their clients, read back: what is connected, what may be read and why."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import ProviderAccount, PublishedSource


@dataclass(frozen=True)
class SourceDataType:
    """One kind of data that the agency reads, or would read."""

    key: str
    label: str
    why: str


@dataclass(frozen=True)
class SourceConsent:
    """What was agreed to, in words."""

    reads: tuple[str, ...]
    writes: tuple[str, ...]
    given_on: date | None
    by_portal: bool
    withdrawn_on: date | None


@dataclass(frozen=True)
class SourceCapability:
    """Something that is possible with a source, now or later."""

    title: str
    state: str
    today: str
    next: str


@dataclass(frozen=True)
class SourcePromotion:
    number: int
    on: date | None


@dataclass(frozen=True)
class SourceNote:
    """What the agency says about some days."""

    days: str
    metric: str
    """Its title; empty: all of the source."""
    text: str


@dataclass(frozen=True)
class ShownSource:
    """A connector in its client's words."""

    public_id: str
    label: str
    provider: str
    since: date | None
    """Of the first promotion."""
    state_words: str
    data_types: tuple[SourceDataType, ...]
    consent: SourceConsent | None
    capabilities: tuple[SourceCapability, ...]
    promotion: SourcePromotion | None
    owner: str
    notes: tuple[SourceNote, ...]
    """The newest first."""
    packet: Mapping[str, Any] | None
    """The client edition of what was promoted."""
    packet_text: str
    """The same as it was published, to the byte."""

    @property
    def is_agreed(self) -> bool:
        return self.consent is not None and self.consent.withdrawn_on is None

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(each.key for each in self.data_types)

    def label_of(self, key: str) -> str:
        return next((each.label for each in self.data_types if each.key == key), key.replace("_", " ").capitalize())

    def labels_of(self, keys: str) -> list[str]:
        """:param keys: comma-separated, as acts and requests keep them"""
        return [self.label_of(key) for key in keys.split(",") if key]


def all_of(organization_id: int) -> Sequence[ShownSource]:
    query = _query(PublishedSource.organization_id == organization_id)
    return [_shown(row) for row in db.session.execute(query.order_by(ProviderAccount.source_label))]


def find(organization_id: int, public_id: str) -> ShownSource | None:
    """None also for another organization's."""
    query = _query(PublishedSource.organization_id == organization_id, ProviderAccount.public_id == public_id)
    row = db.session.execute(query).one_or_none()
    return _shown(row) if row is not None else None


def get(organization_id: int, public_id: str) -> ShownSource:
    """:raises sqlalchemy.exc.NoResultFound: if the organization has none of that id"""
    found = find(organization_id, public_id)
    if found is None:
        raise NoResultFound
    return found


def account_of(organization_id: int, public_id: str) -> ProviderAccount:
    """The connector itself.

    :raises sqlalchemy.exc.NoResultFound: if the organization has none of that id
    """
    query = sa.select(ProviderAccount).where(ProviderAccount.public_id == public_id, ProviderAccount.organization_id == organization_id)
    return db.session.scalars(query.options(joinedload(ProviderAccount.organization))).one()


def _query(*conditions: sa.ColumnElement[bool]) -> Any:
    columns = (ProviderAccount.public_id, ProviderAccount.source_label, PublishedSource.words, PublishedSource.packet)
    return sa.select(*columns).join(ProviderAccount, ProviderAccount.id == PublishedSource.account_id).where(*conditions)


def _shown(row: Any) -> ShownSource:
    """Keys that an older release did not publish yet are missing; pages show what is there."""
    words = json.loads(row.words)
    promotion = words.get("promotion")
    return ShownSource(
        public_id=row.public_id,
        label=words.get("label") or row.source_label,
        provider=words.get("provider", ""),
        since=_day(words.get("since")),
        state_words=words.get("state_words", ""),
        data_types=tuple(
            SourceDataType(each["key"], each.get("label", each["key"]), each.get("why", "")) for each in _list(words, "data_types")
        ),
        consent=_consent(words.get("consent")),
        capabilities=tuple(
            SourceCapability(each.get("title", ""), each.get("state", ""), each.get("today", ""), each.get("next", ""))
            for each in _list(words, "capabilities")
        ),
        promotion=SourcePromotion(promotion["number"], _day(promotion.get("on"))) if promotion else None,
        owner=words.get("owner", ""),
        notes=tuple(SourceNote(each.get("days", ""), each.get("metric", ""), each.get("text", "")) for each in _list(words, "notes")),
        packet=json.loads(row.packet) if row.packet else None,
        packet_text=row.packet,
    )


def _consent(words: Mapping[str, Any] | None) -> SourceConsent | None:
    if not words:
        return None
    return SourceConsent(
        reads=tuple(_list(words, "reads")),
        writes=tuple(_list(words, "writes")),
        given_on=_day(words.get("given_on")),
        by_portal=bool(words.get("by_portal")),
        withdrawn_on=_day(words.get("withdrawn_on")),
    )


def _list(words: Mapping[str, Any], key: str) -> Sequence[Any]:
    return words.get(key) or ()


def _day(text: str | None) -> date | None:
    """Also of an instant: its day."""
    return date.fromisoformat(text[:10]) if text else None
