"""What each database account may do, table by table. `flask grants` prints it; doctor compares it with the server.

A database-wide grant cannot be narrowed afterwards, so every table is named. A table that is missing here fails a
test: somebody has to decide who may write to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.models import Base, TrafficBase

SELECT, INSERT, UPDATE, DELETE = "SELECT", "INSERT", "UPDATE", "DELETE"
READ_WRITE = frozenset({SELECT, INSERT, UPDATE, DELETE})
READ = frozenset({SELECT})
NO_ERASE = frozenset({SELECT, INSERT, UPDATE})
APPEND = frozenset({SELECT, INSERT})
INSERT_ONLY = frozenset({INSERT})
DDL = frozenset(
    {SELECT, INSERT, UPDATE, DELETE, "CREATE", "ALTER", "DROP", "INDEX", "REFERENCES"},
)
"""What the migrations account has, on the whole database."""


class DatabaseAccount(StrEnum):
    MIGRATIONS = "migrations"
    RUNTIME = "runtime"
    PORTAL = "portal"


RUNTIME_EXCEPTIONS: dict[str, frozenset[str]] = {
    "audit_events": APPEND,  # nobody rewrites history, not even the application
    "audit_chains": NO_ERASE,
    "integration_rollback_notes": APPEND,  # followed up, never edited
    "purge_receipts": APPEND,
    "published_cards": APPEND,  # what clients were told, and when
    "published_restatements": APPEND,
    "alembic_version": READ,
}
"""Tables on which the runtime account has other than SELECT, INSERT, UPDATE and DELETE."""

PORTAL_GRANTS: dict[str, frozenset[str]] = {
    # what it reads
    "organizations": READ,
    "organization_members": READ,
    "users": READ,
    "integration_provider_accounts": READ,
    "alembic_version": READ,
    "installation_marks": READ,
    "published_homes": READ,
    "published_sources": READ,
    "published_cards": READ,
    "published_points": READ,
    "published_restatements": READ,
    "organization_logos": READ,
    # what clients say; a worker draws the consequences
    "client_acts": APPEND,
    "client_questions": APPEND,
    "access_requests": frozenset({SELECT, UPDATE}),
    "mail_choices": NO_ERASE,
    # what signing in of clients writes; nothing of staff
    "client_credentials": NO_ERASE,
    "client_recovery_codes": NO_ERASE,
    "client_sessions": NO_ERASE,
    "client_link_tokens": NO_ERASE,
    # its audit
    "audit_chains": NO_ERASE,
    "audit_events": INSERT_ONLY,
    # reset links on their way
    "outgoing_mails": INSERT_ONLY,
}
"""All that the portal's account may do; every other table is closed to it."""

NOT_FOR_THE_PORTAL = frozenset(
    {
        "staff_credentials",
        "staff_recovery_codes",
        "staff_sessions",
        "staff_link_tokens",
        "integration_credentials",
        "integration_sync_jobs",
        "integration_import_batches",
        "admin_tasks",
        "process_beats",
        "process_leases",
        "stored_files",
        "stored_file_chunks",
        "integration_data_types",
        "integration_field_maps",
        "integration_field_map_fields",
        "integration_import_rejects",
        "integration_import_staging",
        "import_batch_states",
        "crm_streams",
        "crm_records",
        "crm_leads",
        "metric_dirty_days",
        "lead_rules",
        "lead_overrules",
        "report_metrics",
        "report_metric_points",  # the portal reads published points
        "report_baselines",
        "report_changes",
        "report_restatements",
        "report_reconciliations",
        "connector_configurations",
        "connector_facets",
        "readiness_evidence",
        "evidence_dependencies",
        "readiness_current",
        "readiness_waivers",
        "readiness_acknowledgements",
        "readiness_sign_offs",
        "integration_authorizations",
        "export_agreements",
        "failure_paths",
        "retention_rules",
        "report_window_rules",
        "purge_receipts",
        "integration_promotions",
        "integration_rollback_notes",
        "report_notes",
        "digest_sendings",
        "watch_findings",
        "watch_marks",
        "health_signals",  # staff's
        "told_windows",
        "alert_channels",
        "alert_deliveries",
    }
)
"""Said, so that a new table is a decision and not an oversight."""


@dataclass(frozen=True)
class TableGrant:
    table: str
    privileges: frozenset[str]


def app_tables() -> list[str]:
    return [*sorted(Base.metadata.tables), "alembic_version"]


def traffic_tables() -> list[str]:
    return [*sorted(TrafficBase.metadata.tables), "alembic_version"]


def wanted_grants(account: DatabaseAccount, tables: list[str]) -> Iterator[TableGrant]:
    """The per-table grants of the runtime or portal account."""
    for table in tables:
        if account is DatabaseAccount.PORTAL:
            privileges = PORTAL_GRANTS.get(table, frozenset())
        else:
            privileges = RUNTIME_EXCEPTIONS.get(table, READ_WRITE)
        if privileges:
            yield TableGrant(table, privileges)


def quoted(name: str) -> str:
    """A name in a statement."""
    return "`" + name.replace("`", "``") + "`"


def quoted_database_pattern(name: str) -> str:
    """A database name in a database-wide GRANT, where ``_`` and ``%`` are wildcards unless escaped."""
    return quoted(name.replace("\\", "\\\\").replace("_", r"\_").replace("%", r"\%"))


def literal(text: str) -> str:
    """A string in a statement that is printed for a person to run."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def grant_statements(account: DatabaseAccount, *, user: str, host: str, database: str, tables: list[str]) -> list[str]:
    """The GRANT statements for one account on one database, ready for MySQL or MariaDB.

    Table names are matched literally in a per-table grant, so only the database-wide one needs escaping.
    """
    grantee = f"{literal(user)}@{literal(host)}"
    if account is DatabaseAccount.MIGRATIONS:
        return [f"GRANT {', '.join(sorted(DDL))} ON {quoted_database_pattern(database)}.* TO {grantee};"]
    return [
        f"GRANT {', '.join(sorted(grant.privileges))} ON {quoted(database)}.{quoted(grant.table)} TO {grantee};"
        for grant in wanted_grants(account, tables)
    ]


def grants_script(account: DatabaseAccount, *, user: str, host: str, databases: tuple[str, str]) -> list[str]:
    """Everything to run as an administrator of the server for one account, without a password.

    :param databases: names of the application and the traffic database
    """
    lines = [
        f"-- The {account.value} account. If it is not there yet:",
        f"-- CREATE USER {literal(user)}@{literal(host)} IDENTIFIED BY '…a long random password…';",
    ]
    for database, tables in zip(databases, (app_tables(), traffic_tables()), strict=True):
        lines += grant_statements(account, user=user, host=host, database=database, tables=tables)
    return lines
