"""What each database account may do, as it is decided, printed and read back from a server."""

import os
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from app.services.privileges import (
    NOT_FOR_THE_PORTAL,
    PORTAL_GRANTS,
    RUNTIME_EXCEPTIONS,
    DatabaseAccount,
    TableGrant,
    app_tables,
    grants_script,
    traffic_tables,
    wanted_grants,
)
from app.services.server_grants import EVERY_TABLE, WHOLE_SERVER, Difference, ServerGrant, compare, parse_grant, read_grants, roles_in
from tests.support.databases import PASSWORD, Accounts
from tests.support.mariadb import MariaDb, execute

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
"""Test processes may share a server: accounts are server-wide, so each process names its own."""

TABLES = [*app_tables(), *traffic_tables()]


def test_every_table_is_decided_for_the_portal_exactly_once() -> None:
    assert set(TABLES) - set(PORTAL_GRANTS) - NOT_FOR_THE_PORTAL == set(), "decide: PORTAL_GRANTS or NOT_FOR_THE_PORTAL"
    assert set(PORTAL_GRANTS) & NOT_FOR_THE_PORTAL == set()
    assert (set(PORTAL_GRANTS) | NOT_FOR_THE_PORTAL | set(RUNTIME_EXCEPTIONS)) - set(TABLES) == set(), "tables that are gone"


def test_the_runtime_account_never_rewrites_history() -> None:
    rights = {grant.table: grant.privileges for grant in wanted_grants(DatabaseAccount.RUNTIME, app_tables())}
    assert rights["audit_events"] == {"SELECT", "INSERT"}
    assert frozenset[str]().union(*rights.values()) == {"SELECT", "INSERT", "UPDATE", "DELETE"}


def test_the_portal_reads_no_secret_and_erases_nothing() -> None:
    rights = {grant.table: grant.privileges for grant in wanted_grants(DatabaseAccount.PORTAL, TABLES)}
    assert not [table for table in rights if table.startswith("staff_") or table == "integration_credentials"]
    assert frozenset[str]().union(*rights.values()) == {"SELECT", "INSERT", "UPDATE"}


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("GRANT SELECT, INSERT ON `fg`.`users` TO `u`@`%`", ServerGrant(frozenset({"SELECT", "INSERT"}), "fg", "users")),
        (
            "GRANT USAGE ON *.* TO `u`@`localhost` IDENTIFIED BY PASSWORD '*D821809F681A40A6E379B50D0463EFAE20BDD122'",
            ServerGrant(frozenset(), "*", "*"),
        ),
        (
            "GRANT ALL PRIVILEGES ON `f\\_g`.* TO `u`@`%` WITH GRANT OPTION",
            ServerGrant(frozenset({"ALL PRIVILEGES", "GRANT OPTION"}), "f\\_g", "*"),
        ),
        ("GRANT SELECT, UPDATE (`a`, `b`) ON `fg`.`t` TO `u`@`%`", ServerGrant(frozenset({"SELECT", "UPDATE"}), "fg", "t")),
        ("GRANT INSERT ON `fg`.* TO PUBLIC", ServerGrant(frozenset({"INSERT"}), "fg", "*")),
        ("GRANT BACKUP_ADMIN,SYSTEM_USER ON *.* TO `u`@`%`", ServerGrant(frozenset({"BACKUP_ADMIN", "SYSTEM_USER"}), "*", "*")),
        ("GRANT EXECUTE ON PROCEDURE `fg`.`p` TO `u`@`%`", ServerGrant(frozenset({"EXECUTE PROCEDURE"}), "fg", "p")),
        ("GRANT SELECT ON `o``dd`.`ta on b` TO `u`@`%`", ServerGrant(frozenset({"SELECT"}), "o`dd", "ta on b")),
        (
            "GRANT SELECT ON *.* TO `u`@`%` REQUIRE SSL WITH GRANT OPTION MAX_USER_CONNECTIONS 3",
            ServerGrant(frozenset({"SELECT", "GRANT OPTION"}), "*", "*"),
        ),
        ("GRANT `r` TO `u`@`localhost`", None),
        ("SET DEFAULT ROLE `r` FOR `u`@`localhost`", None),
        ("GRANT PROXY ON ''@'' TO 'root'@'localhost' WITH GRANT OPTION", None),
    ],
)
def test_a_line_of_show_grants_is_read(line: str, wanted: ServerGrant | None) -> None:
    assert parse_grant(line) == wanted


