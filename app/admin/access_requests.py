"""Asking a client admin for access by mail, and how each request stands."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from app.admin import bp
from app.admin.choices import named, picked, select, show_error
from app.imports.catalog import DATA_TYPES
from app.models import ProviderAccount
from app.security.permissions import Permission
from app.services import access_requests, accounts, client_acts, data_types, people
from app.services.errors import InvalidField, NotPossible
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, Form, PlainText, Required, Several

PAGE = "admin/agreements/access_requests.html"


class AccessRequestForm(Form):
    to = select("Who is asked", "Choose an active client admin of this organization.")
    reads = Several("Data types to read")
    writes = Several("Data types to write")
    why = TextAreaField("What it is for", [Required("Say what it is for: the client reads it."), AtMost(500), PlainText(multiline=True)])


@bp.get("/connectors/<uuid:connector_id>/access-requests")
@requires(Permission.CONNECTOR_READ)
def connector_access_requests(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    chosen = [each.data_type for each in data_types.all_of(account)]
    return _page(account, AccessRequestForm(formdata=None, reads=chosen, writes=[]))


@bp.post("/connectors/<uuid:connector_id>/access-requests")
@requires(Permission.READINESS_WRITE)
def send_access_request(connector_id: UUID) -> ResponseReturnValue:
    account, form, person = accounts.get_connector(str(connector_id)), AccessRequestForm(), the_person()
    admins = access_requests.client_admins(account)
    form.to.choices = [*named(admins)]
    if not form.validate_on_submit():
        return _page(account, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    to = picked(admins, form.to.data)
    try:
        with transaction():
            access_requests.send(
                account,
                to=to,
                reads=form.reads.data or (),
                writes=form.writes.data or (),
                why=form.why.data or "",
                by=people.get_person(person.public_id),
                actor=person.actor,
            )
    except InvalidField as exc:
        show_error(form, exc)
        return _page(accounts.get_connector(str(connector_id)), form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except NotPossible as exc:
        form.form_errors.append(str(exc))
        return _page(accounts.get_connector(str(connector_id)), form, status=HTTPStatus.CONFLICT)
    flash("The request is on its way. It shows here when it was opened and when access was granted.", "success")
    return redirect(url_for("admin.connector_access_requests", connector_id=connector_id), HTTPStatus.SEE_OTHER)


@bp.post("/connectors/<uuid:connector_id>/access-requests/<uuid:request_id>/cancellation")
@requires(Permission.READINESS_WRITE)
def cancel_access_request(connector_id: UUID, request_id: UUID) -> ResponseReturnValue:
    row = access_requests.get_request(accounts.get_connector(str(connector_id)), str(request_id))
    try:
        with transaction():
            access_requests.cancel(row, actor=the_person().actor)
    except NotPossible as exc:
        flash(str(exc), "warning")
    else:
        flash("The request is taken back. Its link does not count any more.", "success")
    return redirect(url_for("admin.connector_access_requests", connector_id=connector_id), HTTPStatus.SEE_OTHER)


def _page(account: ProviderAccount, form: AccessRequestForm, *, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    admins = access_requests.client_admins(account)
    form.to.choices = [*named(admins)]
    chosen = {each.data_type for each in data_types.all_of(account)} | {*(form.reads.data or ()), *(form.writes.data or ())}
    lines = access_requests.lines_of(account)
    return render_template(
        PAGE,
        account=account,
        form=form,
        has_admins=bool(admins),
        offered=[(key, DATA_TYPES[key].label) for key in sorted(chosen & DATA_TYPES.keys())],
        lines=[(line, access_requests.labels_of(line.request.reads), access_requests.labels_of(line.request.writes)) for line in lines],
        acts=[(act, access_requests.labels_of(act.reads), access_requests.labels_of(act.writes)) for act in client_acts.all_of(account)],
    ), status
