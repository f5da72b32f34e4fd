"""Table report_baselines of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("report_baselines")


def _create() -> None:
    op.create_table(
        "report_baselines",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("metric_key", types.ascii_key(60), nullable=False),
        sa.Column("window_start", sa.Date(), nullable=False),
        sa.Column("window_end", sa.Date(), nullable=False),
        sa.Column("time_zone", types.ascii_key(64), nullable=False),
        sa.Column("formula_version", sa.Integer(), nullable=False),
        sa.Column("map_versions", types.long_text, nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("num", types.Money(), nullable=True),
        sa.Column("den", types.Money(), nullable=True),
        sa.Column("figures", types.long_text, nullable=False),
        sa.Column("hash", types.ascii_key(64), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("change_id", types.big_id, nullable=True),
        sa.Column("frozen_by_id", types.big_id, nullable=True),
        sa.Column("frozen_at", types.UtcDateTime(), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_report_baselines_account_id")),
        sa.ForeignKeyConstraint(["change_id"], ["report_changes.id"], name=op.f("fk_report_baselines_change_id")),
        sa.ForeignKeyConstraint(["frozen_by_id"], ["users.id"], name=op.f("fk_report_baselines_frozen_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_baselines")),
        sa.UniqueConstraint("public_id", name=op.f("uq_report_baselines_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(
        op.f("ix_report_baselines_account_id_metric_key_id"), "report_baselines", ["account_id", "metric_key", "id"], unique=False
    )
    op.create_index(op.f("ix_report_baselines_change_id"), "report_baselines", ["change_id"], unique=False)
    op.create_index(op.f("ix_report_baselines_frozen_by_id"), "report_baselines", ["frozen_by_id"], unique=False)
