"""Uploading a file for a connector: choosing it, looking at what was found in it, importing it."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import ValidationError

from app.admin import bp
from app.admin.batch_words import size_in_words
from app.admin.choices import listed, select, show_error
from app.admin.file_words import goes_when, reading_facts
from app.imports.catalog import DATA_TYPES
from app.imports.files import FileRefused
from app.models import BatchKind, FieldMap, ImportBatch, ProviderAccount, StoredFile
from app.security.permissions import Permission
from app.services import accounts, field_maps, file_imports, inspections, people, uploads
from app.services.errors import InvalidField, NotPossible
from app.services.file_imports import Fit
from app.services.inspections import Noted
from app.services.map_editing import choice_of, choices_of
from app.services.uploads import Arrived
from app.unit_of_work import release, transaction
from app.web.access import requires
from app.web.current import settings, the_person
from app.web.fields import Form
from app.web.large_files import takes_file, too_large

FORM, PAGE = "admin/uploads/form.html", "admin/uploads/show.html"


class UploadForm(Form):
    data_type = select("Data type", "Choose what the file holds.")
    file = FileField("File")

    def validate_file(self, field: FileField) -> None:
        if not isinstance(field.data, FileStorage) or not field.data.filename:
            raise ValidationError("Choose the file that the source exported.")


@dataclass(frozen=True)
class FilePage:
    """One uploaded file, what was found in it, and what comes next."""

    account: ProviderAccount
    stored: StoredFile
    noted: Noted | None
    active: FieldMap | None
    draft: FieldMap | None
    fit: Fit | None
    """How the active map and the file go together."""
    batches: list[ImportBatch]
    uploaded_by: str

    @classmethod
    def of(cls, account: ProviderAccount, stored: StoredFile) -> Self:
        noted = inspections.noted_of(stored)
        active = field_maps.active_map(account, noted.data_type) if noted else None
        draft = field_maps.draft_map(account, noted.data_type) if noted else None
        fit = file_imports.fit_of(active, noted.inspection) if noted and active else None
        return cls(account, stored, noted, active, draft, fit, uploads.batches_of(stored), uploads.uploaded_by(stored))


@bp.get("/connectors/<uuid:connector_id>/upload")
@requires(Permission.IMPORT_WRITE)
def upload_file(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    form = _form(formdata=None, data_type=request.args.get("data_type", ""))
    return _form_page(account, form)


@bp.post("/connectors/<uuid:connector_id>/upload")
@requires(Permission.IMPORT_WRITE)
@takes_file
def receive_file(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    form = _form()
    if form.validate_on_submit():
        try:
            stored = _take_in(account, form.file.data, form.data_type.data)
            return redirect(url_for("admin.show_file", connector_id=connector_id, file_id=stored.public_id), HTTPStatus.SEE_OTHER)
        except InvalidField as exc:
            show_error(form, exc)
        except (FileRefused, NotPossible) as exc:
            show_error(form, InvalidField("file", str(exc)))
        account = accounts.get_connector(str(connector_id))
    return _form_page(account, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@bp.get("/connectors/<uuid:connector_id>/files/<uuid:file_id>")
@requires(Permission.IMPORT_READ)
def show_file(connector_id: UUID, file_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    page = FilePage.of(account, uploads.get_file(account, str(file_id)))
    return render_template(
        PAGE,
        page=page,
        data_type=DATA_TYPES[page.noted.data_type] if page.noted else None,
        facts=reading_facts(page.noted) if page.noted else [],
        goes=goes_when(page.stored, page.batches),
        size=size_in_words(page.stored.size),
        meanings=_meanings(page.active or page.draft),
    )


@bp.post("/connectors/<uuid:connector_id>/files/<uuid:file_id>/import/<any(test, production):kind>")
@requires(Permission.IMPORT_WRITE)
def import_file(connector_id: UUID, file_id: UUID, kind: str) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    stored = uploads.get_file(account, str(file_id))
    try:
        with transaction():
            batch = file_imports.import_stored(
                stored,
                account=account,
                kind=BatchKind(kind),
                requested_by=people.get_person(the_person().public_id),
                actor=the_person().actor,
            )
    except NotPossible as exc:
        flash(str(exc), "error")
        return redirect(url_for("admin.show_file", connector_id=connector_id, file_id=file_id), HTTPStatus.SEE_OTHER)
    return redirect(url_for("admin.show_batch", batch_id=batch.public_id), HTTPStatus.SEE_OTHER)


@bp.post("/connectors/<uuid:connector_id>/files/<uuid:file_id>/remove")
@requires(Permission.IMPORT_WRITE)
def remove_file(connector_id: UUID, file_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    stored = uploads.get_file(account, str(file_id))
    try:
        with transaction():
            uploads.remove(stored, account=account, actor=the_person().actor)
    except NotPossible as exc:
        flash(str(exc), "error")
        return redirect(url_for("admin.show_file", connector_id=connector_id, file_id=file_id), HTTPStatus.SEE_OTHER)
    flash("The file was removed. What was imported from it stays.", "success")
    return redirect(url_for("admin.data_types", connector_id=connector_id), HTTPStatus.SEE_OTHER)


def _take_in(account: ProviderAccount, upload: FileStorage, data_type: str) -> StoredFile:
    """Encrypt, look into and keep a file. Nothing holds a transaction while that takes its time."""
    account_id, active = account.public_id, field_maps.active_map(account, data_type)
    changed = field_maps.changed_reading(active) if active else {}
    release()
    with uploads.arriving(upload.stream, name=upload.filename or "") as arrived:  # type: ignore[arg-type]  # Werkzeug's IO[bytes]
        noted = _look_into(arrived, data_type, changed)
        with transaction():
            actor, account = the_person().actor, accounts.get_connector(account_id)
            stored = uploads.keep(arrived, account=account, uploaded_by=people.get_person(the_person().public_id), actor=actor)
            inspections.note(stored, noted)
            file_imports.begin_map(account, noted, actor=actor)
    return stored


def _look_into(arrived: Arrived, data_type: str, changed: dict[str, Any]) -> Noted:
    """By the active map's way of reading, or by the guess alone where that does not fit this file."""
    with arrived.plain() as path:
        try:
            return inspections.look_into(path, name=arrived.name, data_type=data_type, changed=changed)
        except FileRefused:
            if not changed:
                raise
            return inspections.look_into(path, name=arrived.name, data_type=data_type, changed={})


def _meanings(field_map: FieldMap | None) -> dict[str, str]:
    """Title → what a map says of it."""
    if field_map is None:
        return {}
    words = choices_of(field_map.data_type)
    return {field.source: words.get(choice_of(field), field.target) for field in field_map.fields}


def _form(**options: Any) -> UploadForm:
    form = UploadForm(**options)
    form.data_type.choices = listed([("", "Choose…"), *((key, each.label) for key, each in DATA_TYPES.items())])
    return form


def _form_page(account: ProviderAccount, form: UploadForm, *, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    limit, sentence = settings().upload_limit_bytes, too_large(settings())
    return render_template(FORM, account=account, form=form, limit=limit, limit_mb=settings().upload_limit_mb, too_large=sentence), status
