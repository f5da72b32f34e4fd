"""Exports by hand: which data types the connector brings, and who supplies each, how often."""

from datetime import date, timedelta
from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import NumberRange

from app.admin import bp
from app.admin.agreement_answers import Act, save
from app.admin.choices import listed, select
from app.admin.field_maps import known
from app.admin.file_reading import Counted, WholeNumber
from app.imports.catalog import DATA_TYPES, label_of
from app.models import AccessMode, ExportAgreement, ProviderAccount
from app.security.permissions import Permission
from app.services import accounts, agreements, data_types
from app.services.agreements import MOST_DAYS
from app.services.errors import NotPossible, StaleVersion
from app.services.tasks import today
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, DayField, Form, PlainText, Required, VersionedForm

LIST, FORM = "admin/agreements/exports.html", "admin/agreements/export.html"
AGREED = Act("export.agreed", ["access-tested"], "The agreement was saved.")
USUAL = 30
DAYS = f"Enter a number of days from 1 to {MOST_DAYS}."


class ChooseTypeForm(Form):
    data_type = select("Another data type", "Choose a data type from the list.")


class ExportForm(VersionedForm):
    supplier = StringField("Supplied by", [Required("Say who supplies it: a role or a company."), AtMost(120), PlainText()])
    every_days = WholeNumber("Every so many days", [Counted(), NumberRange(min=1, max=MOST_DAYS, message=DAYS)])
    next_due = DayField("Next due", [Required("Enter the day by which the next one is due.")])


@bp.get("/connectors/<uuid:connector_id>/exports")
@requires(Permission.CONNECTOR_READ)
def exports(connector_id: UUID) -> ResponseReturnValue:
    return _list(accounts.get_connector(str(connector_id)), ChooseTypeForm(formdata=None))


@bp.post("/connectors/<uuid:connector_id>/exports")
@requires(Permission.READINESS_WRITE)
def choose_data_type(connector_id: UUID) -> ResponseReturnValue:
    """Say that the connector brings one more data type."""
    account, form = accounts.get_connector(str(connector_id)), ChooseTypeForm()
    _offer(form, account)
    if not form.validate_on_submit():
        return _list(account, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction():
            agreements.choose_data_type(account, form.data_type.data, actor=the_person().actor)
    except NotPossible as exc:
        form.form_errors.append(str(exc))
        return _list(accounts.get_connector(str(connector_id)), form, status=HTTPStatus.CONFLICT)
    label = DATA_TYPES[form.data_type.data].label
    flash(f"{label} belongs to this connector now. Ticks that rest on the choice of data types have to be shown again.", "success")
    return redirect(url_for("admin.exports", connector_id=connector_id), HTTPStatus.SEE_OTHER)


@bp.get("/connectors/<uuid:connector_id>/exports/<string:data_type>")
@requires(Permission.READINESS_WRITE)
def edit_export(connector_id: UUID, data_type: str) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    known(data_type)
    row = _agreement(account, data_type)
    if row is None:
        form = ExportForm(formdata=None, every_days=USUAL, next_due=today(account.organization) + timedelta(days=USUAL))
    else:
        form = ExportForm(formdata=None, supplier=row.supplier, every_days=row.every_days, next_due=row.next_due)
    form.version.data = _version(row)
    return _form(account, data_type, form)


@bp.post("/connectors/<uuid:connector_id>/exports/<string:data_type>")
@requires(Permission.READINESS_WRITE)
def edit_export_submit(connector_id: UUID, data_type: str) -> ResponseReturnValue:
    account, form = accounts.get_connector(str(connector_id)), ExportForm()
    known(data_type)
    if not form.validate_on_submit() or form.next_due.data is None:
        return _form(account, data_type, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    next_due = form.next_due.data

    def again(fresh: ProviderAccount, stale: StaleVersion | None, status: int) -> ResponseReturnValue:
        if stale is not None:
            form.version.data = _version(_agreement(fresh, data_type))
        return _form(fresh, data_type, form, stale=stale, status=status)

    back = url_for("admin.exports", connector_id=connector_id)
    return save(account, form, AGREED, lambda: _save(account, data_type, form, next_due), page=again, back=back)


def _save(account: ProviderAccount, data_type: str, form: ExportForm, next_due: date) -> None:
    agreements.agree_on_export(
        account,
        data_type,
        supplier=form.supplier.data or "",
        every_days=form.every_days.data or 0,
        next_due=next_due,
        seen_version=form.seen_version,
        actor=the_person().actor,
    )


def _agreement(account: ProviderAccount, data_type: str) -> ExportAgreement | None:
    return next((row for row in agreements.exports_of(account) if row.data_type == data_type), None)


def _version(row: ExportAgreement | None) -> str:
    return str(row.version) if row is not None else "0"


def _offer(form: ChooseTypeForm, account: ProviderAccount) -> list[str]:
    """:return: data types that the connector brings already"""
    chosen = [row.data_type for row in data_types.all_of(account)]
    others = [(key, kind.label) for key, kind in DATA_TYPES.items() if key not in chosen]
    form.data_type.choices = listed([("", "Choose…"), *others])
    return chosen


def _list(account: ProviderAccount, form: ChooseTypeForm, *, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    agreed = {row.data_type: row for row in agreements.exports_of(account)}
    keys = sorted({*_offer(form, account), *agreed})
    now = today(account.organization)
    return render_template(
        LIST,
        account=account,
        lines=[(key, label_of(key), agreed.get(key)) for key in keys],
        is_by_hand=account.mode is AccessMode.MANUAL,
        today=now,
        form=form,
    ), status


def _form(
    account: ProviderAccount, data_type: str, form: ExportForm, *, stale: StaleVersion | None = None, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    return render_template(FORM, account=account, data_type=known(data_type), form=form, stale=stale), status
