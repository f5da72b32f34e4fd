"""Field maps: what there is for a data type, its versions and how they differ, and maps of other connectors to copy."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import NoResultFound

from app.admin import bp
from app.admin.choices import listed, picked, select
from app.imports.catalog import DATA_TYPES, DataType
from app.models import FieldMap, FieldMapField, MapStatus, ProviderAccount, StoredFile
from app.security.permissions import Permission
from app.services import accounts, field_maps, inspections, map_versions, previews
from app.services.errors import NotPossible
from app.services.inspections import Noted
from app.services.map_editing import choice_of, choices_of
from app.services.previews import Preview
from app.unit_of_work import release, transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import Form

PAGE = "admin/maps/show.html"


class CopyForm(Form):
    source = select("Map to copy", "Choose a map from the list.")


@dataclass(frozen=True)
class MapPage:
    """The map of one data type: what counts, what is being drawn, what was."""

    account: ProviderAccount
    data_type: DataType
    versions: Sequence[FieldMap]
    people: dict[int, str]
    """Who activated a version: id → name."""
    example: StoredFile | None
    """The newest file of this data type that is still here."""

    @classmethod
    def of(cls, account: ProviderAccount, data_type: str) -> Self:
        versions = map_versions.versions(account, data_type)
        found = inspections.latest(account, data_type)
        return cls(account, known(data_type), versions, map_versions.who_activated(versions), found[0] if found else None)

    @property
    def active(self) -> FieldMap | None:
        return next((each for each in self.versions if each.status is MapStatus.ACTIVE), None)

    @property
    def draft(self) -> FieldMap | None:
        return next((each for each in self.versions if each.status is MapStatus.DRAFT), None)


@dataclass(frozen=True)
class FieldLine:
    """One column of a version in words."""

    field: FieldMapField
    meaning: str


def known(data_type: str) -> DataType:
    """:raises sqlalchemy.exc.NoResultFound: if there is no such data type"""
    found = DATA_TYPES.get(data_type)
    if found is None:
        raise NoResultFound
    return found


@bp.get("/connectors/<uuid:connector_id>/maps/<string:data_type>")
@requires(Permission.IMPORT_READ)
def show_map(connector_id: UUID, data_type: str) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    known(data_type)
    return render_template(PAGE, page=MapPage.of(account, data_type))


@bp.get("/connectors/<uuid:connector_id>/maps/<string:data_type>/versions/<uuid:map_id>")
@requires(Permission.IMPORT_READ)
def show_map_version(connector_id: UUID, data_type: str, map_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    version = _version(account, data_type, map_id)
    words = choices_of(data_type)
    lines = [FieldLine(field, words.get(choice_of(field), field.target)) for field in version.fields]
    return render_template(
        "admin/maps/version.html",
        account=account,
        data_type=known(data_type),
        version=version,
        lines=lines,
        people=map_versions.who_activated([version]),
    )


@bp.get("/connectors/<uuid:connector_id>/maps/<string:data_type>/versions/<uuid:map_id>/preview")
@requires(Permission.IMPORT_READ)
def preview_map(connector_id: UUID, data_type: str, map_id: UUID) -> ResponseReturnValue:
    """The first rows of the newest file, as this version would keep them."""
    account = accounts.get_connector(str(connector_id))
    version = _version(account, data_type, map_id)
    found, sentence = inspections.latest(account, data_type), ""
    shown: Preview | None = None
    file_name = found[0].name if found else ""
    if found is not None:
        try:
            shown = _preview(account, version, *found)
        except NotPossible as exc:
            sentence = str(exc)
        account = accounts.get_connector(str(connector_id))
        version = _version(account, data_type, map_id)
    return render_template(
        "admin/maps/preview.html",
        account=account,
        data_type=known(data_type),
        version=version,
        file_name=file_name,
        preview=shown,
        sentence=sentence,
    )


@bp.get("/connectors/<uuid:connector_id>/maps/<string:data_type>/differences")
@requires(Permission.IMPORT_READ)
def map_differences(connector_id: UUID, data_type: str) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    known(data_type)
    versions = map_versions.versions(account, data_type)
    new = picked(versions, request.args.get("new")) or (versions[0] if versions else None)
    old = picked(versions, request.args.get("old")) or (versions[1] if len(versions) > 1 else None)
    lines = map_versions.differences(old, new) if old and new else []
    return render_template(
        "admin/maps/differences.html", account=account, data_type=known(data_type), versions=versions, old=old, new=new, lines=lines
    )


@bp.post("/connectors/<uuid:connector_id>/maps/<string:data_type>/draft/begin/<any(active, file):basis>")
@requires(Permission.MAP_WRITE)
def begin_draft(connector_id: UUID, data_type: str, basis: str) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    known(data_type)
    try:
        with transaction():
            _begin(account, data_type, basis)
    except NotPossible as exc:
        flash(str(exc), "info")
        return redirect(url_for("admin.show_map", connector_id=connector_id, data_type=data_type), HTTPStatus.SEE_OTHER)
    return redirect(url_for("admin.edit_map", connector_id=connector_id, data_type=data_type), HTTPStatus.SEE_OTHER)


@bp.get("/connectors/<uuid:connector_id>/maps/<string:data_type>/copy")
@requires(Permission.MAP_WRITE)
def copy_map(connector_id: UUID, data_type: str) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    known(data_type)
    return _copy_page(account, data_type, CopyForm(formdata=None), field_maps.templates_for(account, data_type))


@bp.post("/connectors/<uuid:connector_id>/maps/<string:data_type>/copy")
@requires(Permission.MAP_WRITE)
def copy_map_submit(connector_id: UUID, data_type: str) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    known(data_type)
    templates = field_maps.templates_for(account, data_type)
    form = CopyForm()
    form.source.choices = _named(templates)
    source = picked(templates, form.source.data)
    if not form.validate_on_submit() or source is None:
        return _copy_page(account, data_type, form, templates, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    found = inspections.latest(account, data_type)
    try:
        with transaction():
            field_maps.copy_from(source, account, actor=the_person().actor, inspection=found[1].inspection if found else None)
    except NotPossible as exc:
        form.form_errors.append(str(exc))
        account = accounts.get_connector(str(connector_id))
        return _copy_page(account, data_type, form, field_maps.templates_for(account, data_type), status=HTTPStatus.CONFLICT)
    flash("The map was copied as a draft. Look through it before you activate it.", "success")
    return redirect(url_for("admin.edit_map", connector_id=connector_id, data_type=data_type), HTTPStatus.SEE_OTHER)


def _version(account: ProviderAccount, data_type: str, map_id: UUID) -> FieldMap:
    """:raises sqlalchemy.exc.NoResultFound: if the connector has no such version of this data type's map"""
    found = field_maps.get_map(str(map_id))
    if found.account_id != account.id or found.data_type != data_type or data_type not in DATA_TYPES:
        raise NoResultFound
    return found


