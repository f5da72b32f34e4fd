"""The console's half of what clients do: requests for access, questions, notes on cards."""

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup

from app.clock import utc_now
from app.extensions import db
from app.models import (
    AccessRequest,
    AuditEvent,
    ClientActKind,
    ClientQuestion,
    ConnectorState,
    MemberRole,
    ProviderAccount,
    ReportNote,
    TaskStatus,
    User,
)
from app.security.tokens import token_hash
from app.services import questions, tasks
from tests.support import clients, factories
from tests.support.bad_input import FormUnderTest, assert_refuses_bad_input
from tests.support.client import PageClient
from tests.support.figures import chosen
from tests.support.mailbox import letters, newest_letter


@pytest.fixture
def account(app: Any) -> ProviderAccount:
    return clients.shown_connector(source_label="Field service", of=factories.organization(name="Acme Heating"))


@pytest.fixture
def client_admin(account: ProviderAccount) -> User:
    return factories.member(MemberRole.ADMIN, of=account.organization, with_password=False, name="Ana Client", email="ana@acme.example")


def url_of(account: ProviderAccount, path: str) -> str:
    return f"/admin/connectors/{account.public_id}/{path}"


def asking(to: User, **changes: Any) -> dict[str, Any]:
    return {"to": to.public_id, "reads": ["calls", "jobs"], "why": "For the cards that you asked for.", **changes}


def requests() -> list[AccessRequest]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(AccessRequest).order_by(AccessRequest.id)))


def test_a_client_admin_is_asked_by_mail(account: ProviderAccount, client_admin: User, as_admin: PageClient) -> None:
    page = as_admin.page(url_of(account, "access-requests"))
    assert [box["value"] for box in page.select("[name=reads][checked]")] == ["calls", "jobs"]
    assert [option.get_text() for option in page.select("#to option")] == ["Ana Client"]
    response = as_admin.post(url_of(account, "access-requests"), data=asking(client_admin))
    assert (response.status_code, response.location) == (303, url_of(account, "access-requests"))
    [row] = requests()
    assert (row.reads, row.writes, row.to_id) == ("calls,jobs", "", client_admin.id)
    assert row.expires_at - row.sent_at == timedelta(days=14)
    letter = newest_letter(to="ana@acme.example")
    assert letter.subject == "Access to Field service: please decide"
    for text in (letter.text, letter.html):
        for expected in ("Acme Heating", "Calls, Jobs", "For the cards that you asked for.", "14 days"):
            assert expected in text
    found = re.search(r"/portal/access/([\w-]{43})\n", letter.text)
    assert found is not None
    assert token_hash(found.group(1)) == row.token_hash
    event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "access_request.sent")).one()
    assert found.group(1) not in event.changes
    assert client_admin.email not in event.changes


def test_a_new_request_takes_the_place_of_an_open_one(account: ProviderAccount, client_admin: User, as_admin: PageClient) -> None:
    for _ in range(2):
        assert as_admin.post(url_of(account, "access-requests"), data=asking(client_admin)).status_code == 303
    first, second = requests()
    assert first.canceled_at is not None
    assert second.canceled_at is None
    assert len(letters()) == 2


def test_each_state_is_shown(account: ProviderAccount, client_admin: User, as_support: PageClient) -> None:
    staff, now = factories.staff(with_password=False), utc_now()
    for changes in (
        {},
        {"opened_at": now},
        {"opened_at": now, "done_at": now},
        {"expires_at": now - timedelta(days=1)},
        {"canceled_at": now},
    ):
        clients.access_request(account, client_admin, staff, **changes)
    clients.act(account, client_admin, ClientActKind.WITHDRAW, note="We left")
    page = as_support.page(url_of(account, "access-requests"))
    tags = [tag.get_text() for tag in page.select("td .tag")]
    assert tags == ["Canceled", "Expired", "Done", "Opened", "Sent"]
    assert page.select("main form") == []
    assert "Access withdrawn" in page.get_text()
    assert "We left" in page.get_text()


def test_a_request_is_taken_back_once(account: ProviderAccount, client_admin: User, as_admin: PageClient) -> None:
    row, _ = clients.access_request(account, client_admin, factories.staff(with_password=False))
    path = url_of(account, f"access-requests/{row.public_id}/cancellation")
    assert as_admin.post(path).status_code == 303
    canceled_at = requests()[0].canceled_at
    assert canceled_at is not None
    assert "This request is canceled already." in as_admin.post(path, follow_redirects=True).text
    assert requests()[0].canceled_at == canceled_at
    elsewhere = factories.connector()
    assert as_admin.post(url_of(elsewhere, f"access-requests/{row.public_id}/cancellation")).status_code == 404


def test_only_active_client_admins_of_the_organization_are_asked(account: ProviderAccount, as_admin: PageClient) -> None:
    viewer = factories.member(of=account.organization, with_password=False)
    gone = factories.member(MemberRole.ADMIN, of=account.organization, with_password=False, is_active=False)
    foreign = factories.member(MemberRole.ADMIN, with_password=False)
    assert "has no active client admin" in as_admin.page(url_of(account, "access-requests")).get_text()
    for person in (viewer, gone, foreign):
        assert as_admin.post(url_of(account, "access-requests"), data=asking(person)).status_code == 422
    assert requests() == []
    assert letters() == []


