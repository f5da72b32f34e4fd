"""Notes on cards: words about some days of a connector, which its clients read."""

from datetime import timedelta
from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from app.admin import bp
from app.admin.choices import select, show_error
from app.models import ProviderAccount
from app.security.permissions import Permission
from app.services import accounts, people, report_metrics, report_notes
from app.services.errors import InvalidField, NotPossible
from app.services.tasks import today
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, DayField, Form, PlainText, Required

PAGE = "admin/report_notes/notes.html"
ALL = ("", "All metrics of this connector")


class CardNoteForm(Form):
    metric_key = select("On the cards of", "Choose one of this connector's metrics, or all of them.", may_be_empty=True)
    first_day = DayField("First day", [Required("Enter the first day that the note is about.")])
    last_day = DayField("Last day", [Required("Enter the last day that the note is about; one day is enough.")])
    text = TextAreaField(
        "What the client reads",
        [Required("Write what the client should know about these days."), AtMost(report_notes.LONGEST), PlainText(multiline=True)],
    )


@bp.get("/connectors/<uuid:connector_id>/notes-on-cards")
@requires(Permission.CONNECTOR_READ)
def notes_on_cards(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    yesterday = today(account.organization) - timedelta(days=1)
    return _page(account, CardNoteForm(formdata=None, first_day=yesterday, last_day=yesterday))


@bp.post("/connectors/<uuid:connector_id>/notes-on-cards")
@requires(Permission.NOTE_WRITE)
def write_note_on_cards(connector_id: UUID) -> ResponseReturnValue:
    account, form, person = accounts.get_connector(str(connector_id)), CardNoteForm(), the_person()
    form.metric_key.choices = _choices(account)
    if not form.validate_on_submit() or form.first_day.data is None or form.last_day.data is None:
        return _page(account, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction():
            report_notes.write(
                account,
                metric_key=form.metric_key.data or "",
                first_day=form.first_day.data,
                last_day=form.last_day.data,
                text=form.text.data or "",
                by=people.get_person(person.public_id),
                actor=person.actor,
            )
    except InvalidField as exc:
        show_error(form, exc)
        return _page(accounts.get_connector(str(connector_id)), form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    flash("The note is on the cards that show these days.", "success")
    return redirect(url_for("admin.notes_on_cards", connector_id=connector_id), HTTPStatus.SEE_OTHER)


@bp.post("/connectors/<uuid:connector_id>/notes-on-cards/<uuid:card_note_id>/taking-back")
@requires(Permission.NOTE_WRITE)
def take_note_back(connector_id: UUID, card_note_id: UUID) -> ResponseReturnValue:
    note = report_notes.get_note(accounts.get_connector(str(connector_id)), str(card_note_id))
    try:
        with transaction():
            report_notes.take_back(note, actor=the_person().actor)
    except NotPossible as exc:
        flash(str(exc), "warning")
    else:
        flash("The note is off the cards. It stays in this list.", "success")
    return redirect(url_for("admin.notes_on_cards", connector_id=connector_id), HTTPStatus.SEE_OTHER)


def _choices(account: ProviderAccount) -> list[tuple[str, str]]:
    return [ALL, *((each.metric_key, report_metrics.title_of(each.metric_key)) for each in report_metrics.chosen_metrics(account))]


def _page(account: ProviderAccount, form: CardNoteForm, *, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    form.metric_key.choices = _choices(account)
    rows = report_notes.all_of(account)
    lines = [(row, report_metrics.title_of(row.metric_key) if row.metric_key else "All metrics") for row in rows]
    return render_template(PAGE, account=account, form=form, lines=lines), status
