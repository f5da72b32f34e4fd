"""What clients are shown, read back as it was published: nothing is computed here but which of the published turns has come."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from app.extensions import db
from app.models import ConnectorState, ProviderAccount, PublishedCard, PublishedSource


@dataclass(frozen=True)
class Turn:
    """From when on a card is in a state, and what that means. All words are ready to show."""

    at: datetime
    state: ConnectorState
    sentence: str
    action: str
    """What happens next."""
    owner: str
    """Whose turn it is: ``your agency``, ``you``, or empty where nothing is to be done."""
    by: date | None
    """Until when."""

    @property
    def label(self) -> str:
        return self.state.client_label

    @property
    def is_held(self) -> bool:
        return self.state in {ConnectorState.NEEDS_ATTENTION, ConnectorState.NEEDS_CUSTOMER}


@dataclass(frozen=True)
class CardLine:
    """One line of a card that has lines and no total."""

    kind: str
    name: str
    value: str
    movement: str
    """Empty where the windows are not comparable, or the line rests on too few rows."""
    arrow: str


@dataclass(frozen=True)
class CardNote:
    """Words about some days that the card's windows touch."""

    days: str
    text: str


@dataclass(frozen=True)
class CardAnswer:
    """What a client asked about the card, and what came back."""

    asked_on: str
    question: str
    answered_on: str
    answer: str


@dataclass(frozen=True)
class Card:
    """One metric of one source, in the client's words."""

    source_id: str
    """Public id of the connector, for addresses."""
    metric_key: str
    """Empty: the source feeds no metric yet."""
    revision: int
    points_revision: int
    title: str
    unit: str
    source_label: str
    turn: Turn
    value: str
    """Ready to show; empty where there is none, and ``value_note`` says why."""
    value_note: str
    movement: str
    """Empty where there is none; ``verdict`` and ``reasons`` say why."""
    arrow: str
    """``up``, ``down``, ``same`` or empty."""
    verdict: str
    reasons: tuple[str, ...]
    windows: str
    """Both in full, with day counts and zone."""
    data_through: str
    figures_on: str
    """The day on which these figures were published; while they are held, the day that they are held at."""
    lines: tuple[CardLine, ...]
    notes: tuple[CardNote, ...]
    answers: tuple[CardAnswer, ...]
    how: str
    """*How this number is made*."""
    versions: tuple[str, ...]
    details: Mapping[str, Any]
    """What the metric's own page needs beside: windows, known days, versions by day."""

    @property
    def has_figures(self) -> bool:
        return bool(self.value or self.lines)


@dataclass(frozen=True)
class Home:
    """All cards of an organization: what the client can act on first, what is over last."""

    cards: tuple[Card, ...]
    next_turn_at: datetime | None
    """When a card becomes another one by time alone."""


ORDER = (
    ConnectorState.NEEDS_CUSTOMER,
    ConnectorState.NEEDS_ATTENTION,
    ConnectorState.LATE,
    ConnectorState.LIVE,
    ConnectorState.PREPARING,
    ConnectorState.RETIRED,
)


MOST_KEPT = 1024
"""Cards of which a process remembers what their text says."""


def home_of(organization_id: int, *, now: datetime) -> Home:
    """One statement, whatever lies behind it."""
    rows = db.session.execute(_ALL_CARDS, {"organization_id": organization_id}).all()
    turns = [turns_of(row.turns) for row in rows]
    found = [(_card(row[:5], turn_at(each, now)), row.position) for row, each in zip(rows, turns, strict=True)]
    coming = [turn.at for each in turns for turn in each if turn.at > now]
    return Home(tuple(card for card, _position in sorted(found, key=_place)), min(coming, default=None))


def _place(found: tuple[Card, int]) -> tuple[int, str, int, str]:
    """Sorted here: to sort long texts, the server writes them into a table on its disk."""
    card, position = found
    return ORDER.index(card.turn.state), card.source_label.casefold(), position, card.metric_key


def find_card(organization_id: int, source_id: str, metric_key: str, *, now: datetime) -> Card | None:
    """None also for another organization's."""
    values = {"organization_id": organization_id, "source_id": source_id, "metric_key": metric_key}
    row = db.session.execute(_ONE_CARD, values).first()
    return None if row is None else _card(row[:5], turn_at(turns_of(row.turns), now))


_ALL_CARDS = (
    sa.select(
        ProviderAccount.public_id,
        PublishedCard.metric_key,
        PublishedCard.revision,
        PublishedCard.points_revision,
        PublishedCard.words,
        PublishedCard.turns,
        PublishedCard.position,
    )
    .join(
        PublishedSource, sa.and_(PublishedSource.account_id == PublishedCard.account_id, PublishedSource.revision == PublishedCard.revision)
    )
    .join(ProviderAccount, ProviderAccount.id == PublishedCard.account_id)
    .where(PublishedSource.organization_id == sa.bindparam("organization_id"))
)
"""Put together once, and sent by every request."""
_ONE_CARD = _ALL_CARDS.where(ProviderAccount.public_id == sa.bindparam("source_id"), PublishedCard.metric_key == sa.bindparam("metric_key"))


@lru_cache(maxsize=MOST_KEPT)
def _card(found: tuple[str, str, int, int, str], turn: Turn) -> Card:
    """The same text is the same card: it is read from the database every time, and taken apart once."""
    source_id, metric_key, revision, points_revision, stored = found
    words = json.loads(stored)
    return Card(
        source_id=source_id,
        metric_key=metric_key,
        revision=revision,
        points_revision=points_revision,
        turn=turn,
        lines=tuple(CardLine(**each) for each in words.pop("lines")),
        notes=tuple(CardNote(**each) for each in words.pop("notes")),
        answers=tuple(CardAnswer(**each) for each in words.pop("answers")),
        reasons=tuple(words.pop("reasons")),
        versions=tuple(words.pop("versions")),
        **words,
    )


@lru_cache(maxsize=MOST_KEPT)
def turns_of(stored: str) -> tuple[Turn, ...]:
    """The earliest first."""
    return tuple(_turn(each) for each in json.loads(stored))


def turn_at(turns: Sequence[Turn], now: datetime) -> Turn:
    """The last that has come; the first one where none has."""
    return next((turn for turn in reversed(turns) if turn.at <= now), turns[0])


def _turn(stored: Mapping[str, Any]) -> Turn:
    by = stored["by"]
    return Turn(
        at=datetime.fromisoformat(stored["at"]),
        state=ConnectorState(stored["state"]),
        sentence=stored["sentence"],
        action=stored["action"],
        owner=stored["owner"],
        by=date.fromisoformat(by) if by else None,
    )
