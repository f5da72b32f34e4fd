"""The same on SQLite: rows come in, change and go, and the pages stay usable meanwhile."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.extensions import db
from app.imports.engine import loading
from app.models import BatchStatus, DataHome
from app.unit_of_work import transaction
from tests.imports.engine.support import ask, bring, calls, changed, counts, file_of, invoices, picture, put_in_home, take_back, work
from tests.support import factories
from tests.support.apps import another_app
from tests.support.databases import SqliteFiles, settings_for
from tests.support.valkey import Valkey

PATIENCE = 1.0


@pytest.fixture
def embedded(tmp_path: Path, valkey: Valkey, sqlite_files: SqliteFiles) -> Iterator[Flask]:
    settings = settings_for(sqlite_files.copy_to(tmp_path), data_dir=tmp_path / "data", redis_url=valkey.url)
    with another_app(settings) as app, app.app_context():
        yield app
        db.session.remove()


@pytest.mark.parametrize("home", list(DataHome))
def test_files_come_in_change_and_go(home: DataHome, embedded: Flask) -> None:
    account = factories.connector()
    for data_type, rows in (("invoices", invoices(40)), ("calls", calls(40))):
        put_in_home(account, data_type, home)
        assert counts(bring(account, rows)) == (40, 0, 0)
        before = picture(account, with_history=False)
        later = bring(account, changed(rows, 4))
        assert counts(later) == (0, 10, 30)
        take_back(later)
        assert picture(account, with_history=False) == before
        assert counts(bring(account, rows)) == (0, 0, 40)


def test_both_kinds_of_database_hold_the_same(embedded: Flask, app: Flask) -> None:
    pictures = []
    for each in (embedded, app):
        with each.app_context():
            account = factories.connector()
            for rows in (invoices(30), changed(invoices(35), 3), calls(30)):
                bring(account, rows)
            pictures.append(picture(account))
            db.session.remove()
    first, second = pictures
    for name, rows in first.items():
        assert rows == second[name], name


def test_others_can_write_while_a_batch_comes_in(embedded: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "INSERT_ROWS", 500)
    account = factories.connector()
    organization = account.organization
    batch = ask(account, file_of(invoices(6000)), data_type="invoices")
    batch_id = batch.id
    db.session.rollback()
    over = threading.Event()
    waits: list[float] = []

    def write() -> None:
        with embedded.app_context():
            while not over.is_set():
                started = time.monotonic()
                with transaction():
                    db.session.get_one(type(organization), organization_id).name = f"Name {len(waits)}"
                waits.append(time.monotonic() - started)
                time.sleep(0.01)
            db.session.remove()

    organization_id = account.organization_id
    db.session.rollback()
    thread = threading.Thread(target=write)
    thread.start()
    try:
        work()
    finally:
        over.set()
        thread.join()
    done = db.session.get_one(type(batch), batch_id)
    assert (done.status, counts(done)) == (BatchStatus.COMPLETE, (6000, 0, 0))
    assert len(waits) > 5
    assert max(waits) < PATIENCE
