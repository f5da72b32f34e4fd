"""`flask cards`: what is published to a client, at a terminal, in the words of the portal."""

import json
import sys
from dataclasses import fields
from typing import Any

import click
import sqlalchemy as sa
from flask import Flask

from app.clock import utc_now
from app.extensions import db
from app.models import Organization
from app.services import cards
from app.services.cards import Card, Home, Turn

ARROWS = {"up": "▲ ", "down": "▼ ", "same": "■ ", "": ""}
APART = frozenset({"turn", "revision", "points_revision", "details"})
"""Of a card: told otherwise, or not shown in the portal."""


def init_app(app: Flask) -> None:
    app.cli.add_command(show_cards)


@click.command("cards")
@click.argument("organization")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def show_cards(organization: str, *, as_json: bool) -> None:
    """Print the cards of a client as its portal shows them now.

    ORGANIZATION is its short name, as in `acme-heating`. Nothing is computed and nothing is changed: these are the published words.
    """
    row = db.session.scalar(sa.select(Organization).where(Organization.slug == organization[:200]))
    if row is None:
        click.echo(f"There is no organization “{organization[:60]}”. Its short name stands on its page in the console.", err=True)
        sys.exit(1)
    home = cards.home_of(row.id, now=utc_now())
    click.echo(json.dumps(_as_data(row, home), indent=2, ensure_ascii=False) if as_json else _told(row, home))


def _as_data(organization: Organization, home: Home) -> dict[str, Any]:
    coming = home.next_turn_at
    return {
        "organization": organization.slug,
        "name": organization.name,
        "next_turn_at": coming.isoformat() if coming is not None else None,
        "cards": [_card(card) for card in home.cards],
    }


def _card(card: Card) -> dict[str, Any]:
    shown = {each.name: _plain(getattr(card, each.name)) for each in fields(card) if each.name not in APART}
    return {**shown, "state": _state(card)}


def _plain(value: Any) -> Any:
    """Tuples of texts and of parts, as lists of texts and of objects."""
    if isinstance(value, tuple):
        return [each if isinstance(each, str) else vars(each) for each in value]
    return value


def _state(card: Card) -> dict[str, Any]:
    turn = card.turn
    return {
        "key": turn.state.value,
        "label": turn.label,
        "since": turn.at.isoformat(),
        "sentence": turn.sentence,
        "next": turn.action,
        "with": turn.owner,
        "by": turn.by.isoformat() if turn.by else None,
        "held_at": card.figures_on if _is_held(card) else None,
    }


def _told(organization: Organization, home: Home) -> str:
    if not home.cards:
        return f"{organization.name}: no source is connected yet."
    blocks = [f"{organization.name}: {len(home.cards)} {'card' if len(home.cards) == 1 else 'cards'}"]
    blocks += ["\n".join(_lines(card)) for card in home.cards]
    return "\n\n".join(blocks)


def _lines(card: Card) -> list[str]:
    found = [f"{card.title}{f' ({card.unit})' if card.unit else ''}"]
    found += _figures(card)
    if card.windows:
        found.append(f"  Days: {card.windows}")
    found.append(f"  Source: {card.source_label}")
    if card.data_through:
        found.append(f"  Data through: {card.data_through}")
    found += _turn(card.turn)
    found += [f"  Note, {note.days}: {note.text}" for note in card.notes]
    for answer in card.answers:
        found += [f"  Asked on {answer.asked_on}: {answer.question}", f"  Answered on {answer.answered_on}: {answer.answer}"]
    if card.how:
        found.append(f"  How this number is made: {card.how}")
    if card.versions:
        found.append(f"  {' · '.join(card.versions)}{f' · Published on {card.figures_on}' if card.figures_on else ''}")
    return found


def _figures(card: Card) -> list[str]:
    if card.value:
        found = [f"  {card.value}"]
    elif card.lines:
        found = [
            f"  {each.kind}, {each.name}: {each.value}{f' ({_moved(each.movement, each.arrow)})' if each.movement else ''}"
            for each in card.lines
        ]
    else:
        found = [f"  – {card.value_note}"]
    reasons = " ".join(card.reasons)
    if card.movement:
        found.append(f"  {_moved(card.movement, card.arrow)}")
        if reasons:
            found.append(f"  {card.verdict}: {reasons}")
    elif card.value and card.verdict:
        found.append(f"  {card.verdict}, so no movement is shown. {reasons}".rstrip())
    if _is_held(card):
        found.append(f"  Held at {card.figures_on}. Newer figures are not shown until this is settled.")
    return found


def _is_held(card: Card) -> bool:
    return card.turn.is_held and card.has_figures


def _moved(words: str, arrow: str) -> str:
    return f"{ARROWS[arrow]}{words}"


def _turn(turn: Turn) -> list[str]:
    open_end = "no day agreed yet" if turn.owner else "–"
    by = f"{turn.by.day} {turn.by:%b %Y}" if turn.by is not None else open_end
    since = f"{turn.at.day} {turn.at:%b %Y}"
    return [
        f"  {turn.label}, since {since}. {turn.sentence}",
        f"  Next: {turn.action}",
        f"  With: {turn.owner or 'nobody'}. By: {by}",
    ]
