"""Table integration_promotions of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("integration_promotions")


def _create() -> None:
    op.create_table(
        "integration_promotions",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("configuration_id", types.big_id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "requested",
                "approved",
                "live",
                "former",
                "void",
                name="promotionstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("open_key", types.ascii_key(36), nullable=True),
        sa.Column("live_key", types.ascii_key(36), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("digest", types.ascii_key(64), nullable=False),
        sa.Column("vouched", types.long_text, nullable=False),
        sa.Column("requested_by_id", types.big_id, nullable=False),
        sa.Column("requested_at", types.UtcDateTime(), nullable=False),
        sa.Column("approved_by_id", types.big_id, nullable=True),
        sa.Column("approved_at", types.UtcDateTime(), nullable=True),
        sa.Column("job_id", types.big_id, nullable=True),
        sa.Column("promoted_at", types.UtcDateTime(), nullable=True),
        sa.Column("held_since", types.UtcDateTime(), nullable=True),
        sa.Column("void_reason", sa.String(length=1000), nullable=False),
        sa.Column("packet", types.long_text, nullable=False),
        sa.Column("packet_hash", types.ascii_key(64), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_integration_promotions_account_id")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["users.id"], name=op.f("fk_integration_promotions_approved_by_id")),
        sa.ForeignKeyConstraint(
            ["configuration_id"], ["connector_configurations.id"], name=op.f("fk_integration_promotions_configuration_id")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["integration_sync_jobs.id"], name=op.f("fk_integration_promotions_job_id")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_integration_promotions_requested_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integration_promotions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_integration_promotions_public_id")),
        sa.UniqueConstraint("open_key", name=op.f("uq_integration_promotions_open_key")),
        sa.UniqueConstraint("account_id", "number", name=op.f("uq_integration_promotions_account_id_number")),
        sa.UniqueConstraint("live_key", name=op.f("uq_integration_promotions_live_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_integration_promotions_approved_by_id"), "integration_promotions", ["approved_by_id"], unique=False)
    op.create_index(op.f("ix_integration_promotions_configuration_id"), "integration_promotions", ["configuration_id"], unique=False)
    op.create_index(op.f("ix_integration_promotions_job_id"), "integration_promotions", ["job_id"], unique=False)
    op.create_index(op.f("ix_integration_promotions_requested_by_id"), "integration_promotions", ["requested_by_id"], unique=False)
    op.create_index(op.f("ix_integration_promotions_status"), "integration_promotions", ["status"], unique=False)
