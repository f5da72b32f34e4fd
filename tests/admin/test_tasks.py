"""Tasks in the console: what is due, whose it is, and that each is opened and closed once."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup
from flask import Flask

from app.clock import utc_now
from app.extensions import db
from app.models import AdminTask, AuditEvent, TaskStatus
from tests.support import factories
from tests.support.bad_input import FormUnderTest, assert_refuses_bad_input, assert_second_press_changes_nothing, assert_unknown_is_missing
from tests.support.client import PageClient, sign_in_as

ONCE = "01890000-0000-7000-8000-000000000001"


def in_days(days: int) -> date:
    return utc_now().date() + timedelta(days=days)


def titles(page: BeautifulSoup) -> list[str]:
    return [link.get_text() for link in page.select("tbody th a")]


def only_task() -> AdminTask:
    db.session.expire_all()
    return db.session.scalars(sa.select(AdminTask)).one()


def valid(**changes: str) -> dict[str, str]:
    values = {"once": ONCE, "connector": "", "title": "Call the customer", "detail": "", "organization": "", "owner": ""}
    return {**values, "due_on": in_days(7).isoformat(), **changes}


def test_open_tasks_come_by_due_date_and_done_ones_apart(as_admin: PageClient) -> None:
    factories.task(title="Later", due_on=in_days(9))
    factories.task(title="Sooner", due_on=in_days(2))
    factories.task(title="Done", due_on=in_days(1), status=TaskStatus.DONE, closed_at=utc_now())
    assert titles(as_admin.page("/admin/tasks")) == ["Sooner", "Later"]
    done = as_admin.page("/admin/tasks?show=done")
    assert titles(done) == ["Done"]
    assert "by itself" in done.get_text()


def test_the_list_is_filtered_to_mine_and_to_an_organization(app: Flask) -> None:
    me = factories.staff()
    browser = sign_in_as(app.test_client(), me)
    assert isinstance(browser, PageClient)
    organization = factories.organization()
    factories.task(title="Mine", owner_id=me.id)
    factories.task(title="Theirs", owner_id=factories.staff().id, organization_id=organization.id)
    assert titles(browser.page("/admin/tasks?show=mine")) == ["Mine"]
    assert titles(browser.page(f"/admin/tasks?organization={organization.public_id}")) == ["Theirs"]
    assert titles(browser.page("/admin/tasks?show=nonsense&organization=nonsense&page=nonsense")) == ["Mine", "Theirs"]


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "due today"), (1, "due tomorrow"), (3, "due in 3 days"), (-1, "overdue since yesterday"), (-4, "4 days overdue")],
)
def test_when_a_task_is_due_is_said_in_words(as_admin: PageClient, days: int, words: str) -> None:
    task = factories.task(due_on=in_days(days))
    assert words in as_admin.get("/admin/tasks").text
    assert words in as_admin.get(f"/admin/tasks/{task.public_id}").text.lower()


def test_a_day_is_over_when_it_is_over_where_the_organization_is(app: Flask) -> None:
    evening_in_chicago = datetime(2026, 11, 21, 3, tzinfo=UTC)
    organization = factories.organization(time_zone="America/Chicago")
    with time_machine.travel(evening_in_chicago, tick=False):
        browser = sign_in_as(app.test_client(), factories.staff())
        factories.task(organization_id=organization.id, due_on=date(2026, 11, 20))
        assert "due today" in browser.get("/admin/tasks").text


def test_a_task_is_opened_by_hand_for_somebody(as_admin: PageClient) -> None:
    owner, organization = factories.staff(name="Olga Owner"), factories.organization()
    data = valid(owner=owner.public_id, organization=organization.public_id, detail="First line\nsecond line")
    response = as_admin.post("/admin/tasks/new", data=data)
    task = only_task()
    assert (response.status_code, response.location) == (303, f"/admin/tasks/{task.public_id}")
    assert (task.owner, task.organization, task.kind, task.status) == (owner, organization, "by-hand", TaskStatus.OPEN)
    text = as_admin.get(response.location).text
    assert "First line" in text
    assert "Olga Owner" in text


def test_a_task_opened_from_a_connector_is_about_it(as_admin: PageClient) -> None:
    account, other = factories.connector(), factories.organization()
    page = as_admin.page(f"/admin/tasks/new?connector={account.public_id}")
    assert account.source_label in page.get_text()
    data = valid(connector=account.public_id, organization=other.public_id)
    assert as_admin.post("/admin/tasks/new", data=data).status_code == 303
    assert (only_task().account, only_task().organization) == (account, account.organization)


def test_what_somebody_typed_stays_out_of_the_audit_trail(as_admin: PageClient) -> None:
    as_admin.post("/admin/tasks/new", data=valid(title="Call Ludmila", detail="ludmila@canary.example"))
    event = db.session.scalars(sa.select(AuditEvent)).one()
    assert event.action == "task.opened"
    assert "udmila" not in event.changes


def test_owner_and_due_date_are_changed_and_recorded_by_id(as_admin: PageClient) -> None:
    owner, task = factories.staff(), factories.task()
    url = f"/admin/tasks/{task.public_id}"
    data = {"version": "1", "owner": owner.public_id, "due_on": in_days(20).isoformat()}
    assert as_admin.post(url, data=data).status_code == 303
    assert (only_task().owner, only_task().due_on) == (owner, in_days(20))
    event = db.session.scalars(sa.select(AuditEvent)).one()
    assert event.action == "task.changed"
    assert owner.public_id in event.changes
    assert in_days(20).isoformat() in event.changes


def test_a_second_editor_learns_what_the_first_one_changed(as_admin: PageClient) -> None:
    owner, task = factories.staff(name="Olga Owner"), factories.task()
    url = f"/admin/tasks/{task.public_id}"
    as_admin.post(url, data={"version": "1", "owner": owner.public_id, "due_on": in_days(5).isoformat()})
    response = as_admin.post(url, data={"version": "1", "owner": "", "due_on": in_days(6).isoformat()})
    assert response.status_code == 409
    assert "is now “Olga Owner”" in response.text
    assert f"is now “{in_days(5).isoformat()}”" in response.text
    assert f'value="{in_days(6).isoformat()}"' in response.text
    assert only_task().due_on == in_days(5)


def test_an_overdue_task_may_get_another_owner_without_another_date(as_admin: PageClient) -> None:
    owner, task = factories.staff(), factories.task(due_on=in_days(-3))
    data = {"version": "1", "owner": owner.public_id, "due_on": in_days(-3).isoformat()}
    assert as_admin.post(f"/admin/tasks/{task.public_id}", data=data).status_code == 303
    assert only_task().owner == owner


def test_a_task_is_closed_once_and_says_by_whom(app: Flask) -> None:
    first, second = factories.staff(name="Fiona First"), factories.staff(name="Sam Second")
    task = factories.task(open_key="about-something")
    url = f"/admin/tasks/{task.public_id}"
    assert "The task is done." in sign_in_as(app.test_client(), first).post(f"{url}/close", follow_redirects=True).text
    late = sign_in_as(app.test_client(), second).post(f"{url}/close", follow_redirects=True).text
    assert "It was closed already" in late
    assert "by Fiona First" in late
    assert (only_task().closed_by, only_task().open_key, only_task().status) == (first, None, TaskStatus.DONE)
    assert db.session.scalars(sa.select(AuditEvent.action)).all() == ["task.closed"]


def test_a_closed_task_cannot_be_changed_any_more(as_admin: PageClient) -> None:
    task = factories.task(status=TaskStatus.DONE, closed_at=utc_now())
    url = f"/admin/tasks/{task.public_id}"
    data = {"version": "1", "owner": "", "due_on": in_days(20).isoformat()}
    assert "This task is closed" in as_admin.post(url, data=data, follow_redirects=True).text
    assert only_task().due_on == task.due_on
    assert as_admin.page(url).select_one("form.form") is None


def test_support_reads_and_changes_nothing(as_support: PageClient) -> None:
    task = factories.task()
    url = f"/admin/tasks/{task.public_id}"
    page = as_support.page(url)
    assert page.select_one("main form") is None
    assert as_support.get("/admin/tasks/new").status_code == 403
    for path in (url, f"{url}/close", "/admin/tasks/new"):
        assert as_support.post(path, data={}).status_code == 403


def test_opening_refuses_bad_input(as_admin: PageClient) -> None:
    client = factories.member()
    form = FormUnderTest(
        "/admin/tasks/new",
        valid(owner=factories.staff().public_id, organization=factories.organization().public_id, detail="Where to look"),
        required=("title", "due_on"),
        texts={"title": 160, "detail": 1000},
        choices=("owner", "organization"),
        wrong={
            "due_on": (
                "tomorrow",
                "2026-02-30",
                "20-01-01",
                "99999-01-01",
                "0000-00-00",
                in_days(-2).isoformat(),  # yesterday in UTC is today for an organization in America
                in_days(2000).isoformat(),
            ),
            "owner": (client.public_id,),
        },
        multiline=("detail",),
    )
    assert_refuses_bad_input(as_admin, form)
    second = assert_second_press_changes_nothing(as_admin, form)
    assert second.location == f"/admin/tasks/{only_task().public_id}"


def test_a_form_whose_mark_was_tampered_with_still_opens_a_task(as_admin: PageClient) -> None:
    for once in ("", "x", "\x00", "💩", "a" * 5000):
        assert as_admin.post("/admin/tasks/new", data=valid(once=once)).status_code == 303


@pytest.mark.parametrize("connector", ["nonsense", "00000000-0000-0000-0000-000000000000", "\x00", "💩"])
def test_a_connector_that_is_not_there_is_said(as_admin: PageClient, connector: str) -> None:
    response = as_admin.post("/admin/tasks/new", data=valid(connector=connector))
    assert response.status_code == 422
    assert "This connector is not there any more." in response.text
    assert 'value="Call the customer"' in response.text
    assert as_admin.get("/admin/tasks/new", query_string={"connector": connector}).status_code == 404


def test_rescheduling_refuses_bad_input(as_admin: PageClient) -> None:
    task = factories.task()
    path = f"/admin/tasks/{task.public_id}"
    form = FormUnderTest(
        path,
        {"version": "1", "owner": factories.staff().public_id, "due_on": in_days(9).isoformat()},
        required=("due_on",),
        choices=("owner",),
        wrong={"due_on": ("soon", "2026-13-01", in_days(-1).isoformat())},
        is_versioned=True,
    )
    assert_refuses_bad_input(as_admin, form)
    assert assert_second_press_changes_nothing(as_admin, form).status_code == 409
    assert_unknown_is_missing(as_admin, path, task.public_id, data=form.valid)
