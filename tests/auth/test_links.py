"""Invitations and new passwords by mail."""

import threading

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.clock import utc_now
from app.extensions import db
from app.models import ClientCredential, ClientLinkToken, MemberRole, OutgoingMail, StaffCredential, User
from app.security.tokens import token_hash
from app.services.errors import NotPossible
from app.services.identity import actor_of, person_row
from app.services.links import send_invitation
from app.services.second_factor import enrolment_of
from app.unit_of_work import transaction
from tests.auth.support import (
    NEW_PASSWORD,
    actions,
    ask_for_reset,
    choose,
    give_second_factor,
    invite,
    is_signed_in,
    post_sign_in,
    statements,
)
from tests.support import factories
from tests.support.apps import another_app
from tests.support.mailbox import letters, newest_letter


def invited(role: MemberRole = MemberRole.ADMIN) -> User:
    return factories.member(role, with_password=False)


def test_accepting_an_invitation(client: FlaskClient) -> None:
    user = invited()
    path = invite(user)
    letter = newest_letter(to=user.email)
    assert letter.path in letter.html
    assert path.startswith("/invitation/")
    shown = client.get(path)
    assert shown.status_code == 200
    assert user.name in shown.text
    assert user.email in shown.text
    assert choose(client, path).location == "/sign-in"
    assert "Your password is set" in client.get("/sign-in").text
    assert post_sign_in(client, user, password=NEW_PASSWORD).status_code == 303
    assert [action for action in actions() if "invit" in action] == ["invitation.sent", "invitation.accepted"]


def test_only_the_hash_of_a_link_is_stored(app: Flask) -> None:
    token = invite(invited()).rpartition("/")[2]
    kept = db.session.scalars(sa.select(ClientLinkToken.token_hash)).one()
    assert kept == token_hash(token)
    sealed = db.session.scalars(sa.select(OutgoingMail.sealed)).one()
    assert token.encode() not in sealed


def test_opening_a_link_changes_nothing(client: FlaskClient) -> None:
    path = invite(invited())
    with statements() as seen:
        assert client.get(path).status_code == 200
        assert client.get(path).status_code == 200
    assert {words.split()[0] for words in seen} <= {"SELECT"}
    assert choose(client, path).status_code == 303


def test_a_link_works_once(client: FlaskClient) -> None:
    user = invited()
    path = invite(user)
    choose(client, path)
    for response in (client.get(path), choose(client, path, "another mossy lantern quartz")):
        assert response.status_code == 410
        assert "used already" in response.text
        assert "/sign-in" in response.text
    assert post_sign_in(client, user, password=NEW_PASSWORD).status_code == 303


def test_two_posts_set_one_password(app: Flask) -> None:
    user = invited()
    path = invite(user)
    clients, answers = [app.test_client() for _ in range(2)], []
    barrier = threading.Barrier(2)

    def use(client: FlaskClient, password: str) -> None:
        barrier.wait()
        answers.append((choose(client, path, password).status_code, password))

    threads = [threading.Thread(target=use, args=(client, f"{NEW_PASSWORD} {n}")) for n, client in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _ in answers) == [303, 410]
    winner = next(password for status, password in answers if status == 303)
    assert post_sign_in(app.test_client(), user, password=winner).status_code == 303


@pytest.mark.parametrize(("path", "lives"), [("invitation", 7 * 24 * 3600), ("reset-password", 3600)])
def test_a_link_runs_out(client: FlaskClient, path: str, lives: int) -> None:
    link = invite(invited()) if path == "invitation" else ask_for_reset(client, factories.member())
    with time_machine.travel(utc_now().timestamp() + lives - 30, tick=True):
        assert client.get(link).status_code == 200
    with time_machine.travel(utc_now().timestamp() + lives + 30, tick=True):
        for response in (client.get(link), choose(client, link)):
            assert response.status_code == 410
            assert "too old" in response.text


def test_a_newer_link_takes_the_place_of_an_older_one(client: FlaskClient) -> None:
    user = factories.staff()
    old, new = ask_for_reset(client, user), ask_for_reset(client, user)
    assert client.get(old).status_code == 410
    assert choose(client, old).status_code == 410
    assert choose(client, new).status_code == 303


def test_a_link_is_for_one_purpose(client: FlaskClient) -> None:
    invitation, reset = invite(invited()), ask_for_reset(client, factories.member())
    assert client.get(invitation.replace("invitation", "reset-password")).status_code == 410
    assert client.get(reset.replace("reset-password", "invitation")).status_code == 410


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 200, "%00" * 5, "..%5c", "a b", "😀"])
def test_links_that_were_never_made(client: FlaskClient, token: str) -> None:
    for way in ("invitation", "reset-password"):
        response = client.get(f"/{way}/{token}")
        assert response.status_code == 410
        assert "not complete" in response.text
        assert choose(client, f"/{way}/{token}").status_code == 410


def test_a_deactivated_persons_link_works_no_more(client: FlaskClient) -> None:
    user = factories.member()
    path = ask_for_reset(client, user)
    user = db.session.merge(user)
    user.is_active = False
    db.session.commit()
    assert client.get(path).status_code == 410
    assert choose(client, path).status_code == 410


def test_a_link_sets_its_own_persons_password_whoever_is_signed_in(app: Flask) -> None:
    user, somebody = factories.member(), factories.staff()
    client = app.test_client()
    path = ask_for_reset(client, user)
    post_sign_in(client, somebody)
    assert choose(client, path).status_code == 303
    assert not is_signed_in(client)  # the browser is left without anybody in it
    assert post_sign_in(app.test_client(), somebody).status_code == 303
    assert post_sign_in(app.test_client(), user, password=NEW_PASSWORD).status_code == 303


