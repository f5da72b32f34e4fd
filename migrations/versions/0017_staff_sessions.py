"""Table staff_sessions of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("staff_sessions")


def _create() -> None:
    op.create_table(
        "staff_sessions",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("token_hash", types.ascii_key(64), nullable=False),
        sa.Column("started_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.Column("used_second_factor", sa.Boolean(), nullable=False),
        sa.Column("user_id", types.big_id, nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_staff_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_staff_sessions_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_sessions_token_hash")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_staff_sessions_expires_at"), "staff_sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_staff_sessions_user_id"), "staff_sessions", ["user_id"], unique=False)
