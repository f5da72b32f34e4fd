"""How long somebody stays signed in, and the account page."""

from collections.abc import Callable

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.clock import utc_now
from app.extensions import db
from app.models import MemberRole, User
from app.web.current import SEEN
from tests.auth.support import NEW_PASSWORD, actions, is_signed_in, post_sign_in
from tests.support import factories
from tests.support.mailbox import letters

MINUTE, HOUR = 60, 3600
SignIn = Callable[[User], FlaskClient]


def test_an_idle_browser_is_signed_out(client: FlaskClient) -> None:
    post_sign_in(client, factories.staff())
    start = utc_now().timestamp()
    with time_machine.travel(start + 59 * MINUTE, tick=True):
        assert is_signed_in(client)
    with time_machine.travel(start + 118 * MINUTE, tick=True):
        assert is_signed_in(client)
    with time_machine.travel(start + 180 * MINUTE, tick=True):
        response = client.get("/account", follow_redirects=True)
        assert response.request.path == "/sign-in"
        assert "nothing was clicked" in response.text


def test_somebody_busy_is_signed_out_after_twelve_hours(client: FlaskClient) -> None:
    post_sign_in(client, factories.staff())
    start = utc_now().timestamp()
    for half_hours in range(1, 24):
        with time_machine.travel(start + half_hours * 30 * MINUTE, tick=True):
            assert is_signed_in(client)
    with time_machine.travel(start + 12 * HOUR + 1, tick=True):
        assert not is_signed_in(client)


def test_a_panel_that_polls_does_not_keep_anybody_signed_in(as_admin: FlaskClient) -> None:
    connector = factories.connector()
    path = f"/admin/connectors/{connector.public_id}/jobs-panel"
    start = utc_now().timestamp()
    with as_admin.session_transaction() as session:
        before = session[SEEN]
    for minutes in (20, 40):
        with time_machine.travel(start + minutes * MINUTE, tick=True):
            assert as_admin.htmx(path, method="GET").status_code in {200, 204, 286}
            with as_admin.session_transaction() as session:
                assert session[SEEN] == before
    with time_machine.travel(start + 61 * MINUTE, tick=True):
        response = as_admin.htmx(path, method="GET")
        assert response.headers["HX-Redirect"].startswith("/sign-in")


def test_the_account_page_says_who_and_where(app: Flask) -> None:
    user = factories.member(MemberRole.ADMIN)
    here, there = app.test_client(), app.test_client()
    post_sign_in(there, user)
    post_sign_in(here, user)
    page = here.get("/account")
    rows = [row.get_text(" ", strip=True) for row in BeautifulSoup(page.text, "html.parser").select("tbody tr")]
    assert len(rows) == 2
    assert rows[0].startswith("This browser")
    assert rows[1].startswith("Another browser")
    for words in (user.name, user.email, "Client admin"):
        assert words in page.text


def test_staff_have_the_same_page_in_the_console(as_support: FlaskClient) -> None:
    page = as_support.get("/account")
    assert page.status_code == 200
    assert "Support" in page.text
    assert "Audit trail" in page.text


def test_signing_out_everywhere(app: Flask) -> None:
    user, somebody = factories.staff(), factories.staff()
    browsers = [app.test_client() for _ in range(3)]
    for browser in browsers:
        post_sign_in(browser, user)
    other = app.test_client()
    post_sign_in(other, somebody)
    response = browsers[0].post("/account/sign-out-everywhere", follow_redirects=True)
    assert response.request.path == "/sign-in"
    assert "signed out everywhere" in response.text
    assert not any(is_signed_in(browser) for browser in browsers)
    assert is_signed_in(other)
    assert actions()[-1] == "sessions.ended"
    assert browsers[1].post("/account/sign-out-everywhere", with_token=False).status_code == 400


def change(client: FlaskClient, current: str = factories.PASSWORD, new: str = NEW_PASSWORD, again: str | None = None) -> TestResponse:
    return client.post(
        "/account/password", data={"current_password": current, "password": new, "password_again": new if again is None else again}
    )


def test_changing_the_password(app: Flask) -> None:
    user = factories.member()
    here, there = app.test_client(), app.test_client()
    post_sign_in(there, user)
    post_sign_in(here, user)
    assert change(here).location == "/account"
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert [letter.to for letter in letters()] == [user.email]
    assert actions()[-2:] == ["password.set", "sessions.ended"]
    assert post_sign_in(there, user).status_code == 422
    assert post_sign_in(there, user, password=NEW_PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("current", "new", "again", "words"),
    [
        ("", NEW_PASSWORD, None, "Enter your current password."),
        ("a wrong password here", NEW_PASSWORD, None, "not your current password"),
        (factories.PASSWORD, "short", None, "at least 12 characters"),
        (factories.PASSWORD, NEW_PASSWORD, "another", "differ"),
        (factories.PASSWORD, "qwertyuiop1234", None, "less common"),
        (factories.PASSWORD, "x" * 201, None, "at most 200"),
    ],
)
def test_a_change_that_cannot_be_made(sign_in: SignIn, current: str, new: str, again: str | None, words: str) -> None:
    for user in (factories.staff(), factories.member()):
        client = sign_in(user)
        response = change(client, current, new, again)
        assert response.status_code == 422
        assert words in response.text
        assert post_sign_in(client, user).status_code == 303


def test_the_account_is_for_people_who_are_signed_in(client: FlaskClient) -> None:
    for path in ("/account", "/account/second-factor", "/account/second-factor/move"):
        assert client.get(path).location.startswith("/sign-in")
    for path in ("/account/password", "/account/sign-out-everywhere", "/account/second-factor/start", "/sign-out"):
        assert client.post(path).location.startswith("/sign-in")


def test_the_name_of_a_person_is_text(sign_in: SignIn) -> None:
    user = factories.member(name="<b>Ana</b>")
    page = sign_in(user).get("/account")
    assert "<b>Ana</b>" not in page.text
    db.session.rollback()
