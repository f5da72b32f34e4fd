"""Tables of what was agreed about a connector, and of receipts of purges."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create_integration_authorizations()
        _create_export_agreements()
        _create_failure_paths()
        _create_retention_rules()
        _create_report_window_rules()
        _create_purge_receipts()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("purge_receipts")
        op.drop_table("report_window_rules")
        op.drop_table("retention_rules")
        op.drop_table("failure_paths")
        op.drop_table("export_agreements")
        op.drop_table("integration_authorizations")


def _create_integration_authorizations() -> None:
    op.create_table(
        "integration_authorizations",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("current_key", types.ascii_key(36), nullable=True),
        sa.Column("reads", sa.String(length=600), nullable=False),
        sa.Column("writes", sa.String(length=600), nullable=False),
        sa.Column("given_by", sa.String(length=120), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("proof", sa.String(length=300), nullable=False),
        sa.Column("by_portal", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("recorded_by_id", types.big_id, nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_note", sa.String(length=300), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_integration_authorizations_account_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_integration_authorizations_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integration_authorizations")),
        sa.UniqueConstraint("current_key", name=op.f("uq_integration_authorizations_current_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_integration_authorizations_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_integration_authorizations_account_id"), "integration_authorizations", ["account_id"], unique=False)
    op.create_index(op.f("ix_integration_authorizations_recorded_by_id"), "integration_authorizations", ["recorded_by_id"], unique=False)


def _create_export_agreements() -> None:
    op.create_table(
        "export_agreements",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("data_type", types.ascii_key(40), nullable=False),
        sa.Column("supplier", sa.String(length=120), nullable=False),
        sa.Column("every_days", sa.Integer(), nullable=False),
        sa.Column("next_due", sa.Date(), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_export_agreements_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_agreements")),
        sa.UniqueConstraint("public_id", name=op.f("uq_export_agreements_public_id")),
        sa.UniqueConstraint("account_id", "data_type", name=op.f("uq_export_agreements_account_id_data_type")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_export_agreements_account_id"), "export_agreements", ["account_id"], unique=False)


def _create_failure_paths() -> None:
    op.create_table(
        "failure_paths",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("told", types.long_text, nullable=False),
        sa.Column("channel", sa.String(length=200), nullable=False),
        sa.Column("client_sees", sa.String(length=300), nullable=False),
        sa.Column("fallback", sa.String(length=300), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_failure_paths_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failure_paths")),
        sa.UniqueConstraint("public_id", name=op.f("uq_failure_paths_public_id")),
        sa.UniqueConstraint("account_id", name=op.f("uq_failure_paths_account_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )


def _create_retention_rules() -> None:
    op.create_table(
        "retention_rules",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("data_class", types.ascii_key(40), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_retention_rules_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_rules")),
        sa.UniqueConstraint("public_id", name=op.f("uq_retention_rules_public_id")),
        sa.UniqueConstraint("account_id", "data_class", name=op.f("uq_retention_rules_account_id_data_class")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_retention_rules_account_id"), "retention_rules", ["account_id"], unique=False)


def _create_report_window_rules() -> None:
    op.create_table(
        "report_window_rules",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("rule", types.ascii_key(20), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_report_window_rules_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_window_rules")),
        sa.UniqueConstraint("account_id", name=op.f("uq_report_window_rules_account_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_report_window_rules_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )


def _create_purge_receipts() -> None:
    op.create_table(
        "purge_receipts",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=True),
        sa.Column("job_public_id", types.ascii_key(36), nullable=False),
        sa.Column("data_class", types.ascii_key(40), nullable=False),
        sa.Column("rule_days", sa.Integer(), nullable=False),
        sa.Column("older_than", types.UtcDateTime(), nullable=False),
        sa.Column("removed", sa.BigInteger(), nullable=False),
        sa.Column("digest", types.ascii_key(64), nullable=False),
        sa.Column("purged_at", types.UtcDateTime(), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_purge_receipts_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purge_receipts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_purge_receipts_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_purge_receipts_account_id_id"), "purge_receipts", ["account_id", "id"], unique=False)
