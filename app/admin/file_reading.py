"""How an uploaded file is read: the guess, and changing it by hand."""

from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import NoResultFound
from wtforms import IntegerField, StringField
from wtforms.validators import NumberRange, StopValidation

from app.admin import bp
from app.admin.choices import listed, select
from app.admin.file_words import QUOTES, delimiter_choices, encoding_label, name_of, sign_of
from app.imports.files import FileRefused, Reading
from app.imports.files.text import OFFERED
from app.models import ProviderAccount, StoredFile
from app.security.permissions import Permission
from app.services import accounts, field_maps, file_imports, inspections, uploads
from app.services.inspections import Noted
from app.unit_of_work import release, transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, Form, PlainText

FORM = "admin/uploads/reading.html"
MOST_LINES = 1000


class WholeNumber(IntegerField):
    """A number, with an error that says how to write one."""

    def process_formdata(self, valuelist: Any) -> None:
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


class Counted:
    """The field must hold a number that makes sense."""

    def __call__(self, _form: Any, field: WholeNumber) -> None:
        if field.data is None:
            raise StopValidation("Enter a whole number, for instance 1.")


LINES = NumberRange(min=0, max=MOST_LINES, message=f"Enter a number from 0 to {MOST_LINES:,}.")


class ReadingForm(Form):
    header_row = WholeNumber("Line of the titles", [Counted(), LINES])
    totals_rows = WholeNumber("Rows at the end that are no data", [Counted(), LINES])

    def wanted(self) -> dict[str, Any]:
        return {"header_row": self.header_row.data, "totals_rows": self.totals_rows.data}


class TextReadingForm(ReadingForm):
    encoding = select("Encoding", "Choose an encoding from the list.")
    delimiter = select("Between values", "Choose what stands between two values.")
    quotechar = select("Around values", "Choose what stands around a value.")

    def wanted(self) -> dict[str, Any]:
        signs = {"delimiter": sign_of(self.delimiter.data), "quotechar": sign_of(self.quotechar.data)}
        return {**super().wanted(), "encoding": self.encoding.data, **signs}


class SheetReadingForm(ReadingForm):
    sheet = StringField("Sheet", [AtMost(100), PlainText()])

    def wanted(self) -> dict[str, Any]:
        return {**super().wanted(), "sheet": self.sheet.data or ""}


@bp.get("/connectors/<uuid:connector_id>/files/<uuid:file_id>/reading")
@requires(Permission.IMPORT_WRITE)
def file_reading(connector_id: UUID, file_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    stored = uploads.get_file(account, str(file_id))
    noted = _noted(stored)
    reading = asdict(noted.inspection.reading)
    reading |= {name: name_of(reading[name]) for name in ("delimiter", "quotechar")}
    return _page(account, stored, _form(noted, formdata=None, data=reading))


@bp.post("/connectors/<uuid:connector_id>/files/<uuid:file_id>/reading")
@requires(Permission.IMPORT_WRITE)
def change_file_reading(connector_id: UUID, file_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    stored = uploads.get_file(account, str(file_id))
    noted = _noted(stored)
    form = _form(noted)
    if not form.validate_on_submit():
        return _page(account, stored, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        found = _look_again(stored, noted, form.wanted())
    except FileRefused as exc:
        form.form_errors.append(str(exc))
        account = accounts.get_connector(str(connector_id))
        return _page(account, uploads.get_file(account, str(file_id)), form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    with transaction():
        account = accounts.get_connector(str(connector_id))
        stored = uploads.get_file(account, str(file_id))
        differs = file_imports.read_another_way(stored, account, found, actor=the_person().actor)
    flash(_said(found, differs=differs), "success")
    return redirect(url_for("admin.show_file", connector_id=connector_id, file_id=file_id), HTTPStatus.SEE_OTHER)


def _look_again(stored: StoredFile, noted: Noted, wanted: Mapping[str, Any]) -> Noted:
    """Read the file as the person wants it. Nothing else waits meanwhile."""
    name, data_type = stored.name, noted.data_type
    with uploads.plain(stored) as path:
        release()
        return inspections.look_into(path, name=name, data_type=data_type, changed=wanted)


def _said(found: Noted, *, differs: bool) -> str:
    said = f"The file was read again: {found.inspection.rows:,} rows in {len(found.inspection.columns):,} columns."
    return f"{said} The draft of the map has other columns; its page offers to bring it in line." if differs else said


def _noted(stored: StoredFile) -> Noted:
    """:raises sqlalchemy.exc.NoResultFound: if nobody looked into the file yet"""
    noted = inspections.noted_of(stored)
    if noted is None:
        raise NoResultFound
    return noted


def _form(noted: Noted, **options: Any) -> ReadingForm:
    reading = noted.inspection.reading
    if reading.kind == "xlsx":
        return SheetReadingForm(**options)
    form = TextReadingForm(**options)
    form.encoding.choices = listed((name, encoding_label(name)) for name in dict.fromkeys((reading.encoding, *OFFERED)))
    form.delimiter.choices = listed(delimiter_choices(reading))
    form.quotechar.choices = listed(_quotes(reading))
    return form


def _quotes(reading: Reading) -> list[tuple[str, str]]:
    known = {**QUOTES}
    known.setdefault(reading.quotechar, reading.quotechar)
    return [(name_of(sign), label) for sign, label in known.items()]


def _page(account: ProviderAccount, stored: StoredFile, form: ReadingForm, *, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    has_map = field_maps.active_map(account, _noted(stored).data_type) is not None
    return render_template(FORM, account=account, stored=stored, form=form, has_map=has_map), status
