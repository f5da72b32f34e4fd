"""Table health_signals of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("health_signals")


def _create() -> None:
    op.create_table(
        "health_signals",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("account_id", types.big_id, nullable=False),
        sa.Column("metric_key", types.ascii_key(60), nullable=False),
        sa.Column("words", types.long_text, nullable=False),
        sa.Column("said_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["integration_provider_accounts.id"], name=op.f("fk_health_signals_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_signals")),
        sa.UniqueConstraint("account_id", "metric_key", name=op.f("uq_health_signals_account_id_metric_key")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