def test_bad_requests_are_refused(account: ProviderAccount, client_admin: User, as_admin: PageClient) -> None:
    form = FormUnderTest(
        path=url_of(account, "access-requests"),
        valid=asking(client_admin, reads="calls"),
        required=("to", "reads", "why"),
        texts={"why": 500},
        multiline=("why",),
        choices=("to",),
        wrong={"reads": ["nothing-of-the-list"], "writes": ["nothing-of-the-list"]},
    )
    assert_refuses_bad_input(as_admin, form)
    account.state = ConnectorState.RETIRED
    factories._save(account)
    assert as_admin.post(url_of(account, "access-requests"), data=asking(client_admin)).status_code == 409


def test_support_asks_nobody(account: ProviderAccount, client_admin: User, as_support: PageClient) -> None:
    assert as_support.post(url_of(account, "access-requests"), data=asking(client_admin)).status_code == 403
    assert requests() == []


def test_the_consent_page_says_where_it_was_given_and_leads_on(account: ProviderAccount, client_admin: User, as_admin: PageClient) -> None:
    clients.act(account, client_admin)
    factories.let_import(account)
    from tests.services.test_client_acts import work

    work()
    page = as_admin.page(url_of(account, "consent"))
    assert "In the portal" in page.get_text()
    assert "Ana Client" in page.get_text()
    assert page.select_one(f'a[href="{url_of(account, "access-requests")}"]') is not None


def test_a_question_is_listed_and_answered_by_support(account: ProviderAccount, client_admin: User, as_support: PageClient) -> None:
    row = clients.question(account, client_admin, "Why did it fall?", metric_key="booked_calls")
    task = factories.task(kind=questions.TASK_KIND, open_key=f"question:{row.public_id}", account_id=account.id)
    path = f"/admin/questions/{row.public_id}"
    assert as_support.page("/admin/questions").select_one(f'a[href="{path}"]') is not None
    assert as_support.page(f"/admin/tasks/{task.public_id}").select_one(f'a[href="{path}"]') is not None
    assert as_support.post(path, data={"text": "A storm."}).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(ClientQuestion, row.id).answer == "A storm."
    assert db.session.get_one(type(task), task.id).status is TaskStatus.DONE
    page = as_support.page(path)
    assert "A storm." in page.get_text()
    assert page.select("main form") == []
    assert "No open questions." in as_support.page("/admin/questions").get_text()
    assert as_support.page("/admin/questions?show=answered").select_one(f'a[href="{path}"]') is not None
    again = as_support.post(path, data={"text": "Another one"})
    assert again.status_code == 409
    assert "answered this question already" in again.text


def test_bad_answers_are_refused(account: ProviderAccount, client_admin: User, as_admin: PageClient) -> None:
    row = clients.question(account, client_admin)
    form = FormUnderTest(
        path=f"/admin/questions/{row.public_id}", valid={"text": "A storm."}, required=("text",), texts={"text": 1000}, multiline=("text",)
    )
    assert_refuses_bad_input(as_admin, form)


def test_what_is_no_question_is_not_found(as_admin: PageClient, account: ProviderAccount) -> None:
    assert as_admin.get(f"/admin/questions/{account.public_id}").status_code == 404
    assert as_admin.post(f"/admin/questions/{account.public_id}", data={"text": "x"}).status_code == 404


def note_form(account: ProviderAccount, **changes: str) -> dict[str, str]:
    day = (tasks.today(account.organization) - timedelta(days=3)).isoformat()
    return {"metric_key": "", "first_day": day, "last_day": day, "text": "A storm closed the shop.", **changes}


def test_support_writes_a_note_and_takes_it_back(account: ProviderAccount, as_support: PageClient) -> None:
    chosen(account, "booked_calls")
    path = url_of(account, "notes-on-cards")
    assert as_support.page(url_of(account, "").rstrip("/")).select_one(f'a[href="{path}"]') is not None
    assert as_support.post(path, data=note_form(account, metric_key="booked_calls")).status_code == 303
    row = db.session.scalars(sa.select(ReportNote)).one()
    text = as_support.page(path).get_text(" ", strip=True)
    for expected in ("A storm closed the shop.", "Booked calls", "Shown"):
        assert expected in text
    back = f"{path}/{row.public_id}/taking-back"
    assert as_support.post(url_of(factories.connector(), f"notes-on-cards/{row.public_id}/taking-back")).status_code == 404
    assert as_support.post(back).status_code == 303
    db.session.expire_all()
    assert db.session.scalars(sa.select(ReportNote)).one().taken_back_at is not None
    assert "taken back already" in as_support.post(back, follow_redirects=True).text


def test_bad_notes_are_refused(account: ProviderAccount, as_admin: PageClient) -> None:
    today = tasks.today(account.organization)
    form = FormUnderTest(
        path=url_of(account, "notes-on-cards"),
        valid=note_form(account),
        required=("first_day", "last_day", "text"),
        texts={"text": 600},
        multiline=("text",),
        wrong={
            "metric_key": ["booked_calls", "nothing-of-the-list"],
            "first_day": ["yesterday", "2026-02-30", (today + timedelta(days=1)).isoformat(), (today - timedelta(days=3650)).isoformat()],
            "last_day": ["0000-00-00", (today + timedelta(days=3650)).isoformat(), (today - timedelta(days=9)).isoformat()],
        },
    )
    assert_refuses_bad_input(as_admin, form)


def test_a_request_that_ran_out_is_expired_by_time_alone(
    account: ProviderAccount, client_admin: User, as_admin: PageClient, sign_in: Any
) -> None:
    clients.access_request(account, client_admin, factories.staff(with_password=False))
    with time_machine.travel(utc_now() + timedelta(days=15), tick=False):
        later = sign_in(factories.staff())
        page = BeautifulSoup(later.get(url_of(account, "access-requests")).text, "html.parser")
        assert [tag.get_text() for tag in page.select("td .tag")] == ["Expired"]
