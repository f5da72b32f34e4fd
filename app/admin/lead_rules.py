"""Lead rules of an organization: reading, changing, trying out, saving and going back to a former version."""

from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.admin import bp
from app.admin.batch_words import data_type_label
from app.admin.lead_rule_form import BrokenFormError, RulesForm, new_rule
from app.imports.leads.rules import MAX_RULES, MOST_DAYS, MOST_SECONDS, MOST_TIMES, ROW_CLASSES, RuleKind, difference
from app.models import Organization
from app.security.permissions import Permission
from app.services import lead_rules, people
from app.services import organizations as organization_service
from app.services.errors import InvalidField, NotPossible, StaleVersion
from app.services.lead_tryouts import TryOut, try_out
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person

PAGE = "admin/leads/rules.html"


@dataclass(frozen=True)
class Draft:
    """What the page shows above the rules besides what is in force."""

    form: RulesForm
    notice: str = ""
    error: str = ""
    stale: StaleVersion | None = None
    tried: TryOut | None = None
    opened: str = ""
    """Key of the rule whose fields are open."""
    shows_errors: bool = False


@bp.get("/organizations/<uuid:organization_id>/lead-rules")
@requires(Permission.IMPORT_READ)
def show_lead_rules(organization_id: UUID) -> ResponseReturnValue:
    organization = organization_service.get_organization(str(organization_id))
    return _page(organization, Draft(RulesForm.of(lead_rules.rules_of(organization))))


@bp.post("/organizations/<uuid:organization_id>/lead-rules")
@requires(Permission.LEAD_WRITE)
def change_lead_rules(organization_id: UUID) -> ResponseReturnValue:
    """One press on the form: everything but saving answers with the changed form and writes nothing."""
    organization = organization_service.get_organization(str(organization_id))
    try:
        form = RulesForm.read(request.form)
    except BrokenFormError as exc:
        draft = Draft(RulesForm.of(lead_rules.rules_of(organization)), error=str(exc))
        return _page(organization, draft), HTTPStatus.UNPROCESSABLE_ENTITY
    act, _, key = request.form.get("do", "try").partition(":")
    if act == "add":
        return _added(organization, form)
    if act in {"up", "down", "remove"}:
        rules = form.rules.without(key) if act == "remove" else form.rules.moved(key, -1 if act == "up" else 1)
        words = "The rule was taken out" if act == "remove" else "The order was changed"
        return _page(organization, Draft(form.with_rules(rules), notice=f"{words} in this form. Nothing is saved yet."))
    if not form.is_valid:
        return _page(organization, Draft(form, shows_errors=True)), HTTPStatus.UNPROCESSABLE_ENTITY
    if act == "save":
        return _save(organization, form)
    if act != "try":
        return _page(organization, Draft(form, error="Press one of the buttons of the page.")), HTTPStatus.UNPROCESSABLE_ENTITY
    tried = try_out(organization, form.rules)
    return _page(organization, Draft(form, tried=tried))


@bp.post("/organizations/<uuid:organization_id>/lead-rules/restore")
@requires(Permission.LEAD_WRITE)
def restore_lead_rules(organization_id: UUID) -> ResponseReturnValue:
    person = the_person()
    organization = organization_service.get_organization(str(organization_id))
    seen = request.form.get("version", "")
    try:
        with transaction():
            restored = lead_rules.restore_rules(
                organization,
                request.form.get("rules", "")[:36],
                seen_number=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else 0,
                restored_by=people.get_person(person.public_id),
                actor=person.actor,
            )
            number = restored.number
    except NotPossible as exc:
        flash(str(exc), "warning")
    else:
        flash(f"Version {number} is in force again. All leads are classed by it now: see the job below.", "success")
    return redirect(url_for("admin.show_lead_rules", organization_id=organization_id), HTTPStatus.SEE_OTHER)


def _added(organization: Organization, form: RulesForm) -> ResponseReturnValue:
    kind = request.form.get("add-kind", "")
    if kind not in set(RuleKind):
        return _page(organization, Draft(form, error="Choose what the new rule looks at.")), HTTPStatus.UNPROCESSABLE_ENTITY
    if len(form.fields) >= MAX_RULES:
        draft = Draft(form, error=f"There are {MAX_RULES} rules already, which is the most. Remove one first.")
        return _page(organization, draft), HTTPStatus.UNPROCESSABLE_ENTITY
    rule = new_rule(RuleKind(kind))
    notice = "A rule was added to this form. Fill it in; nothing is saved yet."
    return _page(organization, Draft(form.with_rules(form.rules.with_rule(rule)), notice=notice, opened=rule.key))


def _save(organization: Organization, form: RulesForm) -> ResponseReturnValue:
    person = the_person()
    try:
        with transaction():
            saved = lead_rules.save_rules(
                organization,
                form.rules,
                seen_number=form.seen,
                saved_by=people.get_person(person.public_id),
                actor=person.actor,
            )
            number = saved.number
    except StaleVersion as exc:
        now = lead_rules.rules_of(organization)
        return _page(organization, Draft(RulesForm(form.fields, now.number), stale=exc)), HTTPStatus.CONFLICT
    except (InvalidField, NotPossible) as exc:
        return _page(organization, Draft(form, error=str(exc))), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(f"Version {number} was saved and is in force. All leads are classed by it now: see the job below.", "success")
    return redirect(url_for("admin.show_lead_rules", organization_id=organization.public_id), HTTPStatus.SEE_OTHER)


def _page(organization: Organization, draft: Draft) -> str:
    in_force = lead_rules.rules_of(organization)
    return render_template(
        PAGE,
        organization=organization,
        draft=draft,
        in_force=in_force,
        changes=difference(in_force, draft.form.rules),
        versions=lead_rules.versions_of(organization),
        job=lead_rules.open_job(organization),
        kinds=list(RuleKind),
        row_classes=ROW_CLASSES,
        bounds={"days": MOST_DAYS, "times": MOST_TIMES, "seconds": MOST_SECONDS},
        data_type_label=data_type_label,
    )
