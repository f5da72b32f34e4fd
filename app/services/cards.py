"""What clients are shown, read back as it was published: nothing is computed here but which of the published turns has come."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
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


def home_of(organization_id: int, *, now: datetime) -> Home:
    """One statement, whatever lies behind it."""
    rows = db.session.execute(_ALL_CARDS, {"organization_id": organization_id}).all()
    turns = [json.loads(row.turns) for row in rows]
    cards = [_card(row, each, now=now) for row, each in zip(rows, turns, strict=True)]
    coming = [at for each in turns for turn in each if (at := _instant(turn)) > now]
    return Home(tuple(sorted(cards, key=lambda card: ORDER.index(card.turn.state))), min(coming, default=None))


def find_card(organization_id: int, source_id: str, metric_key: str, *, now: datetime) -> Card | None:
    """None also for another organization's."""
    values = {"organization_id": organization_id, "source_id": source_id, "metric_key": metric_key}
    row = db.session.execute(_ONE_CARD, values).first()
    return None if row is None else _card(row, json.loads(row.turns), now=now)


_ALL_CARDS = (
    sa.select(
        ProviderAccount.public_id,
        PublishedCard.metric_key,
        PublishedCard.revision,
        PublishedCard.points_revision,
        PublishedCard.words,
        PublishedCard.turns,
    )
    .join(
        PublishedSource, sa.and_(PublishedSource.account_id == PublishedCard.account_id, PublishedSource.revision == PublishedCard.revision)
    )
    .join(ProviderAccount, ProviderAccount.id == PublishedCard.account_id)
    .where(PublishedCard.organization_id == sa.bindparam("organization_id"))
    .order_by(ProviderAccount.source_label, PublishedCard.position, PublishedCard.id)
)
"""Put together once, and sent by every request."""
_ONE_CARD = _ALL_CARDS.where(ProviderAccount.public_id == sa.bindparam("source_id"), PublishedCard.metric_key == sa.bindparam("metric_key"))


def _card(row: Any, turns: Sequence[Mapping[str, Any]], *, now: datetime) -> Card:
    words = json.loads(row.words)
    return Card(
        source_id=row.public_id,
        metric_key=row.metric_key,
        revision=row.revision,
        points_revision=row.points_revision,
        turn=turn_at(turns, now),
        lines=tuple(CardLine(**each) for each in words.pop("lines")),
        notes=tuple(CardNote(**each) for each in words.pop("notes")),
        answers=tuple(CardAnswer(**each) for each in words.pop("answers")),
        reasons=tuple(words.pop("reasons")),
        versions=tuple(words.pop("versions")),
        **words,
    )


def turn_at(turns: Sequence[Mapping[str, Any]], now: datetime) -> Turn:
    """The last that has come; the first one where none has."""
    return _turn(next((each for each in reversed(turns) if _instant(each) <= now), turns[0]))


def _instant(stored: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(stored["at"])


def _turn(stored: Mapping[str, Any]) -> Turn:
    by = stored["by"]
    return Turn(
        at=_instant(stored),
        state=ConnectorState(stored["state"]),
        sentence=stored["sentence"],
        action=stored["action"],
        owner=stored["owner"],
        by=date.fromisoformat(by) if by else None,
    )
