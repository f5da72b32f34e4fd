"""Table report_metrics of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("report_metrics")


def _create() -> None:
    op.create_table(
        "report_metrics",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("metric_key", types.ascii_key(60), nullable=False),
        sa.Column("surfaces", sa.String(length=120), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_report_metrics_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_metrics")),
        sa.UniqueConstraint("account_id", "metric_key", name=op.f("uq_report_metrics_account_id_metric_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_report_metrics_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_report_metrics_account_id"), "report_metrics", ["account_id"], unique=False)
