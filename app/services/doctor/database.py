"""The servers themselves: reachable, known, on time, not held up by a forgotten transaction."""

from collections.abc import Iterator
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from app.services.doctor.finding import Finding, Setup, danger, ok, warning

OLDEST_MARIADB = (10, 6)
OLDEST_MYSQL = (8, 0)
CLOCK_WARNING_SECONDS, CLOCK_DANGER_SECONDS = 2, 30
TRANSACTION_WARNING_SECONDS, TRANSACTION_DANGER_SECONDS = 600, 3600
LONG_HISTORY = 100_000
"""Row versions that the server keeps for the oldest reader; it grows while a forgotten transaction is open."""


def look_at_servers(setup: Setup) -> Iterator[Finding]:
    for home, engine in setup.homes:
        title = home.capitalize()
        try:
            with engine.connect() as connection:
                yield _known_server(title, connection)
        except DBAPIError as exc:
            number = exc.orig.args[0] if exc.orig is not None and exc.orig.args else ""
            reason = f" (error {number})" if isinstance(number, int) else ""
            name = "FIVEGATE_DATABASE_URL" if engine is setup.app_engine else "FIVEGATE_TRAFFIC_DATABASE_URL"
            yield danger(title, f"It does not answer{reason}.", f"Check {name}, the account's password and that the server runs.")


def _known_server(title: str, connection: sa.Connection) -> Finding:
    dialect = connection.dialect
    version = dialect.server_version_info or (0,)
    text = ".".join(str(part) for part in version if isinstance(part, int))
    if dialect.name == "sqlite":
        return ok(title, f"SQLite {text}.")
    if dialect.is_mariadb:  # type: ignore[attr-defined]  # of the MySQL dialects
        if version < OLDEST_MARIADB:
            return danger(title, f"MariaDB {text} is too old.", "Use MariaDB 10.6 or newer.")
        return ok(title, f"MariaDB {text} answers.")
    if version < OLDEST_MYSQL:
        return danger(title, f"MySQL {text} is too old.", "Use MySQL 8 or MariaDB 10.6 or newer.")
    return warning(title, f"MySQL {text} is meant to work and was not run yet.", "Try it out before people rely on it, or use MariaDB.")


def look_at_clock(setup: Setup) -> Iterator[Finding]:
    title = "Clock"
    for home, engine in setup.homes:
        if engine.dialect.name == "sqlite":
            yield ok(title, f"The {home} is a file here: one clock.")
            continue
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
            before = setup.now()
            theirs: datetime = connection.scalar(sa.text("SELECT UTC_TIMESTAMP(6)")).replace(tzinfo=UTC)
            after = setup.now()
        apart = abs((before + (after - before) / 2 - theirs).total_seconds())
        remedy = "Run a time service (chrony, systemd-timesyncd) on both machines."
        if apart > CLOCK_DANGER_SECONDS:
            yield danger(title, f"This machine and the {home} are {apart:.0f} s apart: leases and links end at the wrong time.", remedy)
        elif apart > CLOCK_WARNING_SECONDS:
            yield warning(title, f"This machine and the {home} are {apart:.1f} s apart.", remedy)
        else:
            yield ok(title, f"This machine and the {home} agree to {max(apart, 0.01):.2f} s.")


def look_at_transactions(setup: Setup) -> Iterator[Finding]:
    """The oldest open transaction of anybody: one that was forgotten slows every query on changed tables."""
    title = "Open transactions"
    for home, engine in setup.homes:
        if engine.dialect.name == "sqlite":
            continue
        with engine.connect() as connection:
            try:
                yield _oldest(title, home, connection)
            except DBAPIError:
                connection.rollback()
                yield _history(title, home, connection)


def _oldest(title: str, home: str, connection: sa.Connection) -> Finding:
    row = connection.execute(
        sa.text(
            "SELECT trx_mysql_thread_id, TIMESTAMPDIFF(SECOND, trx_started, NOW()) FROM information_schema.innodb_trx "
            "WHERE trx_mysql_thread_id <> CONNECTION_ID() ORDER BY trx_started LIMIT 1"
        )
    ).one_or_none()
    if row is None:
        return ok(title, f"None on the server of the {home}.")
    thread, seconds = row
    sentence = f"The oldest on the server of the {home} has been open for {seconds // 60} min."
    remedy = (
        "It was left in XA PREPARE: find it with XA RECOVER, then XA ROLLBACK it."
        if not thread
        else f"Find out whose connection {thread} is, then: KILL {thread};"
    )
    if seconds > TRANSACTION_DANGER_SECONDS:
        return danger(title, sentence, remedy)
    if seconds > TRANSACTION_WARNING_SECONDS:
        return warning(title, sentence, remedy)
    return ok(title, f"The oldest on the server of the {home} is {seconds} s old.")


def _history(title: str, home: str, connection: sa.Connection) -> Finding:
    """What an account without PROCESS, as ours should be, may see of it."""
    row = connection.execute(sa.text("SHOW GLOBAL STATUS LIKE 'Innodb_history_list_length'")).one_or_none()
    look = "As an administrator: SELECT trx_started, trx_mysql_thread_id FROM information_schema.innodb_trx ORDER BY trx_started LIMIT 1;"
    if row is None:
        return ok(title, f"Our account rightly may not see those of others on the server of the {home}. {look}")
    length = int(row[1])
    if length > LONG_HISTORY:
        return warning(title, f"The server of the {home} keeps {length:,} old row versions: somebody's transaction is open for long.", look)
    return ok(title, f"The server of the {home} keeps {length:,} old row versions: nobody holds it up.")


def look_at_local_infile(setup: Setup) -> Iterator[Finding]:
    title = "Fast loading"
    for home, engine in setup.homes:
        if engine.dialect.name == "sqlite":
            continue
        with engine.connect() as connection:
            is_on = bool(connection.scalar(sa.text("SELECT @@GLOBAL.local_infile")))
        if is_on:
            yield ok(title, f"The {home} takes LOAD DATA LOCAL.")
        else:
            sentence = f"The {home} refuses LOAD DATA LOCAL: large imports take a slower way."
            yield warning(
                title, sentence, "SET GLOBAL local_infile = 1; and local_infile = 1 under [mysqld] in the server's configuration."
            )
