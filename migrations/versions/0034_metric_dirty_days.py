"""Table metric_dirty_days of both databases, in the same shape."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    _create()


def downgrade(home: str) -> None:
    op.drop_table("metric_dirty_days")


def _create() -> None:
    op.create_table(
        "metric_dirty_days",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("stream_id", sa.BigInteger(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum("source", "map", "rules", "reversal", name="dirtycause", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_dirty_days")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_metric_dirty_days_stream_id_local_date"), "metric_dirty_days", ["stream_id", "local_date"], unique=False)
