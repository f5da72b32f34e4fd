"""Notes on cards: written, refused, taken back."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.audit import Actor, ActorKind
from app.extensions import db
from app.models import AuditEvent, ProviderAccount, ReportNote, User
from app.services import report_notes, tasks
from app.services.errors import InvalidField, NotPossible
from app.unit_of_work import transaction
from tests.support import factories
from tests.support.figures import chosen


@pytest.fixture
def account(app: Flask) -> ProviderAccount:
    made = factories.connector()
    chosen(made, "booked_calls")
    return made


@pytest.fixture
def writer(app: Flask) -> User:
    return factories.staff(with_password=False)


def write(account: ProviderAccount, writer: User, **changes: Any) -> ReportNote:
    day = tasks.today(account.organization) - timedelta(days=2)
    values = {"metric_key": "", "first_day": day, "last_day": day, "text": "A storm closed the shop.", **changes}
    with transaction():
        return report_notes.write(account, by=writer, actor=Actor(ActorKind.STAFF, writer.public_id), **values)


def test_a_note_is_written_once_and_the_trail_tells_no_word_of_it(account: ProviderAccount, writer: User) -> None:
    row = write(account, writer, metric_key="booked_calls")
    assert write(account, writer, metric_key="booked_calls").public_id == row.public_id
    other = write(account, writer)
    assert [each.public_id for each in report_notes.notes_of(account)] == [row.public_id, other.public_id]
    events = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "report_note.written")).all()
    assert [event.target_id for event in events] == [row.public_id, other.public_id]
    assert "storm" not in events[0].changes
    assert account.public_id in events[0].changes


def test_a_note_that_is_taken_back_counts_no_more(account: ProviderAccount, writer: User) -> None:
    note_id = write(account, writer).id
    with transaction():
        report_notes.take_back(db.session.get_one(ReportNote, note_id), actor=Actor(ActorKind.STAFF, writer.public_id))
    assert report_notes.notes_of(account) == []
    assert [row.id for row in report_notes.all_of(account)] == [note_id]
    with pytest.raises(NotPossible, match="taken back already"), transaction():
        report_notes.take_back(db.session.get_one(ReportNote, note_id), actor=Actor(ActorKind.STAFF, writer.public_id))
    assert write(account, writer).id != note_id


@pytest.mark.parametrize(
    ("days", "field", "message"),
    [
        ((-1, -2), "last_day", "lies before the first one"),
        ((-400, -1), "last_day", "a year at most"),
        ((-4000, -3999), "first_day", "the last ten years"),
        ((500, 501), "first_day", "the year to come"),
    ],
)
def test_bad_days_are_refused(account: ProviderAccount, writer: User, days: tuple[int, int], field: str, message: str) -> None:
    today, (first, last) = tasks.today(account.organization), days
    with pytest.raises(InvalidField, match=message) as refused:
        write(account, writer, first_day=today + timedelta(days=first), last_day=today + timedelta(days=last))
    assert refused.value.field == field


def test_days_at_the_end_of_the_calendar_are_refused(account: ProviderAccount, writer: User) -> None:
    for day in (date.min, date.max):
        with pytest.raises(InvalidField):
            write(account, writer, first_day=day, last_day=day)


@pytest.mark.parametrize(
    ("changes", "field"), [({"text": " "}, "text"), ({"text": "x" * 601}, "text"), ({"metric_key": "reviews_received"}, "metric_key")]
)
def test_bad_notes_are_refused(account: ProviderAccount, writer: User, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidField) as refused:
        write(account, writer, **changes)
    assert refused.value.field == field
    assert report_notes.notes_of(account) == []


def test_a_whole_year_is_taken(account: ProviderAccount, writer: User) -> None:
    today = tasks.today(account.organization)
    write(account, writer, first_day=today - timedelta(days=365), last_day=today)
