"""Words of the agency about some days of a connector, shown on each card that they touch. Never edited: taken back, and written anew."""

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app import audit
from app.audit import Actor, Target
from app.clock import utc_now
from app.extensions import db
from app.models import ProviderAccount, ReportNote, User
from app.services import report_metrics, tasks
from app.services.errors import InvalidField, NotPossible

LONGEST = 600
LONGEST_SPAN = timedelta(days=366)
FARTHEST_BACK = timedelta(days=10 * 366)
FARTHEST_AHEAD = timedelta(days=366)


def write(account: ProviderAccount, *, metric_key: str, first_day: date, last_day: date, text: str, by: User, actor: Actor) -> ReportNote:
    """Write a note. The same one, written again, is one note.

    :param metric_key: whose cards it is for; empty: those of all metrics of the connector
    :raises InvalidField: the part that cannot be taken
    """
    text = text.strip()
    if not text:
        raise InvalidField("text", "Write what the client should know about these days.")
    if len(text) > LONGEST:
        raise InvalidField("text", f"Use at most {LONGEST} characters.")
    if metric_key and metric_key not in report_metrics.chosen_keys(account):
        raise InvalidField("metric_key", "Choose one of this connector's metrics, or all of them.")
    _demand_days(account, first_day, last_day)
    values = {"metric_key": metric_key, "first_day": first_day, "last_day": last_day}
    same = next((row for row in notes_of(account) if row.text == text and all(getattr(row, k) == v for k, v in values.items())), None)
    if same is not None:
        return same
    row = ReportNote(account_id=account.id, text=text, written_by_id=by.id, written_at=utc_now(), **values)
    target = Target.of(row, account.organization)
    db.session.add(row)
    db.session.flush()
    audit.record(db.session(), actor, "report_note.written", target, _changes(account, row))
    return row


def write_by_itself(account: ProviderAccount, *, metric_key: str, first_day: date, last_day: date, text: str, actor: Actor) -> ReportNote:
    """A note that nobody wrote: figures of a new window were published."""
    values = {"metric_key": metric_key, "first_day": first_day, "last_day": last_day, "text": text}
    row = ReportNote(account_id=account.id, written_by_id=None, written_at=utc_now(), **values)
    target = Target.of(row, account.organization)
    db.session.add(row)
    db.session.flush()
    audit.record(db.session(), actor, "report_note.written", target, _changes(account, row))
    return row


def _demand_days(account: ProviderAccount, first_day: date, last_day: date) -> None:
    today = tasks.today(account.organization)
    if not today - FARTHEST_BACK <= first_day <= today + FARTHEST_AHEAD:
        raise InvalidField("first_day", "Choose a day of the last ten years or of the year to come.")
    if last_day < first_day:
        raise InvalidField("last_day", "The last day lies before the first one. Choose the same day or a later one.")
    if last_day - first_day >= LONGEST_SPAN:
        raise InvalidField("last_day", "A note covers a year at most. Choose an earlier last day, or write two notes.")


def take_back(note: ReportNote, *, actor: Actor) -> None:
    """Take it off the cards. It stays on record.

    :raises NotPossible: if somebody did already
    """
    db.session.refresh(note, with_for_update=True)
    if note.taken_back_at is not None:
        raise NotPossible("This note was taken back already. Nothing was changed.")
    note.taken_back_at = utc_now()
    audit.record(db.session(), actor, "report_note.taken_back", Target.of(note, note.account.organization), _changes(note.account, note))
    db.session.flush()


def notes_of(account: ProviderAccount) -> Sequence[ReportNote]:
    """Those that count, by their days."""
    query = sa.select(ReportNote).where(ReportNote.account_id == account.id, ReportNote.taken_back_at.is_(None))
    return db.session.scalars(query.order_by(ReportNote.first_day, ReportNote.id)).all()


def newest_of(account: ProviderAccount) -> Sequence[ReportNote]:
    """Those that count, the newest first."""
    query = sa.select(ReportNote).where(ReportNote.account_id == account.id, ReportNote.taken_back_at.is_(None))
    return db.session.scalars(query.order_by(ReportNote.id.desc())).all()


def all_of(account: ProviderAccount, *, limit: int = 200) -> Sequence[ReportNote]:
    """Also those that were taken back, the newest first."""
    query = sa.select(ReportNote).where(ReportNote.account_id == account.id).options(joinedload(ReportNote.written_by))
    return db.session.scalars(query.order_by(ReportNote.id.desc()).limit(limit)).all()


def get_note(account: ProviderAccount, public_id: str) -> ReportNote:
    """:raises sqlalchemy.exc.NoResultFound: if the connector has none of that id"""
    query = sa.select(ReportNote).where(ReportNote.account_id == account.id, ReportNote.public_id == public_id)
    return db.session.scalars(query.options(joinedload(ReportNote.account))).one()


def _changes(account: ProviderAccount, note: ReportNote) -> dict[str, object]:
    """Never the text: it may name people."""
    return {"connector": account.public_id, "metric": note.metric_key, "days": [note.first_day, note.last_day]}
