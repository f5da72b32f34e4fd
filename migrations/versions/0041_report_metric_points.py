"""Table report_metric_points of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("report_metric_points")


def _create() -> None:
    op.create_table(
        "report_metric_points",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("metric_key", types.ascii_key(60), nullable=False),
        sa.Column("data_type", types.ascii_key(40), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("signal_kind", types.ascii_key(24), nullable=False),
        sa.Column("dim", types.key_string(160), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("num", types.Money(), nullable=False),
        sa.Column("den", types.Money(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_report_metric_points_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_metric_points")),
        sa.UniqueConstraint(
            "account_id", "metric_key", "data_type", "local_date", "signal_kind", "dim", name="uq_report_metric_points_key"
        ),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
