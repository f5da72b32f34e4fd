"""The embedded default: SQLite that refuses DDL to the application, and lets readers and writers work side by side."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from app import create_app
from app.audit import verify_chain
from app.config import ROOT
from app.extensions import db, will_write
from app.models import AuditChain, AuditEvent
from app.models.base import TRAFFIC
from tests.support import factories
from tests.support.client import PageClient
from tests.support.databases import Accounts, SqliteFiles, settings_for
from tests.support.valkey import Valkey

HOMES = [None, TRAFFIC]
PROCESSES, APPENDS = 6, 50


@pytest.fixture(scope="module")
def sqlite_urls(tmp_path_factory: pytest.TempPathFactory, sqlite_files: SqliteFiles) -> Accounts:
    return sqlite_files.copy_to(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture
def embedded(sqlite_urls: Accounts, valkey: Valkey, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(settings_for(sqlite_urls, data_dir=tmp_path, redis_url=valkey.url))
    app.test_client_class = PageClient
    with app.app_context():
        yield app
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE probe (id INT)",
        "CREATE TABLE probe AS SELECT * FROM installation_marks",
        "ALTER TABLE installation_marks ADD COLUMN probe INT",
        "ALTER TABLE installation_marks RENAME TO probe",
        "DROP TABLE installation_marks",
        "CREATE INDEX probe ON installation_marks (created_at)",
        "CREATE VIEW probe AS SELECT 1",
        "CREATE TRIGGER probe AFTER INSERT ON installation_marks BEGIN SELECT 1; END",
        "CREATE VIRTUAL TABLE probe USING fts5(text)",
        "ATTACH DATABASE ':memory:' AS probe",
        "PRAGMA writable_schema = 1",
        "PRAGMA writable_schema(ON)",
        "UPDATE sqlite_master SET sql = ''",
        "DELETE FROM sqlite_master",
        "INSERT INTO sqlite_schema (name) VALUES ('probe')",
    ],
)
def test_the_application_cannot_change_tables(statement: str, home: str | None, embedded: Flask) -> None:
    with db.engines[home].connect() as connection:
        before = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master ORDER BY name").all()
        with pytest.raises(DatabaseError, match=r"not authorized|prohibited|may not be modified"):
            connection.exec_driver_sql(statement)
        assert connection.exec_driver_sql("SELECT name, sql FROM sqlite_master ORDER BY name").all() == before


@pytest.mark.parametrize("home", HOMES)
def test_temporary_tables_are_allowed(home: str | None, embedded: Flask) -> None:
    with db.engines[home].begin() as connection:
        connection.exec_driver_sql("CREATE TEMPORARY TABLE probe (id INT)")
        connection.exec_driver_sql("CREATE INDEX temp.probe_id ON probe (id)")
        connection.exec_driver_sql("INSERT INTO probe VALUES (1)")
        assert connection.exec_driver_sql("SELECT id FROM probe").scalar() == 1
        connection.exec_driver_sql("DROP TABLE probe")


@pytest.mark.parametrize("home", HOMES)
def test_connections_use_a_write_ahead_log_and_foreign_keys(home: str | None, embedded: Flask) -> None:
    with db.engines[home].connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_row_that_points_nowhere_is_refused(embedded: Flask) -> None:
    with db.engines[None].connect() as connection, pytest.raises(IntegrityError):
        connection.exec_driver_sql("INSERT INTO audit_chains (key, organization_id, head_seq, head_hash) VALUES ('k', 999999, 0, '')")


def test_requests_that_may_write_take_the_lock_first_and_others_never(embedded: Flask) -> None:
    begun: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("BEGIN"):
            begun.append(statement)

    engine = db.engines[None]
    email = factories.member().email
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        client = embedded.test_client()
        response = client.post("/sign-in", data={"email": email, "password": factories.PASSWORD})
        assert response.status_code == 303
        posted, begun[:] = list(begun), []
        assert client.get("/account").status_code == 200
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    assert set(posted) == {"BEGIN IMMEDIATE"}
    assert set(begun) == {"BEGIN"}


def test_a_page_is_served_while_somebody_writes(embedded: Flask) -> None:
    user = factories.staff()
    client = embedded.test_client()
    client.post("/sign-in", data={"email": user.email, "password": factories.PASSWORD})
    before = will_write.set(True)
    with db.engines[None].connect() as writer:
        writer.exec_driver_sql("UPDATE users SET name = 'Nobody sees this yet'")
        will_write.reset(before)
        started = time.monotonic()
        response = client.get("/account")
        assert response.status_code == 200
        assert "Nobody sees this yet" not in response.text
        assert time.monotonic() - started < 5
        writer.rollback()


def test_a_transaction_that_will_write_does_not_fail_because_it_read_first(embedded: Flask) -> None:
    """A deferred transaction that read before another one wrote fails at once on its own first write."""
    before = will_write.set(True)
    factories.organization(name="First")
    with Session(db.engines[None]) as session:
        session.execute(sa.text("SELECT COUNT(*) FROM organizations"))
        session.execute(sa.text("UPDATE organizations SET name = 'Second'"))
        session.commit()
    will_write.reset(before)
    assert db.engines[None].connect().exec_driver_sql("SELECT DISTINCT name FROM organizations").scalars().all() == ["Second"]


def test_processes_that_append_at_once_neither_fork_the_chain_nor_find_the_database_locked(
    tmp_path: Path, sqlite_files: SqliteFiles
) -> None:
    accounts = sqlite_files.copy_to(tmp_path)
    command = [sys.executable, "-m", "tests.support.append_audit", str(PROCESSES), str(APPENDS), *accounts.runtime, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=170, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    engine = sa.create_engine(accounts.runtime[0])
    with Session(engine) as session:
        chain = session.scalars(sa.select(AuditChain)).one()
        assert chain.head_seq == PROCESSES * APPENDS
        assert session.scalar(sa.select(sa.func.count(sa.distinct(AuditEvent.seq)))) == PROCESSES * APPENDS
        assert verify_chain(session, chain).is_sound
    engine.dispose()
