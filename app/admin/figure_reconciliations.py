"""Reconciliation: the source's own totals beside ours, and what explains the difference."""

import re
from collections.abc import Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from wtforms import StringField
from wtforms.validators import StopValidation, ValidationError

from app.admin import bp
from app.admin.choices import select, show_error
from app.imports.catalog import DATA_TYPES, label_of
from app.metrics.windows import Window
from app.models import LeadClass, ProviderAccount, Reconciliation
from app.security.permissions import Permission
from app.services import accounts, people, reconciliations
from app.services.coverage import imported_types
from app.services.errors import InvalidField
from app.services.reconciliations import SourceTotals
from app.services.tasks import today
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, Form, PlainText, Required
from app.web.listing import asked_page
from app.web.window_forms import first_day, last_day, window_of

FORM, FILE_FORM = "admin/figures/reconcile.html", "admin/figures/reconcile_file.html"
LARGEST_FILE = 64 * 1024
MOST_PER_CENT = 100
_GROUPED = r"\d{1,15}|\d{1,3}(?:,\d{3}){1,4}"


class Number:
    """Digits, with commas between thousands or without, and a point before decimals where they are taken."""

    def __init__(self, message: str, *, decimals: int = 0, may_be_negative: bool = False) -> None:
        tail = rf"(?:\.\d{{1,{decimals}}})?" if decimals else ""
        self.pattern = re.compile(rf"{'-?' if may_be_negative else ''}(?:{_GROUPED}){tail}", re.ASCII)
        self.message = message

    def __call__(self, _form: Any, field: Any) -> None:
        if field.data and not self.pattern.fullmatch(field.data):
            raise StopValidation(self.message)


NO_TOLERANCE = "Enter a tolerance; 0 takes no difference."
NO_TOTAL = "Enter an amount such as 98765.40, with a point before the cents."


class WithTolerance(Form):
    data_type = select("Data type", "Choose a data type from the list.")
    tolerance = StringField("Tolerance in per cent", [Required(NO_TOLERANCE), Number("Enter a percentage such as 0.5.", decimals=2)])
    note = StringField("Note", [AtMost(300), PlainText()])

    def validate_tolerance(self, field: StringField) -> None:
        if number_in(field.data) > MOST_PER_CENT:
            raise ValidationError(f"Enter a percentage from 0 to {MOST_PER_CENT}.")


class ReconcileForm(WithTolerance):
    first = first_day()
    last = last_day()
    source_rows = StringField("Rows in the source", [Required("Enter how many rows the source counts."), Number("Enter a whole number.")])
    source_total = StringField("Total in the source", [Number(NO_TOTAL, decimals=4, may_be_negative=True)])

    @property
    def theirs(self) -> SourceTotals:
        total = number_in(self.source_total.data) if self.source_total.data else None
        return SourceTotals(window_of(self.first, self.last), int(number_in(self.source_rows.data)), total)


class ReconcileFileForm(WithTolerance):
    file = FileField("File")

    def totals(self) -> Sequence[SourceTotals]:
        """:raises InvalidField: if the file cannot be read"""
        upload = self.file.data
        if not upload:
            raise InvalidField("file", "Choose a CSV file of totals.")
        content = upload.stream.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise InvalidField("file", "This file is too large for a list of totals: at most 64 kB. Did you choose an export of rows?")
        try:
            return reconciliations.read_totals(content.decode("utf-8-sig"))
        except UnicodeDecodeError as exc:
            raise InvalidField("file", "This file is no text in UTF-8. Save the totals as CSV and choose that file.") from exc


