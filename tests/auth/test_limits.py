"""How often somebody may try, with Valkey and without."""

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from app.config import Settings
from tests.auth.support import ask_for_reset, choose, give_second_factor, post_sign_in
from tests.support import factories
from tests.support.apps import another_app

WRONG = "a wrong password here"


def with_limits(app: Flask, **changes: object) -> Settings:
    settings: Settings = app.extensions["fivegate.settings"]
    return settings.model_copy(update=changes)


def test_attempts_for_one_account_run_out_for_unknown_addresses_too(app: Flask) -> None:
    user, other = factories.staff(), factories.staff()
    with another_app(with_limits(app, sign_in_limit_per_account="3 per 15 minutes")) as limited:
        for email in (user.email, "nobody@example.com"):
            statuses = [limited.test_client().post("/sign-in", data={"email": e, "password": WRONG}).status_code for e in [email] * 4]
            assert statuses == [422, 422, 422, 429]
        response = post_sign_in(limited.test_client(), user)
        assert response.status_code == 429
        assert "Too many attempts" in response.text
        assert response.headers["Retry-After"]
        spelt = limited.test_client().post("/sign-in", data={"email": f" {user.email.upper()}", "password": WRONG})
        assert spelt.status_code == 429
        assert post_sign_in(limited.test_client(), other).status_code == 303


def test_attempts_from_one_network_address_count_together(app: Flask) -> None:
    user = factories.member()
    path = ask_for_reset(app.test_client(), user)
    with another_app(with_limits(app, sign_in_limit_per_address="4 per 15 minutes")) as limited:
        client = limited.test_client()
        assert client.post("/sign-in", data={"email": "a@example.com", "password": WRONG}).status_code == 422
        assert client.post("/sign-in", data={"email": "", "password": ""}).status_code == 422
        assert client.post("/forgotten-password", data={"email": "c@example.com"}).status_code == 303
        assert choose(client, path, "short").status_code == 422
        for response in (
            client.post("/sign-in", data={"email": "e@example.com", "password": WRONG}),
            client.post("/forgotten-password", data={"email": "f@example.com"}),
            choose(client, path),
        ):
            assert response.status_code == 429
        elsewhere = client.post("/sign-in", data={"email": "g@example.com", "password": WRONG}, environ_base={"REMOTE_ADDR": "192.0.2.7"})
        assert elsewhere.status_code == 422
        assert client.get("/sign-in").status_code == 200


def test_codes_run_out_too(app: Flask) -> None:
    user = factories.staff()
    _, codes = give_second_factor(user)
    with another_app(with_limits(app, sign_in_limit_per_account="3 per 15 minutes")) as limited:
        client = limited.test_client()
        post_sign_in(client, user)
        assert [client.post("/sign-in/second-factor", data={"code": "12345"}).status_code for _ in range(3)] == [422] * 3
        assert client.post("/sign-in/second-factor", data={"code": codes[0]}).status_code == 429


def test_guessing_a_link_runs_out(app: Flask) -> None:
    with another_app(with_limits(app, sign_in_limit_per_account="2 per 15 minutes")) as limited:
        client = limited.test_client()
        path = f"/reset-password/{'x' * 43}"
        assert [choose(client, path).status_code for _ in range(3)] == [410, 410, 429]


@pytest.fixture
def without_valkey(app: Flask) -> Settings:
    away = SecretStr("unix:///nonexistent/valkey.sock?socket_timeout=1&socket_connect_timeout=1")
    return with_limits(app, redis_url=away, sign_in_limit_per_account="3 per 15 minutes")


def test_signing_in_works_while_valkey_is_away(without_valkey: Settings) -> None:
    user = factories.staff()
    with another_app(without_valkey) as alone:
        client: FlaskClient = alone.test_client()
        assert post_sign_in(client, user).status_code == 303
        assert client.get("/account").status_code == 200
        assert client.post("/sign-out").status_code == 303
        assert ask_for_reset(client, user)


def test_limits_hold_while_valkey_is_away(without_valkey: Settings) -> None:
    with another_app(without_valkey) as alone:
        client = alone.test_client()
        statuses = [client.post("/sign-in", data={"email": "a@example.com", "password": WRONG}).status_code for _ in range(4)]
    assert statuses == [422, 422, 422, 429]


def test_nobody_meets_an_error_in_the_moment_when_valkey_goes_away(without_valkey: Settings) -> None:
    """Several requests find the dead connection at once."""
    statuses: list[int] = []
    barrier = threading.Barrier(6)
    with another_app(without_valkey) as alone:

        def attempt(number: int) -> None:
            client = alone.test_client()
            barrier.wait()
            statuses.append(client.post("/forgotten-password", data={"email": f"not an address {number}"}).status_code)

        threads = [threading.Thread(target=attempt, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert statuses == [422] * 6
