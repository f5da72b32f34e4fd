"""Table client_sessions of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("client_sessions")


def _create() -> None:
    op.create_table(
        "client_sessions",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column("token_hash", types.ascii_key(64), nullable=False),
        sa.Column("started_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.Column("used_second_factor", sa.Boolean(), nullable=False),
        sa.Column("user_id", types.big_id, nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_client_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_sessions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_client_sessions_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_client_sessions_token_hash")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_client_sessions_expires_at"), "client_sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_client_sessions_user_id"), "client_sessions", ["user_id"], unique=False)
