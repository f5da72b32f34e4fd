"""The embedded default: signing in on SQLite, and that nobody waits for a password to be checked."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import argon2
import pytest
from flask import Flask

from app.extensions import db
from app.models import User
from tests.auth.support import NEW_PASSWORD, ask_for_reset, choose, give_second_factor, is_signed_in, post_sign_in
from tests.support import factories
from tests.support.apps import another_app
from tests.support.databases import SqliteFiles, settings_for
from tests.support.valkey import Valkey


@pytest.fixture
def embedded(app: Flask, tmp_path: Path, valkey: Valkey, sqlite_files: SqliteFiles) -> Iterator[Flask]:
    settings = settings_for(sqlite_files.copy_to(tmp_path), data_dir=tmp_path, redis_url=valkey.url)
    with another_app(settings) as made, made.app_context():
        yield made


def member() -> User:
    """Somebody of whom the test reads nothing more: its own transaction would lock the application out."""
    user = factories.member()
    db.session.refresh(user)
    db.session.expunge(user)
    db.session.rollback()
    return user


def test_the_whole_way_in(embedded: Flask) -> None:
    client, user = embedded.test_client(), member()
    assert post_sign_in(client, user, password="a wrong password here").status_code == 422
    assert post_sign_in(client, user).status_code == 303
    assert is_signed_in(client)
    path = ask_for_reset(embedded.test_client(), user)
    assert choose(client, path).status_code == 303
    _, codes = give_second_factor(user)
    assert post_sign_in(client, user, password=NEW_PASSWORD).location == "/sign-in/second-factor"
    assert client.post("/sign-in/second-factor", data={"code": codes[0]}).status_code == 303
    assert client.post("/account/sign-out-everywhere").status_code == 303


def test_others_can_write_while_a_password_is_hashed(embedded: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each slow half is entered with no transaction open: another connection takes the write lock at once."""
    user = member()
    client = embedded.test_client()
    path = ask_for_reset(client, user)
    entered: list[str] = []

    def write(what: str) -> None:
        other = sqlite3.connect(tmp_path / "app.sqlite", timeout=0, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
        other.close()
        entered.append(what)

    verify, make = argon2.PasswordHasher.verify, argon2.PasswordHasher.hash

    def slow_verify(self: argon2.PasswordHasher, stored: str, password: str) -> bool:
        write("verify")
        return verify(self, stored, password)

    def slow_hash(self: argon2.PasswordHasher, password: str) -> str:
        write("hash")
        return make(self, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", slow_verify)
    monkeypatch.setattr(argon2.PasswordHasher, "hash", slow_hash)
    assert choose(client, path).status_code == 303
    assert post_sign_in(client, user, password=NEW_PASSWORD).status_code == 303
    data = {"current_password": NEW_PASSWORD, "password": factories.PASSWORD, "password_again": factories.PASSWORD}
    assert client.post("/account/password", data=data).status_code == 303
    assert entered == ["hash", "verify", "verify", "hash"]
