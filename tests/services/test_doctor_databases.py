"""What flask doctor says about databases: accounts, servers, tables, and whether the two belong together."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.clock import utc_now
from app.config import Surface
from app.extensions import db
from app.models.base import TRAFFIC
from app.services import marks
from app.services.doctor import Level, Setup, database
from app.services.errors import NotPossible
from tests.support.databases import Accounts
from tests.support.doctor import changed, levels, look, setup_of, text
from tests.support.mariadb import MariaDb, execute


@pytest.fixture
def setup(app: Flask) -> Setup:
    return setup_of(app)


# privileges


@pytest.fixture
def schema(accounts: Accounts) -> str:
    return str(sa.make_url(accounts.runtime[0]).database)


@pytest.fixture
def runtime(accounts: Accounts, mariadb: MariaDb) -> str:
    return f"'{sa.make_url(accounts.runtime[0]).username}'@'{mariadb.account_host}'"


def test_exact_privileges_are_fine(setup: Setup) -> None:
    assert levels("privileges", setup) == ["ok", "ok"]


@pytest.mark.parametrize(
    ("grant", "on", "named"),
    [
        ("DROP, CREATE", "`{pattern}`.*", "CREATE, DROP on every table of the database"),
        ("UPDATE", "`{schema}`.audit_events", "UPDATE on audit_events"),
        ("ALTER", "`{schema}`.users", "ALTER on users"),
        ("FILE", "*.*", "FILE on the whole server"),
    ],
)
def test_too_much_is_a_danger_that_is_named(  # noqa: PLR0917  # fixtures
    grant: str, on: str, named: str, setup: Setup, mariadb: MariaDb, schema: str, runtime: str
) -> None:
    where = on.format(schema=schema, pattern=schema.replace("_", "\\_"))
    execute(mariadb.root_url, f"GRANT {grant} ON {where} TO {runtime}")
    try:
        found = look("privileges", setup)
    finally:
        execute(mariadb.root_url, f"REVOKE {grant} ON {where} FROM {runtime}")
        for _home, engine in setup.homes:
            engine.dispose()  # a connection keeps what its account could do to the database when it was opened
    assert found[0].level is Level.DANGER
    assert named in found[0].sentence
    assert f"REVOKE {', '.join(sorted(grant.split(', ')))} ON" in found[0].remedy
    assert "PASSWORD" not in repr(found)
    assert levels("privileges", setup) == ["ok", "ok"]


def test_too_little_is_a_danger_that_is_named(setup: Setup, mariadb: MariaDb, schema: str, runtime: str) -> None:
    execute(mariadb.root_url, f"REVOKE INSERT ON `{schema}`.admin_tasks FROM {runtime}")
    try:
        found = look("privileges", setup)
    finally:
        execute(mariadb.root_url, f"GRANT INSERT ON `{schema}`.admin_tasks TO {runtime}")
    assert (found[0].level, found[0].sentence) == (Level.DANGER, "The runtime account lacks INSERT on admin_tasks.")
    assert found[0].remedy.startswith("flask grants --account runtime")


def test_an_account_that_may_do_everything_is_a_danger(setup: Setup, accounts: Accounts) -> None:
    engines = [sa.create_engine(url, poolclass=sa.NullPool) for url in accounts.admin]
    found = look("privileges", replace(setup, app_engine=engines[0], traffic_engine=engines[1]))
    assert [finding.level for finding in found] == [Level.DANGER] * 2
    assert "on the whole server" in found[0].sentence
    assert "lacks" not in text(found)


def test_the_portal_account_is_measured_by_its_own_rights(setup: Setup, accounts: Accounts) -> None:
    engines = [sa.create_engine(url, poolclass=sa.NullPool) for url in accounts.portal]
    portal = replace(changed(setup, surface=Surface.PORTAL), app_engine=engines[0], traffic_engine=engines[1])
    assert levels("privileges", portal) == ["ok", "ok"]
    assert "danger" in levels("privileges", changed(setup, surface=Surface.PORTAL))


# the servers


def test_clocks_that_differ_are_told(setup: Setup) -> None:
    assert levels("clock", setup) == ["ok", "ok"]
    assert levels("clock", replace(setup, now=lambda: utc_now() + timedelta(seconds=8))) == ["warning"] * 2
    assert levels("clock", replace(setup, now=lambda: utc_now() - timedelta(seconds=90))) == ["danger"] * 2


def test_a_forgotten_transaction_is_named_to_an_account_that_may_see_it(
    setup: Setup, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = sa.create_engine(accounts.admin[0], poolclass=sa.NullPool)
    seeing = replace(setup, app_engine=admin, traffic_engine=admin)
    with db.engines[None].connect() as forgotten:
        forgotten.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        forgotten.exec_driver_sql("SELECT * FROM users")
        thread = forgotten.scalar(sa.text("SELECT CONNECTION_ID()"))
        assert levels("transactions", seeing) == ["ok", "ok"]
        monkeypatch.setattr(database, "TRANSACTION_WARNING_SECONDS", -1)
        (found, _same) = look("transactions", seeing)
        assert (found.level, f"KILL {thread};" in found.remedy) == (Level.WARNING, True)
        monkeypatch.setattr(database, "TRANSACTION_DANGER_SECONDS", -1)
        assert levels("transactions", seeing) == ["danger"] * 2


def test_an_account_that_may_not_see_others_reads_it_from_the_history(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    assert levels("transactions", setup) == ["ok", "ok"]
    monkeypatch.setattr(database, "LONG_HISTORY", -1)
    assert levels("transactions", setup) == ["warning", "warning"]


def test_a_server_without_fast_loading_is_a_warning(setup: Setup, mariadb: MariaDb) -> None:
    assert levels("local-infile", setup) == ["ok", "ok"]
    execute(mariadb.root_url, "SET GLOBAL local_infile = 0")
    try:
        assert levels("local-infile", setup) == ["warning", "warning"]
    finally:
        execute(mariadb.root_url, "SET GLOBAL local_infile = 1")


# tables and marks


def test_databases_that_were_not_migrated_or_too_far_are_told(setup: Setup, tmp_path: Path) -> None:
    assert levels("migrations", setup) == ["ok", "ok"]
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'empty.sqlite'}", poolclass=sa.NullPool)
    for version, words in (("", "No migration was run"), ("0003", "this release needs"), ("9999", "is unknown here")):
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
            if version:
                connection.exec_driver_sql("CREATE TABLE alembic_version (version_num TEXT)")
                connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{version}')")
        found = look("migrations", replace(setup, traffic_engine=engine))
        assert [finding.level.value for finding in found] == ["ok", "danger"]
        assert words in found[1].sentence


def mark(home: str | None, value: str) -> None:
    with db.engines[home].begin() as connection:
        connection.execute(
            sa.text("INSERT INTO installation_marks (id, installation_id, created_at) VALUES (1, :id, :at)"), {"id": value, "at": utc_now()}
        )


def test_unmarked_databases_are_a_warning_and_marking_them_mends_it(app: Flask, setup: Setup) -> None:
    assert levels("marks", setup) == ["warning"]
    assert app.test_cli_runner().invoke(args=["mark-databases"]).exit_code == 0
    assert levels("marks", setup) == ["ok"]
    assert marks.ensure_marks() == marks.ensure_marks()


def test_marking_that_was_interrupted_is_completed(setup: Setup) -> None:
    mark(None, "ours")
    assert levels("marks", setup) == ["danger"]
    assert marks.ensure_marks() == marks.Marks("ours", "ours")


@pytest.mark.parametrize("app_mark", ["ours", None])
def test_databases_of_two_installations_are_a_danger_and_never_mended(app_mark: str | None, app: Flask, setup: Setup) -> None:
    if app_mark:
        mark(None, app_mark)
    mark(TRAFFIC, "theirs")
    assert levels("marks", setup) == ["danger"]
    with pytest.raises(NotPossible):
        marks.ensure_marks()
    result = app.test_cli_runner().invoke(args=["mark-databases"])
    assert (result.exit_code, "restore both databases" in result.output) == (1, True)
