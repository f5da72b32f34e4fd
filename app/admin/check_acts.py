"""What people do on a check's page: run it again, acknowledge, sign; and the jobs that run the checks of a gate."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app.admin import bp
from app.admin.check_forms import AcknowledgeForm, CheckForms, SignForm
from app.admin.check_page import asked_check, check_page
from app.admin.job_panel import CONNECTOR_PAGE, JobPanel
from app.models import ConfigurationStatus, ProviderAccount
from app.readiness.gates import CheckSpec, Gate
from app.readiness.standing import GOOD
from app.security.permissions import Permission
from app.services import accounts, check_acts, check_jobs, configurations, people, stands
from app.services.check_keys import OF_INSTALLATION
from app.services.errors import InvalidField, NotPossible, StaleVersion
from app.services.sign_offs import SIGNABLE
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.htmx import fragment, wants_fragment

GATES = {gate.name.lower(): gate for gate in Gate}


@bp.post("/connectors/<uuid:connector_id>/check-runs/<any(all, access, map, test, compare, promote):gate>")
@requires(Permission.READINESS_WRITE)
def run_checks(connector_id: UUID, gate: str) -> ResponseReturnValue:
    """Ask for the checks of a gate, or for all; pressing twice starts one job."""
    wanted = GATES.get(gate)
    sentence, tone = _request(str(connector_id), wanted)
    account = accounts.get_connector(str(connector_id))
    if wants_fragment():
        return fragment(CONNECTOR_PAGE, "jobs_panel", panel=JobPanel.of(account))
    flash(sentence, tone)
    return redirect(url_for("admin.show_connector", connector_id=connector_id), HTTPStatus.SEE_OTHER)


def _request(connector_id: str, gate: Gate | None) -> tuple[str, str]:
    person = the_person()
    with transaction():
        account = accounts.get_connector(connector_id)
        if gate is not None and not _may_start(account, gate):
            return f"Gate {gate.number} cannot start yet: the gates before it come first. Nothing was started.", "warning"
        _job, is_new = check_jobs.request(account, gate, by=people.get_person(person.public_id), actor=person.actor)
    if is_new:
        return "The checks were asked for; the job is shown below.", "success"
    return "These checks are asked for already; the job is shown below.", "info"


def _may_start(account: ProviderAccount, gate: Gate) -> bool:
    found = stands.of(account, configurations.find(account, ConfigurationStatus.DRAFT))
    return next(each.may_start for each in found.gates if each.gate is gate)


@bp.post("/connectors/<uuid:connector_id>/checks/<check_key>/runs")
@requires(Permission.READINESS_WRITE)
def run_check(connector_id: UUID, check_key: str) -> ResponseReturnValue:
    """Ask this one check again, at once; what has to be tried first goes by a job."""
    spec, person = asked_check(check_key), the_person()
    if spec.key in OF_INSTALLATION:
        sentence, tone = _request(str(connector_id), spec.gate)
        flash(sentence, tone)
        return redirect(url_for("admin.show_connector", connector_id=connector_id), HTTPStatus.SEE_OTHER)
    try:
        with transaction():
            found = check_acts.run_one(accounts.get_connector(str(connector_id)), spec.key, actor=person.actor)
        result = found.results[spec.key]
        flash(f"It was run again: {result.label.lower()}.", "success" if result in GOOD else "info")
    except NotPossible as exc:
        flash(str(exc), "warning")
    return _back(connector_id, spec)


@bp.post("/connectors/<uuid:connector_id>/checks/<check_key>/acknowledgements")
@requires(Permission.READINESS_WRITE)
def acknowledge(connector_id: UUID, check_key: str) -> ResponseReturnValue:
    spec, person = asked_check(check_key), the_person()
    account, form = accounts.get_connector(str(connector_id)), AcknowledgeForm()
    if not form.validate_on_submit():
        return check_page(account, spec, CheckForms.empty(seen=form), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction():
            count = check_acts.acknowledge(
                account,
                spec.key,
                digests=frozenset(form.items.data or ()),
                comment=form.comment.data or "",
                person=people.get_person(person.public_id),
                actor=person.actor,
            )
    except NotPossible as exc:
        account = accounts.get_connector(str(connector_id))
        return check_page(account, spec, CheckForms.empty(seen=form), stale=_stale(exc), status=HTTPStatus.CONFLICT)
    flash("It was acknowledged." if count == 1 else f"{count} lines were acknowledged.", "success")
    return _back(connector_id, spec)


@bp.post("/connectors/<uuid:connector_id>/checks/<check_key>/sign-offs")
@requires(Permission.READINESS_WRITE)
def sign_check(connector_id: UUID, check_key: str) -> ResponseReturnValue:
    spec, person = asked_check(check_key), the_person()
    account, form = accounts.get_connector(str(connector_id)), SignForm()
    if spec.key not in SIGNABLE:
        raise NotPossible("This check is not decided by a signature.")
    if not form.validate_on_submit():
        return check_page(account, spec, CheckForms.empty(sign=form), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction():
            check_acts.demand_may_start(account, spec.key)
            who = people.get_person(person.public_id)
            check_acts.sign(account, spec.key, comment=form.comment.data or "", person=who, actor=person.actor)
    except InvalidField as exc:
        form.form_errors.append(str(exc))
        account = accounts.get_connector(str(connector_id))
        return check_page(account, spec, CheckForms.empty(sign=form), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except NotPossible as exc:
        account = accounts.get_connector(str(connector_id))
        return check_page(account, spec, CheckForms.empty(sign=form), stale=_stale(exc), status=HTTPStatus.CONFLICT)
    flash("You signed it.", "success")
    return _back(connector_id, spec)


def _stale(error: NotPossible) -> StaleVersion:
    return error if isinstance(error, StaleVersion) else StaleVersion(str(error))


def _back(connector_id: UUID, spec: CheckSpec) -> ResponseReturnValue:
    return redirect(url_for("admin.show_check", connector_id=connector_id, check_key=spec.key), HTTPStatus.SEE_OTHER)
