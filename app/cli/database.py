"""Commands for whoever looks after the databases."""

from typing import Any

import click
from flask import Flask, current_app
from sqlalchemy.engine import URL, make_url

from app.config import Settings
from app.services import marks
from app.services.errors import ServiceError
from app.services.privileges import DatabaseAccount, grants_script

ALL = "all"
DEFAULT_USERS = {
    DatabaseAccount.MIGRATIONS: "fivegate_migrations",
    DatabaseAccount.RUNTIME: "fivegate",
    DatabaseAccount.PORTAL: "fivegate_portal",
}


def init_app(app: Flask) -> None:
    app.cli.add_command(grants)
    app.cli.add_command(mark_databases)


@click.command("grants")
@click.option("--account", type=click.Choice([ALL, *(account.value for account in DatabaseAccount)]), default=ALL, show_default=True)
@click.option("--user", help="Name of the account on the server; only with one --account.")
@click.option("--host", help="Where the account signs in from, as MySQL means it. Default: localhost for a server here, else %.")
@click.option("--database", help="Name of the application database, where FIVEGATE_DATABASE_URL does not say it.")
@click.option("--traffic-database", help="Name of the traffic database.")
def grants(account: str, user: str | None, host: str | None, database: str | None, traffic_database: str | None) -> None:
    """Print what each database account may do, as SQL.

    Run the output as an administrator of the server: once for the migrations account, and after each `flask db upgrade`
    that added a table for the other two, for a grant can only name a table that is there.
    """
    if user and account == ALL:
        raise click.UsageError("--user needs one --account: three accounts cannot have one name.")
    settings: Settings = current_app.extensions["fivegate.settings"]
    addresses = (make_url(settings.database_url.get_secret_value()), make_url(settings.traffic_database_url.get_secret_value()))
    databases = _names(addresses, (database, traffic_database))
    wanted = list(DatabaseAccount) if account == ALL else [DatabaseAccount(account)]
    for number, one in enumerate(wanted):
        name = user or _user_of(one, settings) or DEFAULT_USERS[one]
        script = grants_script(one, user=name, host=host or _host_seen_by(addresses[0]), databases=databases)
        click.echo("\n".join([""] * bool(number) + script))


def _names(addresses: tuple[URL, URL], given: tuple[str | None, str | None]) -> tuple[str, str]:
    named = [name or (url.database if not _is_sqlite(url) else None) for url, name in zip(addresses, given, strict=True)]
    if not all(named):
        raise click.ClickException(
            "The databases are SQLite files, which have no accounts: on them the application takes DDL away from itself. "
            "To print the grants for a server, name both with --database and --traffic-database."
        )
    return str(named[0]), str(named[1])


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _user_of(account: DatabaseAccount, settings: Settings) -> str | None:
    """The name that the settings already use for this account."""
    if account is DatabaseAccount.MIGRATIONS:
        text = settings.migrations_database_url.get_secret_value()
    elif (account is DatabaseAccount.PORTAL) is not settings.serves_staff:
        text = settings.database_url.get_secret_value()
    else:
        text = ""
    return make_url(text).username if text else None


def _host_seen_by(url: URL) -> str:
    if _is_sqlite(url):
        return "localhost"
    query: dict[str, Any] = dict(url.query)
    return "localhost" if "unix_socket" in query or (url.host or "localhost") in {"localhost", "127.0.0.1", "::1"} else "%"


@click.command("mark-databases")
def mark_databases() -> None:
    """Write the same mark into both databases, so that `flask doctor` notices when one of them is from elsewhere.

    `flask create-admin` does it too. Run again it changes nothing.
    """
    try:
        marks.ensure_marks()
    except ServiceError as exc:
        raise click.ClickException(str(exc)) from exc
    click.echo("Both databases carry the mark of this installation.")
