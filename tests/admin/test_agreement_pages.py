"""Forms for what checks ask for: consent, exports, failure path, retention, the rule for windows."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from app.extensions import db
from app.models import (
    AccessMode,
    AccountDataType,
    Authorization,
    ExportAgreement,
    FailurePath,
    ProviderAccount,
    RetentionRule,
    WindowRule,
)
from app.readiness.checks.retention import CLASSES
from app.services import configurations, stands, tasks
from tests.support import factories
from tests.support.bad_input import FormUnderTest, assert_refuses_bad_input, checksums
from tests.support.client import PageClient

PAGES = ("consent", "exports", "failure-path", "retention", "window-rule")
FORMS = ("consent", "consent/withdrawal", "exports", "exports/calls", "failure-path", "retention", "window-rule")


def url_of(account: ProviderAccount, path: str) -> str:
    return f"/admin/connectors/{account.public_id}/{path}"


def connector_with(*data_types: str, **changes: Any) -> ProviderAccount:
    account = factories.connector(**changes)
    factories._save(*[AccountDataType(account_id=account.id, data_type=key) for key in data_types])
    return account


def result_of(account: ProviderAccount, key: str) -> str:
    db.session.expire_all()
    newest = stands.of(account, configurations.draft_of(account)).checks[key].newest
    assert newest is not None, f"{key} was not asked"
    return newest.result


def today(account: ProviderAccount) -> date:
    return tasks.today(account.organization)


def consent_form(account: ProviderAccount, **changes: Any) -> dict[str, Any]:
    values = {"seen": "", "reads": "calls", "given_by": "Their owner", "given_on": today(account).isoformat(), "proof": "A mail of today"}
    return {**values, **changes}


def export_form(account: ProviderAccount, **changes: str) -> dict[str, str]:
    due = today(account) + timedelta(days=7)
    return {"version": "0", "supplier": "Their office", "every_days": "7", "next_due": due.isoformat(), **changes}


def path_form(person: str, **changes: str) -> dict[str, str]:
    values = {"version": "0", "told": person, "channel": "Mail", "client_sees": "Held figures.", "fallback": "By hand."}
    return {**values, **changes}


def retention_form(**changes: str) -> dict[str, str]:
    return {"seen": "", **dict.fromkeys(CLASSES, "365"), **changes}


def test_consent_is_recorded_and_its_check_stands_at_once(as_admin: PageClient) -> None:
    account = connector_with("calls", "jobs")
    page = as_admin.page(url_of(account, "consent"))
    assert [box["value"] for box in page.select("[name=reads][checked]")] == ["calls", "jobs"]
    response = as_admin.post(url_of(account, "consent"), data=consent_form(account, reads=["calls", "jobs"]))
    assert (response.status_code, response.location) == (303, url_of(account, "checks/customer-authorized"))
    row = db.session.scalars(sa.select(Authorization)).one()
    assert (row.reads, row.writes, row.given_by, row.recorded_by is not None) == ("calls,jobs", "", "Their owner", True)
    assert result_of(account, "customer-authorized") == "passed"
    assert "Their owner" in as_admin.get(url_of(account, "consent")).text


def test_a_fallen_tick_names_the_act_and_not_the_run_that_noticed_it(as_admin: PageClient) -> None:
    account = connector_with("calls")
    as_admin.post(url_of(account, "consent"), data=consent_form(account))
    text = as_admin.page(url_of(account, "checks/customer-authorized")).get_text()
    assert "Recorded" in text
    found = stands.of(account, configurations.draft_of(account))
    assert found.facets["consent"].cause == "consent.recorded"


def test_consent_is_withdrawn_only_on_purpose(as_admin: PageClient) -> None:
    account = connector_with("calls")
    as_admin.post(url_of(account, "consent"), data=consent_form(account))
    assert as_admin.post(url_of(account, "consent/withdrawal"), data={"note": "They left"}).status_code == 422
    assert as_admin.post(url_of(account, "consent/withdrawal"), data={"note": "They left", "sure": "y"}).status_code == 303
    db.session.expire_all()
    row = db.session.scalars(sa.select(Authorization)).one()
    assert (row.withdrawn_on, row.withdrawn_note) == (today(account), "They left")
    assert result_of(account, "customer-authorized") == "failed"
    again = as_admin.post(url_of(account, "consent/withdrawal"), data={"note": "", "sure": "y"})
    assert again.status_code == 409
    assert "There is no consent that could be withdrawn." in again.text


def test_consent_is_recorded_for_supplied_exports_alone(as_admin: PageClient) -> None:
    account = connector_with("calls", mode=AccessMode.API)
    assert as_admin.page(url_of(account, "consent")).select_one("form.form") is None
    response = as_admin.post(url_of(account, "consent"), data=consent_form(account))
    assert response.status_code == 409
    assert "a client admin grants it in the portal" in response.text


def test_two_who_record_consent_at_once(as_admin: PageClient) -> None:
    account = connector_with("calls")
    assert as_admin.post(url_of(account, "consent"), data=consent_form(account)).status_code == 303
    second = as_admin.post(url_of(account, "consent"), data=consent_form(account, given_by="Somebody else"))
    assert second.status_code == 409
    page = BeautifulSoup(second.text, "html.parser")
    notice, typed, seen = page.select_one(".error-summary"), page.select_one("#given_by"), page.select_one("#seen")
    assert notice is not None
    assert typed is not None
    assert seen is not None
    assert "is now “Their owner”" in notice.get_text()
    assert typed["value"] == "Somebody else"
    assert as_admin.post(url_of(account, "consent"), data=consent_form(account, seen=seen["value"])).status_code == 303


def test_bad_consent_is_refused(as_admin: PageClient) -> None:
    account = connector_with("calls")
    tomorrow = (today(account) + timedelta(days=2)).isoformat()
    form = FormUnderTest(
        path=url_of(account, "consent"),
        valid=consent_form(account),
        required=("reads", "given_by", "given_on", "proof"),
        texts={"given_by": 120, "proof": 300},
        wrong={"given_on": ["yesterday", "2026-13-01", tomorrow], "reads": ["nothing-of-the-list"]},
    )
    assert_refuses_bad_input(as_admin, form)


def test_a_data_type_is_chosen_and_its_export_agreed(as_admin: PageClient) -> None:
    account = factories.connector()
    assert "No data type is chosen yet." in as_admin.get(url_of(account, "exports")).text
    assert as_admin.post(url_of(account, "exports"), data={"data_type": "calls"}).status_code == 303
    assert [row.data_type for row in db.session.scalars(sa.select(AccountDataType))] == ["calls"]
    assert as_admin.get(url_of(account, "exports/calls")).status_code == 200
    response = as_admin.post(url_of(account, "exports/calls"), data=export_form(account))
    assert (response.status_code, response.location) == (303, url_of(account, "exports"))
    row = db.session.scalars(sa.select(ExportAgreement)).one()
    assert (row.supplier, row.every_days) == ("Their office", 7)
    assert result_of(account, "access-tested") == "passed"
    assert "Their office" in as_admin.get(url_of(account, "exports")).text


def test_the_second_who_agrees_on_an_export_keeps_what_was_typed(as_admin: PageClient) -> None:
    account = connector_with("calls")
    as_admin.post(url_of(account, "exports/calls"), data=export_form(account))
    second = as_admin.post(url_of(account, "exports/calls"), data=export_form(account, supplier="An agency"))
    assert second.status_code == 409
    assert "is now “Their office”" in second.text
    assert 'value="An agency"' in second.text
    assert as_admin.post(url_of(account, "exports/calls"), data=export_form(account, supplier="An agency", version="1")).status_code == 303


def test_bad_agreements_on_exports_are_refused(as_admin: PageClient) -> None:
    account = connector_with("calls")
    as_admin.post(url_of(account, "exports/calls"), data=export_form(account))
    yesterday = (today(account) - timedelta(days=2)).isoformat()
    form = FormUnderTest(
        path=url_of(account, "exports/calls"),
        valid=export_form(account, version="1"),
        required=("supplier", "every_days", "next_due"),
        texts={"supplier": 120},
        wrong={"every_days": ["0", "-1", "367", "often", "1.5", "9" * 30], "next_due": ["soon", yesterday]},
        is_versioned=True,
    )
    assert_refuses_bad_input(as_admin, form)
    chooser = FormUnderTest(path=url_of(account, "exports"), valid={"data_type": "jobs"}, required=("data_type",), choices=("data_type",))
    assert_refuses_bad_input(as_admin, chooser)
    for name in ("nothing", "CALLS", "%00"):
        assert as_admin.get(url_of(account, f"exports/{name}")).status_code == 404
        assert as_admin.post(url_of(account, f"exports/{name}"), data=export_form(account)).status_code == 404


def test_a_failure_path_is_written_down(as_admin: PageClient) -> None:
    account, told = factories.connector(), factories.staff(name="Tina Told")
    gone = factories.staff(is_active=False)
    page = as_admin.page(url_of(account, "failure-path"))
    assert gone.public_id not in {box["value"] for box in page.select("[name=told]")}
    assert as_admin.post(url_of(account, "failure-path"), data=path_form(gone.public_id)).status_code == 422
    assert as_admin.post(url_of(account, "failure-path"), data=path_form(told.public_id)).status_code == 303
    assert told.public_id in db.session.scalars(sa.select(FailurePath)).one().told
    assert result_of(account, "failure-path") == "passed"
    second = as_admin.post(url_of(account, "failure-path"), data=path_form(told.public_id, channel="A call"))
    assert second.status_code == 409
    assert "is now “Mail”" in second.text
    assert 'value="A call"' in second.text


def test_bad_failure_paths_are_refused(as_admin: PageClient) -> None:
    account, told = factories.connector(), factories.staff(name="Aaa First of the List")
    as_admin.post(url_of(account, "failure-path"), data=path_form(told.public_id))
    form = FormUnderTest(
        path=url_of(account, "failure-path"),
        valid=path_form(told.public_id, version="1"),
        required=("told", "channel", "client_sees", "fallback"),
        texts={"channel": 200, "client_sees": 300, "fallback": 300},
        multiline=("client_sees", "fallback"),
        is_versioned=True,
    )
    assert_refuses_bad_input(as_admin, form)


def test_retention_is_decided_for_all_classes_at_once(as_admin: PageClient) -> None:
    account = factories.connector()
    page = as_admin.page(url_of(account, "retention"))
    assert "they count once they are saved" in page.get_text()
    assert as_admin.post(url_of(account, "retention"), data=retention_form(audit="3650", webhook_event="0")).status_code == 303
    rules = {row.data_class: row.days for row in db.session.scalars(sa.select(RetentionRule))}
    assert rules == {**dict.fromkeys(CLASSES, 365), "audit": 3650, "webhook_event": 0}
    assert result_of(account, "retention") == "passed"
    second = as_admin.post(url_of(account, "retention"), data=retention_form(record="700"))
    assert second.status_code == 409
    assert "is now “3650 days”" in second.text
    page = BeautifulSoup(second.text, "html.parser")
    typed, seen = page.select_one("#record"), page.select_one("#seen")
    assert typed is not None
    assert seen is not None
    assert typed["value"] == "700"
    assert as_admin.post(url_of(account, "retention"), data=retention_form(record="700", seen=str(seen["value"]))).status_code == 303


def test_bad_retention_is_refused(as_admin: PageClient) -> None:
    account = factories.connector()
    form = FormUnderTest(
        path=url_of(account, "retention"),
        valid=retention_form(),
        required=tuple(CLASSES),
        wrong={"record": ["-1", "3651", "forever", "1.5", "9" * 30]},
    )
    assert_refuses_bad_input(as_admin, form)
    for nonsense in ("x", "record:one", "record:1:2", ",:,"):
        assert as_admin.post(url_of(account, "retention"), data=retention_form(seen=nonsense)).status_code == 409


def test_a_rule_for_windows_is_chosen(as_admin: PageClient) -> None:
    account = factories.connector()
    page = as_admin.page(url_of(account, "window-rule"))
    assert "Nobody chose a rule yet" in page.get_text()
    assert as_admin.post(url_of(account, "window-rule"), data={"version": "0", "rule": "days_28"}).status_code == 303
    assert db.session.scalars(sa.select(WindowRule)).one().rule == "days_28"
    second = as_admin.post(url_of(account, "window-rule"), data={"version": "0", "rule": "month"})
    assert second.status_code == 409
    assert "is now “The last 28 days”" in second.text
    before = checksums()
    for data in ({}, {"rule": "year", "version": "1"}, {"rule": "", "version": "1"}):
        assert as_admin.post(url_of(account, "window-rule"), data=data).status_code == 422
    assert checksums() == before


@pytest.mark.parametrize("path", FORMS)
def test_support_reads_what_was_agreed_and_changes_nothing(as_support: PageClient, path: str) -> None:
    account = connector_with("calls")
    if path in PAGES:
        page = as_support.page(url_of(account, path))
        assert page.select_one("main form[method=post]") is None
    assert as_support.post(url_of(account, path), data={}).status_code == 403


@pytest.mark.parametrize("path", FORMS)
def test_to_a_client_there_are_no_agreements_in_the_console(as_client_admin: PageClient, path: str) -> None:
    account = connector_with("calls")
    assert as_client_admin.post(url_of(account, path), data={}).status_code == 404
    assert as_client_admin.get(url_of(account, path)).status_code in {404, 405}
