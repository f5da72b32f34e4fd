"""A portal of its own: the whole way in of clients under the portal's database account, and nothing for staff."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError

from app.audit import verify_chain
from app.config import Surface
from app.extensions import db
from app.models import AuditChain, ClientSession, MemberRole, StaffCredential, UserKind
from app.services.sign_in import look_up
from tests.auth.support import (
    NEW_PASSWORD,
    ask_for_reset,
    choose,
    code_at,
    give_second_factor,
    invite,
    is_signed_in,
    post_sign_in,
    secret_of,
)
from tests.support import factories
from tests.support.apps import another_app
from tests.support.databases import Accounts
from tests.support.mailbox import letters

pytestmark = pytest.mark.usefixtures("steady_clock")
DENIED = 1142
"""MariaDB and MySQL: command denied to this user for this table."""


@pytest.fixture
def portal(app: Flask, accounts: Accounts) -> Iterator[Flask]:
    """A process that serves clients only and knows only the portal's account."""
    settings = app.extensions["fivegate.settings"].model_copy(
        update={
            "surface": Surface.PORTAL,
            "database_url": SecretStr(accounts.portal[0]),
            "traffic_database_url": SecretStr(accounts.portal[1]),
        }
    )
    with another_app(settings) as made:
        yield made


@pytest.fixture
def browser(portal: Flask) -> FlaskClient:
    return portal.test_client()


def test_signing_in_and_out(browser: FlaskClient) -> None:
    user = factories.member()
    assert post_sign_in(browser, user, password="a wrong password here").status_code == 422
    assert post_sign_in(browser, user, follow_redirects=True).request.path == "/portal/"
    assert browser.post("/sign-out").status_code == 303
    assert not is_signed_in(browser)


def test_accepting_an_invitation_and_signing_in(browser: FlaskClient) -> None:
    user = factories.member(MemberRole.ADMIN, with_password=False)
    path = invite(user)
    assert browser.get(path).status_code == 200
    assert choose(browser, path).status_code == 303
    assert browser.get(path).status_code == 410
    assert post_sign_in(browser, user, password=NEW_PASSWORD).status_code == 303
    assert is_signed_in(browser)


def test_a_new_password_by_mail(portal: Flask, browser: FlaskClient) -> None:
    user = factories.member()
    signed_in = portal.test_client()
    post_sign_in(signed_in, user)
    path = ask_for_reset(browser, user)
    assert choose(browser, path).status_code == 303
    assert not is_signed_in(signed_in)
    assert post_sign_in(browser, user, password=NEW_PASSWORD).status_code == 303
    assert browser.post("/forgotten-password", data={"email": "nobody@example.com"}).status_code == 303
    assert [letter.is_decoy for letter in letters()] == [False, False, True]


def test_second_factor_from_set_up_to_turning_off(portal: Flask, browser: FlaskClient) -> None:
    user = factories.member()
    post_sign_in(browser, user)
    browser.post("/account/second-factor/start")
    assert browser.get("/account/second-factor").status_code == 200
    secret = secret_of(user)
    assert browser.post("/account/second-factor/confirm", data={"code": code_at(secret, -1)}).status_code == 200
    other = portal.test_client()
    assert post_sign_in(other, user).location == "/sign-in/second-factor"
    assert other.post("/sign-in/second-factor", data={"code": "12345"}).status_code == 422
    assert other.post("/sign-in/second-factor", data={"code": code_at(secret)}).status_code == 303
    made = other.post("/account/second-factor/recovery-codes", data={"current_password": factories.PASSWORD, "code": code_at(secret, 1)})
    assert made.status_code == 200


def test_a_recovery_code_then_another_phone_then_none(portal: Flask, browser: FlaskClient) -> None:
    user = factories.member()
    _, codes = give_second_factor(user)
    post_sign_in(browser, user)
    assert browser.post("/sign-in/second-factor", data={"code": codes[0]}).status_code == 303
    move = browser.post("/account/second-factor/move", data={"current_password": factories.PASSWORD, "code": codes[1]})
    assert move.status_code == 303
    secret = secret_of(user)
    assert browser.post("/account/second-factor/confirm", data={"code": code_at(secret)}).status_code == 200
    off = browser.post("/account/second-factor/turn-off", data={"current_password": factories.PASSWORD, "code": code_at(secret, 1)})
    assert off.status_code == 303
    assert post_sign_in(portal.test_client(), user).location == "/"


def test_a_changed_password_and_signing_out_everywhere(portal: Flask) -> None:
    user = factories.member()
    here, there = portal.test_client(), portal.test_client()
    post_sign_in(here, user)
    post_sign_in(there, user)
    data = {"current_password": factories.PASSWORD, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD}
    assert here.post("/account/password", data=data).location == "/account"
    assert not is_signed_in(there)
    assert here.post("/account/sign-out-everywhere").status_code == 303
    assert not is_signed_in(here)
    assert db.session.scalars(sa.select(ClientSession.id).where(ClientSession.ended_at.is_(None))).all() == []


def test_the_audit_chain_of_the_portal_is_sound(browser: FlaskClient) -> None:
    user = factories.member()
    post_sign_in(browser, user)
    browser.post("/sign-out")
    browser.post("/sign-in", data={"email": "nobody@example.com", "password": "a wrong password here"})
    db.session.rollback()
    verdicts = [verify_chain(db.session(), chain) for chain in db.session.scalars(sa.select(AuditChain)).all()]
    assert [verdict.events for verdict in verdicts] == [2, 1]
    assert all(verdict.is_sound for verdict in verdicts)


def test_no_staff_here(app: Flask, portal: Flask, browser: FlaskClient) -> None:
    """Not with the password, not by reset, not by invitation, not with a cookie from the console."""
    staff, invited = factories.staff(), factories.staff(with_password=False)
    assert post_sign_in(browser, staff).status_code == 422
    assert browser.post("/forgotten-password", data={"email": staff.email}).status_code == 303
    assert letters(to=staff.email) == []
    path = invite(invited)
    assert browser.get(path).status_code == 410
    assert choose(browser, path).status_code == 410
    console = app.test_client()
    post_sign_in(console, staff)
    cookie = console.get_cookie("fivegate_session")
    assert cookie is not None
    browser.set_cookie("fivegate_session", cookie.value)
    assert not is_signed_in(browser)
    assert browser.get("/admin/").status_code == 404
    assert post_sign_in(browser, factories.member()).status_code == 303  # also over a cookie that names a staff session
    assert is_signed_in(console)


def test_the_server_refuses_what_is_not_the_portals(portal: Flask) -> None:
    factories.staff()
    forbidden = (
        sa.update(StaffCredential).values(password_hash="x"),
        sa.select(StaffCredential.password_hash),
        sa.delete(ClientSession),
        sa.text("UPDATE users SET staff_role = 'admin'"),
        sa.text("SELECT * FROM outgoing_mails"),
        sa.text("SELECT * FROM audit_events"),
        sa.text("UPDATE organization_members SET role = 'admin'"),
    )
    with portal.app_context():
        for statement in forbidden:
            with pytest.raises(DBAPIError) as refused, db.engine.connect() as connection:
                connection.execute(statement)
            assert refused.value.orig is not None
            assert refused.value.orig.args[0] == DENIED, statement


def test_looking_up_staff_in_the_portal_finds_nobody(portal: Flask) -> None:
    staff = factories.staff()
    with portal.app_context():
        assert look_up(email=staff.email, kinds=frozenset({UserKind.CLIENT})).public_id == ""
