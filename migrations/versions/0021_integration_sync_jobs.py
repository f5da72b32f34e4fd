"""Table integration_sync_jobs of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("integration_sync_jobs")


def _create() -> None:
    op.create_table(
        "integration_sync_jobs",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("organization_id", types.big_id, nullable=True),
        sa.Column("account_id", types.big_id, nullable=True),
        sa.Column("kind", types.ascii_key(40), nullable=False),
        sa.Column("data_type", types.ascii_key(40), nullable=False),
        sa.Column("queue", types.ascii_key(20), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "queued",
                "running",
                "retrying",
                "parked",
                "succeeded",
                "failed",
                "canceled",
                name="jobstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("open_key", types.key_string(140), nullable=True),
        sa.Column("slot_key", types.key_string(100), nullable=True),
        sa.Column("requested_by_id", types.big_id, nullable=True),
        sa.Column("due_at", types.UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("started_at", types.UtcDateTime(), nullable=True),
        sa.Column("finished_at", types.UtcDateTime(), nullable=True),
        sa.Column("lease_token", types.ascii_key(36), nullable=True),
        sa.Column("leased_until", types.UtcDateTime(), nullable=True),
        sa.Column("connection_id", sa.BigInteger(), nullable=True),
        sa.Column("rows_done", sa.BigInteger(), nullable=False),
        sa.Column("rows_expected", sa.BigInteger(), nullable=True),
        sa.Column("window_start", types.UtcDateTime(), nullable=True),
        sa.Column("window_end", types.UtcDateTime(), nullable=True),
        sa.Column("progress_note", sa.String(length=200), nullable=False),
        sa.Column("result_note", sa.String(length=500), nullable=False),
        sa.Column("error_note", sa.String(length=500), nullable=False),
        sa.Column("counts", types.long_text, nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_integration_sync_jobs_attempts_not_negative")),
        sa.CheckConstraint("rows_done >= 0", name=op.f("ck_integration_sync_jobs_rows_done_not_negative")),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_integration_sync_jobs_account_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_integration_sync_jobs_organization_id")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_integration_sync_jobs_requested_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integration_sync_jobs")),
        sa.UniqueConstraint("open_key", name=op.f("uq_integration_sync_jobs_open_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_integration_sync_jobs_public_id")),
        sa.UniqueConstraint("slot_key", name=op.f("uq_integration_sync_jobs_slot_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_integration_sync_jobs_account_id_id"), "integration_sync_jobs", ["account_id", "id"], unique=False)
    op.create_index(
        op.f("ix_integration_sync_jobs_organization_id_status"), "integration_sync_jobs", ["organization_id", "status"], unique=False
    )
    op.create_index(
        op.f("ix_integration_sync_jobs_queue_status_due_at"), "integration_sync_jobs", ["queue", "status", "due_at"], unique=False
    )
    op.create_index(op.f("ix_integration_sync_jobs_requested_by_id"), "integration_sync_jobs", ["requested_by_id"], unique=False)
    op.create_index(op.f("ix_integration_sync_jobs_status_leased_until"), "integration_sync_jobs", ["status", "leased_until"], unique=False)
