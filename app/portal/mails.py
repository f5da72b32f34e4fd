"""Reports by mail: how often, when the next one comes, and what it would say."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Self

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import AnyOf

from app.clock import utc_now
from app.models import DigestFrequency, Organization
from app.portal import bp
from app.security.permissions import Permission
from app.services import digest_periods, digests, mail_choices
from app.services.identity import person_row
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import Person, current_organization, the_person
from app.web.fields import Form, Required

PAGE = "portal/mails.html"
_MESSAGE = "Choose one from the list."


class MailChoiceForm(Form):
    frequency = SelectField(
        "How often",
        [Required(_MESSAGE), AnyOf([each.value for each in DigestFrequency], message=_MESSAGE)],
        choices=[SelectChoice(each.value, each.label) for each in DigestFrequency],
        validate_choice=False,
    )


@dataclass(frozen=True)
class MailsPage:
    """What stands beside the form."""

    organization: Organization
    frequency: DigestFrequency
    next_at: datetime | None
    preview: str
    """Empty while nothing is published."""

    @classmethod
    def of(cls, person: Person, organization: Organization) -> Self:
        now, frequency = utc_now(), mail_choices.frequency_of(person.user_id)
        is_off = frequency is DigestFrequency.OFF
        upcoming = None if is_off else digest_periods.newest(frequency, zone=organization.time_zone, now=now).after.begins_at
        return cls(organization, frequency, upcoming, digests.preview(organization, name=person.name, frequency=frequency, now=now))


@bp.get("/mails")
@requires(Permission.PORTAL_READ)
def mails() -> ResponseReturnValue:
    page = MailsPage.of(the_person(), current_organization())
    return _page(page, MailChoiceForm(formdata=None, data={"frequency": page.frequency.value}))


@bp.post("/mails")
@requires(Permission.PORTAL_READ)
def choose_mails() -> ResponseReturnValue:
    form = MailChoiceForm()
    if not form.validate_on_submit():
        return _page(MailsPage.of(the_person(), current_organization()), form), HTTPStatus.UNPROCESSABLE_ENTITY
    person, frequency = the_person(), DigestFrequency(form.frequency.data)
    with transaction():
        mail_choices.choose(person_row(person.user_id), frequency, actor=person.actor)
    is_off = frequency is DigestFrequency.OFF
    flash("No more reports come by mail." if is_off else f"Saved. {frequency.label}: the report comes to {person.email}.", "success")
    return redirect(url_for("portal.mails"), HTTPStatus.SEE_OTHER)


def _page(page: MailsPage, form: MailChoiceForm) -> str:
    return render_template(PAGE, page=page, organization=page.organization, form=form)
