"""A page for each check: how it stands, on what, since when, and what people do there."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.audit import Actor, ActorKind
from app.extensions import db
from app.models import (
    BatchKind,
    ProviderAccount,
    ReadinessAcknowledgement,
    ReadinessEvidence,
    ReadinessSignOff,
    ReadinessWaiver,
    SyncJob,
    User,
)
from app.readiness.gates import CHECKS
from app.readiness.standing import Standing
from app.services import check_runs, configurations, stands, tasks
from app.services.acknowledgements import item_digest
from app.services.qa_list import QA_LIST
from app.unit_of_work import transaction
from tests.admin.test_agreement_pages import connector_with, url_of
from tests.support import factories
from tests.support.bad_input import FormUnderTest, assert_refuses_bad_input, checksums
from tests.support.client import PageClient

ACTOR = Actor(ActorKind.COMMAND, "tests")
ACTS = ("runs", "acknowledgements", "sign-offs", "waivers")


def standing_of(account: ProviderAccount, key: str) -> Standing:
    db.session.expire_all()
    return stands.of(account, configurations.draft_of(account)).checks[key].stand.standing


def ask(account: ProviderAccount, *keys: str) -> None:
    with transaction():
        check_runs.run(account, keys, actor=ACTOR)


def with_rejects() -> ProviderAccount:
    """A connector whose test batch has two reasons to look at."""
    account = connector_with("calls")
    counted = {"rows_read": 40, "rows_new": 37, "rows_rejected": 3, "reject_counts": '{"bad_amount":1,"bad_date":2}'}
    factories.import_batch(account=account, kind=BatchKind.TEST, field_map_id=factories.field_map(account=account).id, **counted)
    ask(account, "rejects-reviewed")
    return account


def last_gate_reached() -> ProviderAccount:
    """A connector that was through the first four gates once."""
    account = connector_with("calls")
    with transaction():
        configurations.draft_of(account).passed_gates = 0b1111
    return account


@pytest.mark.parametrize("key", [spec.key for spec in CHECKS])
def test_each_check_has_a_page_before_and_after_it_was_asked(as_admin: PageClient, key: str) -> None:
    account = factories.connector(owner_id=factories.staff(name="Olga Owner").id)
    url = url_of(account, f"checks/{key}")
    assert "It was not asked yet." in as_admin.page(url).get_text()
    ask(account, key)
    page = as_admin.page(url)
    assert len(page.select(".history-bar li")) == 1
    assert "by the command tests" in page.get_text()


def test_the_page_says_what_was_found_and_names_people_instead_of_ids(as_admin: PageClient) -> None:
    owner = factories.staff(name="Olga Owner")
    account = factories.connector(owner_id=owner.id)
    ask(account, "owner")
    page = as_admin.page(url_of(account, "checks/owner"))
    assert "An active member of staff owns this connector." in page.get_text()
    assert [cell.get_text(strip=True) for cell in page.select("table td")] == ["Olga Owner"]
    assert owner.public_id not in page.get_text()
    assert page.select_one(f"a[href='{url_of(account, 'edit')}']")


def test_a_fallen_tick_says_which_act_dropped_it(as_admin: PageClient) -> None:
    account = factories.connector(owner_id=factories.staff().id, source_label="Before")
    ask(account, "source-label")
    data = {"version": "1", "source_label": "After", "mode": "manual", "owner": "", "currency": "USD"}
    assert as_admin.post(url_of(account, "edit"), data=data).status_code == 303
    assert standing_of(account, "source-label") is Standing.CHANGED
    check, connector = as_admin.page(url_of(account, "checks/source-label")), as_admin.page(f"/admin/connectors/{account.public_id}")
    for page in (check, connector):
        assert "The source label changed (Edited the connector)." in " ".join(page.get_text().split())
    assert "Dropped the tick" in check.get_text()
    line = next(each for each in connector.select(".checks > li") if "The source has a name" in each.get_text())
    assert "due in" in line.get_text()


def test_the_history_tells_good_failed_and_the_rest_apart_in_words(as_admin: PageClient) -> None:
    account = factories.connector()
    ask(account, "customer-authorized")
    ask(account, "owner")
    with transaction():
        account.owner_id = factories.staff().id
    ask(account, "owner")
    page = as_admin.page(url_of(account, "checks/owner"))
    assert [li["class"] for li in page.select(".history-bar li")] == [["history-failed"], ["history-good"]]
    assert [li["title"].split(",")[0] for li in page.select(".history-bar li")] == ["Failed", "Passed"]
    other = as_admin.page(url_of(account, "checks/customer-authorized"))
    assert [li["class"] for li in other.select(".history-bar li")] == [["history-other"]]


def test_a_check_is_run_again_at_once(as_admin: PageClient) -> None:
    account = factories.connector(owner_id=factories.staff().id)
    response = as_admin.post(url_of(account, "checks/owner/runs"))
    assert (response.status_code, response.location) == (303, url_of(account, "checks/owner"))
    assert standing_of(account, "owner") is Standing.GOOD
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SyncJob)) == 0


def test_a_check_whose_gate_cannot_start_is_not_run(as_admin: PageClient) -> None:
    account = factories.connector(may_import=False)
    page = as_admin.page(url_of(account, "checks/qa"))
    assert "It cannot start yet" in page.get_text()
    assert page.select_one("main form[method=post]") is None
    for act, data in (("runs", {}), ("sign-offs", {"comment": "Looked at it"})):
        as_admin.post(url_of(account, f"checks/qa/{act}"), data=data)
    for path in ("check-runs/promote", "check-runs/map"):
        assert as_admin.post(url_of(account, path)).status_code == 303
    for model in (ReadinessEvidence, ReadinessSignOff, SyncJob):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == 0


def test_the_checks_of_a_gate_are_one_job_however_often_it_is_pressed(as_admin: PageClient) -> None:
    account = factories.connector()
    url = url_of(account, "check-runs/access")
    assert as_admin.post(url, follow_redirects=True).status_code == 200
    assert "asked for already" in as_admin.post(url, follow_redirects=True).text
    part = as_admin.htmx(url, method="POST")
    assert (part.status_code, 'id="jobs-panel"' in part.text, "<html" in part.text) == (200, True, False)
    assert [job.kind for job in db.session.scalars(sa.select(SyncJob))] == ["run_checks"]
    as_admin.post(url_of(account, "check-runs/all"))
    as_admin.post(url_of(account, "checks/runtime-privileges/runs"))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SyncJob)) == 2


def test_items_are_acknowledged_one_by_one(as_admin: PageClient) -> None:
    account = with_rejects()
    url = url_of(account, "checks/rejects-reviewed")
    boxes = [str(box["value"]) for box in as_admin.page(url).select("[name=items]")]
    assert boxes == [item_digest("calls:bad_amount:1"), item_digest("calls:bad_date:2")]
    data = {"items": boxes[0], "comment": "A test row"}
    assert as_admin.post(f"{url}/acknowledgements", data=data).status_code == 303
    assert standing_of(account, "rejects-reviewed") is Standing.FAILED
    page = as_admin.page(url)
    assert "A test row" in page.get_text()
    assert [str(box["value"]) for box in page.select("[name=items]")] == boxes[1:]
    again = as_admin.post(f"{url}/acknowledgements", data={"items": boxes, "comment": "All of them"})
    assert again.status_code == 409
    assert "has changed since this page was opened" in again.text
    assert 'value="All of them"' in again.text
    assert as_admin.post(f"{url}/acknowledgements", data={"items": boxes[1:], "comment": ""}).status_code == 303
    assert standing_of(account, "rejects-reviewed") is Standing.GOOD
    assert {row.item for row in db.session.scalars(sa.select(ReadinessAcknowledgement))} == {"calls:bad_amount:1", "calls:bad_date:2"}


def test_bad_acknowledgements_are_refused(as_admin: PageClient) -> None:
    account = with_rejects()
    url = url_of(account, "checks/rejects-reviewed")
    data = {"items": item_digest("calls:bad_amount:1"), "comment": "Seen"}
    form = FormUnderTest(path=f"{url}/acknowledgements", valid=data, texts={"comment": 300})
    assert_refuses_bad_input(as_admin, form)
    before = checksums()
    assert as_admin.post(f"{url}/acknowledgements", data={"comment": "Nothing chosen"}).status_code == 422
    assert as_admin.post(f"{url}/acknowledgements", data={"items": "0" * 64}).status_code == 409
    assert as_admin.post(url_of(account, "checks/owner/acknowledgements"), data=data).status_code == 409
    assert checksums() == before


def test_the_qa_list_is_signed(as_admin: PageClient) -> None:
    account = last_gate_reached()
    url = url_of(account, "checks/qa")
    page = as_admin.page(url).get_text()
    assert all(line in page for line in QA_LIST)
    assert as_admin.post(f"{url}/sign-offs", data={"comment": "Went through it all"}).status_code == 303
    assert standing_of(account, "qa") is Standing.GOOD
    assert "Went through it all" in as_admin.page(url).get_text()


def test_bad_signatures_are_refused(as_admin: PageClient) -> None:
    account = last_gate_reached()
    form = FormUnderTest(
        path=url_of(account, "checks/qa/sign-offs"),
        valid={"comment": "Seen"},
        required=("comment",),
        texts={"comment": 500},
        multiline=("comment",),
    )
    assert_refuses_bad_input(as_admin, form)
    assert as_admin.post(url_of(account, "checks/owner/sign-offs"), data={"comment": "Seen"}).status_code == 409


def test_a_waiver_is_approved_by_somebody_else(as_admin: PageClient, sign_in: Callable[[User], FlaskClient]) -> None:
    account, other = with_rejects(), sign_in(factories.staff(name="Otto Other"))
    url, last_day = url_of(account, "checks/rejects-reviewed"), tasks.today(account.organization) + timedelta(days=5)
    data = {"reason": "They mend the export next week", "last_day": last_day.isoformat()}
    assert as_admin.post(f"{url}/waivers", data=data).status_code == 303
    second = as_admin.post(f"{url}/waivers", data={**data, "reason": "Asked twice"})
    assert second.status_code == 409
    waiver = db.session.scalars(sa.select(ReadinessWaiver)).one()
    approval = f"{url}/waivers/{waiver.public_id}/approval"
    assert approval not in as_admin.get(url).text
    assert "somebody else has to approve it" in as_admin.post(approval, follow_redirects=True).text
    assert standing_of(account, "rejects-reviewed") is Standing.FAILED
    assert approval in other.get(url).text
    assert other.post(approval).status_code == 303
    assert standing_of(account, "rejects-reviewed") is Standing.WAIVED
    assert "waived through" in as_admin.get(f"/admin/connectors/{account.public_id}").text
    assert as_admin.post(f"{url}/waivers/{waiver.public_id}/end").status_code == 303
    assert standing_of(account, "rejects-reviewed") is Standing.FAILED
    assert "Former ones" in as_admin.get(url).text


def test_bad_waivers_are_refused(as_admin: PageClient) -> None:
    account = with_rejects()
    today = tasks.today(account.organization)
    form = FormUnderTest(
        path=url_of(account, "checks/rejects-reviewed/waivers"),
        valid={"reason": "For a while", "last_day": (today + timedelta(days=5)).isoformat()},
        required=("reason", "last_day"),
        texts={"reason": 500},
        multiline=("reason",),
        wrong={"last_day": ["soon", (today - timedelta(days=2)).isoformat(), (today + timedelta(days=400)).isoformat()]},
    )
    assert_refuses_bad_input(as_admin, form)
    assert as_admin.post(url_of(account, "checks/owner/waivers"), data=form.valid).status_code == 409


def test_a_waiver_of_another_connector_or_check_is_not_there(as_admin: PageClient) -> None:
    mine, foreign = with_rejects(), with_rejects()
    last_day = (tasks.today(foreign.organization) + timedelta(days=5)).isoformat()
    as_admin.post(url_of(foreign, "checks/rejects-reviewed/waivers"), data={"reason": "For a while", "last_day": last_day})
    waiver = db.session.scalars(sa.select(ReadinessWaiver)).one()
    before = checksums()
    for account, key in ((mine, "rejects-reviewed"), (foreign, "reconciled")):
        for act in ("approval", "end"):
            assert as_admin.post(url_of(account, f"checks/{key}/waivers/{waiver.public_id}/{act}")).status_code == 404
    assert checksums() == before


def test_a_check_that_nobody_knows_has_no_page(as_admin: PageClient) -> None:
    account = factories.connector()
    for key in ("nothing", "OWNER", "%00", "owner'--"):
        assert as_admin.get(url_of(account, f"checks/{key}")).status_code == 404
        for act in ACTS:
            assert as_admin.post(url_of(account, f"checks/{key}/{act}"), data={}).status_code == 404
    assert as_admin.post(url_of(account, "check-runs/nothing")).status_code == 404


def test_support_reads_checks_and_changes_nothing(as_support: PageClient) -> None:
    account = with_rejects()
    page = as_support.page(url_of(account, "checks/rejects-reviewed"))
    assert page.select_one("main form[method=post]") is None
    for act in (*ACTS, f"waivers/{account.public_id}/approval", f"waivers/{account.public_id}/end"):
        assert as_support.post(url_of(account, f"checks/rejects-reviewed/{act}"), data={}).status_code == 403
    assert as_support.post(url_of(account, "check-runs/all")).status_code == 403


def test_to_a_client_there_are_no_checks_in_the_console(as_client_admin: PageClient) -> None:
    account = with_rejects()
    assert as_client_admin.get(url_of(account, "checks/owner")).status_code == 404
    for act in ACTS:
        assert as_client_admin.post(url_of(account, f"checks/rejects-reviewed/{act}"), data={}).status_code == 404
