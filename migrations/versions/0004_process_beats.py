"""Table process_beats of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("process_beats")


def _create() -> None:
    op.create_table(
        "process_beats",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("name", types.key_string(120), nullable=False),
        sa.Column("role", types.ascii_key(20), nullable=False),
        sa.Column("queues", types.ascii_key(100), nullable=False),
        sa.Column("beat_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_beats")),
        sa.UniqueConstraint("name", name=op.f("uq_process_beats_name")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_process_beats_beat_at"), "process_beats", ["beat_at"], unique=False)
