"""Databases of a test session: schemas, the three accounts, migrations; and emptying them between two tests."""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from flask_migrate import upgrade
from pydantic import SecretStr

from app import create_app
from app.config import Environment, Settings
from app.models import Base, TrafficBase
from app.services.privileges import DatabaseAccount, app_tables, grant_statements, traffic_tables
from tests.support.alone import one_process_at_a_time
from tests.support.mariadb import ExternalServer, MariaDb, execute

PASSWORD = "only-for-tests"
KEY_RING = "k1:" + "A" * 43 + "="
SECRET_KEY = "test-key-" + "x" * 40


@dataclass(frozen=True)
class Accounts:
    """Addresses of the two databases for each account."""

    runtime: tuple[str, str]
    portal: tuple[str, str]
    migrations: tuple[str, str]
    admin: tuple[str, str]
    """May delete from every table: empties them between two tests."""


Server = MariaDb | ExternalServer


def make_accounts(server: Server, *, suffix: str) -> Accounts:
    """Create both schemas and the three accounts of the documentation, migrate, and grant table by table."""
    schemas = schema_names(suffix)
    users = {account: f"fg_{account.value}_{suffix}" for account in DatabaseAccount}
    host = server.account_host
    drop_accounts(server, suffix=suffix)
    statements = [f"CREATE DATABASE `{schema}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci" for schema in schemas]
    statements += [f"CREATE USER '{user}'@'{host}' IDENTIFIED BY '{PASSWORD}'" for user in users.values()]
    for schema in schemas:
        statements += grants(DatabaseAccount.MIGRATIONS, users[DatabaseAccount.MIGRATIONS], schema, [], host=host)
    execute(server.root_url, *statements)

    def urls(user: str, password: str = PASSWORD) -> tuple[str, str]:
        return server.url(user, password, schemas[0]), server.url(user, password, schemas[1])

    accounts = Accounts(
        runtime=urls(users[DatabaseAccount.RUNTIME]),
        portal=urls(users[DatabaseAccount.PORTAL]),
        migrations=urls(users[DatabaseAccount.MIGRATIONS]),
        admin=urls(server.root, ""),
    )
    migrate(accounts)
    for account in (DatabaseAccount.RUNTIME, DatabaseAccount.PORTAL):
        execute(server.root_url, *grants(account, users[account], schemas[0], app_tables(), host=host))
        execute(server.root_url, *grants(account, users[account], schemas[1], traffic_tables(), host=host))
    return accounts


def schema_names(suffix: str) -> tuple[str, str]:
    return f"fg_app_{suffix}", f"fg_traffic_{suffix}"


def drop_accounts(server: Server, *, suffix: str) -> None:
    """Remove what ``make_accounts`` made: a server that is not ours keeps nothing, also of a run that was killed."""
    statements = [f"DROP DATABASE IF EXISTS `{schema}`" for schema in schema_names(suffix)]
    statements += [f"DROP USER IF EXISTS 'fg_{account.value}_{suffix}'@'{server.account_host}'" for account in DatabaseAccount]
    execute(server.root_url, *statements)


def grants(account: DatabaseAccount, user: str, schema: str, tables: list[str], *, host: str = "localhost") -> list[str]:
    return [s.rstrip(";") for s in grant_statements(account, user=user, host=host, database=schema, tables=tables)]


class SqliteFiles:
    """Migrated once in a run by whichever process needs them first; every test has copies of its own."""

    NAMES = ("app.sqlite", "traffic.sqlite")

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def copy_to(self, directory: Path) -> Accounts:
        """:return: the addresses of the copies, in that directory"""
        made = self.directory / "made"
        with one_process_at_a_time(self.directory / "lock"):
            if not made.exists():
                sqlite_accounts(self.directory)
                made.touch()
        for name in self.NAMES:
            with closing(sqlite3.connect(self.directory / name)) as source, closing(sqlite3.connect(directory / name)) as copy:
                source.backup(copy)
        return sqlite_urls(directory)


def sqlite_accounts(directory: Path) -> Accounts:
    """Brought there by all migrations, one after the other."""
    accounts = sqlite_urls(directory)
    migrate(accounts)
    return accounts


def sqlite_urls(directory: Path) -> Accounts:
    first, second = (f"sqlite:///{directory / name}" for name in SqliteFiles.NAMES)
    return Accounts(*([(first, second)] * 4))


def migrate(accounts: Accounts) -> None:
    app = create_app(settings_for(accounts, data_dir=Path("/nonexistent")))
    with app.app_context():
        upgrade()


def settings_for(accounts: Accounts, *, data_dir: Path, redis_url: str = "", **changes: object) -> Settings:
    values: dict[str, object] = {
        "environment": Environment.TEST,
        "data_dir": data_dir,
        "secret_key": SecretStr(SECRET_KEY),
        "key_ring": SecretStr(KEY_RING),
        "database_url": SecretStr(accounts.runtime[0]),
        "traffic_database_url": SecretStr(accounts.runtime[1]),
        "migrations_database_url": SecretStr(accounts.migrations[0]),
        "traffic_migrations_database_url": SecretStr(accounts.migrations[1]),
        "redis_url": SecretStr(redis_url or "unix:///nonexistent/valkey.sock"),
        "public_url": "http://localhost",
    }
    return Settings.model_validate({**values, **changes})


class Cleaner:
    """Empties every table that holds rows, as an account that may."""

    def __init__(self, accounts: Accounts) -> None:
        pairs = zip(accounts.admin, (Base.metadata, TrafficBase.metadata), strict=True)
        self.homes = [(sa.create_engine(url, isolation_level="AUTOCOMMIT"), metadata) for url, metadata in pairs]
        self.connections = [engine.connect() for engine, _metadata in self.homes]
        for connection, (_engine, metadata) in zip(self.connections, self.homes, strict=True):
            connection.exec_driver_sql("SET foreign_key_checks = 0")  # notes that follow notes have no order to go by
            # On the server: after each of thousands of tests, asking which of all tables hold rows takes longer than emptying them.
            each = (f"IF EXISTS (SELECT 1 FROM `{name}`) THEN DELETE FROM `{name}`; END IF;" for name in metadata.tables)
            connection.exec_driver_sql(f"CREATE PROCEDURE empty_all() BEGIN {' '.join(each)} END")

    def empty(self) -> None:
        for connection in self.connections:
            connection.exec_driver_sql("CALL empty_all()")

    def close(self) -> None:
        for connection in self.connections:
            connection.close()
        for engine, _metadata in self.homes:
            engine.dispose()


def external_server_url() -> str:
    """Another server to run the suite on, or empty."""
    return os.environ.get("TEST_DATABASE_URL", "")
