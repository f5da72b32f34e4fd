"""What people say on cards: notes about days, questions of clients with their answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from app.models import ClientQuestion, ProviderAccount, ReportNote
from app.readiness.wording import day_in_words
from app.services import questions, report_notes
from app.services.card_figures import Words

MOST = 5
"""Of each, the newest; the metric's page has room for no more either."""


@dataclass(frozen=True)
class Remarks:
    notes: Sequence[ReportNote]
    questions: Sequence[ClientQuestion]
    zone: ZoneInfo

    def touching(self, metric_key: str, details: Mapping[str, Any]) -> Words:
        """The newest that are about a metric, and about days of its windows or about later ones."""
        since = _first_day(details)
        notes = [note for note in self.notes if note.metric_key in {"", metric_key} and (since is None or note.last_day >= since)]
        notes.sort(key=lambda note: note.written_by_id is None)  # what people wrote is not crowded out
        asked = [each for each in self.questions if each.metric_key == metric_key]
        return {"notes": [note_in_words(each) for each in notes[:MOST]], "answers": [self._answer(each) for each in asked[:MOST]]}

    def _answer(self, question: ClientQuestion) -> Words:
        answered = question.answered_at or question.asked_at
        return {
            "asked_on": day_in_words(question.asked_at.astimezone(self.zone).date()),
            "question": question.text,
            "answered_on": day_in_words(answered.astimezone(self.zone).date()),
            "answer": question.answer,
        }


NONE = Remarks((), (), ZoneInfo("UTC"))


def of(account: ProviderAccount) -> Remarks:
    return Remarks(report_notes.newest_of(account), questions.answered(account), ZoneInfo(account.organization.time_zone))


def _first_day(details: Mapping[str, Any]) -> date | None:
    starts = [span[0] for span in (details.get("window"), details.get("baseline")) if span]
    return date.fromisoformat(min(starts)) if starts else None


def note_in_words(note: ReportNote) -> Words:
    days = day_in_words(note.first_day)
    if note.last_day != note.first_day:
        days = f"{days} to {day_in_words(note.last_day)}"
    return {"days": days, "text": note.text}
