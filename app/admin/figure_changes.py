"""Logged changes: what was changed that figures may move by. Baselines are frozen before it."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField

from app.admin import bp
from app.admin.choices import select, show_error
from app.models import ChangeKind, ProviderAccount
from app.security.permissions import Permission
from app.services import accounts, baseline_lists, baselines, changes, people, report_metrics
from app.services.changes import LoggedChange
from app.services.errors import InvalidField
from app.services.tasks import today
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, Form, PlainText, Required
from app.web.listing import asked_page
from app.web.window_forms import FirstDay

FORM = "admin/figures/change.html"


class ChangeForm(Form):
    kind = select("What kind of change", "Choose what was changed.", choices=[(kind.value, kind.label) for kind in ChangeKind])
    changed_on = FirstDay("Day of the change", [Required("Enter the day on which it was or will be changed.")])
    title = StringField("What changes", [Required("Say in a few words what changes."), AtMost(160), PlainText()])


@bp.get("/connectors/<uuid:connector_id>/figures/changes")
@requires(Permission.METRIC_READ)
def figure_changes(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    page = changes.list_changes(account, page=asked_page())
    return render_template(
        "admin/figures/changes.html",
        account=account,
        page=page,
        frozen=baseline_lists.frozen_before(page.items),
        title_of=report_metrics.title_of,
    )


@bp.get("/connectors/<uuid:connector_id>/figures/changes/new")
@requires(Permission.METRIC_WRITE)
def log_change(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    return _page(ChangeForm(formdata=None, changed_on=today(account.organization)), account)


@bp.post("/connectors/<uuid:connector_id>/figures/changes/new")
@requires(Permission.METRIC_WRITE)
def log_change_submit(connector_id: UUID) -> ResponseReturnValue:
    account, form = accounts.get_connector(str(connector_id)), ChangeForm()
    day = form.changed_on.data
    if not form.validate_on_submit() or day is None:
        return _page(form, account, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    person = the_person()
    try:
        with transaction():
            logged = changes.log_change(
                account,
                kind=ChangeKind(form.kind.data),
                changed_on=day,
                title=form.title.data or "",
                logged_by=people.get_person(person.public_id),
                actor=person.actor,
            )
            said = _in_words(logged)
    except InvalidField as exc:
        show_error(form, exc)
        return _page(form, accounts.get_connector(str(connector_id)), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    for category, sentence in said:
        flash(sentence, category)
    return redirect(url_for("admin.figure_changes", connector_id=connector_id), HTTPStatus.SEE_OTHER)


def _in_words(logged: LoggedChange) -> list[tuple[str, str]]:
    """What was frozen before the change and what was not, as (category, sentence)."""
    said = [("success", "The change is logged.")]
    if logged.baselines:
        windows = {baselines.window_of(each).label for each in logged.baselines}
        titles = ", ".join(report_metrics.title_of(each.metric_key) for each in logged.baselines)
        said = [("success", f"The change is logged. Before it, baselines were frozen of {titles}: {' and '.join(sorted(windows))}.")]
    said += [("warning", f"No baseline of {metric.title} was frozen. {why}") for metric, why in logged.not_frozen]
    if not logged.baselines and not logged.not_frozen:
        said.append(("info", "No baseline was frozen: no figure is chosen, and nothing was imported that one could be counted from."))
    return said


def _page(form: ChangeForm, account: ProviderAccount, *, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    return render_template(FORM, form=form, account=account, affected=changes.affected(account)), status
