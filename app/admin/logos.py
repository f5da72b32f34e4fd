"""An organization's logo: choosing, showing, removing."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import ValidationError

from app.admin import bp
from app.admin.choices import show_error
from app.models import Organization
from app.security.permissions import Permission
from app.services import logos
from app.services.branding import branding_of
from app.services.errors import InvalidField
from app.services.organizations import get_organization
from app.unit_of_work import release, transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import Form
from app.web.large_files import larger_than, takes_small_file

PAGE = "admin/organizations/logo.html"


class LogoForm(Form):
    logo = FileField("Picture")

    def validate_logo(self, field: FileField) -> None:
        if not isinstance(field.data, FileStorage) or not field.data.filename:
            raise ValidationError("Choose the picture of the logo.")


@bp.get("/organizations/<uuid:organization_id>/logo")
@requires(Permission.ORGANIZATION_WRITE)
def choose_logo(organization_id: UUID) -> ResponseReturnValue:
    return _page(get_organization(str(organization_id)), LogoForm(formdata=None))


@bp.post("/organizations/<uuid:organization_id>/logo")
@requires(Permission.ORGANIZATION_WRITE)
@takes_small_file(logos.MAX_BYTES)
def set_logo(organization_id: UUID) -> ResponseReturnValue:
    organization = get_organization(str(organization_id))
    form = LogoForm()
    if form.validate_on_submit():
        release()
        try:
            drawn = logos.draw(form.logo.data.stream.read(logos.MAX_BYTES + 1))
            with transaction():
                organization = get_organization(str(organization_id))
                is_new = logos.set_logo(organization, drawn, actor=the_person().actor)
        except InvalidField as exc:
            show_error(form, exc)
        else:
            flash("The logo is set. The portal shows it from now on." if is_new else "This very logo was set already.", "success")
            return redirect(url_for("admin.show_organization", organization_id=organization_id), HTTPStatus.SEE_OTHER)
        organization = get_organization(str(organization_id))
    return _page(organization, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@bp.post("/organizations/<uuid:organization_id>/logo/remove")
@requires(Permission.ORGANIZATION_WRITE)
def remove_logo(organization_id: UUID) -> ResponseReturnValue:
    with transaction():
        organization = get_organization(str(organization_id))
        was_there = logos.remove_logo(organization, actor=the_person().actor)
    flash("The logo was removed." if was_there else "There is no logo any more.", "success" if was_there else "info")
    return redirect(url_for("admin.show_organization", organization_id=organization_id), HTTPStatus.SEE_OTHER)


@bp.get("/organizations/<uuid:organization_id>/logo.png")
@requires(Permission.ORGANIZATION_READ)
def show_logo(organization_id: UUID) -> ResponseReturnValue:
    """The address stays when the logo changes, so a browser asks each time whether it did."""
    png, digest = logos.png_of(get_organization(str(organization_id)))
    response = make_response(png)
    response.mimetype = "image/png"
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(digest)
    return response.make_conditional(request)


def _page(organization: Organization, form: LogoForm, *, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    return render_template(
        PAGE,
        organization=organization,
        form=form,
        branding=branding_of(organization),
        limit=logos.MAX_BYTES,
        too_large=larger_than(logos.MAX_BYTES),
        max_side=logos.MAX_SIDE,
    ), status