def test_a_reset_signs_out_everywhere_keeps_the_second_factor_and_says_so(app: Flask, client: FlaskClient) -> None:
    user = factories.member()
    browser = app.test_client()
    post_sign_in(browser, user)
    give_second_factor(user)
    path = ask_for_reset(client, user)
    assert choose(client, path).status_code == 303
    assert not is_signed_in(browser)
    assert enrolment_of(user_id=user.id, kind=user.kind).is_on
    assert post_sign_in(client, user).status_code == 422
    assert post_sign_in(client, user, password=NEW_PASSWORD).location == "/sign-in/second-factor"
    assert "was changed" in letters(to=user.email)[-1].subject


def test_asking_for_a_new_password_answers_the_same_for_everybody(client: FlaskClient) -> None:
    known, uninvited, gone = factories.member(), invited(), factories.staff(is_active=False)
    ask_for_reset(client, known)
    ask_for_reset(client, factories.staff())  # both chains of the audit trail are there now
    answers, costs = set(), set()
    for email in (known.email, "nobody@example.com", uninvited.email, gone.email):
        with statements() as seen:
            response = client.post("/forgotten-password", data={"email": email})
        answers.add((response.status_code, response.location))
        costs.add(tuple(words.split()[0] for words in seen))
    assert answers == {(303, "/forgotten-password/sent")}
    assert len(costs) == 1
    assert [letter.is_decoy for letter in letters()] == [False, False, False, True, True, True]
    sizes = list(db.session.scalars(sa.select(sa.func.length(OutgoingMail.sealed))))
    assert max(sizes) - min(sizes) < 80
    tokens = db.session.scalar(sa.select(sa.func.count()).select_from(ClientLinkToken))
    assert tokens == 2


@pytest.mark.parametrize("email", ["", "nobody", "a@b\r\nBcc: all@example.com", "a" * 300 + "@example.com", "a@b@c", "\u202ea@b.c"])
def test_addresses_that_are_none(client: FlaskClient, email: str) -> None:
    assert client.post("/forgotten-password", data={"email": email}).status_code == 422
    assert letters() == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"password": "", "password_again": ""}, "Choose a password."),
        ({"password": "short", "password_again": "short"}, "at least 12 characters"),
        ({"password": NEW_PASSWORD, "password_again": "something else"}, "differ"),
        ({"password": "x" * 201, "password_again": "x" * 201}, "at most 200 characters"),
        ({"password": "aaaaaaaaaaaaaaaa", "password_again": "aaaaaaaaaaaaaaaa"}, "different characters"),
        ({"password": "mossy\x07lantern quartz", "password_again": "mossy\x07lantern quartz"}, "control characters"),
    ],
)
def test_passwords_that_cannot_be_taken(client: FlaskClient, data: dict[str, str], words: str) -> None:
    path = invite(invited())
    response = client.post(path, data=data)
    assert response.status_code == 422
    assert words in response.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ClientCredential)) == 0
    assert choose(client, path).status_code == 303  # the link is still good


def test_forms_need_their_token_and_bounds(client: FlaskClient) -> None:
    path = invite(invited())
    assert client.post(path, data={"password": NEW_PASSWORD}, with_token=False).status_code == 400
    assert client.post("/forgotten-password", data={"email": "a@example.com"}, with_token=False).status_code == 400
    assert client.post(path, data={"password": "a" * 5_000_000}).status_code == 413
    assert client.get(path).status_code == 200


def test_pages_of_links_never_send_their_path_as_referrer(client: FlaskClient) -> None:
    path = invite(invited())
    assert client.get(path).headers["Referrer-Policy"] == "strict-origin"
    assert client.get(path).headers["Cache-Control"] == "no-store"
    assert client.get("/invitation/nothing").headers["Referrer-Policy"] == "strict-origin"


def test_who_accepted_is_not_invited_again(app: Flask) -> None:
    admin = factories.staff()
    for user in (factories.member(), factories.member(with_password=False, is_active=False)):
        with pytest.raises(NotPossible), transaction():
            send_invitation(person_row(user.id), actor=actor_of(admin))
    assert letters() == []


def test_an_invitation_is_no_way_to_replace_a_password(client: FlaskClient) -> None:
    """A password that came into being meanwhile, for instance by a command, stays."""
    user = factories.staff(with_password=False)
    path = invite(user)
    factories.credential(user)
    assert choose(client, path).status_code == 410
    assert post_sign_in(client, user).status_code == 303
    kept = db.session.scalars(sa.select(StaffCredential.id).where(StaffCredential.user_id == user.id)).all()
    assert len(kept) == 1


def test_a_portal_of_its_own_is_where_links_of_clients_lead(app: Flask) -> None:
    split = app.extensions["fivegate.settings"].model_copy(update={"portal_url": "https://portal.example.com/"})
    client_user, staff = invited(), factories.staff(with_password=False)
    with another_app(split):
        invite(client_user)
        invite(staff)
    to_client, to_staff = newest_letter(to=client_user.email), newest_letter(to=staff.email)
    assert "\nhttps://portal.example.com/invitation/" in to_client.text
    assert to_client.text.rstrip().endswith("https://portal.example.com")
    assert "\nhttp://localhost/invitation/" in to_staff.text
