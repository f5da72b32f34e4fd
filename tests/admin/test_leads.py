"""Reviewing leads: the list, revealing one, overruling some."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from app.extensions import db
from app.jobs.entry import drain
from app.models import AuditEvent, DataHome, Lane, LeadClass, LeadOverrule, ProviderAccount, SyncJob
from app.queue import QueueClass
from tests.support import factories, rows
from tests.support.client import PageClient
from tests.support.rows import LeadRow

AT = datetime(2026, 9, 1, 15, tzinfo=UTC)
PERSON = {
    "phone": "(312) 555-0142",
    "email": "ana.lindqvist@example.com",
    "person_name": "Ana Lindqvist",
    "message": "No cold air upstairs",
}
PERSONAL = ("555-0142", "5550142", "ana.lindqvist", "Lindqvist", "No cold air upstairs")


def two_leads(**changes: object) -> ProviderAccount:
    account = factories.connector()
    rows.load(
        account,
        [LeadRow("77001", AT, "form_lead", PERSON), LeadRow("77002", AT + timedelta(hours=3), "form_lead", PERSON)],
        data_type="forms",
        **changes,
    )  # type: ignore[arg-type]
    return account


def path_of(account: ProviderAccount, end: str = "") -> str:
    db.session.refresh(account, ["organization"])
    return f"/admin/organizations/{account.organization.public_id}/leads{end}"


def test_leads_are_listed_masked_with_the_rule_that_decided(as_support: PageClient) -> None:
    page = as_support.page(path_of(two_leads()))
    text = page.get_text(" ", strip=True)
    assert "Got in touch again" in text
    assert "••• 42" in text
    assert "a•••@e•••.com" in text
    assert not [value for value in PERSONAL if value in str(page)]
    assert not page.select("form[action$=reveal], form[action$=overrule]")


def test_filters_choose_by_class_rule_type_connector_and_lane(as_admin: PageClient) -> None:
    account = two_leads(home=DataHome.TRAFFIC)
    rows.load(account, [LeadRow("c1", AT, attrs={"phone": "3125550199"})])
    rows.load(account, [LeadRow("s1", AT, attrs={"phone": "3125550198"})], lane=Lane.SAMPLE)
    path, public_id = path_of(account), account.public_id

    def count(query: str) -> int:
        return len(as_admin.page(f"{path}?{query}").select("input[name=lead][type=checkbox]"))

    assert count("") == 3
    assert count("class=duplicate") == 1
    assert count("rule=repeat") == 1
    assert count("type=calls") == 1
    assert count(f"connector={public_id}&type=forms") == 2
    assert count("lane=sample") == 1
    assert count("class=nonsense&rule=nonsense&type=nonsense&connector=nonsense&lane=nonsense&page=x") == 3
    assert "No lead fits." in as_admin.get(f"{path}?class=spam").text
    assert as_admin.get(f"{path}?page=9").status_code == 200


def test_an_organization_without_leads_says_where_they_come_from(as_admin: PageClient) -> None:
    assert "No leads yet." in as_admin.get(path_of(factories.connector())).text


def test_long_lists_are_turned_by_page(as_admin: PageClient) -> None:
    account = factories.connector()
    rows.load(account, [LeadRow(f"c{n}", AT + timedelta(days=n), attrs={"phone": f"31255{n:05d}"}) for n in range(27)])
    path = path_of(account)
    first = as_admin.page(path)
    assert len(first.select("input[name=lead][type=checkbox]")) == 25
    link = next(a["href"] for a in first.select("nav.pages a") if "Next" in a.text)
    assert len(as_admin.page(str(link)).select("input[name=lead][type=checkbox]")) == 2


def test_revealing_shows_the_values_once_and_is_audited_without_them(as_admin: PageClient) -> None:
    account = two_leads()
    path, name = path_of(account), f"{account.public_id}/forms/77001"
    response = as_admin.post(f"{path}/reveal", data={"lead": name})
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert "Ana Lindqvist" in response.text
    assert "(312) 555-0142" in response.text
    event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "lead.revealed")).one()
    said = str(vars(event))
    assert "77001" not in said
    assert not [value for value in PERSONAL if value in said]
    assert as_admin.get(f"{path}/reveal").status_code == 405


def test_only_who_may_reveal_does_and_only_leads_of_the_organization(as_admin: PageClient, as_support: PageClient) -> None:
    account, other = two_leads(), two_leads()
    path, name = path_of(account), f"{account.public_id}/forms/77001"
    foreign = f"{other.public_id}/forms/77001"
    assert as_support.post(f"{path}/reveal", data={"lead": name}).status_code == 403
    assert as_admin.post(f"{path}/reveal", data={"lead": foreign}).status_code == 404
    assert as_admin.post(f"{path}/reveal", data={"lead": f"{name}9"}).status_code == 404
    for bad in ("", "nonsense", "a/b", f"{account.public_id}/forms/" + "9" * 200):
        assert as_admin.post(f"{path}/reveal", data={"lead": bad}).status_code == 422
    assert as_admin.post(f"{path}/overrule", data={"lead": foreign, "lead_class": "spam", "reason": "x"}).status_code == 422
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditEvent).where(AuditEvent.action == "lead.revealed")) is not None
    assert db.session.scalar(sa.select(sa.func.count(LeadOverrule.id))) == 0


def test_what_a_person_says_is_applied_by_a_job_and_sticks(as_admin: PageClient) -> None:
    account = two_leads()
    path, public_id = path_of(account), account.public_id
    names = [f"{public_id}/forms/{external_id}" for external_id in ("77001", "77002")]
    data = {"lead": names[:1], "lead_class": "spam", "reason": "Known to the office"}
    response = as_admin.post(f"{path}/overrule", data=data)
    assert response.status_code == 303
    assert "the class follows in a moment" in as_admin.get(path).text
    drain(QueueClass.INTERACTIVE.value)
    assert rows.classes()[public_id, "forms", "77001"] == (LeadClass.SPAM, "person")
    # The other one repeats nothing that was a lead.
    assert rows.classes()[public_id, "forms", "77002"] == (LeadClass.GENUINE, "")
    account = db.session.scalars(sa.select(ProviderAccount).where(ProviderAccount.public_id == public_id)).one()
    rows.load(account, [LeadRow("77001", AT, "form_lead", {**PERSON, "message": "Changed"})], data_type="forms")
    assert rows.classes()[public_id, "forms", "77001"] == (LeadClass.SPAM, "person")
    text = as_admin.page(path).get_text(" ", strip=True)
    assert "A person" in text
    assert "Known to the office" in text
    job = db.session.scalars(sa.select(SyncJob).where(SyncJob.kind == "overrule_leads")).one()
    assert "2 changed their class" in job.result_note


def test_many_are_overruled_at_once_and_a_second_time_changes_the_verdict(as_admin: PageClient) -> None:
    account = two_leads()
    path, public_id = path_of(account), account.public_id
    names = [f"{public_id}/forms/{external_id}" for external_id in ("77001", "77002")]
    for lead_class in ("test", "genuine"):
        assert as_admin.post(f"{path}/overrule", data={"lead": names, "lead_class": lead_class, "reason": "Looked at"}).status_code == 303
        drain(QueueClass.INTERACTIVE.value)
    assert {said for _, said in rows.classes().items()} == {(LeadClass.GENUINE, "person")}
    assert db.session.scalar(sa.select(sa.func.count(LeadOverrule.id))) == 2


def test_overruling_refuses_bad_input(as_admin: PageClient) -> None:
    account = two_leads()
    path, name = f"{path_of(account)}/overrule", f"{account.public_id}/forms/77001"
    valid = {"lead": name, "lead_class": "spam", "reason": "Known"}
    bad = [
        {**valid, "lead_class": ""},
        {**valid, "lead_class": "nonsense"},
        {**valid, "reason": " "},
        {**valid, "reason": "x" * 201},
        {**valid, "reason": "in\u202evoice"},
        {**valid, "lead": ""},
        {**valid, "lead": [f"{account.public_id}/forms/{n}" for n in range(101)]},
        {"lead_class": "spam", "reason": "Known"},
    ]
    for data in bad:
        response = as_admin.post(path, data=data)
        assert response.status_code == 422, data
        assert "Traceback" not in response.text
    assert as_admin.post(path, data=valid, with_token=False).status_code == 400
    assert db.session.scalar(sa.select(sa.func.count(LeadOverrule.id))) == 0
    assert db.session.scalar(sa.select(sa.func.count(SyncJob.id))) == 0
