"""Rolling a connector back: what would go back, what has to hold, the note, the typed word, then the job."""

from collections.abc import Collection, Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, StringField
from wtforms.validators import StopValidation

from app.admin import bp
from app.admin.act_panel import ActPanel
from app.admin.choices import show_error
from app.admin.rollback_parts import NOT_LIVE, PartsForm, parts_of, target_choices, target_in_words, target_of
from app.models import Promotion, ProviderAccount, RollbackNote
from app.queue import JobKind
from app.security.permissions import Permission
from app.services import accounts, people, rollback_reading, rollbacks
from app.services.errors import InvalidField, NotPossible
from app.services.rollback_notes import NoteText
from app.services.rollbacks import CONFIRMATION
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, Form

PAGE = "admin/rollback/roll_back.html"
STAYS = (
    "All records, batches and rejects.",
    "Frozen baselines, evidence, promotions and their packets.",
    "The draft that people work on.",
    "All notes and the audit trail.",
)
"""A rollback deletes nothing."""


class AgainForm(Form):
    """The typed word alone: the note is written already."""

    typed = StringField(f"Type “{CONFIRMATION}” to confirm", [AtMost(40)])


class RollbackForm(PartsForm):
    target = HiddenField("Goes back to")
    typed = StringField(f"Type “{CONFIRMATION}” to confirm", [AtMost(40)])

    def __init__(self, *, offered: Collection[str], **values: Any) -> None:
        """:param offered: where one can go back to"""
        super().__init__(**values)
        self.offered = offered

    def validate_target(self, field: HiddenField) -> None:
        if field.data not in self.offered:
            raise StopValidation("Choose where it goes back to.")


@bp.get("/connectors/<uuid:connector_id>/rollback")
@requires(Permission.CONNECTOR_READ)
def rollback(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    rows = rollbacks.targets(account)
    asked, plan = rollback_reading.asked_for(account), rollback_reading.plan_of(account)
    if asked is not None:
        return _page(account, rows, asked, AgainForm(formdata=None), asked.target)
    target = _wanted(rows, plan)
    form = RollbackForm(offered=_offered(rows), formdata=None, target=_value_of(target), **parts_of(plan))
    return _page(account, rows, None, form, target)


@bp.get("/connectors/<uuid:connector_id>/rollback/panel")
@requires(Permission.CONNECTOR_READ, panel=True)
def rollback_panel(connector_id: UUID) -> ResponseReturnValue:
    """The panel of the page alone."""
    return _panel(accounts.get_connector(str(connector_id))).answer(PAGE, "act_panel")


@bp.post("/connectors/<uuid:connector_id>/rollback")
@requires(Permission.PROMOTION_WRITE)
def roll_back(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    rows, asked = rollbacks.targets(account), rollback_reading.asked_for(account)
    form: AgainForm | RollbackForm
    if asked is not None:
        form, target = AgainForm(), asked.target
        if request.form.get("target", _value_of(target)) != _value_of(target):
            meanwhile = f"A rollback was asked for meanwhile, to: {target_in_words(target).lower()}. Nothing was changed."
            return _page(account, rows, asked, form, target, refusal=meanwhile, status=HTTPStatus.CONFLICT)
    else:
        form = RollbackForm(offered=_offered(rows))
        target = target_of(rows, form.target.data)
    if not form.validate_on_submit():
        return _page(account, rows, asked, form, target, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    text = form.text if isinstance(form, RollbackForm) else NoteText(**parts_of(asked))
    person = the_person()
    try:
        with transaction():
            by = people.get_person(person.public_id)
            rollbacks.request(account, target, text, typed=form.typed.data or "", by=by, actor=person.actor)
    except InvalidField as exc:
        show_error(form, exc)
        return _anew(connector_id, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except NotPossible as exc:
        return _anew(connector_id, form, refusal=str(exc), status=HTTPStatus.CONFLICT)
    flash("The rollback was asked for. The panel follows it.", "success")
    return redirect(url_for("admin.rollback", connector_id=connector_id), HTTPStatus.SEE_OTHER)


def _offered(rows: Sequence[Promotion]) -> set[str]:
    return {value for value, _label in target_choices(rows)}


def _value_of(target: Promotion | None) -> str:
    return target.public_id if target is not None else NOT_LIVE


def _wanted(rows: Sequence[Promotion], plan: RollbackNote | None) -> Promotion | None:
    """What the address asks for, or else what the plan says."""
    asked = request.args.get("target")
    if asked is not None:
        return target_of(rows, asked)
    return target_of(rows, plan.target.public_id) if plan is not None and plan.target is not None else None


def _anew(connector_id: UUID, form: AgainForm | RollbackForm, *, refusal: str = "", status: int) -> ResponseReturnValue:
    """The page as things stand now, with what was typed."""
    account = accounts.get_connector(str(connector_id))
    rows, asked = rollbacks.targets(account), rollback_reading.asked_for(account)
    target = asked.target if asked is not None else target_of(rows, form.target.data) if isinstance(form, RollbackForm) else None
    return _page(account, rows, asked, form, target, refusal=refusal, status=status)


def _panel(account: ProviderAccount) -> ActPanel:
    notes = url_for("admin.rollback_notes", connector_id=account.public_id)
    path = url_for("admin.rollback_panel", connector_id=account.public_id)
    return ActPanel.of(account, JobKind.ROLL_BACK, title="Rollback", poll_path=path, outcome=("What was done and verified", notes))


def _page(
    account: ProviderAccount,
    rows: Sequence[Promotion],
    asked: RollbackNote | None,
    form: AgainForm | RollbackForm,
    target: Promotion | None,
    *,
    refusal: str = "",
    status: int = HTTPStatus.OK,
) -> ResponseReturnValue:
    panel = _panel(account)
    preview = rollbacks.preview(account, target)
    is_possible = not preview.refusal
    html = render_template(
        PAGE,
        account=account,
        panel=panel,
        preview=preview,
        findings=list(rollbacks.look(account, target)) if is_possible else [],
        stays=STAYS,
        asked=asked,
        form=form,
        choices=target_choices(rows),
        target=target,
        target_in_words=target_in_words(target),
        refusal=refusal,
    )
    return html, status
