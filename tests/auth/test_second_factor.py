"""The second factor: set up, asked for, replayed, lost, moved, turned off."""

import threading
from collections.abc import Callable, Iterator

import pyotp
import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from app.clock import utc_now
from app.extensions import db
from app.models import MemberRole, StaffCredential, StaffRecoveryCode, User
from app.security.crypto import CryptoError, Place, Sealed
from app.services.credentials import set_password
from app.services.errors import NotPossible
from app.services.identity import actor_of, person_row
from app.services.keys import key_ring
from app.services.second_factor import answer_fits, reset
from app.services.sign_in import locked_credential
from app.unit_of_work import transaction
from tests.auth.support import actions, code_at, give_second_factor, is_signed_in, post_sign_in, secret_of
from tests.support import factories
from tests.support.apps import another_app
from tests.support.client import sign_in_as
from tests.support.mailbox import letters

pytestmark = pytest.mark.usefixtures("steady_clock")
SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def strict(app: Flask) -> Iterator[Flask]:
    """Staff must have a second factor."""
    with another_app(app.extensions["fivegate.settings"].model_copy(update={"staff_second_factor": True})) as made:
        yield made


def page(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def test_setting_it_up(sign_in: SignIn) -> None:
    user = factories.member(MemberRole.ADMIN)
    client = sign_in(user)
    other = sign_in(user)
    assert "It is off" in client.get("/account/second-factor").text
    client.post("/account/second-factor/start")
    shown = page(client.get("/account/second-factor").text)
    assert shown.select_one(".qr svg path") is not None
    assert shown.select_one(".qr [style]") is None
    secret = secret_of(user)
    code = shown.select_one("code")
    assert code is not None
    assert code.text.replace(" ", "") == secret
    done = client.post("/account/second-factor/confirm", data={"code": pyotp.TOTP(secret).now()})
    assert done.status_code == 200
    assert len(page(done.text).select(".codes li")) == 10
    assert "10 recovery codes are left" in client.get("/account/second-factor").text
    assert not is_signed_in(other)
    assert is_signed_in(client)
    assert actions()[-2:] == ["second_factor.enabled", "sessions.ended"]


def test_until_the_first_code_it_does_not_count(client: FlaskClient, sign_in: SignIn) -> None:
    user = factories.staff()
    sign_in(user).post("/account/second-factor/start")
    assert post_sign_in(client, user).location == "/"


def test_a_wrong_first_code_leaves_it_off_and_shows_the_same_secret(sign_in: SignIn) -> None:
    user = factories.staff()
    client = sign_in(user)
    client.post("/account/second-factor/start")
    secret = secret_of(user)
    response = client.post("/account/second-factor/confirm", data={"code": "000000" if code_at(secret) != "000000" else "111111"})
    assert response.status_code == 422
    assert "does not fit" in response.text
    assert secret_of(user) == secret
    assert "Set it up" in client.get("/account/second-factor").text


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "\u0661\u0662\u0663\u0664\u0665\u0666", "x" * 61, "12\x0034"])
def test_codes_that_are_none(sign_in: SignIn, code: str) -> None:
    client = sign_in(factories.staff())
    client.post("/account/second-factor/start")
    assert client.post("/account/second-factor/confirm", data={"code": code}).status_code == 422


def test_confirming_twice_is_refused_in_words(sign_in: SignIn) -> None:
    user = factories.staff()
    client = sign_in(user)
    secret, _ = give_second_factor(user)
    response = client.post("/account/second-factor/confirm", data={"code": code_at(secret)})
    assert response.status_code == 409
    assert client.post("/account/second-factor/start").status_code == 409


def test_the_secret_is_sealed_to_its_row(app: Flask) -> None:
    user = factories.staff()
    secret, _ = give_second_factor(user)
    credential = db.session.scalars(sa.select(StaffCredential)).one()
    assert credential.totp_sealed is not None
    assert credential.totp_key_id is not None
    assert secret.encode() not in credential.totp_sealed
    with pytest.raises(CryptoError):
        key_ring().open(Sealed(credential.totp_key_id, credential.totp_sealed), Place("staff_credentials", "totp_sealed", "another row"))


def test_signing_in_in_two_steps(client: FlaskClient) -> None:
    user = factories.member()
    secret, _ = give_second_factor(user)
    first = client.post("/sign-in", data={"email": user.email, "password": factories.PASSWORD, "next": "/account"})
    assert first.location == "/sign-in/second-factor"
    assert not is_signed_in(client)
    assert "Enter your code" in client.get("/sign-in/second-factor").text
    second = client.post("/sign-in/second-factor", data={"code": code_at(secret)})
    assert second.location == "/account"
    assert "Password and code" in client.get("/account").text


