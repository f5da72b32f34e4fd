"""The database accounts: the whole suite runs as the runtime account, and the server refuses what it may not do."""

import os
from pathlib import Path

import pymysql
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError, IntegrityError

from app import create_app, extensions
from app.clock import utc_now
from app.config import Surface
from app.extensions import db, engine_options
from app.models import AdminTask, Base, MemberRole, TrafficBase
from app.models.base import TRAFFIC
from tests.support import factories
from tests.support.bad_input import checksums
from tests.support.client import PageClient, sign_in_as
from tests.support.databases import Accounts, settings_for
from tests.support.mariadb import MariaDb, execute
from tests.support.valkey import Valkey

REFUSED = frozenset({1044, 1045, 1142, 1143, 1227, 1290})
"""Error numbers with which MySQL and MariaDB say: this account may not."""
DDL = [
    "CREATE TABLE probe (id INT)",
    "CREATE TABLE probe LIKE installation_marks",
    "CREATE OR REPLACE TABLE installation_marks (id INT)",
    "ALTER TABLE installation_marks ADD COLUMN probe INT",
    "RENAME TABLE installation_marks TO probe",
    "DROP TABLE installation_marks",
    "CREATE INDEX probe ON installation_marks (created_at)",
    "TRUNCATE TABLE installation_marks",
    "CREATE VIEW probe AS SELECT * FROM installation_marks",
    "CREATE TRIGGER probe BEFORE INSERT ON installation_marks FOR EACH ROW SET NEW.id = 1",
    "CREATE PROCEDURE probe() SELECT 1",
    "CREATE DATABASE probe",
    "LOAD DATA INFILE '/etc/hostname' INTO TABLE installation_marks",
    "SELECT 1 INTO OUTFILE '/tmp/fivegate-probe'",
    "GRANT SELECT ON installation_marks TO PUBLIC",
    "SET GLOBAL local_infile = 1",
    "UPDATE alembic_version SET version_num = 'probe'",
]
HOMES = [None, TRAFFIC]


def refusal(engine: sa.Engine, statement: str) -> int:
    with engine.connect() as connection, pytest.raises(DBAPIError) as caught:
        connection.exec_driver_sql(statement)
    return int(caught.value.orig.args[0]) if caught.value.orig else 0


@pytest.mark.parametrize("home", HOMES)
def test_the_suite_runs_as_the_runtime_account(home: str | None, app: Flask, accounts: Accounts) -> None:
    with db.engines[home].connect() as connection:
        user = str(connection.scalar(sa.text("SELECT CURRENT_USER()")))
    assert user.partition("@")[0] == sa.make_url(accounts.runtime[0]).username
    assert "runtime" in user


@pytest.mark.parametrize("statement", DDL)
@pytest.mark.parametrize("home", HOMES)
def test_the_server_refuses_the_runtime_account_to_change_tables(home: str | None, statement: str, app: Flask) -> None:
    assert refusal(db.engines[home], statement) in REFUSED


@pytest.mark.parametrize("statement", ["UPDATE audit_events SET seq = seq + 1", "DELETE FROM audit_events", "DELETE FROM audit_chains"])
def test_the_server_refuses_the_runtime_account_to_rewrite_history(statement: str, app: Flask) -> None:
    assert refusal(db.engines[None], statement) in REFUSED


@pytest.fixture(scope="module")
def portal_engine(accounts: Accounts) -> sa.Engine:
    return sa.create_engine(accounts.portal[0], poolclass=sa.NullPool)


@pytest.mark.parametrize(
    "statement",
    [
        *DDL,
        "SELECT * FROM staff_credentials",
        "UPDATE staff_credentials SET password_hash = ''",
        "INSERT INTO staff_sessions (id) VALUES (1)",
        "SELECT * FROM staff_recovery_codes",
        "SELECT * FROM staff_link_tokens",
        "SELECT * FROM integration_credentials",
        "SELECT * FROM integration_sync_jobs",
        "UPDATE users SET is_active = 1",
        "UPDATE users SET staff_role = 'admin'",
        "UPDATE organization_members SET role = 'admin'",
        "UPDATE organizations SET name = ''",
        "SELECT * FROM audit_events",
        "DELETE FROM client_sessions",
        "SELECT * FROM outgoing_mails",
        "SELECT * FROM admin_tasks",
    ],
)
def test_the_server_refuses_the_portal_account(statement: str, portal_engine: sa.Engine) -> None:
    assert refusal(portal_engine, statement) in REFUSED


