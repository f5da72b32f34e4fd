"""The draft of a field map: all columns at a glance, and a page for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField

from app.admin import bp
from app.admin.field_maps import known
from app.imports.catalog import DataType
from app.imports.files import ColumnProfile
from app.models import FieldMap, FieldMapField, ProviderAccount, StoredFile
from app.security.permissions import Permission
from app.services import accounts, field_maps, file_imports, inspections, map_editing
from app.services.errors import NotPossible, StaleVersion
from app.services.file_imports import Fit
from app.services.inspections import Noted
from app.services.map_editing import choice_of, choices_of
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, PlainText, VersionedForm

PAGE = "admin/maps/draft.html"
PREFIX = "means-"
"""Before a field's public id: the name of its list in the form."""


class DraftForm(VersionedForm):
    ignore_reason = StringField("Reason for the columns that you ignore here", [AtMost(200), PlainText()])


class SeenForm(VersionedForm):
    """A button: it says which version of the draft was seen."""


@dataclass(frozen=True)
class ColumnLine:
    """One column of the draft."""

    field: FieldMapField
    profile: ColumnProfile | None
    """What the newest file holds in it; None if it has no such column."""
    choice: str


@dataclass(frozen=True)
class DraftPage:
    """A draft with all that is said about it."""

    account: ProviderAccount
    data_type: DataType
    draft: FieldMap
    lines: Sequence[ColumnLine]
    problems: Sequence[str]
    example: StoredFile | None
    noted: Noted | None
    fit: Fit | None

    @classmethod
    def of(cls, account: ProviderAccount, data_type: str, choices: Mapping[str, str] | None = None) -> Self:
        draft = field_maps.get_draft(account, data_type)
        example, noted = inspections.latest(account, data_type) or (None, None)
        profiles = noted.by_title if noted else {}
        chosen = choices or {}
        lines = [ColumnLine(each, profiles.get(each.source), chosen.get(each.public_id, choice_of(each))) for each in draft.fields]
        fit = file_imports.fit_of(draft, noted.inspection) if noted else None
        return cls(account, known(data_type), draft, lines, field_maps.problems_of(draft), example, noted, fit)

    @property
    def choices(self) -> dict[str, str]:
        return choices_of(self.draft.data_type)

    @property
    def undecided(self) -> int:
        return sum(1 for line in self.lines if not choice_of(line.field))


@bp.get("/connectors/<uuid:connector_id>/maps/<string:data_type>/draft")
@requires(Permission.MAP_WRITE)
def edit_map(connector_id: UUID, data_type: str) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    page = DraftPage.of(account, data_type)
    return _page(page, DraftForm(formdata=None, version=page.draft.version))