def test_the_code_of_the_step_before_and_after_fits_and_no_other(app: Flask) -> None:
    user = factories.staff()
    secret, _ = give_second_factor(user)
    for steps, fits in ((-2, False), (2, False), (1, True)):
        with transaction():
            row = person_row(user.id)
            credential = locked_credential(row)
            assert credential is not None
            assert answer_fits(row, credential, code_at(secret, steps)) is fits


def test_a_code_works_once(app: Flask, client: FlaskClient) -> None:
    user = factories.staff()
    secret, _ = give_second_factor(user)
    code = code_at(secret)
    post_sign_in(client, user)
    assert client.post("/sign-in/second-factor", data={"code": code}).status_code == 303
    other = app.test_client()
    post_sign_in(other, user)
    replay = other.post("/sign-in/second-factor", data={"code": code})
    assert replay.status_code == 422
    assert "does not fit" in replay.text
    assert not is_signed_in(other)
    assert actions()[-1] == "second_factor.refused"


def test_of_two_requests_with_the_same_code_one_wins(app: Flask) -> None:
    user = factories.staff()
    secret, _ = give_second_factor(user)
    clients = [app.test_client() for _ in range(2)]
    for client in clients:
        post_sign_in(client, user)
    code, answers = code_at(secret), []
    barrier = threading.Barrier(2)

    def enter(client: FlaskClient) -> None:
        barrier.wait()
        answers.append(client.post("/sign-in/second-factor", data={"code": code}).status_code)

    threads = [threading.Thread(target=enter, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303, 422]


def test_a_recovery_code_works_once_however_it_is_typed(client: FlaskClient) -> None:
    user = factories.staff()
    _, codes = give_second_factor(user)
    post_sign_in(client, user)
    assert "recovery code" in client.get("/sign-in/second-factor?recovery=1").text
    assert client.post("/sign-in/second-factor", data={"code": codes[3].upper().replace("-", " ")}).status_code == 303
    assert "9 of your recovery codes are left" in client.get("/account").text
    client.post("/sign-out")
    post_sign_in(client, user)
    assert client.post("/sign-in/second-factor", data={"code": codes[3]}).status_code == 422
    assert "recovery_code.used" in actions()
    assert codes[3] not in set(db.session.scalars(sa.select(StaffRecoveryCode.code_hash)))


def test_somebody_elses_recovery_code_is_nothing(client: FlaskClient) -> None:
    user, other = factories.staff(), factories.staff()
    give_second_factor(user)
    _, codes = give_second_factor(other)
    post_sign_in(client, user)
    assert client.post("/sign-in/second-factor", data={"code": codes[0]}).status_code == 422


def test_the_second_step_ends_after_five_minutes(client: FlaskClient) -> None:
    user = factories.staff()
    secret, _ = give_second_factor(user)
    post_sign_in(client, user)
    with time_machine.travel(utc_now().timestamp() + 301, tick=True):
        response = client.post("/sign-in/second-factor", data={"code": code_at(secret)}, follow_redirects=True)
        assert response.request.path == "/sign-in"
        assert "Sign in again" in response.text
        assert not is_signed_in(client)


def test_a_new_password_between_the_steps_makes_the_first_worthless(client: FlaskClient) -> None:
    user = factories.staff()
    secret, _ = give_second_factor(user)
    post_sign_in(client, user)
    with time_machine.travel(utc_now().timestamp() + 1, tick=False), transaction():
        set_password(person_row(user.id), "mossy lantern quartz thimble", actor=actor_of(user))
    response = client.post("/sign-in/second-factor", data={"code": code_at(secret)})
    assert response.location == "/sign-in"
    assert not is_signed_in(client)


def test_the_second_step_alone_is_no_way_in(client: FlaskClient) -> None:
    assert client.get("/sign-in/second-factor").location == "/sign-in"
    assert client.post("/sign-in/second-factor", data={"code": "123456"}).location == "/sign-in"
    assert client.post("/sign-in/second-factor", data={"code": "123456"}, with_token=False).status_code == 400


def test_new_recovery_codes_need_password_and_code(sign_in: SignIn) -> None:
    user = factories.staff()
    secret, old = give_second_factor(user)
    client = sign_in(user)
    path = "/account/second-factor/recovery-codes"
    wrong = client.post(path, data={"current_password": "a wrong password here", "code": code_at(secret)})
    assert wrong.status_code == 422
    assert "not your current password" in wrong.text
    assert client.post(path, data={"current_password": factories.PASSWORD, "code": "000 000"}).status_code == 422
    made = client.post(path, data={"current_password": factories.PASSWORD, "code": code_at(secret)})
    assert made.status_code == 200
    new = [item.text for item in page(made.text).select(".codes li")]
    assert len(new) == 10
    assert not set(new) & set(old)
    assert client.post(path, data={"current_password": factories.PASSWORD, "code": old[0]}).status_code == 422
    assert client.post(path, data={"current_password": factories.PASSWORD, "code": new[0]}).status_code == 200


def test_turning_it_off(client: FlaskClient, sign_in: SignIn) -> None:
    user = factories.member()
    _, codes = give_second_factor(user)
    browser = sign_in(user)
    assert "password alone" in browser.get("/account/second-factor/turn-off").text
    response = browser.post("/account/second-factor/turn-off", data={"current_password": factories.PASSWORD, "code": codes[0]})
    assert response.status_code == 303
    assert "It is off" in browser.get("/account/second-factor").text
    assert "was turned off" in letters(to=user.email)[-1].subject
    assert post_sign_in(client, user).location == "/"


def test_without_a_second_factor_there_is_nothing_to_turn_off(as_client_admin: FlaskClient) -> None:
    for act in ("turn-off", "move", "recovery-codes"):
        assert as_client_admin.get(f"/account/second-factor/{act}").status_code == 409
        assert as_client_admin.post(f"/account/second-factor/{act}", data={"current_password": "x", "code": "y"}).status_code == 409
    assert as_client_admin.get("/account/second-factor/unknown").status_code == 404


def test_moving_to_another_phone(sign_in: SignIn) -> None:
    user = factories.staff()
    secret, codes = give_second_factor(user)
    client = sign_in(user)
    response = client.post("/account/second-factor/move", data={"current_password": factories.PASSWORD, "code": code_at(secret)})
    assert response.location == "/account/second-factor"
    new = secret_of(user)
    assert new != secret
    assert client.post("/account/second-factor/confirm", data={"code": code_at(new)}).status_code == 200
    db.session.rollback()
    unused = sa.select(sa.func.count()).select_from(StaffRecoveryCode).where(StaffRecoveryCode.used_at.is_(None))
    assert db.session.scalar(unused) == 10
    assert len(codes) == 10


def test_an_admin_resets_somebodys(client: FlaskClient) -> None:
    user, admin = factories.member(), factories.staff()
    give_second_factor(user)
    with transaction():
        reset(person_row(user.id), actor=actor_of(admin))
    assert post_sign_in(client, user).location == "/"
    assert actions()[-2] == "second_factor.reset"
    assert "reset by an admin" in letters(to=user.email)[-1].subject
    with pytest.raises(NotPossible), transaction():
        reset(person_row(user.id), actor=actor_of(admin))


def test_staff_who_must_have_one_are_led_to_set_it_up(strict: Flask) -> None:
    user = factories.staff()
    client = strict.test_client()
    landed = post_sign_in(client, user, follow_redirects=True)
    assert landed.request.path == "/account/second-factor"
    assert "Set up your second factor first" in landed.text
    assert client.get("/account").location == "/account/second-factor"
    client.post("/account/second-factor/start")
    assert client.post("/account/second-factor/confirm", data={"code": code_at(secret_of(user))}).status_code == 200
    assert client.get("/account").status_code == 200


def test_staff_who_must_have_one_cannot_turn_it_off(strict: Flask) -> None:
    user = factories.staff()
    _, codes = give_second_factor(user)
    client = sign_in_as(strict.test_client(), user)
    assert "Turn it off" not in client.get("/account/second-factor").text
    response = client.post("/account/second-factor/turn-off", data={"current_password": factories.PASSWORD, "code": codes[0]})
    assert response.status_code == 409
    assert "cannot be turned off" in response.text


def test_clients_may_do_without(strict: Flask) -> None:
    client = strict.test_client()
    post_sign_in(client, factories.member())
    assert client.get("/account").status_code == 200


def test_a_second_factor_under_a_lost_key_still_takes_recovery_codes(app: Flask, client: FlaskClient) -> None:
    user = factories.staff()
    secret, codes = give_second_factor(user)
    db.session.execute(sa.update(StaffCredential).values(totp_key_id="gone"))
    db.session.commit()
    post_sign_in(client, user)
    assert client.post("/sign-in/second-factor", data={"code": code_at(secret)}).status_code == 422
    assert client.post("/sign-in/second-factor", data={"code": codes[0]}).status_code == 303