@pytest.fixture
def portal_only(app: Flask, accounts: Accounts, valkey: Valkey, tmp_path: Path) -> Flask:
    """A deployment that serves the portal alone, as the portal's account."""
    urls = {"database_url": accounts.portal[0], "traffic_database_url": accounts.portal[1]}
    portal = create_app(settings_for(accounts, data_dir=tmp_path, redis_url=valkey.url, surface=Surface.PORTAL, **urls))
    portal.test_client_class = PageClient
    return portal


def sign_in(portal: Flask, email: str) -> tuple[int, FlaskClient]:
    client = portal.test_client()
    return client.post("/sign-in", data={"email": email, "password": factories.PASSWORD}).status_code, client


def test_a_portal_deployment_signs_clients_in_with_its_own_account(portal_only: Flask) -> None:
    user = factories.member(MemberRole.ADMIN)
    status, client = sign_in(portal_only, user.email)
    assert status == 303
    page = client.get("/", follow_redirects=True)
    assert page.status_code == 200
    assert page.request.path.startswith("/portal/")
    assert client.post("/sign-out").status_code == 303
    assert client.get("/portal/").status_code == 303


def test_a_portal_deployment_signs_no_staff_in(portal_only: Flask) -> None:
    user = factories.staff()
    status, _client = sign_in(portal_only, user.email)
    unknown, _client = sign_in(portal_only, "nobody@example.com")
    assert status == unknown == 422


def test_a_portal_deployment_takes_no_session_of_staff_and_has_no_console(portal_only: Flask) -> None:
    user = factories.staff()
    client = portal_only.test_client()
    sign_in_as(client, user)
    assert client.get("/portal/").status_code == 303
    assert client.get("/admin/").status_code == 404


@pytest.mark.parametrize("home", HOMES)
def test_connections_read_committed_rows_in_utc_and_strictly(home: str | None, app: Flask) -> None:
    with db.engines[home].connect() as connection:
        variables = dict(connection.exec_driver_sql("SHOW SESSION VARIABLES").all())
    level = variables.get("transaction_isolation") or variables["tx_isolation"]
    assert level == "READ-COMMITTED"
    assert variables["time_zone"] == "+00:00"
    assert "STRICT_ALL_TABLES" in variables["sql_mode"]
    assert variables["character_set_connection"] == "utf8mb4"


@pytest.mark.parametrize(("home", "metadata"), [(None, Base.metadata), (TRAFFIC, TrafficBase.metadata)])
def test_tables_on_the_server_are_as_the_models_say(home: str | None, metadata: sa.MetaData, app: Flask) -> None:
    here = "FROM information_schema.{} WHERE table_schema = DATABASE() AND table_name <> 'alembic_version'"
    with db.engines[home].connect() as connection:
        tables = connection.exec_driver_sql("SELECT table_name, engine, table_collation " + here.format("tables")).all()
        times = connection.exec_driver_sql(
            "SELECT table_name, column_name, column_type " + here.format("columns") + " AND data_type IN ('datetime', 'timestamp')"
        ).all()
    assert {row[0] for row in tables} == set(metadata.tables)
    assert [row for row in tables if row[1:] != ("InnoDB", "utf8mb4_unicode_ci")] == []
    assert [row for row in times if row[2] != "datetime(6)"] == []


def test_another_writer_sees_rows_as_soon_as_they_are_committed(app: Flask) -> None:
    """READ COMMITTED in effect: the same transaction reads a newer row."""
    engine = db.engines[None]
    with engine.connect() as reader:
        count = sa.text("SELECT COUNT(*) FROM organizations")
        before = reader.scalar(count)
        factories.organization()
        assert reader.scalar(count) == before + 1