@pytest.mark.parametrize(
    ("line", "roles"),
    [
        ("GRANT `r` TO `u`@`localhost`", ["r"]),
        ("GRANT `r`@`%`,`q`@`%` TO `u`@`%`", ["r", "q"]),
        ("GRANT `r` TO `u`@`%` WITH ADMIN OPTION", ["r"]),
        ("GRANT SELECT ON `fg`.`t` TO `u`@`%`", []),
    ],
)
def test_roles_are_found(line: str, roles: list[str]) -> None:
    assert roles_in(line) == roles


def differences(*lines: str, wanted: list[TableGrant] | None = None) -> list[Difference]:
    grants = [grant for grant in map(parse_grant, lines) if grant is not None]
    should = [TableGrant("a", frozenset({"SELECT"}))] if wanted is None else wanted
    return list(compare(grants, database="fg_app", wanted=should, tables=["a", "b"]))


EXACT = "GRANT SELECT ON `fg_app`.`a` TO `u`@`%`"


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ([EXACT], []),
        ([EXACT, "GRANT ALL PRIVILEGES ON `other`.* TO `u`@`%`", "GRANT CREATE ON `test\\_%`.* TO PUBLIC"], []),
        ([], [Difference("a", frozenset(), frozenset({"SELECT"}))]),
        (["GRANT ALL PRIVILEGES ON `fg_app`.`a` TO `u`@`%`"], [Difference("a", frozenset({"ALL PRIVILEGES"}))]),
        ([EXACT, "GRANT SELECT ON `fg_app`.`b` TO `u`@`%`"], [Difference("b", frozenset({"SELECT"}))]),
        ([EXACT, "GRANT UPDATE ON `fg_app`.`gone` TO `u`@`%`"], [Difference("gone", frozenset({"UPDATE"}))]),
        ([EXACT, "GRANT DROP ON `fg\\_app`.* TO `u`@`%`"], [Difference(EVERY_TABLE, frozenset({"DROP"}))]),
        ([EXACT, "GRANT DROP ON `fg_app`.* TO `u`@`%`"], [Difference(EVERY_TABLE, frozenset({"DROP"}))]),
        ([EXACT, "GRANT DROP ON `fg%`.* TO `u`@`%`"], [Difference(EVERY_TABLE, frozenset({"DROP"}))]),
        ([EXACT, "GRANT DROP ON `fg__pp`.* TO `u`@`%`"], [Difference(EVERY_TABLE, frozenset({"DROP"}))]),
        ([EXACT, "GRANT DROP ON `fg\\_app\\_`.* TO `u`@`%`"], []),
        ([EXACT, "GRANT FILE ON *.* TO `u`@`%`"], [Difference(WHOLE_SERVER, frozenset({"FILE"}))]),
        (["GRANT SELECT ON `fgxapp`.`a` TO `u`@`%`"], [Difference("a", frozenset(), frozenset({"SELECT"}))]),
    ],
)
def test_what_the_server_gives_is_compared_with_what_is_wanted(lines: list[str], wanted: list[Difference]) -> None:
    assert differences(*lines) == wanted


@pytest.fixture
def own_account(mariadb: MariaDb) -> Iterator[sa.Engine]:
    """An account to which a test gives grants of its own."""
    user, host = f"fg_grants{WORKER}", mariadb.account_host
    execute(
        mariadb.root_url,
        f"DROP USER IF EXISTS '{user}'@'{host}'",
        f"DROP ROLE IF EXISTS fg_inner{WORKER}, `fg_out%er{WORKER}`",
        f"CREATE USER '{user}'@'{host}' IDENTIFIED BY '{PASSWORD}'",
    )
    engine = sa.create_engine(mariadb.url(user, PASSWORD), poolclass=sa.NullPool)
    yield engine
    engine.dispose()
    execute(mariadb.root_url, f"DROP USER '{user}'@'{host}'", f"DROP ROLE IF EXISTS fg_inner{WORKER}, `fg_out%er{WORKER}`")


def test_the_printed_statements_give_exactly_what_is_wanted(app: Flask, mariadb: MariaDb, accounts: Accounts) -> None:
    host = mariadb.account_host
    databases = (sa.make_url(accounts.runtime[0]).database or "", sa.make_url(accounts.runtime[1]).database or "")
    for account in (DatabaseAccount.RUNTIME, DatabaseAccount.PORTAL):
        user = f"fg_printed_{account.value}_{WORKER}"
        execute(mariadb.root_url, f"DROP USER IF EXISTS '{user}'@'{host}'", f"CREATE USER '{user}'@'{host}' IDENTIFIED BY '{PASSWORD}'")
        result = app.test_cli_runner().invoke(args=["grants", "--account", account.value, "--user", user, "--host", host])
        assert result.exit_code == 0, result.output
        assert PASSWORD not in result.output
        execute(mariadb.root_url, *(line.rstrip(";") for line in result.output.splitlines() if line and not line.startswith("--")))
        engine = sa.create_engine(mariadb.url(user, PASSWORD), poolclass=sa.NullPool)
        with engine.connect() as connection:
            grants = read_grants(connection)
        for database, known in zip(databases, (app_tables(), traffic_tables()), strict=True):
            assert list(compare(grants, database=database, wanted=wanted_grants(account, known), tables=known)) == []
        assert {grant.database for grant in grants} == set(databases)
        execute(mariadb.root_url, f"DROP USER '{user}'@'{host}'")


