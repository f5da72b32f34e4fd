"""Organizations: the list, one organization's page, creating and editing."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import Optional, Regexp

from app.admin import bp
from app.admin.choices import select, show_error
from app.clock import utc_now
from app.models import Organization
from app.models.organizations import DEFAULT_BRAND
from app.security.permissions import Permission
from app.services import directory, health_signals, tasks
from app.services import organizations as organization_service
from app.services.branding import branding_of
from app.services.contrast import Brand, brand_of, is_color
from app.services.errors import InvalidField, StaleVersion
from app.services.organizations import LABELS, MAX_SLUG
from app.services.reference import CURRENCIES, MONTHS, WEEKDAYS
from app.services.tasks import TaskFilter
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import TIME_ZONES, AtMost, Form, PlainText, Required, TimeZoneName, VersionedForm
from app.web.listing import asked_page, asked_search

NEW_PAGE = "admin/organizations/new.html"
EDIT_PAGE = "admin/organizations/edit.html"


def lower(value: str | None) -> str | None:
    return value.lower() if value else value


class OrganizationForm(Form):
    name = StringField(LABELS["name"], [Required("Enter the organization's name."), AtMost(120), PlainText()])
    slug = StringField(LABELS["slug"], [Optional(), AtMost(MAX_SLUG), PlainText()])
    time_zone = StringField(
        LABELS["time_zone"],
        [Required("Choose a time zone from the list, for instance America/Chicago."), AtMost(64), PlainText(), TimeZoneName()],
        render_kw={"list": "time-zones", "spellcheck": "false"},
    )
    currency = select(
        LABELS["currency"],
        "Choose a currency from the list.",
        choices=[(code, f"{code} – {name}") for code, name in CURRENCIES.items()],
        default="USD",
    )
    week_start = select(
        LABELS["week_start"],
        "Choose a day from the list.",
        choices=[(str(number), name) for number, name in WEEKDAYS.items()],
        default="1",
    )
    fiscal_month = select(
        LABELS["fiscal_month"],
        "Choose a month from the list.",
        choices=[(str(number), name) for number, name in MONTHS.items()],
        default="1",
    )
    portal_name = StringField(LABELS["portal_name"], [Optional(), AtMost(60), PlainText()])
    brand_color = StringField(
        LABELS["brand_color"],
        [Required("Choose a color, for instance #1f5f8b."), Regexp(r"#[0-9a-f]{6}\Z", message="Write the color as # and six digits.")],
        filters=[lower],
        default=DEFAULT_BRAND,
    )

    def values(self) -> dict[str, str | int]:
        """What the use cases take."""
        return {
            "name": self.name.data or "",
            "slug": self.slug.data or "",
            "time_zone": self.time_zone.data or "",
            "currency": self.currency.data,
            "week_start": int(self.week_start.data),
            "fiscal_month": int(self.fiscal_month.data),
            "portal_name": self.portal_name.data or "",
            "brand_color": self.brand_color.data or "",
        }

    @property
    def brand(self) -> Brand | None:
        """How pages would show the color that stands in the form."""
        color = self.brand_color.data or ""
        return brand_of(color) if is_color(color) else None


class EditOrganizationForm(VersionedForm, OrganizationForm):
    slug = StringField(LABELS["slug"], [Required("Enter the short name."), AtMost(MAX_SLUG), PlainText()])

    @classmethod
    def of(cls, organization: Organization) -> "EditOrganizationForm":
        """The form as it opens."""
        stored = {column: str(getattr(organization, column)) for column in LABELS}
        return cls(formdata=None, data={**stored, "version": str(organization.version)})


@bp.get("/organizations")
@requires(Permission.ORGANIZATION_READ)
def organizations() -> ResponseReturnValue:
    search = asked_search()
    page = organization_service.list_organizations(search=search, page=asked_page())
    counts = organization_service.connector_counts(page.items)
    return render_template("admin/organizations/index.html", page=page, search=search, counts=counts)


@bp.get("/organizations/new")
@requires(Permission.ORGANIZATION_WRITE)
def new_organization() -> ResponseReturnValue:
    return _new_page(OrganizationForm())


@bp.post("/organizations/new")
@requires(Permission.ORGANIZATION_WRITE)
def create_organization() -> ResponseReturnValue:
    form = OrganizationForm()
    if not form.validate_on_submit():
        return _new_page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        with transaction():
            organization = organization_service.create_organization(**form.values(), actor=the_person().actor)  # type: ignore[arg-type]
    except InvalidField as exc:
        form.slug.data = form.slug.data or organization_service.proposed_slug(form.name.data or "")
        show_error(form, exc)
        return _new_page(form), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(f"{organization.name} was created. Next: create its first connector, or invite somebody from there.", "success")
    return redirect(url_for("admin.show_organization", organization_id=organization.public_id), HTTPStatus.SEE_OTHER)


@bp.get("/organizations/<uuid:organization_id>")
@requires(Permission.ORGANIZATION_READ)
def show_organization(organization_id: UUID) -> ResponseReturnValue:
    organization = organization_service.get_organization(str(organization_id))
    return render_template(
        "admin/organizations/show.html",
        organization=organization,
        now=utc_now(),
        branding=branding_of(organization),
        connectors=organization_service.connectors_of(organization),
        members=directory.members_of(organization),
        signals=health_signals.of_organization(organization) if the_person().may(Permission.METRIC_READ) else [],
        tasks=tasks.list_tasks(which=TaskFilter.ALL, mine=the_person().user_id, organization=organization, page=1),
        events=organization_service.latest_events(organization),
        weekdays=WEEKDAYS,
        months=MONTHS,
        currencies=CURRENCIES,
    )


@bp.get("/organizations/<uuid:organization_id>/edit")
@requires(Permission.ORGANIZATION_WRITE)
def edit_organization(organization_id: UUID) -> ResponseReturnValue:
    organization = organization_service.get_organization(str(organization_id))
    return _edit_page(organization, EditOrganizationForm.of(organization))


@bp.post("/organizations/<uuid:organization_id>/edit")
@requires(Permission.ORGANIZATION_WRITE)
def save_organization(organization_id: UUID) -> ResponseReturnValue:
    organization = organization_service.get_organization(str(organization_id))
    form = EditOrganizationForm()
    if not form.validate_on_submit():
        return _edit_page(organization, form), HTTPStatus.UNPROCESSABLE_ENTITY
    actor, seen, color_before = the_person().actor, form.seen_version, organization.brand_color
    try:
        with transaction():
            organization_service.edit_organization(organization, seen_version=seen, actor=actor, **form.values())
    except InvalidField as exc:
        show_error(form, exc)
        return _edit_page(organization, form), HTTPStatus.UNPROCESSABLE_ENTITY
    except StaleVersion as exc:
        form.version.data = str(organization.version)
        return _edit_page(organization, form, stale=exc), HTTPStatus.CONFLICT
    flash(_saved(organization, color_before), "success")
    return redirect(url_for("admin.show_organization", organization_id=organization.public_id), HTTPStatus.SEE_OTHER)


def _saved(organization: Organization, color_before: str) -> str:
    saved = f"{organization.name} was saved."
    if organization.brand_color == color_before or not brand_of(organization.brand_color).is_corrected:
        return saved
    return f"{saved} Its new color is corrected where it could not be read: see Brand below."


def _new_page(form: OrganizationForm) -> str:
    return render_template(NEW_PAGE, form=form, time_zones=sorted(TIME_ZONES))


def _edit_page(organization: Organization, form: EditOrganizationForm, *, stale: StaleVersion | None = None) -> str:
    return render_template(EDIT_PAGE, organization=organization, form=form, stale=stale, time_zones=sorted(TIME_ZONES))
