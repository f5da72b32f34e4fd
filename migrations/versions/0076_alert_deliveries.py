"""Table alert_deliveries of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("alert_deliveries")


def _create() -> None:
    op.create_table(
        "alert_deliveries",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("channel_id", types.big_id, nullable=False),
        sa.Column("event", types.ascii_key(80), nullable=False),
        sa.Column("payload", types.long_text, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("due_at", types.UtcDateTime(), nullable=True),
        sa.Column("leased_until", types.UtcDateTime(), nullable=True),
        sa.Column("sent_at", types.UtcDateTime(), nullable=True),
        sa.Column("gave_up_at", types.UtcDateTime(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["alert_channels.id"], name=op.f("fk_alert_deliveries_channel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_deliveries")),
        sa.UniqueConstraint("channel_id", "event", name=op.f("uq_alert_deliveries_channel_id_event")),
        sa.UniqueConstraint("public_id", name=op.f("uq_alert_deliveries_public_id")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_alert_deliveries_due_at"), "alert_deliveries", ["due_at"], unique=False)