def test_a_chain_that_forks_fails(app: Flask) -> None:
    chain, event = Base.metadata.tables["audit_chains"], Base.metadata.tables["audit_events"]
    values = {"at": factories.utc_now(), "actor_kind": "", "actor_id": "", "action": "", "target_type": "", "target_id": "", "changes": ""}
    with db.engines[None].connect() as connection:
        key = connection.execute(sa.insert(chain).values(key="k", head_seq=0, head_hash="")).inserted_primary_key[0]
        row = {**values, "chain_id": key, "seq": 1, "prev_hash": "", "hash": ""}
        connection.execute(sa.insert(event).values(row))
        with pytest.raises(IntegrityError):
            connection.execute(sa.insert(event).values(row))


def test_a_server_that_is_there_already_can_be_used(mariadb: MariaDb) -> None:
    """What TEST_DATABASE_URL does, with the private server in the part of the other one."""
    from tests.support.databases import drop_accounts, make_accounts
    from tests.support.mariadb import ExternalServer

    suffix = f"external_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    server = ExternalServer(mariadb.root_url)
    accounts = make_accounts(server, suffix=suffix)
    engine = sa.create_engine(accounts.runtime[0], poolclass=sa.NullPool)
    assert refusal(engine, "DROP TABLE users") in REFUSED
    drop_accounts(server, suffix=suffix)
    root = sa.create_engine(mariadb.root_url, poolclass=sa.NullPool)
    with root.connect() as connection:
        assert f"fg_app_{suffix}" not in set(connection.exec_driver_sql("SHOW DATABASES").scalars())


@pytest.mark.parametrize(
    ("address", "is_without_tls"),
    [
        ("localhost/db?unix_socket=/run/db.sock", True),
        ("localhost/db?unix_socket=/run/db.sock&ssl_ca=/etc/ca.pem", False),
        ("db.example:3306/db", False),
    ],
)
def test_only_a_socket_of_this_machine_goes_without_tls(address: str, is_without_tls: bool) -> None:
    assert engine_options(f"mysql+pymysql://fg@{address}")["connect_args"].get("ssl_disabled", False) is is_without_tls


@pytest.fixture
def only_one(app: Flask) -> None:
    """The pool hands out its connections in turn: there is none but the one that a test begins with."""
    db.session.remove()
    db.engine.dispose()


def connection_id() -> int:
    """Of a connection of the pool, which is given back at once."""
    number = db.session.scalar(sa.text("SELECT connection_id()"))
    db.session.remove()
    assert isinstance(number, int)
    return number


@pytest.mark.usefixtures("only_one")
def test_a_connection_that_was_idle_is_tried_before_it_is_used(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extensions, "IDLE_SECONDS", 0.0)
    before = connection_id()
    assert connection_id() == before
    execute(accounts.admin[0], f"KILL {before}")  # as a server does that was restarted, or that waited too long
    assert connection_id() != before


@pytest.mark.usefixtures("only_one")
def test_a_connection_that_was_just_used_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []
    monkeypatch.setattr(pymysql.connections.Connection, "ping", lambda connection, **_kwargs: tried.append(connection))
    assert connection_id() == connection_id()
    assert tried == []
    monkeypatch.setattr(extensions, "IDLE_SECONDS", 0.0)
    connection_id()
    assert len(tried) == 1


def test_checksums_tell_each_change_of_a_row(app: Flask) -> None:
    """They stand for all rows wherever a test says that nothing was saved."""
    task = factories.task(detail="")
    seen = [checksums()]
    for change in ({"detail": " "}, {"detail": "a"}, {"detail": "b"}, {"closed_at": utc_now()}, {"version": task.version + 7}):
        db.session.execute(sa.update(AdminTask).values(change))
        db.session.commit()
        seen.append(checksums())
    factories.task()
    seen.append(checksums())
    assert len({repr(each) for each in seen}) == len(seen)
    assert {name for name, checksum in seen[0].items() if checksum != seen[-1][name]} == {"admin_tasks"}
    db.session.execute(sa.delete(AdminTask).where(AdminTask.id != task.id))
    db.session.commit()
    assert checksums() == seen[-2]
