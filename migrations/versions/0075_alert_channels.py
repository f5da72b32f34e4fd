"""Table alert_channels of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("alert_channels")


def _create() -> None:
    op.create_table(
        "alert_channels",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("mail", "webhook", "ping", name="channelkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("address", types.key_string(500), nullable=False),
        sa.Column("sealed", sa.LargeBinary(length=512), nullable=True),
        sa.Column("key_id", types.ascii_key(40), nullable=True),
        sa.Column("is_active", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("last_ok_at", types.UtcDateTime(), nullable=True),
        sa.Column("last_note", sa.String(length=200), nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_channels")),
        sa.UniqueConstraint("public_id", name=op.f("uq_alert_channels_public_id")),
        sa.UniqueConstraint("name", name=op.f("uq_alert_channels_name")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_alert_channels_key_id"), "alert_channels", ["key_id"], unique=False)
