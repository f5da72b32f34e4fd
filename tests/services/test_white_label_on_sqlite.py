"""The embedded default: a logo is decoded while others write, and reports by mail come once."""

import io
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from PIL import Image

from app.audit import Actor, ActorKind
from app.extensions import db
from app.jobs import entry
from app.queue import JobKind
from app.services import jobs, logos
from app.unit_of_work import transaction
from tests.support import factories, published
from tests.support.apps import another_app
from tests.support.client import sign_in_as
from tests.support.databases import SqliteFiles, settings_for
from tests.support.mailbox import letters
from tests.support.valkey import Valkey


@pytest.fixture
def embedded(app: Flask, tmp_path: Path, valkey: Valkey, sqlite_files: SqliteFiles) -> Iterator[Flask]:
    settings = settings_for(sqlite_files.copy_to(tmp_path), data_dir=tmp_path, redis_url=valkey.url)
    with another_app(settings) as made, made.app_context():
        yield made


def test_others_write_while_a_logo_is_decoded(embedded: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    organization_id, admin = factories.organization().public_id, factories.staff()
    browser = sign_in_as(embedded.test_client(), admin)
    db.session.rollback()
    draw, entered = logos.draw, []

    def slow(data: bytes) -> logos.Drawn:
        other = sqlite3.connect(tmp_path / "app.sqlite", timeout=0, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
        other.close()
        entered.append(len(data))
        return draw(data)

    monkeypatch.setattr(logos, "draw", slow)
    into = io.BytesIO()
    Image.new("RGB", (300, 100), "red").save(into, "PNG")
    path = f"/admin/organizations/{organization_id}/logo"
    response = browser.post(path, data={"logo": (io.BytesIO(into.getvalue()), "logo.png")}, content_type="multipart/form-data")
    assert response.status_code == 303
    assert entered == [len(into.getvalue())]
    assert browser.get(f"{path}.png").data == draw(into.getvalue()).png
    assert browser.post(f"{path}/remove").status_code == 303
    assert browser.get(f"{path}.png").status_code == 404


def test_a_report_is_chosen_sent_once_and_ended(embedded: Flask) -> None:
    with time_machine.travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC), tick=True) as clock:
        user = factories.member()
        published.card(account=factories.connector(of=user.membership.organization))
        email, browser = user.email, sign_in_as(embedded.test_client(), user)
        db.session.rollback()
        assert browser.post("/portal/mails", data={"frequency": "weekly"}).status_code == 303
        run()
        assert letters(to=email) == []
        clock.move_to(datetime(2026, 11, 23, 13, 30, tzinfo=UTC))
        run()
        run()
        (letter,) = letters(to=email)
        path = letter.unsubscribe_url.removeprefix("http://localhost")
        assert embedded.test_client().post(path, with_token=False).status_code == 200
        clock.move_to(datetime(2026, 11, 30, 13, 30, tzinfo=UTC))
        run()
        assert len(letters(to=email)) == 1


def run() -> None:
    with transaction():
        jobs.request_job(JobKind.SEND_DIGESTS, account=None, requested_by=None, actor=Actor(ActorKind.COMMAND, "test"))
    assert entry.drain(JobKind.SEND_DIGESTS.queue.value) == 1
