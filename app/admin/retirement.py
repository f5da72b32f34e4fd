"""Retiring a connector: what it means, and a typed confirmation, because it cannot be taken back."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField

from app.admin import bp
from app.admin.choices import show_error
from app.models import ConnectorState, ProviderAccount
from app.security.permissions import Permission
from app.services import accounts, retirement
from app.services.errors import InvalidField, NotPossible
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, Form, PlainText, Required

PAGE = "admin/connectors/retire.html"


class RetireForm(Form):
    confirmation = StringField("The source's name, to confirm", [Required("Type the source's name."), AtMost(80), PlainText()])


@bp.get("/connectors/<uuid:connector_id>/retire")
@requires(Permission.CONNECTOR_WRITE)
def retire(connector_id: UUID) -> ResponseReturnValue:
    return _page(accounts.get_connector(str(connector_id)), RetireForm(formdata=None))


@bp.post("/connectors/<uuid:connector_id>/retire")
@requires(Permission.CONNECTOR_WRITE)
def retire_submit(connector_id: UUID) -> ResponseReturnValue:
    account, form = accounts.get_connector(str(connector_id)), RetireForm()
    if not form.validate_on_submit():
        return _page(account, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction():
            retirement.retire(account, confirmation=form.confirmation.data or "", actor=the_person().actor)
    except InvalidField as exc:
        show_error(form, exc)
        return _page(accounts.get_connector(str(connector_id)), form, HTTPStatus.UNPROCESSABLE_ENTITY)
    except NotPossible as exc:
        flash(str(exc), "error")
        return redirect(url_for("admin.show_connector", connector_id=connector_id), HTTPStatus.SEE_OTHER)
    flash(f"{account.source_label} is retired. Its clients see what it brought, and that it is read no more.", "success")
    return redirect(url_for("admin.show_connector", connector_id=connector_id), HTTPStatus.SEE_OTHER)


def _page(account: ProviderAccount, form: RetireForm, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    return render_template(PAGE, account=account, form=form, is_retired=account.state is ConnectorState.RETIRED), status
