"""Table published_points of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("published_points")


def _create() -> None:
    op.create_table(
        "published_points",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("metric_key", types.ascii_key(60), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("signal_kind", types.ascii_key(24), nullable=False),
        sa.Column("dim", types.key_string(160), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("num", types.Money(), nullable=False),
        sa.Column("den", types.Money(), nullable=True),
        sa.Column("from_rev", sa.Integer(), nullable=False),
        sa.Column("to_rev", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_published_points_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_points")),
        sa.UniqueConstraint(
            "account_id", "metric_key", "local_date", "signal_kind", "dim", "from_rev", name=op.f("uq_published_points_key")
        ),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
