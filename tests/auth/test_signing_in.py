"""The sign-in form: who gets in, who does not, and what neither of them learns."""

import argon2
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from app.extensions import db
from app.models import AuditEvent, MemberRole, StaffCredential, StaffSession
from tests.auth.support import actions, is_signed_in, post_sign_in, statements
from tests.support import factories


def complaint(html: str) -> str:
    summary = BeautifulSoup(html, "html.parser").select_one(".error-summary")
    assert summary is not None
    return summary.get_text(" ", strip=True)


def test_everybody_lands_where_they_belong(client: FlaskClient) -> None:
    for user, heading in ((factories.staff(), "/admin/"), (factories.member(MemberRole.ADMIN), "/portal/")):
        response = post_sign_in(client, user, follow_redirects=True)
        assert response.status_code == 200
        assert response.request.path == heading
        client.post("/sign-out")


def test_the_address_may_be_typed_in_capitals_and_with_spaces(client: FlaskClient) -> None:
    user = factories.staff()
    response = client.post("/sign-in", data={"email": f"  {user.email.upper()} ", "password": factories.PASSWORD})
    assert response.status_code == 303


def test_a_space_at_the_end_of_a_password_counts(client: FlaskClient) -> None:
    user = factories.staff()
    assert post_sign_in(client, user, password=factories.PASSWORD + " ").status_code == 422


def test_a_wrong_password_keeps_the_address_and_shows_no_password(client: FlaskClient) -> None:
    user = factories.staff()
    response = post_sign_in(client, user, password="a wrong password here")
    assert response.status_code == 422
    assert user.email in response.text
    assert "a wrong password here" not in response.text
    assert not is_signed_in(client)


def test_unknown_wrong_deactivated_and_uninvited_are_told_the_same(client: FlaskClient) -> None:
    known, gone, invited = factories.staff(), factories.staff(is_active=False), factories.member(with_password=False)
    answers = {
        complaint(client.post("/sign-in", data={"email": email, "password": password}).text)
        for email, password in (
            (known.email, "a wrong password here"),
            ("nobody@example.com", factories.PASSWORD),
            (gone.email, factories.PASSWORD),
            (invited.email, factories.PASSWORD),
        )
    }
    assert len(answers) == 1
    assert "do not fit together" in answers.pop()


