"""A connector's data types: where their rows go, by which map, how long files are kept, and the newest batch of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms.validators import NumberRange, Optional

from app.admin import bp
from app.admin.choices import select, show_error
from app.admin.field_maps import known
from app.admin.file_reading import Counted, WholeNumber
from app.imports.catalog import DATA_TYPES, DataType
from app.models import AccountDataType, DataHome, FieldMap, ImportBatch, ProviderAccount
from app.security.permissions import Permission
from app.services import accounts, map_versions, people, uploads
from app.services import data_types as data_type_service
from app.services.data_types import LONGEST_KEPT_DAYS
from app.services.errors import InvalidField, StaleVersion
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import DayField, VersionedForm

LIST, FORM = "admin/data_types/list.html", "admin/data_types/form.html"
DAYS = f"Enter a number of days from 0 to {LONGEST_KEPT_DAYS:,}."


class DataTypeForm(VersionedForm):
    home = select("Database of the rows", "Choose one of the two databases.", choices=[(each.value, each.label) for each in DataHome])
    keep_files_days = WholeNumber("Keep files for so many days", [Counted(), NumberRange(min=0, max=LONGEST_KEPT_DAYS, message=DAYS)])
    sealed_before = DayField("Days before this one are sealed", [Optional()])


@dataclass(frozen=True)
class TypeLine:
    """One data type of the connector."""

    data_type: DataType
    setting: AccountDataType | None
    active: FieldMap | None
    draft: FieldMap | None
    latest: ImportBatch | None

    @property
    def is_used(self) -> bool:
        return any((self.setting, self.active, self.draft, self.latest))


@bp.get("/connectors/<uuid:connector_id>/data-types")
@requires(Permission.IMPORT_READ)
def data_types(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    lines = _lines(account)
    return render_template(
        LIST,
        account=account,
        used=[line for line in lines if line.is_used],
        others=[line for line in lines if not line.is_used],
        files=uploads.waiting_files(account),
    )


@bp.get("/connectors/<uuid:connector_id>/data-types/<string:data_type>")
@requires(Permission.MAP_WRITE)
def edit_data_type(connector_id: UUID, data_type: str) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    known(data_type)
    row = data_type_service.or_default(account, data_type)
    values = {"home": row.home.value, "keep_files_days": row.keep_files_days, "sealed_before": row.sealed_before}
    form = DataTypeForm(formdata=None, data={**values, "version": str(row.version)})
    return _page(account, data_type, form)


@bp.post("/connectors/<uuid:connector_id>/data-types/<string:data_type>")
@requires(Permission.MAP_WRITE)
def edit_data_type_submit(connector_id: UUID, data_type: str) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    known(data_type)
    form = DataTypeForm()
    if not form.validate_on_submit():
        return _page(account, data_type, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction():
            _save(account, data_type, form)
    except InvalidField as exc:
        show_error(form, exc)
        return _page(accounts.get_connector(str(connector_id)), data_type, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except StaleVersion as exc:
        account = accounts.get_connector(str(connector_id))
        form.version.data = str(data_type_service.or_default(account, data_type).version)
        return _page(account, data_type, form, stale=exc, status=HTTPStatus.CONFLICT)
    flash("The data type was saved.", "success")
    return redirect(url_for("admin.data_types", connector_id=connector_id), HTTPStatus.SEE_OTHER)


def _save(account: ProviderAccount, data_type: str, form: DataTypeForm) -> None:
    data_type_service.edit(
        account,
        data_type,
        seen_version=form.seen_version,
        home=DataHome(form.home.data),
        keep_files_days=form.keep_files_days.data or 0,
        sealed_before=form.sealed_before.data,
        decided_by=people.get_person(the_person().public_id),
        actor=the_person().actor,
    )


def _lines(account: ProviderAccount) -> Sequence[TypeLine]:
    settings = {row.data_type: row for row in data_type_service.all_of(account)}
    active, drafts = map_versions.active_maps_of(account), map_versions.drafts_of(account)
    latest = data_type_service.latest_batches(account)
    return [TypeLine(each, settings.get(key), active.get(key), drafts.get(key), latest.get(key)) for key, each in DATA_TYPES.items()]


def _page(
    account: ProviderAccount, data_type: str, form: DataTypeForm, *, stale: Any = None, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    settled = data_type_service.why_home_is_settled(account, data_type)
    return render_template(FORM, account=account, data_type=known(data_type), form=form, stale=stale, settled=settled), status
