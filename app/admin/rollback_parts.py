"""What forms and pages of rollback notes have in common: the six parts, targets to choose from, findings."""

import json
from collections.abc import Sequence
from typing import ClassVar

from wtforms import TextAreaField

from app.models import NoteKind, Promotion, RollbackNote
from app.services.rollback_notes import LABELS, LONGEST, Finding, NoteText
from app.web.fields import AtMost, Form, PlainText, Required

NOT_LIVE = "not-live"
HINTS = {
    "trigger": "What happens, or would have to happen, for somebody to go back.",
    "goes_back": "The live pointer, cards, settings: what becomes what it was.",
    "stays": "What is kept: records, batches, baselines, evidence.",
    "affected": "Who notices, at the client and here.",
    "verified": "How somebody sees that it worked.",
    "client_words": "A sentence or two that the client may read as they stand.",
}


def _part(name: str) -> TextAreaField:
    label = LABELS[name]
    missing = f"Fill in “{label}”: whoever has to go back in a hurry reads it."
    return TextAreaField(label, [Required(missing), AtMost(LONGEST), PlainText(multiline=True)])


class PartsForm(Form):
    """The six parts of a note."""

    hints: ClassVar = HINTS

    trigger = _part("trigger")
    goes_back = _part("goes_back")
    stays = _part("stays")
    affected = _part("affected")
    verified = _part("verified")
    client_words = _part("client_words")

    @property
    def text(self) -> NoteText:
        return NoteText(**{name: self[name].data or "" for name in LABELS})

    @property
    def parts(self) -> list[TextAreaField]:
        return [self[name] for name in LABELS]


def parts_of(note: RollbackNote | None) -> dict[str, str]:
    """Part → text, to fill a form with; empty where there is no note."""
    return {name: getattr(note, name) for name in LABELS} if note is not None else {}


def target_choices(rows: Sequence[Promotion]) -> list[tuple[str, str]]:
    """Where one can go back to: not live, or a promotion that ran."""
    return [(NOT_LIVE, "Not live"), *((row.public_id, f"Promotion {row.number}") for row in rows)]


def target_of(rows: Sequence[Promotion], value: str | None) -> Promotion | None:
    """None: not live."""
    return next((row for row in rows if row.public_id == value), None)


def target_in_words(target: Promotion | None) -> str:
    return f"Promotion {target.number}" if target is not None else "Not live"


def findings_of(note: RollbackNote) -> list[Finding]:
    return [Finding(each["what"], each["held"]) for each in json.loads(note.findings)]


def first_line(text: str, *, at_most: int = 120) -> str:
    line = text.strip().partition("\n")[0].strip()
    return line if len(line) <= at_most else f"{line[:at_most]}…"


def has_target(kind: NoteKind) -> bool:
    """An incident goes back to nothing."""
    return kind is not NoteKind.INCIDENT
