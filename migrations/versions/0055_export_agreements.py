"""Table export_agreements of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("export_agreements")


def _create() -> None:
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
