"""What the account that this process uses may do, as the server says, against what app/services/privileges.py wants."""

from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from app.services.doctor.finding import Finding, Setup, danger, ok
from app.services.privileges import DatabaseAccount, app_tables, literal, quoted, quoted_database_pattern, traffic_tables, wanted_grants
from app.services.server_grants import EVERY_TABLE, WHOLE_SERVER, Difference, compare, read_grants

SHOWN = 6
PROBE = "CREATE TABLE fivegate_probe (id INTEGER)"


def look_at_privileges(setup: Setup) -> Iterator[Finding]:
    account = DatabaseAccount.RUNTIME if setup.settings.serves_staff else DatabaseAccount.PORTAL
    tables = (app_tables(), traffic_tables())
    for (home, engine), known in zip(setup.homes, tables, strict=True):
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                yield _on_sqlite(home, connection)
            else:
                yield from _on_server(home, connection, account, known)


def _on_sqlite(home: str, connection: sa.Connection) -> Finding:
    title = f"Privileges on the {home}"
    try:
        connection.execute(sa.text(PROBE))
    except DatabaseError:
        return ok(title, "SQLite has no accounts; the application's connections refuse to change tables, which was tried.")
    finally:
        connection.rollback()
    return danger(title, "The application's connections can change tables.", "Tell whoever maintains Fivegate: this should not happen.")


def _on_server(home: str, connection: sa.Connection, account: DatabaseAccount, tables: Sequence[str]) -> Iterator[Finding]:
    title = f"Privileges on the {home}"
    database = str(connection.scalar(sa.text("SELECT DATABASE()")))
    user = str(connection.scalar(sa.text("SELECT CURRENT_USER()")))
    wanted = list(wanted_grants(account, list(tables)))
    differences = list(compare(read_grants(connection), database=database, wanted=wanted, tables=tables))
    missing = [found for found in differences if found.missing]
    too_much = [found for found in differences if found.too_much]
    if missing:
        yield danger(
            title,
            f"The {account.value} account lacks {_listed(f'{_names(found.missing)} on {found.where}' for found in missing)}.",
            f"flask grants --account {account.value}   (run what it prints as an administrator of the server)",
        )
    if too_much:
        yield danger(
            title,
            f"The {account.value} account may do more than it needs: "
            f"{_listed(f'{_names(found.too_much)} on {found.where}' for found in too_much)}.",
            "   ".join(_revoke(found, database, user) for found in too_much[:SHOWN])
            + "   (from the role or PUBLIC where it comes from one; flask grants prints what should be there)",
        )
    if not differences:
        yield ok(title, f"The {account.value} account may do what it needs on {len(wanted)} tables, and nothing else.")


def _names(privileges: frozenset[str]) -> str:
    return ", ".join(sorted(privileges))


def _listed(parts: Iterable[str]) -> str:
    texts = list(parts)
    more = f"; and on {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return "; ".join(texts[:SHOWN]) + more


def _revoke(found: Difference, database: str, user: str) -> str:
    name, _, host = user.rpartition("@")
    where = {WHOLE_SERVER: "*.*", EVERY_TABLE: f"{quoted_database_pattern(database)}.*"}.get(
        found.where, f"{quoted(database)}.{quoted(found.where)}"
    )
    return f"REVOKE {_names(found.too_much)} ON {where} FROM {literal(name)}@{literal(host)};"