def test_every_refusal_costs_one_hash_and_the_same_statements(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    staff, gone, member = factories.staff(), factories.staff(is_active=False), factories.member()
    for user in (staff, member):  # the chains of the audit trail are there from the first event on
        post_sign_in(client, user, password="a wrong password here")
    hashes: list[str] = []
    verify = argon2.PasswordHasher.verify

    def counting(self: argon2.PasswordHasher, stored: str, password: str) -> bool:
        hashes.append(stored)
        return verify(self, stored, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counting)
    costs = []
    for email in (staff.email, "nobody@example.com", gone.email, member.email):
        with statements() as seen:
            client.post("/sign-in", data={"email": email, "password": "a wrong password here"})
        costs.append((len(seen), len(hashes)))
        hashes.clear()
    assert len(set(costs)) == 1, costs
    assert costs[0][1] == 1


def test_a_refusal_is_in_the_audit_trail_without_the_address(client: FlaskClient) -> None:
    member = factories.member()
    post_sign_in(client, member, password="a wrong password here")
    client.post("/sign-in", data={"email": "nobody@example.com", "password": "a wrong password here"})
    events = db.session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [(event.action, event.actor_kind, event.actor_id) for event in events] == [("sign_in.refused", "visitor", "")] * 2
    assert [event.target_id for event in events] == [member.public_id, ""]
    assert events[0].chain_id != events[1].chain_id  # the client's organization, and the installation
    assert all("@" not in event.changes for event in events)


def test_signing_in_and_out_are_in_the_audit_trail(client: FlaskClient) -> None:
    post_sign_in(client, factories.staff())
    client.post("/sign-out")
    assert actions() == ["session.started", "session.ended"]


def test_a_hash_with_old_parameters_is_made_anew(client: FlaskClient) -> None:
    user = factories.staff()
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(factories.PASSWORD)
    db.session.execute(sa.update(StaffCredential).values(password_hash=weak))
    db.session.commit()
    assert post_sign_in(client, user).status_code == 303
    db.session.rollback()
    kept = db.session.scalars(sa.select(StaffCredential.password_hash)).one()
    assert kept != weak
    assert kept.startswith("$argon2id$")
    client.post("/sign-out")
    assert post_sign_in(client, user).status_code == 303


def test_the_cookie_changes_and_the_browsers_old_session_ends(client: FlaskClient) -> None:
    first, second = factories.staff(), factories.staff()
    post_sign_in(client, first)
    before = client.get_cookie("fivegate_session")
    assert before is not None
    post_sign_in(client, second)
    after = client.get_cookie("fivegate_session")
    assert after is not None
    assert after.value != before.value
    client.set_cookie("fivegate_session", before.value)
    assert not is_signed_in(client)
    db.session.rollback()
    sessions = db.session.scalars(sa.select(StaffSession).order_by(StaffSession.id)).all()
    assert [row.ended_at is None for row in sessions] == [False, True]


def test_what_a_visitor_planted_in_the_session_is_gone_after_signing_in(client: FlaskClient) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    post_sign_in(client, factories.staff())
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session.permanent


def test_a_cookie_of_somebody_who_signed_out_is_worth_nothing(client: FlaskClient) -> None:
    post_sign_in(client, factories.staff())
    stolen = client.get_cookie("fivegate_session")
    assert stolen is not None
    client.post("/sign-out")
    client.set_cookie("fivegate_session", stolen.value)
    assert not is_signed_in(client)


def test_somebody_signed_in_is_led_on_from_the_form(as_admin: FlaskClient) -> None:
    response = as_admin.get("/sign-in")
    assert response.status_code == 303
    assert response.location == "/"


def test_the_page_that_was_wanted_opens_after_signing_in(client: FlaskClient) -> None:
    page = client.get("/account", follow_redirects=True)
    field = BeautifulSoup(page.text, "html.parser").select_one("input[name=next]")
    assert field is not None
    user = factories.staff()
    response = client.post("/sign-in", data={"email": user.email, "password": factories.PASSWORD, "next": field["value"]})
    assert response.location == "/account"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "http:evil.example",
        "/portal/",
        "/" + "a" * 600,
    ],
)
def test_nobody_is_led_elsewhere(client: FlaskClient, elsewhere: str) -> None:
    user = factories.staff()
    response = client.post("/sign-in", data={"email": user.email, "password": factories.PASSWORD, "next": elsewhere})
    assert response.status_code == 303
    assert response.location == "/"
    page = client.get("/sign-in", query_string={"next": elsewhere})
    assert "evil.example" not in page.text


def test_a_deactivated_person_is_out_at_the_next_click(client: FlaskClient) -> None:
    user = factories.staff()
    post_sign_in(client, user)
    assert is_signed_in(client)
    user.is_active = False
    db.session.commit()
    assert not is_signed_in(client)
    assert post_sign_in(client, user).status_code == 422


def test_a_password_changed_while_it_was_checked_lets_nobody_in(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reset commits between the look-up and the admission."""
    user = factories.staff()
    verify = argon2.PasswordHasher.verify

    def while_checked(self: argon2.PasswordHasher, stored: str, password: str) -> bool:
        db.session.execute(sa.update(StaffCredential).values(password_hash=argon2.PasswordHasher().hash("another one")))
        db.session.commit()
        return verify(self, stored, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", while_checked)
    assert post_sign_in(client, user).status_code == 422
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"email": "", "password": ""}, "Enter your mail address."),
        ({"email": "   ", "password": "x"}, "Enter your mail address."),
        ({"email": "a" * 300 + "@example.com", "password": "x"}, "Use at most 254 characters."),
        ({"email": "ana@example.com", "password": "x" * 201}, "Use at most 200 characters."),
        ({"email": "ana\x00@example.com", "password": "x" * 20}, "do not fit together"),
        ({"email": "\u202eana@example.com", "password": "x" * 20}, "do not fit together"),
        ({"email": "😀@😀", "password": "\ud7ff\uffff"}, "do not fit together"),
        ({}, "Enter your mail address."),
    ],
)
def test_bad_input_is_answered_in_words(client: FlaskClient, data: dict[str, str], words: str) -> None:
    response = client.post("/sign-in", data=data)
    assert response.status_code == 422
    assert words in response.text


def test_no_form_token_no_sign_in(client: FlaskClient) -> None:
    user = factories.staff()
    response = post_sign_in(client, user, with_token=False)
    assert response.status_code == 400
    assert not is_signed_in(client)


def test_five_megabytes_are_refused(client: FlaskClient) -> None:
    response = client.post("/sign-in", data={"email": "a" * 5_000_000, "password": "x"}, with_token=False)
    assert response.status_code == 413
    response = client.post("/sign-in", data={"email": "a" * 5_000_000, "password": "x"})
    assert response.status_code == 413
