"""The link by which the agency asks for access: for one person, once, for two weeks."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient

from app.clock import utc_now
from app.extensions import db
from app.models import AccessRequest, AuditEvent, ClientAct, ClientActKind, ConnectorState, MemberRole, ProviderAccount, User
from app.services import client_acts
from app.unit_of_work import transaction
from tests.support import clients, factories
from tests.support.client import PageClient

SignIn = Callable[[User], PageClient]


@pytest.fixture
def account(app: object) -> ProviderAccount:
    return clients.shown_connector(source_label="Field service")


@pytest.fixture
def person(account: ProviderAccount) -> User:
    return factories.member(MemberRole.ADMIN, of=account.organization, name="Ana Client")


@pytest.fixture
def sent(account: ProviderAccount, person: User) -> tuple[AccessRequest, str]:
    return clients.access_request(account, person, factories.staff(with_password=False, name="Stan Staff"))


def acts() -> list[ClientAct]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(ClientAct).order_by(ClientAct.id)))


def assert_gone(browser: FlaskClient, token: str, title: str) -> None:
    for response in (browser.get(f"/portal/access/{token}"), browser.post(f"/portal/access/{token}")):
        assert response.status_code == 410
        assert title in response.text
        assert "Nothing was changed." in response.text
        assert "Field service" not in response.text
        assert "For your cards." not in response.text
    assert browser.post(f"/portal/access/{token}/opened").status_code == 204


def test_the_page_says_what_is_asked_and_changes_nothing(sent: tuple[AccessRequest, str], person: User, sign_in: SignIn) -> None:
    row, token = sent
    browser = sign_in(person)
    page = browser.page(f"/portal/access/{token}")
    text = page.get_text(" ", strip=True)
    for expected in ("Access to Field service", "Calls, Jobs", "For your cards.", "Nothing is granted until you press the button."):
        assert expected in text
    assert "Stan Staff" not in text
    assert page.select_one("[hx-post]")["hx-post"] == f"/portal/access/{token}/opened"  # type: ignore[index]
    assert browser.get(f"/portal/access/{token}").headers["Referrer-Policy"] == "strict-origin"
    db.session.refresh(row)
    assert (row.opened_at, row.done_at) == (None, None)
    assert acts() == []


def test_the_page_says_by_itself_that_it_was_opened(sent: tuple[AccessRequest, str], person: User, sign_in: SignIn) -> None:
    row, token = sent
    browser = sign_in(person)
    for _ in range(2):
        assert browser.htmx(f"/portal/access/{token}/opened", method="POST").status_code == 204
    db.session.refresh(row)
    assert row.opened_at is not None
    events = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "access_request.opened")).all()
    assert [event.actor_id for event in events] == [person.public_id]


def test_the_form_grants_what_was_asked_for_once(
    sent: tuple[AccessRequest, str], account: ProviderAccount, person: User, sign_in: SignIn
) -> None:
    row, token = sent
    browser = sign_in(person)
    response = browser.post(f"/portal/access/{token}")
    assert (response.status_code, response.location) == (303, f"/portal/sources/{account.public_id}")
    [act] = acts()
    assert (act.kind, act.reads, act.writes, act.made_by_id) == (ClientActKind.GRANT, "calls,jobs", "", person.id)
    db.session.refresh(row)
    assert row.done_at is not None
    assert_gone(browser, token, "This link was used already")
    assert len(acts()) == 1


def test_act_and_request_are_written_together(
    sent: tuple[AccessRequest, str], person: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, token = sent

    def broken(*_args: object, **_named: object) -> None:
        raise ValueError("killed in between")

    monkeypatch.setattr(client_acts, "grant", broken)
    assert sign_in(person).post(f"/portal/access/{token}").status_code == 500
    db.session.refresh(row)
    assert row.done_at is None
    assert acts() == []


def test_a_link_is_too_old_after_two_weeks(sent: tuple[AccessRequest, str], person: User, sign_in: SignIn) -> None:
    with time_machine.travel(utc_now() + timedelta(days=14, minutes=1), tick=False):
        again = sign_in(person)
        assert_gone(again, sent[1], "This link is too old")
    assert acts() == []


def test_a_link_that_was_taken_back(sent: tuple[AccessRequest, str], person: User, sign_in: SignIn) -> None:
    row, token = sent
    with transaction():
        db.session.get_one(AccessRequest, row.id).canceled_at = utc_now()
    assert_gone(sign_in(person), token, "This link does not count any more")


@pytest.mark.parametrize("token", ["short", "x" * 43, "y" * 180])
def test_a_link_that_was_never_made(person: User, sign_in: SignIn, token: str) -> None:
    assert_gone(sign_in(person), token, "This link does not work")


def test_a_link_is_for_one_person_alone(sent: tuple[AccessRequest, str], account: ProviderAccount, sign_in: SignIn) -> None:
    row, token = sent
    colleague = factories.member(MemberRole.ADMIN, of=account.organization)
    for other in (colleague, factories.member(MemberRole.ADMIN)):
        assert_gone(sign_in(other), token, "This link is for somebody else")
    assert acts() == []
    db.session.refresh(row)
    assert (row.opened_at, row.done_at) == (None, None)


def test_visitors_sign_in_first_and_staff_stay_out(sent: tuple[AccessRequest, str], client: FlaskClient, as_admin: PageClient) -> None:
    path = f"/portal/access/{sent[1]}"
    response = client.get(path)
    assert response.status_code == 303
    assert response.location.startswith("/sign-in?next=")
    assert as_admin.get(path).status_code == 403
    assert as_admin.post(path).status_code == 403


def test_who_is_no_admin_any_more_is_told_and_refused(sent: tuple[AccessRequest, str], person: User, sign_in: SignIn) -> None:
    browser = sign_in(person)
    with transaction():
        membership = db.session.get_one(User, person.id).membership
        assert membership is not None
        membership.role = MemberRole.VIEWER
    page = browser.page(f"/portal/access/{sent[1]}")
    assert "you are not one any more" in page.get_text()
    assert page.select_one("main form") is None
    assert browser.post(f"/portal/access/{sent[1]}").status_code == 404
    assert acts() == []


def test_a_source_that_was_retired_meanwhile(
    sent: tuple[AccessRequest, str], account: ProviderAccount, person: User, sign_in: SignIn
) -> None:
    account.state = ConnectorState.RETIRED
    factories._save(account)
    response = sign_in(person).post(f"/portal/access/{sent[1]}")
    assert response.status_code == 409
    assert "This source is retired" in response.text
    db.session.refresh(sent[0])
    assert sent[0].done_at is None
