"""Table integration_import_batches of the application database, with map, file, home, stages and reversal."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("integration_import_batches")


def _create() -> None:
    op.create_table(
        "integration_import_batches",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("job_id", types.big_id, nullable=False),
        sa.Column("reversal_job_id", types.big_id, nullable=True),
        sa.Column("field_map_id", types.big_id, nullable=True),
        sa.Column("file_id", types.big_id, nullable=True),
        sa.Column("provider", types.ascii_key(40), nullable=False),
        sa.Column("data_type", types.ascii_key(40), nullable=False),
        sa.Column(
            "kind", sa.Enum("test", "production", name="batchkind", native_enum=False, create_constraint=True, length=40), nullable=False
        ),
        sa.Column("home", sa.Enum("app", "traffic", name="datahome", native_enum=False, create_constraint=True, length=40), nullable=False),
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
        sa.Column("open_key", types.ascii_key(100), nullable=True),
        sa.Column("source_name", sa.String(length=255), nullable=False),
        sa.Column("source_sha256", types.ascii_key(64), nullable=True),
        sa.Column("source_bytes", sa.BigInteger(), nullable=True),
        sa.Column("first_date", sa.Date(), nullable=True),
        sa.Column("last_date", sa.Date(), nullable=True),
        sa.Column("rows_read", sa.BigInteger(), nullable=True),
        sa.Column("rows_new", sa.BigInteger(), nullable=True),
        sa.Column("rows_changed", sa.BigInteger(), nullable=True),
        sa.Column("rows_unchanged", sa.BigInteger(), nullable=True),
        sa.Column("rows_rejected", sa.BigInteger(), nullable=True),
        sa.Column("rows_repeated", sa.BigInteger(), nullable=True),
        sa.Column("rows_left_out", sa.BigInteger(), nullable=True),
        sa.Column("class_counts", types.long_text, nullable=False),
        sa.Column("reject_counts", types.long_text, nullable=False),
        sa.Column("stages", types.long_text, nullable=False),
        sa.Column("error_note", sa.String(length=500), nullable=False),
        sa.Column("completed_at", types.UtcDateTime(), nullable=True),
        sa.Column("reversed_at", types.UtcDateTime(), nullable=True),
        sa.Column("remove_after", types.UtcDateTime(), nullable=True),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_integration_import_batches_account_id")
        ),
        sa.ForeignKeyConstraint(["field_map_id"], ["integration_field_maps.id"], name=op.f("fk_integration_import_batches_field_map_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_integration_import_batches_file_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["job_id"], ["integration_sync_jobs.id"], name=op.f("fk_integration_import_batches_job_id")),
        sa.ForeignKeyConstraint(
            ["reversal_job_id"], ["integration_sync_jobs.id"], name=op.f("fk_integration_import_batches_reversal_job_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integration_import_batches")),
        sa.UniqueConstraint("open_key", name=op.f("uq_integration_import_batches_open_key")),
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
    op.create_index(op.f("ix_integration_import_batches_field_map_id"), "integration_import_batches", ["field_map_id"], unique=False)
    op.create_index(op.f("ix_integration_import_batches_file_id"), "integration_import_batches", ["file_id"], unique=False)
    op.create_index(op.f("ix_integration_import_batches_job_id"), "integration_import_batches", ["job_id"], unique=False)
    op.create_index(op.f("ix_integration_import_batches_remove_after"), "integration_import_batches", ["remove_after"], unique=False)
    op.create_index(op.f("ix_integration_import_batches_reversal_job_id"), "integration_import_batches", ["reversal_job_id"], unique=False)