@bp.get("/connectors/<uuid:connector_id>/figures/reconciliations")
@requires(Permission.METRIC_READ)
def reconciliations_of(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    page = reconciliations.list_reconciliations(account, page=asked_page())
    return render_template(
        "admin/figures/reconciliations.html",
        account=account,
        page=page,
        lines=[(row, window_in(row), reconciliations.verdict_of(row)) for row in page.items],
        labels={key: kind.label for key, kind in DATA_TYPES.items()},
    )


@bp.get("/connectors/<uuid:connector_id>/figures/reconciliations/new")
@requires(Permission.METRIC_WRITE)
def reconcile(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    now = today(account.organization)
    window = Window.month(now.year, now.month).before
    form = ReconcileForm(formdata=None, first=window.start, last=window.last_day, tolerance="0", data_type=request.args.get("data_type"))
    return _page(FORM, form, account)


@bp.post("/connectors/<uuid:connector_id>/figures/reconciliations/new")
@requires(Permission.METRIC_WRITE)
def reconcile_submit(connector_id: UUID) -> ResponseReturnValue:
    account, form = accounts.get_connector(str(connector_id)), ReconcileForm()
    offer(form, account)
    if form.validate_on_submit():
        try:
            (row,) = _enter(account, form, [form.theirs])
            return redirect(_address_of(connector_id, row), HTTPStatus.SEE_OTHER)
        except InvalidField as exc:
            show_error(form, exc)
    return _page(FORM, form, accounts.get_connector(str(connector_id)), status=HTTPStatus.UNPROCESSABLE_ENTITY)


@bp.get("/connectors/<uuid:connector_id>/figures/reconciliations/from-file")
@requires(Permission.METRIC_WRITE)
def reconcile_file(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    return _page(FILE_FORM, ReconcileFileForm(formdata=None, tolerance="0"), account)


@bp.post("/connectors/<uuid:connector_id>/figures/reconciliations/from-file")
@requires(Permission.METRIC_WRITE)
def reconcile_file_submit(connector_id: UUID) -> ResponseReturnValue:
    account, form = accounts.get_connector(str(connector_id)), ReconcileFileForm()
    offer(form, account)
    if form.validate_on_submit():
        try:
            rows = _enter(account, form, form.totals())
            flash("One window was compared." if len(rows) == 1 else f"{len(rows)} windows were compared.", "success")
            return redirect(url_for("admin.reconciliations_of", connector_id=connector_id), HTTPStatus.SEE_OTHER)
        except InvalidField as exc:
            show_error(form, exc)
    return _page(FILE_FORM, form, accounts.get_connector(str(connector_id)), status=HTTPStatus.UNPROCESSABLE_ENTITY)


@bp.get("/connectors/<uuid:connector_id>/figures/reconciliations/<uuid:reconciliation_id>")
@requires(Permission.METRIC_READ)
def show_reconciliation(connector_id: UUID, reconciliation_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    row = reconciliations.get_reconciliation(account, str(reconciliation_id))
    split = reconciliations.split_of(row)
    return render_template(
        "admin/figures/reconciliation.html",
        account=account,
        row=row,
        window=window_in(row),
        verdict=reconciliations.verdict_of(row),
        split=split,
        classes=[(each.label, split.by_class.get(each.value, 0)) for each in LeadClass] if split.by_class else [],
        data_type=data_type_label(row.data_type),
    )


def number_in(text: str | None) -> Decimal:
    """What was typed, once its form is valid."""
    return Decimal((text or "0").replace(",", ""))


def window_in(row: Reconciliation) -> Window:
    return Window(row.window_start, row.window_end)


def data_type_label(key: str) -> str:
    return label_of(key)


def offer(form: WithTolerance, account: ProviderAccount) -> None:
    """Data types that were imported come first."""
    imported = imported_types(account)
    keys = sorted(DATA_TYPES, key=lambda key: key not in imported)
    form.data_type.choices = [("", "Choose…"), *((key, DATA_TYPES[key].label) for key in keys)]


def _enter(account: ProviderAccount, form: WithTolerance, totals: Sequence[SourceTotals]) -> list[Reconciliation]:
    person, data_type = the_person(), str(form.data_type.data)
    tolerance, note = number_in(form.tolerance.data), form.note.data or ""
    with transaction():
        entered_by = people.get_person(person.public_id)
        return [
            reconciliations.enter(account, data_type, theirs, tolerance=tolerance, note=note, entered_by=entered_by, actor=person.actor)
            for theirs in totals
        ]


def _address_of(connector_id: UUID, row: Reconciliation) -> str:
    return url_for("admin.show_reconciliation", connector_id=connector_id, reconciliation_id=row.public_id)


def _page(template: str, form: WithTolerance, account: ProviderAccount, *, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    offer(form, account)
    return render_template(template, form=form, account=account), status