def test_the_grants_of_the_migrations_account_open_no_neighbour(own_account: sa.Engine, mariadb: MariaDb) -> None:
    """An underscore is a wildcard in a database-wide grant: on ``fg_app`` it would open ``fgxapp`` too."""
    script = grants_script(
        DatabaseAccount.MIGRATIONS,
        user=f"fg_grants{WORKER}",
        host=mariadb.account_host,
        databases=(f"fg_wild{WORKER}", f"fg_wild2{WORKER}"),
    )
    try:
        execute(mariadb.root_url, f"CREATE DATABASE fgxwild{WORKER}", f"CREATE DATABASE fg_wild{WORKER}")
        execute(mariadb.root_url, *(line.rstrip(";") for line in script if not line.startswith("--")))
        with own_account.connect() as connection:
            assert set(connection.exec_driver_sql("SHOW DATABASES").scalars()) >= {f"fg_wild{WORKER}"}
            assert f"fgxwild{WORKER}" not in set(connection.exec_driver_sql("SHOW DATABASES").scalars())
            connection.exec_driver_sql(f"CREATE TABLE fg_wild{WORKER}.t (id int)")
    finally:
        execute(mariadb.root_url, f"DROP DATABASE IF EXISTS fgxwild{WORKER}", f"DROP DATABASE IF EXISTS fg_wild{WORKER}")


@pytest.mark.parametrize("is_switched_on", [True, False])
def test_rights_through_roles_are_seen_and_no_password_hash(is_switched_on: bool, own_account: sa.Engine, mariadb: MariaDb) -> None:
    """An account could switch a role on by itself, so it counts also while it is off."""
    host = mariadb.account_host
    execute(
        mariadb.root_url,
        f"CREATE ROLE fg_inner{WORKER}",
        f"CREATE ROLE `fg_out%er{WORKER}`",
        f"GRANT fg_inner{WORKER} TO `fg_out%er{WORKER}`",
        f"GRANT `fg_out%er{WORKER}` TO 'fg_grants{WORKER}'@'{host}'",
        f"SET DEFAULT ROLE {f'`fg_out%er{WORKER}`' if is_switched_on else 'NONE'} FOR 'fg_grants{WORKER}'@'{host}'",
        f"GRANT DROP ON `fg\\_roles`.* TO fg_inner{WORKER}",
    )
    with own_account.connect() as connection:
        grants = read_grants(connection)
        raw = "".join(connection.exec_driver_sql("SHOW GRANTS").scalars())
        assert connection.scalar(sa.text("SELECT CURRENT_ROLE()")) == (f"fg_out%er{WORKER}" if is_switched_on else None)
    assert list(compare(grants, database="fg_roles", wanted=[], tables=[])) == [Difference(EVERY_TABLE, frozenset({"DROP"}))]
    assert "IDENTIFIED BY PASSWORD" in raw, "otherwise the next line proves nothing"
    assert "*" + raw.partition("'*")[2].partition("'")[0] not in repr(grants)


def test_rights_that_everybody_has_count_too(own_account: sa.Engine, mariadb: MariaDb) -> None:
    execute(mariadb.root_url, "GRANT CREATE ON `fg\\_public`.* TO PUBLIC")
    try:
        with own_account.connect() as connection:
            grants = read_grants(connection)
        assert list(compare(grants, database="fg_public", wanted=[], tables=[])) == [Difference(EVERY_TABLE, frozenset({"CREATE"}))]
    finally:
        execute(mariadb.root_url, "REVOKE CREATE ON `fg\\_public`.* FROM PUBLIC")


def test_all_accounts_are_printed_with_the_names_that_the_settings_use(app: Flask, accounts: Accounts) -> None:
    result = app.test_cli_runner().invoke(args=["grants"])
    assert result.exit_code == 0
    for url in (accounts.runtime[0], accounts.migrations[0]):
        assert f"TO '{sa.make_url(url).username}'@'localhost';" in result.output
    assert "TO 'fivegate_portal'@'localhost';" in result.output
    assert "-- CREATE USER 'fivegate_portal'@'localhost' IDENTIFIED BY" in result.output


def test_three_accounts_cannot_share_one_name(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["grants", "--user", "x"])
    assert result.exit_code == 2
    assert "--user needs one --account" in result.output
