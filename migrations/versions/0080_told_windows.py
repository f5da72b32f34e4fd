"""Table told_windows of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("told_windows")


def _create() -> None:
    op.create_table(
        "told_windows",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("metric_key", types.ascii_key(60), nullable=False),
        sa.Column(
            "surface",
            sa.Enum(
                "card",
                "report_note",
                "admin_task",
                "health_signal",
                name="surface",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("window_start", sa.Date(), nullable=False),
        sa.Column("window_end", sa.Date(), nullable=False),
        sa.Column("told_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_told_windows_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_told_windows")),
        sa.UniqueConstraint("account_id", "metric_key", "surface", name=op.f("uq_told_windows_account_id_metric_key_surface")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
