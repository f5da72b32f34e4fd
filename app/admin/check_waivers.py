"""Waivers of a check: asked for by one person, approved by another, refused or withdrawn."""

from datetime import date
from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import NoResultFound

from app.admin import bp
from app.admin.check_forms import CheckForms, WaiverForm
from app.admin.check_page import asked_check, check_page
from app.admin.choices import show_error
from app.models import ConfigurationStatus, ProviderAccount, ReadinessWaiver
from app.readiness.gates import CheckSpec
from app.security.permissions import Permission
from app.services import accounts, check_acts, check_runs, configurations, people, waivers
from app.services.check_keys import WAIVABLE
from app.services.errors import InvalidField, NotPossible, StaleVersion
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person


@bp.post("/connectors/<uuid:connector_id>/checks/<check_key>/waivers")
@requires(Permission.READINESS_WRITE)
def request_waiver(connector_id: UUID, check_key: str) -> ResponseReturnValue:
    spec, account, form = asked_check(check_key), accounts.get_connector(str(connector_id)), WaiverForm()
    if spec.key not in WAIVABLE:
        raise NotPossible("This check cannot be waived: what it asks for has to be there.")
    if not form.validate_on_submit() or form.last_day.data is None:
        return check_page(account, spec, CheckForms.empty(waiver=form), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction():
            _ask(account, spec, form, form.last_day.data)
    except InvalidField as exc:
        show_error(form, exc)
        account = accounts.get_connector(str(connector_id))
        return check_page(account, spec, CheckForms.empty(waiver=form), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except NotPossible as exc:
        account = accounts.get_connector(str(connector_id))
        return check_page(account, spec, CheckForms.empty(waiver=form), stale=StaleVersion(str(exc)), status=HTTPStatus.CONFLICT)
    flash("The waiver was asked for. Somebody else has to approve it.", "success")
    return _back(connector_id, spec)


def _ask(account: ProviderAccount, spec: CheckSpec, form: WaiverForm, last_day: date) -> None:
    person = the_person()
    check_acts.demand_may_start(account, spec.key)
    waivers.request(
        account,
        configurations.draft_of(account),
        spec.key,
        reason=form.reason.data or "",
        last_day=last_day,
        by=people.get_person(person.public_id),
        actor=person.actor,
    )


@bp.post("/connectors/<uuid:connector_id>/checks/<check_key>/waivers/<uuid:waiver_id>/approval")
@requires(Permission.READINESS_WRITE)
def approve_waiver(connector_id: UUID, check_key: str, waiver_id: UUID) -> ResponseReturnValue:
    spec, person = asked_check(check_key), the_person()
    try:
        with transaction():
            account = accounts.get_connector(str(connector_id))
            waiver = _waiver_of(account, spec, waiver_id)
            waivers.approve(account, waiver, by=people.get_person(person.public_id), actor=person.actor)
            check_runs.run(account, [spec.key], actor=person.actor)
        flash("You approved the waiver. It counts through its last day.", "success")
    except NotPossible as exc:
        flash(str(exc), "warning")
    return _back(connector_id, spec)


@bp.post("/connectors/<uuid:connector_id>/checks/<check_key>/waivers/<uuid:waiver_id>/end")
@requires(Permission.READINESS_WRITE)
def end_waiver(connector_id: UUID, check_key: str, waiver_id: UUID) -> ResponseReturnValue:
    """Refuse it, or take it back."""
    spec, person = asked_check(check_key), the_person()
    with transaction():
        account = accounts.get_connector(str(connector_id))
        waivers.end(account, _waiver_of(account, spec, waiver_id), actor=person.actor)
        check_runs.run(account, [spec.key], actor=person.actor)
    flash("The waiver does not count.", "success")
    return _back(connector_id, spec)


def _waiver_of(account: ProviderAccount, spec: CheckSpec, waiver_id: UUID) -> ReadinessWaiver:
    """:raises sqlalchemy.exc.NoResultFound: if the check of this connector has none of that id"""
    waiver, draft = waivers.get_waiver(str(waiver_id)), configurations.find(account, ConfigurationStatus.DRAFT)
    if draft is None or (waiver.configuration_id, waiver.check_key) != (draft.id, spec.key):
        raise NoResultFound
    return waiver


def _back(connector_id: UUID, spec: CheckSpec) -> ResponseReturnValue:
    return redirect(url_for("admin.show_check", connector_id=connector_id, check_key=spec.key), HTTPStatus.SEE_OTHER)
