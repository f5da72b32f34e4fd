"""Taking a batch back: a page that says what goes and what stays, then the job."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import StopValidation

from app.admin import bp
from app.admin.batch_words import data_type_label, dates_in_words
from app.models import ImportBatch
from app.security.permissions import Permission
from app.services import imports, people
from app.services.errors import NotPossible
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import Form

PAGE = "admin/imports/reverse.html"
MANY_ROWS = 1_000
"""From so many on the word has to be typed: a press is quickly done."""
WORD = "reverse"


class ReversalForm(Form):
    """A press, and for many rows the word."""


class LargeReversalForm(ReversalForm):
    word = StringField(f"Type “{WORD}” to confirm")

    def validate_word(self, field: StringField) -> None:
        if (field.data or "").lower() != WORD:
            raise StopValidation(f"Type the word “{WORD}”, so that it is sure that this is meant.")


@bp.get("/imports/<uuid:batch_id>/reversal")
@requires(Permission.IMPORT_WRITE)
def reverse_batch(batch_id: UUID) -> ResponseReturnValue:
    batch = imports.get_batch(str(batch_id))
    return _page(batch, _form_for(batch))


@bp.post("/imports/<uuid:batch_id>/reversal")
@requires(Permission.IMPORT_WRITE)
def reverse_batch_submit(batch_id: UUID) -> ResponseReturnValue:
    person, batch = the_person(), imports.get_batch(str(batch_id))
    form = _form_for(batch)
    if not form.validate_on_submit():
        return _page(batch, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction():
            requested_by = people.get_person(person.public_id)
            imports.request_reversal(imports.get_batch(str(batch_id)), requested_by=requested_by, actor=person.actor)
        flash("The reversal was asked for. This page follows it.", "success")
    except NotPossible as exc:
        flash(str(exc), "warning")
    return redirect(url_for("admin.show_batch", batch_id=batch_id), HTTPStatus.SEE_OTHER)


def _form_for(batch: ImportBatch) -> ReversalForm:
    return LargeReversalForm() if _rows_back(batch) >= MANY_ROWS else ReversalForm()


def _rows_back(batch: ImportBatch) -> int:
    return (batch.rows_new or 0) + (batch.rows_changed or 0)


def _page(batch: ImportBatch, form: ReversalForm, *, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    return render_template(
        PAGE,
        batch=batch,
        form=form,
        refusal=imports.why_not_reversible(batch),
        data_type=data_type_label(batch.data_type),
        dates=dates_in_words(batch),
    ), status
