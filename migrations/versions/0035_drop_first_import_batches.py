"""The first shape of integration_import_batches goes: nothing could write to it before the next revision makes it anew."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        op.drop_table("integration_import_batches")


def downgrade(home: str) -> None:
    if home == "app":
        op.create_table(
            "integration_import_batches",
            sa.Column("id", types.big_id, nullable=False),
            sa.Column("account_id", types.big_id, nullable=False),
            sa.Column("job_id", types.big_id, nullable=False),
            sa.Column("provider", types.ascii_key(40), nullable=False),
            sa.Column("data_type", types.ascii_key(40), nullable=False),
            sa.Column(
                "kind",
                sa.Enum("test", "production", name="batchkind", native_enum=False, create_constraint=True, length=40),
                nullable=False,
            ),
            sa.Column(
                "status",
                sa.Enum(
                    "staged",
                    "complete",
                    "failed",
                    "quarantined",
                    "reversed",
                    name="batchstatus",
                    native_enum=False,
                    create_constraint=True,
                    length=40,
                ),
                nullable=False,
            ),
            sa.Column("source_name", sa.String(length=255), nullable=False),
            sa.Column("source_sha256", types.ascii_key(64), nullable=True),
            sa.Column("first_date", sa.Date(), nullable=True),
            sa.Column("last_date", sa.Date(), nullable=True),
            sa.Column("rows_read", sa.BigInteger(), nullable=True),
            sa.Column("rows_new", sa.BigInteger(), nullable=True),
            sa.Column("rows_changed", sa.BigInteger(), nullable=True),
            sa.Column("rows_unchanged", sa.BigInteger(), nullable=True),
            sa.Column("rows_rejected", sa.BigInteger(), nullable=True),
            sa.Column("class_counts", types.long_text, nullable=False),
            sa.Column("error_note", sa.String(length=500), nullable=False),
            sa.Column("completed_at", types.UtcDateTime(), nullable=True),
            sa.Column("public_id", types.ascii_key(36), nullable=False),
            sa.Column("created_at", types.UtcDateTime(), nullable=False),
            sa.Column("updated_at", types.UtcDateTime(), nullable=False),
            sa.ForeignKeyConstraint(
                ["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_integration_import_batches_account_id")
            ),
            sa.ForeignKeyConstraint(["job_id"], ["integration_sync_jobs.id"], name=op.f("fk_integration_import_batches_job_id")),
            sa.PrimaryKeyConstraint("id", name=op.f("pk_integration_import_batches")),
            sa.UniqueConstraint("public_id", name=op.f("uq_integration_import_batches_public_id")),
            mysql_charset="utf8mb4",
            mysql_collate="utf8mb4_unicode_ci",
            mysql_engine="InnoDB",
        )
        op.create_index(
            op.f("ix_integration_import_batches_account_id_data_type_id"),
            "integration_import_batches",
            ["account_id", "data_type", "id"],
            unique=False,
        )
        op.create_index(op.f("ix_integration_import_batches_job_id"), "integration_import_batches", ["job_id"], unique=False)
