"""Extensions, unbound; only the factory binds them to an application."""

import sqlite3
import time
from contextvars import ContextVar
from typing import Any

import sqlalchemy as sa
from flask_limiter import Limiter
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from redis.exceptions import RedisError
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry as PoolRecord

from app.models.base import TRAFFIC, Base, TrafficBase

db = SQLAlchemy(metadata=Base.metadata, session_options={"autoflush": True})
db.metadatas[TRAFFIC] = TrafficBase.metadata

migrate = Migrate()
login_manager = LoginManager()
csrf = CSRFProtect()


class PatientLimiter(Limiter):
    """Counts in memory while Redis is away, for every request.

    The library turns to memory in the request that meets the dead connection first; requests that are under way in
    other threads at that moment would answer 500. They count in memory as well instead.
    """

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        try:
            super()._check_request_limit(callable_name, in_middleware)
        except RedisError:
            self.context.seen_limits.clear()  # as the library does before its own second attempt
            super()._check_request_limit(callable_name, in_middleware)


limiter = PatientLimiter(
    key_func=lambda: "unused: every limit names its own key",
    strategy="moving-window",
    in_memory_fallback_enabled=True,  # without it a limited route answers 500 while Valkey is away
    headers_enabled=False,
)

will_write: ContextVar[bool] = ContextVar("will_write", default=False)
"""Whether what runs now is going to write. On SQLite such a transaction takes the write lock when it
begins: one that read first fails at once on its first write, and two that read the same head fork a chain."""

SQLITE_BUSY_SECONDS = 20
IDLE_SECONDS = 5.0
"""After which a connection may have been ended by the server, or by whatever stands between."""
_RETURNED_AT = "fivegate.returned_at"
REFUSED_ON_SQLITE = frozenset(
    getattr(sqlite3, name)
    for name in [
        "SQLITE_CREATE_TABLE",
        "SQLITE_CREATE_INDEX",
        "SQLITE_CREATE_TRIGGER",
        "SQLITE_CREATE_VIEW",
        "SQLITE_CREATE_VTABLE",
        "SQLITE_DROP_TABLE",
        "SQLITE_DROP_INDEX",
        "SQLITE_DROP_TRIGGER",
        "SQLITE_DROP_VIEW",
        "SQLITE_DROP_VTABLE",
        "SQLITE_ALTER_TABLE",
        "SQLITE_ATTACH",
        "SQLITE_DETACH",
    ]
)


def engine_options(url: str, *, pool_size: int = 5, runtime: bool = True) -> dict[str, Any]:
    """How an engine for ``url`` is made: READ COMMITTED, UTC.

    :param pool_size: connections kept open
    :param runtime: False for migrations, which may change tables
    """
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": SQLITE_BUSY_SECONDS, "check_same_thread": False}}
    return {
        "pool_size": pool_size,
        "max_overflow": 5 if runtime and pool_size > 1 else 0,
        "pool_recycle": 1800,
        "isolation_level": "READ COMMITTED",
        "connect_args": {
            **_transport(url),
            "charset": "utf8mb4",
            "connect_timeout": 5,
            "init_command": "SET time_zone = '+00:00', sql_mode = 'TRADITIONAL', innodb_lock_wait_timeout = 20",
        },
    }


def _transport(url: str) -> dict[str, bool]:
    """Nobody stands between two processes of one machine, and making ready for TLS takes longer than connecting.

    An address that says something about TLS itself, because its account demands it, is left to say so.
    """
    query = sa.make_url(url).query
    is_told = any(name.startswith("ssl") for name in query)
    return {"ssl_disabled": True} if "unix_socket" in query and not is_told else {}


def prepare_engine(engine: sa.Engine, *, runtime: bool = True) -> None:
    """Have a server's connections tried that were idle. Give a SQLite engine transactions that behave, and take DDL away from the
    runtime."""
    if engine.dialect.name != "sqlite":
        _try_idle_connections(engine)
        return

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy begins transactions, not the driver
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        if runtime:
            connection.set_authorizer(refuse_ddl)

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if will_write.get() else "BEGIN")


def _try_idle_connections(engine: sa.Engine) -> None:
    """Before a connection is used that nobody used for a while, ask whether the server still has it; a new one is made where it has not.

    SQLAlchemy's own check asks before each use: on a page of the portal that is every third word with the server. A
    connection that was used a moment ago and is gone since is noticed by its next statement, which fails, and then no
    other one of the pool is trusted.
    """

    @sa.event.listens_for(engine, "checkin")
    def _returned(_connection: object, record: PoolRecord) -> None:
        record.info[_RETURNED_AT] = time.monotonic()

    @sa.event.listens_for(engine, "checkout")
    def _taken(connection: Any, record: PoolRecord, _proxy: object) -> None:
        returned = record.info.get(_RETURNED_AT)
        if returned is not None and time.monotonic() - returned > IDLE_SECONDS:
            try:
                connection.ping(reconnect=False)
            except Exception as exc:  # whatever the driver says: it is not to be used, and the pool makes another one
                raise DisconnectionError from exc


def refuse_ddl(action: int, first: str | None, second: str | None, _database: str | None, _trigger: str | None) -> int:
    """SQLite authorizer: what a runtime account is refused on a server is refused here too."""
    if action in REFUSED_ON_SQLITE:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA and (first or "").lower() == "writable_schema" and second is not None:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_UPDATE and first in {"sqlite_master", "sqlite_schema"}:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK
