"""Published cards in the words of a mail. Both forms of the mail show these very texts, so they cannot differ.

What clients asked and were answered stays in the portal: a mail is passed on more easily than a page.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.readiness.wording import day_in_words
from app.services.cards import Card, CardLine


@dataclass(frozen=True)
class Fact:
    label: str
    text: str


@dataclass(frozen=True)
class Section:
    """One card."""

    title: str
    facts: tuple[Fact, ...]
    lines: tuple[str, ...]
    """Of a card that has lines and no total."""
    notes: tuple[str, ...]


def section_of(card: Card) -> Section:
    title = f"{card.title} ({card.unit})" if card.unit else card.title
    facts = tuple(Fact(label, text) for label, text in _facts(card) if text)
    return Section(title, facts, tuple(_line(each) for each in card.lines), tuple(f"{note.days}: {note.text}" for note in card.notes))


def _facts(card: Card) -> Iterator[tuple[str, str]]:
    """As a card has them, top to bottom."""
    yield "Figure", card.value or ("" if card.lines else card.value_note)
    if card.turn.is_held and card.has_figures:
        yield "Held", f"These are the figures of {card.figures_on}. They stay until newer ones can be trusted."
    yield "Movement", card.movement
    yield "Comparison", " ".join([f"{card.verdict.removesuffix('.')}.", *card.reasons]) if card.verdict else ""
    yield "Windows", card.windows
    yield "Source", card.source_label
    yield "Data through", card.data_through
    yield "State", f"{card.turn.label}. {card.turn.sentence}"
    yield "Next", _next(card)


def _next(card: Card) -> str:
    turn = card.turn
    who = ", ".join(part for part in (turn.owner, f"by {day_in_words(turn.by)}" if turn.by else "") if part)
    return f"{turn.action} ({who})" if turn.action and who else turn.action


def _line(line: CardLine) -> str:
    name = ", ".join(part for part in (line.kind, line.name) if part)
    return f"{name}: {line.value}" + (f" ({line.movement})" if line.movement else "")
