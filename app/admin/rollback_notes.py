"""Rollback notes of a connector: all, one, a new one, a follow-up, and the drill of the plan. Never an edit."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField

from app.admin import bp
from app.admin.act_panel import ActPanel
from app.admin.choices import select, show_error
from app.admin.rollback_parts import (
    NOT_LIVE,
    PartsForm,
    findings_of,
    first_line,
    has_target,
    parts_of,
    target_choices,
    target_in_words,
    target_of,
)
from app.models import NoteKind, Promotion, ProviderAccount, RollbackNote
from app.queue import JobKind
from app.security.permissions import Permission
from app.services import accounts, check_runs, people, promotions, rollback_notes, rollback_reading, rollbacks
from app.services.errors import InvalidField, NotPossible
from app.services.rollback_notes import LABELS, WRITABLE, Finding
from app.services.rollbacks import ROLLBACK_PLAN
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person

LIST, FORM = "admin/rollback/notes.html", "admin/rollback/form.html"
KINDS = [(NoteKind.PLANNED.value, "Planned: before a change or a promotion"), (NoteKind.INCIDENT.value, "Incident: something happened")]


class NoteForm(PartsForm):
    kind = select("Kind", "Choose planned or incident.", choices=KINDS)
    target = select("Goes back to", "Choose where it goes back to.")


class FollowUpForm(PartsForm):
    closes = BooleanField("This is over")


@dataclass(frozen=True)
class NoteLine:
    """One note as the list shows it."""

    note: RollbackNote
    title: str
    state: str
    tone: str


@dataclass(frozen=True)
class FollowUp:
    """What came after a note: what it says otherwise, and what a drill or a rollback found."""

    note: RollbackNote
    changed: Sequence[tuple[str, str]]
    """Label → text of parts that are other than in what was said before."""
    findings: Sequence[Finding]


@bp.get("/connectors/<uuid:connector_id>/rollback-notes", endpoint="rollback_notes")
@requires(Permission.CONNECTOR_READ)
def rollback_notes_of(connector_id: UUID) -> ResponseReturnValue:
    return _list(accounts.get_connector(str(connector_id)))


@bp.get("/connectors/<uuid:connector_id>/rollback-notes/panel")
@requires(Permission.CONNECTOR_READ, panel=True)
def drill_panel(connector_id: UUID) -> ResponseReturnValue:
    """The panel of the drill alone."""
    return _panel(accounts.get_connector(str(connector_id))).answer(LIST, "act_panel")


@bp.post("/connectors/<uuid:connector_id>/rollback-notes/drill")
@requires(Permission.PROMOTION_WRITE)
def request_drill(connector_id: UUID) -> ResponseReturnValue:
    """Ask for the drill of the newest plan; pressed twice there is one."""
    person = the_person()
    try:
        with transaction():
            account = accounts.get_connector(str(connector_id))
            rollbacks.request_drill(account, by=people.get_person(person.public_id), actor=person.actor)
    except NotPossible as exc:
        return _list(accounts.get_connector(str(connector_id)), refusal=str(exc), status=HTTPStatus.CONFLICT)
    flash("The drill was asked for. The panel follows it; nothing is switched.", "success")
    return redirect(url_for("admin.rollback_notes", connector_id=connector_id), HTTPStatus.SEE_OTHER)


@bp.get("/connectors/<uuid:connector_id>/rollback-notes/new")
@requires(Permission.NOTE_WRITE)
def new_rollback_note(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    asked = request.args.get("kind")
    form = NoteForm(formdata=None, kind=asked if asked in {kind.value for kind in WRITABLE} else NoteKind.PLANNED.value, target=NOT_LIVE)
    _offer(form, account)
    return _form(account, form, None)


@bp.post("/connectors/<uuid:connector_id>/rollback-notes/new")
@requires(Permission.NOTE_WRITE)
def write_rollback_note(connector_id: UUID) -> ResponseReturnValue:
    account, form = accounts.get_connector(str(connector_id)), NoteForm()
    rows = _offer(form, account)
    if not form.validate_on_submit():
        return _form(account, form, None, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    kind = NoteKind(form.kind.data)
    target = target_of(rows, form.target.data) if has_target(kind) else None
    try:
        note_id = _write(account, form, kind=kind, target=target)
    except InvalidField as exc:
        show_error(form, exc)
        return _form(accounts.get_connector(str(connector_id)), form, None, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    flash("The note was written.", "success")
    return redirect(url_for("admin.show_rollback_note", connector_id=connector_id, note_id=note_id), HTTPStatus.SEE_OTHER)


@bp.get("/connectors/<uuid:connector_id>/rollback-notes/<uuid:note_id>")
@requires(Permission.CONNECTOR_READ)
def show_rollback_note(connector_id: UUID, note_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    note = rollback_notes.get_note(account, str(note_id))
    later = rollback_notes.followed_by(note)
    return render_template(
        "admin/rollback/note.html",
        account=account,
        note=note,
        labels=LABELS,
        texts=parts_of(note),
        target=target_in_words(note.target) if has_target(note.kind) else "",
        findings=findings_of(note),
        follow_ups=_follow_ups(note, later),
        is_closed=any(each.closes for each in later),
    )


@bp.get("/connectors/<uuid:connector_id>/rollback-notes/<uuid:note_id>/follow-up")
@requires(Permission.NOTE_WRITE)
def follow_up_note(connector_id: UUID, note_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    note = _first(rollback_notes.get_note(account, str(note_id)))
    later = rollback_notes.followed_by(note)
    return _form(account, FollowUpForm(formdata=None, **parts_of(later[-1] if later else note)), note)


@bp.post("/connectors/<uuid:connector_id>/rollback-notes/<uuid:note_id>/follow-up")
@requires(Permission.NOTE_WRITE)
def follow_up_note_submit(connector_id: UUID, note_id: UUID) -> ResponseReturnValue:
    account, form = accounts.get_connector(str(connector_id)), FollowUpForm()
    note = _first(rollback_notes.get_note(account, str(note_id)))
    first_id = note.public_id
    if not form.validate_on_submit():
        return _form(account, form, note, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    kind = note.kind if note.kind in WRITABLE else NoteKind.INCIDENT
    try:
        _write(account, form, kind=kind, target=note.target, follows=note, closes=bool(form.closes.data))
    except InvalidField as exc:
        show_error(form, exc)
        account = accounts.get_connector(str(connector_id))
        note = rollback_notes.get_note(account, first_id)
        return _form(account, form, note, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    flash("The follow-up was written.", "success")
    return redirect(url_for("admin.show_rollback_note", connector_id=connector_id, note_id=first_id), HTTPStatus.SEE_OTHER)


def _write(account: ProviderAccount, form: PartsForm, *, kind: NoteKind, target: Promotion | None, **options: Any) -> str:
    """Write it, and ask the check that is about it, so that the person sees the tick at once."""
    person = the_person()
    with transaction():
        by = people.get_person(person.public_id)
        note = rollback_notes.write(account, kind, form.text, target=target, by=by, actor=person.actor, **options)
        check_runs.run(account, [ROLLBACK_PLAN], actor=person.actor)
        return note.public_id


def _first(note: RollbackNote) -> RollbackNote:
    """What a follow-up is about is the note that began it."""
    return note.follows or note


def _offer(form: NoteForm, account: ProviderAccount) -> list[Promotion]:
    """Promotions that ran, among them the one that runs: it is gone back to from the next one."""
    rows = [row for row in promotions.all_of(account) if row.promoted_at is not None]
    form.target.choices = [*target_choices(rows)]
    return rows


def _lines(rows: Sequence[RollbackNote], plan: RollbackNote | None) -> list[NoteLine]:
    closed = {row.follows_id for row in rows if row.closes}
    followed = {row.follows_id for row in rows}
    return [NoteLine(row, first_line(row.trigger), *_state(row, closed, followed, plan)) for row in rows]


def _state(row: RollbackNote, closed: set[int | None], followed: set[int | None], plan: RollbackNote | None) -> tuple[str, str]:
    if row.passed is not None:
        return ("Everything held", "good") if row.passed else ("Not everything held", "bad")
    if row.follows_id is not None:
        return ("Closes its note", "idle") if row.closes else ("Follow-up", "idle")
    if row.id in closed:
        return "Closed", "idle"
    if row.kind is NoteKind.EXECUTED:
        return ("Followed up", "idle") if row.id in followed else ("Asked for", "note")
    return ("Open, the plan that counts", "note") if plan is not None and row.id == plan.id else ("Open", "note")


def _follow_ups(note: RollbackNote, later: Sequence[RollbackNote]) -> list[FollowUp]:
    found, before = [], parts_of(note)
    for each in later:
        now = parts_of(each)
        found.append(FollowUp(each, [(LABELS[name], now[name]) for name in LABELS if now[name] != before[name]], findings_of(each)))
        before = now
    return found


def _panel(account: ProviderAccount) -> ActPanel:
    drill = rollback_notes.newest_of(account, NoteKind.DRILL)
    url = url_for("admin.show_rollback_note", connector_id=account.public_id, note_id=drill.public_id) if drill is not None else ""
    path = url_for("admin.drill_panel", connector_id=account.public_id)
    return ActPanel.of(account, JobKind.DRILL_ROLLBACK, title="Drill", poll_path=path, outcome=("What the drill found", url))


def _list(account: ProviderAccount, *, refusal: str = "", status: int = HTTPStatus.OK) -> ResponseReturnValue:
    rows, plan = rollback_notes.all_of(account), rollback_reading.plan_of(account)
    html = render_template(LIST, account=account, lines=_lines(rows, plan), plan=plan, panel=_panel(account), refusal=refusal)
    return html, status


def _form(account: ProviderAccount, form: PartsForm, follows: RollbackNote | None, *, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    title = first_line(follows.trigger, at_most=60) if follows is not None else ""
    return render_template(FORM, account=account, form=form, follows=follows, title_of_first=title), status
