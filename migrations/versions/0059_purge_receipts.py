"""Table purge_receipts of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("purge_receipts")


def _create() -> None:
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