def _preview(account: ProviderAccount, version: FieldMap, stored: StoredFile, noted: Noted) -> Preview:
    spec, zone, reading = field_maps.spec_of(version), account.organization.time_zone, noted.inspection.reading
    with previews.opened(stored) as path:
        release()
        return previews.preview(path, reading, spec, zone=zone)


def _begin(account: ProviderAccount, data_type: str, basis: str) -> None:
    actor = the_person().actor
    if basis == "active":
        field_maps.start_draft_from_active(account, data_type, actor=actor)
        return
    found = inspections.latest(account, data_type)
    if found is None:
        raise NotPossible("There is no uploaded file of this data type any more. Upload one: the draft is made from its columns.")
    noted = found[1]
    field_maps.start_draft(account, data_type, inspection=noted.inspection, actor=actor, changed=noted.changed_reading)


def _named(templates: Sequence[FieldMap]) -> list[tuple[str, str]]:
    first = [("", "Choose…")] if templates else []
    return listed(
        [
            *first,
            *(
                (each.public_id, f"{each.account.organization.name}: {each.account.source_label}, version {each.number}")
                for each in templates
            ),
        ]
    )


def _copy_page(
    account: ProviderAccount, data_type: str, form: CopyForm, templates: Sequence[FieldMap], *, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    form.source.choices = _named(templates)
    return render_template(
        "admin/maps/copy.html", account=account, data_type=known(data_type), form=form, has_templates=bool(templates)
    ), status
