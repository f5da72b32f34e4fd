"""Table client_link_tokens of the application database."""

import sqlalchemy as sa
from alembic import op

from app.models import base as types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade(home: str) -> None:
    if home == "app":
        _create()


def downgrade(home: str) -> None:
    if home == "app":
        op.drop_table("client_link_tokens")


def _create() -> None:
    op.create_table(
        "client_link_tokens",
        sa.Column("id", types.big_id, nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("invitation", "password_reset", name="linkpurpose", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("token_hash", types.ascii_key(64), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("used_at", types.UtcDateTime(), nullable=True),
        sa.Column("user_id", types.big_id, nullable=False),
        sa.Column("public_id", types.ascii_key(36), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_client_link_tokens_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_link_tokens")),
        sa.UniqueConstraint("public_id", name=op.f("uq_client_link_tokens_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_client_link_tokens_token_hash")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_unicode_ci",
        mysql_engine="InnoDB",
    )
    op.create_index(op.f("ix_client_link_tokens_expires_at"), "client_link_tokens", ["expires_at"], unique=False)
    op.create_index(op.f("ix_client_link_tokens_user_id"), "client_link_tokens", ["user_id"], unique=False)