@bp.post("/connectors/<uuid:connector_id>/maps/<string:data_type>/draft")
@requires(Permission.MAP_WRITE)
def save_map(connector_id: UUID, data_type: str) -> ResponseReturnValue:
    """Save what each column means; activate the map too if that button was pressed."""
    account = accounts.get_connector(str(connector_id))
    form, draft = DraftForm(), field_maps.get_draft(account, data_type)
    choices = _asked(draft)
    if not set(choices.values()) <= set(choices_of(data_type)):
        form.form_errors.append("Choose what each column means from its list.")
    if not form.validate_on_submit() or form.form_errors:
        return _page(DraftPage.of(account, data_type, choices), form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    found = inspections.latest(account, data_type)
    try:
        with transaction():
            changed = map_editing.decide(
                draft,
                choices,
                ignore_reason=form.ignore_reason.data or "",
                seen_version=form.seen_version,
                actor=the_person().actor,
                columns=found[1].inspection.columns if found else (),
            )
    except StaleVersion as exc:
        return _stale(connector_id, data_type, choices, form, exc)
    if request.form.get("then") == "activate":
        return _activate(connector_id, data_type)
    flash(
        f"The draft was saved: {changed:,} {'column' if changed == 1 else 'columns'} changed." if changed else "Nothing was changed.",
        "success",
    )
    return redirect(url_for("admin.edit_map", connector_id=connector_id, data_type=data_type), HTTPStatus.SEE_OTHER)


@bp.post("/connectors/<uuid:connector_id>/maps/<string:data_type>/draft/suggestions")
@requires(Permission.MAP_WRITE)
def accept_map_suggestions(connector_id: UUID, data_type: str) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    draft, found = field_maps.get_draft(account, data_type), inspections.latest(account, data_type)
    if found is None:
        raise NotPossible("There is no uploaded file of this data type any more, so nothing can be suggested. Upload one.")
    with transaction():
        columns = found[1].inspection.columns
        count = map_editing.accept_suggestions(draft, columns, seen_version=SeenForm().seen_version, actor=the_person().actor)
    flash(f"{count:,} {'column was' if count == 1 else 'columns were'} decided as suggested. Look through them.", "success")
    return redirect(url_for("admin.edit_map", connector_id=connector_id, data_type=data_type), HTTPStatus.SEE_OTHER)


@bp.post("/connectors/<uuid:connector_id>/maps/<string:data_type>/draft/columns")
@requires(Permission.MAP_WRITE)
def take_over_columns(connector_id: UUID, data_type: str) -> ResponseReturnValue:
    """Give the draft the columns of the newest file."""
    account = accounts.get_connector(str(connector_id))
    draft, found = field_maps.get_draft(account, data_type), inspections.latest(account, data_type)
    if found is None:
        raise NotPossible("There is no uploaded file of this data type any more. Upload one first.")
    with transaction():
        seen = SeenForm().seen_version
        map_editing.bring_in_line(draft, found[1], owner_id=account.owner_id, actor=the_person().actor, seen_version=seen)
    flash("The draft has the columns of the newest file now. What was decided for columns that it knew stays.", "success")
    return redirect(url_for("admin.edit_map", connector_id=connector_id, data_type=data_type), HTTPStatus.SEE_OTHER)


@bp.post("/connectors/<uuid:connector_id>/maps/<string:data_type>/draft/discard")
@requires(Permission.MAP_WRITE)
def discard_map(connector_id: UUID, data_type: str) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    with transaction():
        field_maps.discard_draft(field_maps.get_draft(account, data_type), actor=the_person().actor, seen_version=SeenForm().seen_version)
    flash("The draft was discarded. The versions before it are as they were.", "success")
    return redirect(url_for("admin.show_map", connector_id=connector_id, data_type=data_type), HTTPStatus.SEE_OTHER)


def _activate(connector_id: UUID, data_type: str) -> ResponseReturnValue:
    """In a transaction of its own: what was decided stays saved where the map cannot be activated yet."""
    account = accounts.get_connector(str(connector_id))
    draft = field_maps.get_draft(account, data_type)
    try:
        with transaction():
            field_maps.activate(draft, actor=the_person().actor)
    except NotPossible as exc:
        flash(
            f"What you decided was saved. {exc}" if isinstance(exc, StaleVersion) else "The draft was saved and is not active yet.", "info"
        )
        return redirect(url_for("admin.edit_map", connector_id=connector_id, data_type=data_type), HTTPStatus.SEE_OTHER)
    flash("The map is active: imports that are asked for from now on go by it.", "success")
    found = inspections.latest(account, data_type)
    if found is not None:
        return redirect(url_for("admin.show_file", connector_id=connector_id, file_id=found[0].public_id), HTTPStatus.SEE_OTHER)
    return redirect(url_for("admin.show_map", connector_id=connector_id, data_type=data_type), HTTPStatus.SEE_OTHER)


def _asked(draft: FieldMap) -> dict[str, str]:
    """What the form says of the draft's columns: public id → choice."""
    names = {f"{PREFIX}{field.public_id}": field.public_id for field in draft.fields}
    return {public_id: request.form[name] for name, public_id in names.items() if name in request.form}


def _stale(connector_id: UUID, data_type: str, choices: Mapping[str, str], form: DraftForm, error: StaleVersion) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    page = DraftPage.of(account, data_type, choices)
    differing = [line for line in page.lines if line.choice != choice_of(line.field)]
    error.changes.update({line.field.source: page.choices.get(choice_of(line.field), "") for line in differing})
    form.version.data = str(page.draft.version)
    return _page(page, form, stale=error, status=HTTPStatus.CONFLICT)


def _page(page: DraftPage, form: DraftForm, *, stale: Any = None, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    return render_template(PAGE, page=page, form=form, stale=stale, prefix=PREFIX), status
