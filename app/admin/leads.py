"""Leads under review: the list, revealing one, overruling some."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField

from app.admin import bp
from app.admin.batch_words import data_type_label
from app.admin.choices import select
from app.imports.leads.rules import PERSON, RuleSet
from app.models import Lane, LeadClass, Organization
from app.security.permissions import Permission
from app.services import lead_rules, leads, people
from app.services import organizations as organization_service
from app.services.errors import InvalidField
from app.services.leads import MOST_AT_ONCE, LeadFilter, LeadName
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, Form, PlainText, Required
from app.web.listing import asked_page

PAGE = "admin/leads/list.html"
LANES = {Lane.LIVE.value: "Leads that count", Lane.SAMPLE.value: "Sample (test batches)"}


class OverruleForm(Form):
    lead_class = select(
        "What they are", "Choose a class from the list.", choices=[("", "Choose"), *((each.value, each.label) for each in LeadClass)]
    )
    reason = StringField("Reason", [Required("Say why, for whoever looks at it later."), AtMost(200), PlainText()])


@bp.get("/organizations/<uuid:organization_id>/leads")
@requires(Permission.IMPORT_READ)
def review_leads(organization_id: UUID) -> ResponseReturnValue:
    return _page(organization_service.get_organization(str(organization_id)), OverruleForm(formdata=None))


@bp.post("/organizations/<uuid:organization_id>/leads/overrule")
@requires(Permission.LEAD_WRITE)
def overrule_leads(organization_id: UUID) -> ResponseReturnValue:
    person, form = the_person(), OverruleForm()
    organization = organization_service.get_organization(str(organization_id))
    chosen = request.form.getlist("lead")
    if not form.validate_on_submit():
        return _page(organization, form, chosen=chosen), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        names = [LeadName.parse(text) for text in chosen[: MOST_AT_ONCE + 1]]
        with transaction():
            count, job = leads.overrule(
                organization,
                names,
                lead_class=LeadClass(form.lead_class.data),
                reason=form.reason.data or "",
                made_by=people.get_person(person.public_id),
                actor=person.actor,
            )
            job_id = job.public_id
    except InvalidField as exc:
        return _page(organization, form, chosen=chosen, error=str(exc)), HTTPStatus.UNPROCESSABLE_ENTITY
    word = "lead was" if count == 1 else "leads were"
    flash(f"{count} {word} overruled. This job sets their classes and every figure that follows.", "success")
    return redirect(url_for("admin.show_job", job_id=job_id), HTTPStatus.SEE_OTHER)


@bp.post("/organizations/<uuid:organization_id>/leads/reveal")
@requires(Permission.LEAD_REVEAL)
def reveal_lead(organization_id: UUID) -> ResponseReturnValue:
    """Show one lead's personal values, once: noted first, kept nowhere."""
    organization = organization_service.get_organization(str(organization_id))
    try:
        name = LeadName.parse(request.form.get("lead", ""))
    except InvalidField as exc:
        return _page(organization, OverruleForm(formdata=None), error=str(exc)), HTTPStatus.UNPROCESSABLE_ENTITY
    revealed = leads.look_up(organization, name)
    with transaction():
        leads.note_reveal(organization, name, actor=the_person().actor)
    response = make_response(
        render_template("admin/leads/reveal.html", organization=organization, lead=revealed, data_type_label=data_type_label)
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(organization: Organization, form: OverruleForm, *, chosen: list[str] | None = None, error: str = "") -> str:
    rules = lead_rules.rules_of(organization)
    accounts, data_types = leads.choices_of(organization)
    which = _asked(rules, {public_id for public_id, _ in accounts}, set(data_types))
    page, counts = leads.list_leads(organization, which, rules, page=asked_page()), leads.class_counts(organization, which)
    return render_template(
        PAGE,
        organization=organization_service.get_organization(organization.public_id),  # looking into the homes let go of it
        form=form,
        chosen=set(chosen or ()),
        error=error,
        which=which,
        is_set=which != LeadFilter(lane=which.lane),
        page=page,
        counts=counts,
        accounts=accounts,
        data_types=data_types,
        rules=[*((rule.key, rule.title) for rule in rules.rules), (PERSON, "A person")],
        classes=list(LeadClass),
        lanes=LANES,
        data_type_label=data_type_label,
        query=_query(which),
    )


def _query(which: LeadFilter) -> dict[str, str]:
    """What an address says to ask for the same."""
    said = {
        "class": which.lead_class.value if which.lead_class else "",
        "rule": which.rule,
        "type": which.data_type,
        "connector": which.account,
        "lane": which.lane.value if which.lane is not Lane.LIVE else "",
    }
    return {key: value for key, value in said.items() if value}


def _asked(rules: RuleSet, accounts: set[str], data_types: set[str]) -> LeadFilter:
    """What the address asks for; values that are in no list count as not asked for."""
    ask = request.args.get
    lead_class, rule, lane = ask("class", ""), ask("rule", ""), ask("lane", "")
    return LeadFilter(
        lead_class=LeadClass(lead_class) if lead_class in set(LeadClass) else None,
        rule=rule if rule == PERSON or rules.find(rule) is not None else "",
        data_type=ask("type", "") if ask("type", "") in data_types else "",
        account=ask("connector", "") if ask("connector", "") in accounts else "",
        lane=Lane(lane) if lane in LANES else Lane.LIVE,
    )
