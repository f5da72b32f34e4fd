"""Table retention_rules of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("retention_rules")


def _create() -> None:
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
        sa.UniqueConstraint("account_id", "data_class", name=op.f("uq_retention_rules_account_id_data_class")),
        sa.UniqueConstraint("public_id", name=op.f("uq_retention_rules_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_retention_rules_account_id"), "retention_rules", ["account_id"], unique=False)
