"""Table lead_rules of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("lead_rules")


def _create() -> None:
    op.create_table(
        "lead_rules",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("organization_id", types.big_id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rules", types.long_text, nullable=False),
        sa.Column("active_key", sa.BigInteger(), nullable=True),
        sa.Column("saved_by_id", types.big_id, nullable=True),
        sa.Column("job_id", types.big_id, nullable=True),
        sa.Column("counts", types.long_text, nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["integration_sync_jobs.id"], name=op.f("fk_lead_rules_job_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_lead_rules_organization_id")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["users.id"], name=op.f("fk_lead_rules_saved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_rules")),
        sa.UniqueConstraint("active_key", name=op.f("uq_lead_rules_active_key")),
        sa.UniqueConstraint("organization_id", "number", name=op.f("uq_lead_rules_organization_id_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_lead_rules_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_lead_rules_job_id"), "lead_rules", ["job_id"], unique=False)
    op.create_index(op.f("ix_lead_rules_organization_id"), "lead_rules", ["organization_id"], unique=False)
    op.create_index(op.f("ix_lead_rules_saved_by_id"), "lead_rules", ["saved_by_id"], unique=False)
